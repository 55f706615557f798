//! How far a job is, how it is started and stopped, and why it failed.

use super::{Button, Icon};
use crate::protocol::{Progress, Trouble};
use crate::ui::live::Live;
use crate::ui::parts::Arrival;
use crate::ui::{Asking, Words, app, live, number, sentence};
use leptos::prelude::*;

/// `title` says what is under way where that is not plain; `on_cancel` stops it.
#[component]
pub(crate) fn ProgressLine(
    #[prop(into)] title: String,
    #[prop(into)] progress: Signal<Option<Progress>>,
    #[prop(into)] on_cancel: Callback<()>,
) -> impl IntoView {
    let part = move || progress.get().filter(|progress| progress.of > 0).map(|p| p.done as f64 / p.of as f64);
    let percent = move || part().map(|part| number::fixed((part * 100.0).min(100.0), 0));
    let words = move || progress.get().map_or_else(|| say!(stage.waiting), |progress| sentence::stage(progress.stage));
    let label = title.clone();
    view! {
        <div class="progress" data-testid="progress" data-part=live::maybe(percent)>
            <div class="progress-words">
                <span class="progress-title">{title}</span>
                <span>{live::name(move || Some(words()))}</span>
                <span class="figure">{live::maybe(move || progress.get().and_then(|progress| sentence::amount(&progress)))}</span>
                <span class="figure">{live::maybe(move || progress.get().and_then(|progress| sentence::time_left(&progress)))}</span>
            </div>
            {track(live::text(move || if label.is_empty() { words().to_owned() } else { label.clone() }), Signal::derive(percent))}
            <Button id="cancel" words=words!(app.cancel) on_press=on_cancel />
        </div>
    }
}

/// A bar that is `percent` full; it moves where nobody knows how full it is.
pub(crate) fn track(label: Live<String>, percent: Signal<Option<String>>) -> AnyView {
    view! {
        <div
            class="track"
            class:unknown=live::flag(move || percent.with(Option::is_none))
            role="progressbar"
            aria-label=label
            aria-valuemin="0"
            aria-valuemax="100"
            aria-valuenow=live::maybe(move || percent.get())
        >
            <i style:width=live::text(move || format!("{}%", percent.get().unwrap_or_default()))></i>
        </div>
    }
    .into_any()
}

/// One button for both. `id` names it for tests.
#[component]
pub(crate) fn StartStop(
    id: &'static str,
    of: Asking,
    #[prop(into)] able: Signal<bool>,
    #[prop(default = words!(optimise.stop))] stop_words: Words,
    #[prop(into)] start: Callback<()>,
) -> impl IntoView {
    view! {
        <Button
            id=format!("{id}-start")
            class="btn main"
            state=move || Some(if of.is_on() { "running" } else { "idle" })
            icon=move || Some(if of.is_on() { Icon::Close } else { Icon::Play })
            words=move || if of.is_on() { stop_words() } else { say!(train.start) }
            off=move || !able.get() && !of.is_on()
            on_press=move |()| if untrack(|| of.is_on()) { of.stop() } else { start.run(()) }
        />
    }
}

/// A button, and while what it started is under way how far that is. `title` says what is done, `is_main` that the page is
/// there for it.
#[component]
pub(crate) fn StartProgress(
    id: &'static str,
    label: Words,
    title: Words,
    #[prop(optional)] is_main: bool,
    of: Asking,
    #[prop(into)] able: Signal<bool>,
    #[prop(into)] start: Callback<()>,
) -> impl IntoView {
    let is_on = Memo::new(move |_| of.is_on());
    let (class, icon) = if is_main { ("btn main", Some(Icon::Play)) } else { ("btn", None) };
    live::view(move || match is_on.get() {
        true => view! { <ProgressLine title=title() progress=of.progress on_cancel=move || of.stop() /> }.into_any(),
        false => view! {
            <Button id=format!("{id}-start") class icon words=label off=move || !able.get() on_press=start />
        }
        .into_any(),
    })
}

/// How far a question is, while it is under way, and why it failed.
pub(crate) fn progress_of(of: Asking, title: Words) -> AnyView {
    let line = move || {
        of.is_on()
            .then(|| view! { <ProgressLine title=title() progress=of.progress on_cancel=move || of.stop() /> })
            .into_any()
    };
    view! { {live::view(line)} {trouble_box(move || of.trouble())} }.into_any()
}

#[component]
pub(crate) fn TroubleBox(trouble: Trouble) -> impl IntoView {
    let kind = trouble.kind().name();
    app().parts.later.want();
    view! {
        <p class="trouble" role="alert" data-testid="trouble" data-kind=kind>
            {live::text(move || match app().parts.later.arrival() {
                Arrival::Here(later) => (later.trouble)(&trouble),
                Arrival::Away | Arrival::Coming => String::new(),
                Arrival::Failed => say!(trouble.part_missing).to_owned(),
            })}
        </p>
    }
}

/// Where there is one.
pub(crate) fn trouble_box(mut trouble: impl FnMut() -> Option<Trouble> + Send + 'static) -> AnyView {
    live::view(move || trouble().map(|trouble| view! { <TroubleBox trouble /> }).into_any()).into_any()
}
