//! A choice among the channels of a layer.

use crate::ui::{Words, live};
use leptos::prelude::*;

/// A number among the channels of a layer, of which there are `count`; `empty` stands where none is chosen.
pub(super) fn channel_field(
    id: &'static str,
    chosen: Signal<Option<u32>>,
    count: Signal<Option<usize>>,
    empty: Option<Words>,
    on_choose: impl Fn(Option<u32>) + Send + Sync + 'static,
) -> AnyView {
    let value = move || chosen.get().map(|channel| channel.to_string()).unwrap_or_default();
    let of = move || count.get().map(|count| format!("/ {count}"));
    let change = move |event| on_choose(event_target_value(&event).trim().parse().ok());
    view! {
        <label class="field number">
            <span>{words!(look.excite_channel)} " " <span class="figure">{live::maybe(of)}</span></span>
            <input
                type="number"
                inputmode="numeric"
                min="0"
                step="1"
                placeholder=empty
                data-testid=id
                prop:value=live::text(value)
                on:change=change
            />
        </label>
    }
    .into_any()
}
