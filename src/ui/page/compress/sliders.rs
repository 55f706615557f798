//! A budget for each layer by itself.

use super::state::CompressState;
use crate::protocol::{CompressMethod, CompressTask, LayerShare};
use crate::ui::widget::{Button, Slider};
use crate::ui::{PageSettings, live, number};
use leptos::prelude::*;

/// From the least to all.
const SPAN: [f64; 2] = [0.05, 1.0];

pub(super) fn layer_sliders(state: CompressState) -> AnyView {
    let settings = CompressTask::of();
    let is_own = Memo::new(move |_| settings.with(|task| !task.layers.is_empty()));
    let one = move |name: String| slider(settings, name);
    view! {
        <details class="compress-details" data-testid="compress-sliders">
            <summary>{words!(compress.by_layer)}</summary>
            <p class="hint">{words!(compress.by_layer_hint)}</p>
            <ul class="compress-sliders">{live::view(move || state.layers().into_iter().map(one).collect_view().into_any())}</ul>
            <Button
                id="compress-no-layers"
                words=words!(compress.no_layers)
                off=move || !is_own.get()
                on_press=|()| CompressTask::change(|task| task.layers.clear())
            />
        </details>
    }
    .into_any()
}

fn slider(settings: Memo<CompressTask>, name: String) -> AnyView {
    let of = name.clone();
    let value = Signal::derive(move || settings.with(|task| share_of(task, &of)));
    let told = Signal::derive(move || {
        let share = value.get();
        match settings.with(|task| task.method) {
            CompressMethod::Int8 | CompressMethod::Int4 => {
                say!(compress.layer_bits, bits = number::count((8.0 * share).round().max(2.0) as u32))
            }
            _ => number::percent(share as f32),
        }
    });
    let (label, id) = (name.clone(), format!("compress-layer-{name}"));
    let title = name.clone();
    let on_slide = move |share: f64| {
        let name = name.clone();
        CompressTask::change(move |task| match task.layers.iter_mut().find(|layer| layer.name == name) {
            Some(known) => known.share = share,
            None => task.layers.push(LayerShare { name, share }),
        });
    };
    view! {
        <li>
            <span>{title}</span>
            <Slider id span=SPAN step=0.05 value told label=Signal::derive(move || label.clone()) on_slide />
            <span class="figure">{live::text(move || told.get())}</span>
        </li>
    }
    .into_any()
}

/// What is set for a layer; where nothing is, all.
fn share_of(task: &CompressTask, name: &str) -> f64 {
    task.layers.iter().find(|layer| layer.name == name).map_or(1.0, |layer| layer.share)
}
