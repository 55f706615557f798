//! The shell that every page shares: header, navigation, tray, messages.

use crate::ui::lang::{self, Locale};
use crate::ui::page::{self, PAGES, PageGroup};
use crate::ui::style::{self, Theme};
use crate::ui::widget::{Icon, badge, bring_into_sight, listen_everywhere, messages, tray};
use crate::ui::{Choice, PageId, app, live, script};
use leptos::html::Nav;
use leptos::prelude::*;

#[component]
pub(super) fn App() -> impl IntoView {
    lang::mark_document();
    app().begin();
    script::offer();
    listen_everywhere();
    let page = Memo::new(move |_| app().route.with(|route| route.page));
    Effect::new(move |_| {
        let page = page.get().row().map_or("", |page| (page.name)());
        document().set_title(&format!("{page} · {}", say!(app.title)));
    });
    view! {
        <a class="skip" href="#main" on:click=to_content>
            {words!(app.skip)}
        </a>
        <div class="app" class:dragging=app().dragging>
            {header()}
            {navigation(page)}
            <main id="main" tabindex="-1" class:trayless=live::flag(|| !app().shows_tray())>
                {tray()}
                <Shown page />
            </main>
        </div>
        {messages()}
    }
}

/// The page that the address names; what stands there until its code has come, and the way to ask for that again.
#[component]
fn Shown(page: Memo<PageId>) -> impl IntoView {
    Effect::new(move |_| page.get().prepare());
    live::view(move || match app().parts.of(page.get()) {
        None => untrack(page::first),
        Some(code) => code.show(),
    })
}

/// Not by the address: its hash is the state of the page.
fn to_content(event: leptos::ev::MouseEvent) {
    event.prevent_default();
    let main = document().get_element_by_id("main");
    if let Some(main) = main.and_then(|main| wasm_bindgen::JsCast::dyn_into::<web_sys::HtmlElement>(main).ok()) {
        let _ = main.focus();
    }
}

fn header() -> impl IntoView {
    let home = live::text(move || app().route.get().on(PageId::default()).to_hash());
    view! {
        <header class="top">
            <a class="logo" href=home aria-label=words!(app.title)>
                <img src="icon.svg" alt="" width="22" height="22" />
                <span>{words!(app.title)}</span>
            </a>
            <span class="tagline">{words!(app.tagline)}</span>
            {badge()}
            {language_switch()}
            {theme_switch()}
        </header>
    }
}

/// Names the other language, in that language.
fn language_switch() -> impl IntoView {
    let other = || match lang::spoken() {
        Locale::en => Locale::ja,
        Locale::ja => Locale::en,
    };
    view! {
        <button
            type="button"
            class="btn"
            data-testid="language"
            lang=live::name(move || Some(other().key()))
            title=words!(app.spoken)
            on:click=move |_| {
                let other = untrack(other);
                app().go(|route| route.language = Some(other));
            }
        >
            {live::name(move || Some(other().name()))}
        </button>
    }
}

fn theme_switch() -> impl IntoView {
    let theme = RwSignal::new(Theme::remembered());
    style::apply(theme);
    let label = move || live::text(move || format!("{}: {}", say!(app.theme), theme.get().name()));
    let icon = move || match theme.get() {
        Theme::Auto => Icon::Auto,
        Theme::Light => Icon::Sun,
        Theme::Dark => Icon::Moon,
    };
    view! {
        <button
            type="button"
            class="btn bare"
            data-testid="theme"
            title=label()
            aria-label=label()
            on:click=move |_| theme.update(|theme| *theme = theme.next())
        >
            {live::view(move || view! { <Icon of=icon() /> }.into_any())}
        </button>
    }
}

fn navigation(page: Memo<PageId>) -> impl IntoView {
    // Whoever comes near a link is likely to follow it.
    let near = |id: PageId| id.prepare();
    let link = move |row: &'static crate::ui::page::Page| {
        let here = move || page.get() == row.id;
        view! {
            <li>
                <a
                    href=live::text(move || app().route.get().on(row.id).to_hash())
                    class:on=live::flag(here)
                    aria-current=live::name(move || here().then_some("page"))
                    data-testid=format!("page-{}", row.path)
                    on:pointerenter=move |_| near(row.id)
                    on:focus=move |_| near(row.id)
                >
                    {row.name}
                </a>
            </li>
        }
    };
    let group = move |group: PageGroup| {
        let links = PAGES.iter().filter(|row| row.group == group).map(link).collect_view();
        view! {
            <h2>{live::name(move || Some(group.name()))}</h2>
            <ul>{links}</ul>
        }
    };
    let strip = NodeRef::<Nav>::new();
    Effect::new(move |_| {
        let _ = page.get();
        request_animation_frame(move || {
            let here = strip.get_untracked().and_then(|strip| strip.query_selector(".on").ok().flatten());
            here.iter().for_each(bring_into_sight);
        });
    });
    view! {
        <nav node_ref=strip class="strip" aria-label=words!(app.pages)>
            {PageGroup::ALL.map(group).collect_view()} <p class="private">{words!(app.private)}</p>
        </nav>
    }
}
