//! A choice among a network's layers.

use super::Select;
use crate::protocol::LayerGrid;
use crate::ui::{Words, number};
use leptos::prelude::*;

/// The last layer comes first; before all is what is taken where none is chosen, which `first` says.
pub(crate) fn layer_select(
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
