//! A box that is ticked or not.

use crate::ui::{Words, live};
use leptos::prelude::*;

/// `id` names it for tests.
#[component]
pub(crate) fn Tick(
    #[prop(into)] id: String,
    label: Words,
    #[prop(into)] is_on: Signal<bool>,
    #[prop(into)] on_change: Callback<bool>,
) -> impl IntoView {
    view! {
        <label class="tick">
            <input
                type="checkbox"
                data-testid=id
                prop:checked=live::flag(move || is_on.get())
                on:change=move |event| on_change.run(event_target_checked(&event))
            />
            {label}
        </label>
    }
}
