//! Buttons that start something and stop it again.

use super::{Button, Icon, ProgressLine, trouble_box};
use crate::ui::{Asking, Words, live};
use leptos::prelude::*;

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
            icon=move || Some(if of.is_on() { Icon::Pause } else { Icon::Play })
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
