//! A dialog over the page. The browser's own element: Esc closes it, focus stays in it and returns.

use super::Icon;
use crate::ui::{Words, live};
use leptos::html::Dialog;
use leptos::prelude::*;

#[component]
pub(super) fn Modal(open: RwSignal<bool>, title: Words, children: ChildrenFn) -> impl IntoView {
    let dialog = NodeRef::<Dialog>::new();
    Effect::new(move |_| {
        let Some(dialog) = dialog.get() else {
            return;
        };
        match (open.get(), dialog.open()) {
            // Refused only where it is open already.
            (true, false) => drop(dialog.show_modal()),
            (false, true) => dialog.close(),
            (true, true) | (false, false) => {}
        }
    });
    view! {
        <dialog node_ref=dialog aria-label=title on:close=move |_| open.set(false)>
            <header>
                <h2>{title}</h2>
                <button
                    type="button"
                    class="btn bare"
                    aria-label=words!(app.close)
                    on:click=move |_| open.set(false)
                >
                    <Icon of=Icon::Close />
                </button>
            </header>
            // Made anew each time, so that nothing of the last time is left, a running camera least of all.
            {live::view(move || open.get().then(|| children()).into_any())}
        </dialog>
    }
}
