//! Where the person is: the state that the URL's hash holds, `#/classify?net=squeezenet1_1&fit=crop&backend=auto`.

use crate::experiments::MOVED;
use crate::protocol::{BackendChoice, Fit};
use crate::sorted::SortedMap;
use crate::ui::lang::{self, Locale};
use crate::ui::{Choice, PageId, PageSettings, pick};
use leptos::prelude::{Effect, Get, GetUntracked, RwSignal, Set, WithUntracked, window, window_event_listener_untyped};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use web_sys::UrlSearchParams;

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Route {
    pub(crate) page: PageId,
    /// The first network with weights where not given.
    pub(crate) network: Option<String>,
    pub(crate) fit: Fit,
    pub(crate) backend: BackendChoice,
    /// `gpu=off`: behave as if the browser had no WebGPU.
    pub(crate) without_gpu: bool,
    /// The browser's language where not given.
    pub(crate) language: Option<Locale>,
    /// The chosen picture, where it is one that the program draws and every visit has.
    pub(crate) drawing: Option<String>,
    /// Of the page that is shown what the address says, of the others what it said when they were left: each a query.
    settings: SortedMap<PageId, String>,
}

/// What all pages have in common.
const SHARED: [&str; 6] = ["net", "fit", "backend", "gpu", "lang", "picture"];

impl Route {
    pub(crate) fn from_hash(hash: &str) -> Route {
        let path = hash.trim_start_matches('#').trim_start_matches('/');
        let (page, query) = path.split_once('?').unwrap_or((path, ""));
        let moved = MOVED.iter().find(|[from, ..]| *from == page);
        let (page, settings) = moved.map_or((page, ""), |[_, page, settings]| (*page, *settings));
        let Ok(params) = UrlSearchParams::new_with_str(&[settings, "&", query].concat()) else {
            return Route::default();
        };
        let page = PageId::from_path(page);
        let mut route = Route {
            page,
            network: params.get("net").filter(|name| !name.is_empty()),
            fit: chosen(&params, "fit"),
            backend: chosen(&params, "backend"),
            without_gpu: params.get("gpu").as_deref() == Some("off"),
            language: params.get("lang").and_then(|tag| lang::from_tag(&tag)),
            drawing: params.get("picture").filter(|name| !name.is_empty()),
            settings: SortedMap::new(),
        };
        SHARED.iter().for_each(|name| params.delete(name));
        let own = String::from(params.to_string());
        if !own.is_empty() {
            route.settings.insert(page, own);
        }
        route
    }

    pub(crate) fn to_hash(&self) -> String {
        let Ok(params) = UrlSearchParams::new() else {
            return format!("#/{}", self.page.path());
        };
        let shared = [
            ("net", self.network.as_deref()),
            ("fit", Some(self.fit.key())),
            ("backend", Some(self.backend.key())),
            ("gpu", self.without_gpu.then_some("off")),
            ("picture", self.drawing.as_deref()),
            ("lang", self.language.map(Locale::key)),
        ];
        shared
            .into_iter()
            .filter_map(|(key, value)| Some((key, value?)))
            .for_each(|(key, value)| params.append(key, value));
        let mut query = String::from(params.to_string());
        if let Some(own) = self.settings.get(&self.page) {
            query += &format!("&{own}");
        }
        format!("#/{}?{query}", self.page.path())
    }

    /// What the page of these settings is set to, as far as any address has said.
    pub(crate) fn settings<S: PageSettings>(&self) -> Option<S> {
        S::read(&UrlSearchParams::new_with_str(self.settings.get(&S::PAGE)?).ok()?)
    }

    pub(crate) fn change_settings<S: PageSettings>(&mut self, change: impl FnOnce(&mut S)) {
        let mut settings = self.settings().unwrap_or_default();
        change(&mut settings);
        if let Ok(params) = UrlSearchParams::new() {
            settings.write(&params);
            self.settings.insert(S::PAGE, String::from(params.to_string()));
        }
    }

    /// The same on another page.
    pub(crate) fn on(&self, page: PageId) -> Route {
        Route { page, ..self.clone() }
    }
}

/// The usual one where the address has none, or one that is unknown.
fn chosen<C: Choice + Default>(params: &UrlSearchParams, key: &str) -> C {
    let mut choice = C::default();
    params.get(key).iter().for_each(|name| pick(&mut choice, name));
    choice
}

/// The route in the address bar, kept equal to it in both directions.
pub(crate) fn follow_address() -> RwSignal<Route> {
    let route = RwSignal::new(Route::from_hash(&address()));
    // Read or written last: an address that differs is a link just followed, whose event is yet to come.
    let known = Rc::new(RefCell::new(address()));
    let heard = known.clone();
    window_event_listener_untyped("hashchange", move |_| {
        *heard.borrow_mut() = address();
        let mut here = Route::from_hash(&address());
        let before = route.with_untracked(|before| before.settings.clone());
        before.into_iter().for_each(|(page, settings)| _ = here.settings.or_insert_with(page, || settings));
        if route.get_untracked() != here {
            route.set(here);
        }
    });
    Effect::new(move |_| {
        let hash = route.get().to_hash();
        let here = address();
        if here != hash
            && *known.borrow() == here
            && let Ok(history) = window().history()
        {
            // A refused entry (too many within a second) costs only the address, not the state.
            let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&hash));
            *known.borrow_mut() = address();
        }
    });
    Effect::new(move |_| lang::speak(route.get().language.unwrap_or_else(lang::of_browser)));
    route
}

fn address() -> String {
    window().location().hash().unwrap_or_default()
}
