//! Where the person is: the state that the URL's hash holds, `#/classify?net=squeezenet1_1&fit=crop&backend=auto`.

mod setup;
mod slope;
mod table;

pub(crate) use setup::{loss_from, loss_key, rule_from, rule_key};
pub(crate) use slope::{Runner, Slope, land_from, land_key, lane_rate, start_of, walker_rate, walkers_of};
pub(crate) use table::{Table, colour_key, shape_key, size_key, texture_key};

use crate::protocol::{BackendChoice, Fit, Setup};
use crate::ui::lang::{self, Locale};
use crate::ui::page::PageId;
use leptos::prelude::{Effect, Get, GetUntracked, RwSignal, Set, WithUntracked, window, window_event_listener_untyped};
use wasm_bindgen::JsValue;
use web_sys::UrlSearchParams;

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Place {
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
    /// Of the Train page, where the address names one; its backend is the place's.
    pub(crate) setup: Option<Setup>,
    /// Of the Optimise page, where the address names one or did when that page was left.
    pub(crate) slope: Option<Slope>,
    /// Of the Caption page, likewise.
    pub(crate) table: Option<Table>,
    /// Of the Train page's charts: steps and values.
    pub(crate) log_axes: [bool; 2],
}

/// What the address calls the charts' axes: `log=y`.
const LOG_AXES: [char; 2] = ['x', 'y'];

impl Place {
    pub(crate) fn from_hash(hash: &str) -> Place {
        let path = hash.trim_start_matches('#').trim_start_matches('/');
        let (page, query) = path.split_once('?').unwrap_or((path, ""));
        let Ok(params) = UrlSearchParams::new_with_str(query) else {
            return Place::default();
        };
        Place {
            page: PageId::from_path(page),
            network: params.get("net").filter(|name| !name.is_empty()),
            fit: match params.get("fit").as_deref() {
                Some("squash") => Fit::Squash,
                _ => Fit::Crop,
            },
            backend: match params.get("backend").as_deref() {
                Some("gpu") => BackendChoice::Gpu,
                Some("cpu") => BackendChoice::Cpu,
                _ => BackendChoice::Auto,
            },
            without_gpu: params.get("gpu").as_deref() == Some("off"),
            language: params.get("lang").and_then(|tag| lang::from_tag(&tag)),
            drawing: params.get("picture").filter(|name| !name.is_empty()),
            setup: setup::read(&params),
            slope: slope::read(&params),
            table: table::read(&params),
            log_axes: LOG_AXES.map(|axis| params.get("log").is_some_and(|axes| axes.contains(axis))),
        }
    }

    pub(crate) fn to_hash(&self) -> String {
        let Ok(params) = UrlSearchParams::new() else {
            return format!("#/{}", self.page.path());
        };
        if let Some(network) = &self.network {
            params.append("net", network);
        }
        params.append("fit", fit_name(self.fit));
        params.append("backend", backend_name(self.backend));
        if self.without_gpu {
            params.append("gpu", "off");
        }
        if let Some(drawing) = &self.drawing {
            params.append("picture", drawing);
        }
        if let Some(language) = self.language {
            params.append("lang", lang::tag_of(language));
        }
        if self.page == PageId::Train && self.log_axes != [false; 2] {
            let axes = LOG_AXES.iter().zip(self.log_axes);
            params.append("log", &axes.filter_map(|(axis, is_log)| is_log.then_some(*axis)).collect::<String>());
        }
        if let (PageId::Train, Some(setup)) = (self.page, &self.setup) {
            setup::write(setup, &params);
        }
        if let (PageId::Optimise, Some(slope)) = (self.page, &self.slope) {
            slope::write(slope, &params);
        }
        if let (PageId::Caption, Some(table)) = (self.page, &self.table) {
            table::write(table, &params);
        }
        format!("#/{}?{}", self.page.path(), String::from(params.to_string()))
    }

    /// The same place on another page.
    pub(crate) fn on(&self, page: PageId) -> Place {
        Place { page, ..self.clone() }
    }
}

pub(crate) fn fit_name(fit: Fit) -> &'static str {
    match fit {
        Fit::Squash => "squash",
        Fit::Crop => "crop",
    }
}

pub(crate) fn backend_name(backend: BackendChoice) -> &'static str {
    match backend {
        BackendChoice::Auto => "auto",
        BackendChoice::Gpu => "gpu",
        BackendChoice::Cpu => "cpu",
    }
}

/// The place in the address bar, kept equal to it in both directions.
pub(crate) fn follow_address() -> RwSignal<Place> {
    let place = RwSignal::new(Place::from_hash(&address()));
    window_event_listener_untyped("hashchange", move |_| {
        let mut here = Place::from_hash(&address());
        here.slope = here.slope.or_else(|| place.with_untracked(|before| before.slope.clone()));
        here.table = here.table.or_else(|| place.with_untracked(|before| before.table.clone()));
        if place.get_untracked() != here {
            place.set(here);
        }
    });
    Effect::new(move |_| {
        let hash = place.get().to_hash();
        if address() != hash
            && let Ok(history) = window().history()
        {
            // A refused entry (too many within a second) costs only the address, not the state.
            let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&hash));
        }
    });
    Effect::new(move |_| lang::speak(place.get().language.unwrap_or_else(lang::of_browser)));
    place
}

fn address() -> String {
    window().location().hash().unwrap_or_default()
}
