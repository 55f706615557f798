//! A field for one number within limits. What is no number is put back, what lies outside is brought to the limit.

use crate::protocol::Interval;
use crate::ui::{Words, live};
use leptos::html::Input;
use leptos::prelude::*;

/// `id` names the field for tests.
#[component]
pub(crate) fn NumberField(
    #[prop(into)] id: String,
    label: Words,
    limits: Interval,
    #[prop(into)] value: Signal<f64>,
    #[prop(default = None)] hint: Option<Words>,
    #[prop(into)] on_change: Callback<f64>,
) -> impl IntoView {
    let field = NodeRef::<Input>::new();
    let Interval { low, high, whole } = limits;
    let show = |value: f64| if value != 0.0 && value.abs() < 1e-4 { format!("{value:e}") } else { value.to_string() };
    let change = move |_| {
        let Some(field) = field.get_untracked() else {
            return;
        };
        let before = value.get_untracked();
        let found = field.value_as_number();
        let found = if found.is_finite() { limits.nearest(found) } else { before };
        field.set_value(&show(found));
        if found != before {
            on_change.run(found);
        }
    };
    view! {
        <label class="field number" title=live::name(move || hint.map(|hint| hint()))>
            <span>{label}</span>
            <input
                node_ref=field
                type="number"
                inputmode=if whole { "numeric" } else { "decimal" }
                min=low.to_string()
                max=high.to_string()
                step=if whole { "1" } else { "any" }
                data-testid=id
                prop:value=live::text(move || show(value.get()))
                on:change=change
            />
        </label>
    }
}
