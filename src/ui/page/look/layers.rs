//! A choice among a network's layers, and among the channels of one.

use crate::protocol::LayerGrid;
use crate::ui::widget::Select;
use crate::ui::{Words, live, number};
use leptos::prelude::*;

/// The last layer comes first; before all is what is taken where none is chosen, which `first` says.
pub(super) fn layer_select(
    id: &'static str,
    first: Words,
    chosen: Signal<Option<String>>,
    layers: Signal<Vec<LayerGrid>>,
    on_choose: impl Fn(Option<String>) + Send + Sync + 'static,
) -> AnyView {
    let here = Signal::derive(move || chosen.get().unwrap_or_default());
    let options = Signal::derive(move || {
        let (layers, here) = (layers.get(), here.get());
        let other = (!here.is_empty() && layers.iter().all(|layer| layer.path != here)).then(|| (here.clone(), here));
        let listed = layers.into_iter().rev().map(|layer| {
            let text = format!("{} · {}", layer.path, number::shape(&layer.shape));
            (layer.path, text)
        });
        std::iter::once((String::new(), first().to_owned())).chain(other).chain(listed).collect::<Vec<_>>()
    });
    let choose = move |path: String| on_choose(Some(path).filter(|path| !path.is_empty()));
    view! { <Select id label=words!(look.layer) options chosen=here on_choose=choose /> }.into_any()
}

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
