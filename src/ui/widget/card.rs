//! What pages are made of: a frame, titled cards, buttons, figures. An `id` names its element for tests.

use super::{Icon, computed_on};
use crate::protocol::BackendUsed;
use crate::ui::live::Live;
use crate::ui::{Asking, Words, live, number};
use leptos::prelude::*;

/// A page: its cards, and beside them why it works, what to try, and how we know (`checks`). `more` stands between the
/// texts and what to try.
#[component]
pub(crate) fn PageFrame(
    class: &'static str,
    title: Words,
    sub: AnyView,
    texts: &'static [Words],
    tries: &'static [Words],
    #[prop(optional)] more: Option<AnyView>,
    checks: AnyView,
    children: Children,
) -> impl IntoView {
    view! {
        <section class=class>
            <h1>{title}</h1>
            <p class="sub">{sub}</p>
            {children()}
        </section>
        <aside class="side">
            <section class="card">
                <h2>{words!(why.title)}</h2>
                {texts.first().map(|text| view! { <p>{*text}</p> })}
                <details class="more-text">
                    <summary>{words!(why.more)}</summary>
                    {texts.iter().skip(1).map(|text| view! { <p>{*text}</p> }).collect_view()}
                    {more}
                </details>
                <h3>{words!(why.try_title)}</h3>
                <ul class="try">{tries.iter().map(|text| view! { <li>{*text}</li> }).collect_view()}</ul>
            </section>
            {checks}
        </aside>
    }
}

/// `of` is the question whose state it shows.
#[component]
pub(crate) fn Card(
    #[prop(optional)] id: Option<&'static str>,
    #[prop(default = "card")] class: &'static str,
    title: Words,
    #[prop(optional)] hint: Option<Words>,
    #[prop(optional)] of: Option<Asking>,
    #[prop(optional, into)] gone: Signal<bool>,
    children: Children,
) -> impl IntoView {
    view! {
        <section
            class=class
            class:gone=live::flag(move || gone.get())
            data-testid=id
            data-state=live::name(move || of.map(|of| of.state().name()))
        >
            <h2>{title}</h2>
            {hint.map(|hint| view! { <p class="hint">{hint}</p> })}
            {children()}
        </section>
    }
}

/// `state` is for tests; `off` says when it cannot be pressed.
#[component]
pub(crate) fn Button(
    #[prop(into)] id: String,
    #[prop(into)] words: Signal<&'static str>,
    #[prop(optional, into)] icon: Signal<Option<Icon>>,
    #[prop(default = "btn")] class: &'static str,
    #[prop(optional)] title: Option<Words>,
    #[prop(optional, into)] state: Signal<Option<&'static str>>,
    #[prop(optional, into)] off: Signal<bool>,
    #[prop(into)] on_press: Callback<()>,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class=class
            data-testid=id
            data-state=live::name(move || state.get())
            title=live::name(move || title.map(|title| title()))
            prop:disabled=live::flag(move || off.get())
            on:click=move |_| on_press.run(())
        >
            {live::view(move || icon.get().map(|of| view! { <Icon of /> }).into_any())}
            {live::name(move || Some(words.get()))}
        </button>
    }
}

/// A button without words on it; `label` is what it does.
#[component]
pub(crate) fn IconButton(
    #[prop(optional)] id: Option<&'static str>,
    icon: Icon,
    label: Live<String>,
    #[prop(optional)] title: Option<Words>,
    #[prop(into)] on_press: Callback<()>,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class="btn bare"
            data-testid=id
            title=live::name(move || title.map(|title| title()))
            aria-label=label
            on:click=move |_| on_press.run(())
        >
            <Icon of=icon />
        </button>
    }
}

/// One of a list of figures: what it is, its value, and more about it below. `data` is for tests.
#[component]
pub(crate) fn Figure(
    #[prop(into)] label: Signal<&'static str>,
    #[prop(optional)] id: Option<&'static str>,
    #[prop(optional)] data: Option<Live<Option<String>>>,
    value: Live<String>,
    #[prop(optional)] more: Option<Live<String>>,
) -> impl IntoView {
    view! {
        <div>
            <dt>{live::name(move || Some(label.get()))}</dt>
            <dd data-testid=id data-value=data.unwrap_or_else(|| live::maybe(|| None))>
                {value}
            </dd>
            {more.map(|more| view! { <dd class="more">{more}</dd> })}
        </div>
    }
}

/// Figures in a row, each before what it counts.
pub(crate) fn figures(row: Vec<(String, Words)>) -> AnyView {
    row.into_iter()
        .map(|(figure, words)| view! { <span class="figure">{figure}</span> {words} })
        .collect_view()
        .into_any()
}

/// How far a run is, in steps or what else it counts, more about it, how fast it is, and where it is computed.
pub(crate) fn run_figures(
    [step, of]: [u32; 2],
    counted: Words,
    more: Vec<(String, Words)>,
    per_second: f32,
    backend: Option<&BackendUsed>,
) -> AnyView {
    let step = format!("{} / {}", number::count(step), number::count(of));
    let speed = live::text(move || say!(train.per_second, count = number::count(per_second as u64)));
    view! {
        {figures([(step, counted)].into_iter().chain(more).collect())}
        <span class="figure">{speed}</span>
        {backend.map(computed_on)}
    }
    .into_any()
}
