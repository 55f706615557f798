//! Buttons that start something and stop it again.

use super::{Icon, ProgressLine};
use crate::protocol::Progress;
use crate::ui::lang::Words;
use crate::ui::live;
use leptos::prelude::*;

/// One button for both. `id` names it for tests.
#[component]
pub(crate) fn StartStop(
    id: &'static str,
    #[prop(into)] is_on: Signal<bool>,
    #[prop(into)] able: Signal<bool>,
    #[prop(default = words!(optimise.stop))] stop_words: Words,
    #[prop(into)] start: Callback<()>,
    #[prop(into)] stop: Callback<()>,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class="btn main"
            data-testid=format!("{id}-start")
            data-state=live::name(move || Some(if is_on.get() { "running" } else { "idle" }))
            prop:disabled=live::flag(move || !able.get() && !is_on.get())
            on:click=move |_| if is_on.get_untracked() { stop.run(()) } else { start.run(()) }
        >
            {live::view(move || {
                let of = if is_on.get() { Icon::Pause } else { Icon::Play };
                view! { <Icon of /> }.into_any()
            })}
            {live::name(move || Some(if is_on.get() { stop_words() } else { say!(train.start) }))}
        </button>
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
    #[prop(into)] is_on: Signal<bool>,
    #[prop(into)] progress: Signal<Option<Progress>>,
    #[prop(into)] able: Signal<bool>,
    #[prop(into)] start: Callback<()>,
    #[prop(into)] stop: Callback<()>,
) -> impl IntoView {
    let button = move || {
        view! {
            <button
                type="button"
                class=if is_main { "btn main" } else { "btn" }
                data-testid=format!("{id}-start")
                prop:disabled=live::flag(move || !able.get())
                on:click=move |_| start.run(())
            >
                {is_main.then(|| view! { <Icon of=Icon::Play /> })}
                {label}
            </button>
        }
    };
    let is_on = Memo::new(move |_| is_on.get());
    live::view(move || {
        if is_on.get() {
            view! { <ProgressLine title=title() progress on_cancel=move || stop.run(()) /> }.into_any()
        } else {
            button().into_any()
        }
    })
}
