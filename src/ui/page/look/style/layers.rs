//! Which layers count for the style, and how much; which one keeps the content; which one's texture is painted.

use crate::protocol::{EvidenceFound, LayerGrid, StyleLayer, StyleTransfer};
use crate::ui::page::look::evidence::layers_of;
use crate::ui::page::look::settings::LookSettings;
use crate::ui::widget::{Select, Slider, layer_select};
use crate::ui::{PageSettings, live, number};
use leptos::prelude::*;

/// Of a layer's weight.
const SPAN: [f64; 2] = [0.0, 2.0];

/// A row for each layer: its path, and its weight on a slider.
pub(super) fn style_layers(settings: Memo<LookSettings>, evidence: RwSignal<Option<EvidenceFound>>) -> AnyView {
    let all = Memo::new(move |_| evidence.with(|found| layers_of(found.as_ref())));
    let counted = Memo::new(move |_| {
        let own = settings.with(|settings| settings.style.layers.clone());
        if own.is_empty() { all.with(|all| StyleTransfer::usual_layers(all)) } else { own }
    });
    let count = Memo::new(move |_| counted.with(Vec::len));
    let row = move |at: usize| {
        let of = move || counted.with(|layers| layers.get(at).cloned());
        let change = move |change: &dyn Fn(&mut StyleLayer)| {
            let mut layers = counted.get_untracked();
            layers.get_mut(at).into_iter().for_each(change);
            LookSettings::change(|settings| settings.style.layers = layers);
        };
        let weight = Signal::derive(move || of().map_or(0.0, |layer| layer.weight));
        let told = Signal::derive(move || number::fixed(weight.get(), 2));
        view! {
            <li>
                <Select
                    id=format!("style-layer-{at}")
                    label=words!(look.style_layer)
                    options=options(all, Signal::derive(move || of().map(|layer| layer.path)))
                    chosen=Signal::derive(move || of().map(|layer| layer.path).unwrap_or_default())
                    on_choose=move |path: String| change(&move |layer| layer.path.clone_from(&path))
                />
                <label class="field">
                    <span>{words!(look.weight)} " " <span class="figure">{live::text(move || told.get())}</span></span>
                    <Slider
                        id=format!("style-weight-{at}")
                        span=SPAN
                        step=0.05
                        value=weight
                        told
                        on_slide=move |weight: f64| change(&move |layer| layer.weight = weight)
                    />
                </label>
            </li>
        }
    };
    let content = Signal::derive(move || settings.with(|settings| settings.style.content_layer.clone()));
    view! {
        <p class="hint">{words!(look.style_layers_hint)}</p>
        <ol class="style-layers">
            {live::view(move || (0..count.get()).map(row).collect_view().into_any())}
        </ol>
        <div class="fields">
            <Select
                id="content-layer"
                label=words!(look.content_layer)
                options=options(all, content)
                chosen=Signal::derive(move || {
                    content.get().or_else(|| all.with(|all| StyleTransfer::usual_content(all))).unwrap_or_default()
                })
                on_choose=|path: String| LookSettings::change(|settings| settings.style.content_layer = Some(path))
            />
        </div>
    }
    .into_any()
}

/// All layers, and the chosen one where it is none of them.
fn options(all: Memo<Vec<LayerGrid>>, chosen: Signal<Option<String>>) -> Signal<Vec<(String, String)>> {
    Signal::derive(move || {
        let (all, chosen) = (all.get(), chosen.get());
        let other = chosen.filter(|chosen| all.iter().all(|layer| layer.path != *chosen));
        let listed = all.into_iter().map(|layer| {
            let text = format!("{} · {}", layer.path, number::shape(&layer.shape));
            (layer.path, text)
        });
        other.map(|path| (path.clone(), path)).into_iter().chain(listed).collect()
    })
}

/// Of one layer alone, or of those that count for the style, one after another.
pub(super) fn texture(settings: Memo<LookSettings>, evidence: RwSignal<Option<EvidenceFound>>) -> AnyView {
    let chosen = Signal::derive(move || settings.with(|settings| settings.texture.clone()));
    let layers = Signal::derive(move || evidence.with(|found| layers_of(found.as_ref())));
    let choose = |layer| LookSettings::change(|settings| settings.texture = layer);
    view! { <div class="fields">{layer_select("style-texture-of", words!(look.texture_each), chosen, layers, choose)}</div> }
        .into_any()
}
