//! What the run sees and holds: training examples as the network gets them, the filters of the first layer as they form, how
//! weights and gradients are spread.

use super::ask::Panel;
use super::{LookPanel, classes_of};
use crate::protocol::{Histogram, LayerHistogram, Look, Looked, Pixels};
use crate::ui::widget::{PixelsView, no_pixels};
use crate::ui::{live, number};
use leptos::prelude::*;
use std::fmt::Write;

const COUNT: u32 = 24;

#[component]
pub(super) fn Examples() -> impl IntoView {
    let panel = Panel::new();
    let classes = classes_of();
    let found = move || match panel.answer.get() {
        Some(Looked::Examples { pictures, labels }) => {
            let classes = classes.get();
            let one = |(pixels, label): (Pixels, u32)| {
                let name = classes.get(label as usize).cloned().unwrap_or_else(|| label.to_string());
                view! {
                    <li>
                        <PixelsView pixels />
                        <span class="verdict-line">{name}</span>
                    </li>
                }
            };
            pictures.into_iter().zip(labels).map(one).collect_view().into_any()
        }
        _ => ().into_any(),
    };
    view! {
        <LookPanel
            id="examples"
            title=words!(train.seen_examples)
            hint=words!(train.seen_examples_hint)
            look=|| Some(Look::Examples { count: COUNT })
            panel
        >
            <ul class="mistakes" data-testid="examples">{live::view(found)}</ul>
        </LookPanel>
    }
}

#[component]
pub(super) fn Filters() -> impl IntoView {
    let panel = Panel::new();
    // The list is made anew only when this changes; otherwise each filter is painted in its place.
    let frame = Memo::new(move |_| {
        panel.answer.with(|answer| match answer {
            Some(Looked::Filters { layer, pictures, .. }) => Some((layer.clone(), pictures.len())),
            _ => None,
        })
    });
    let filter = move |place: usize| {
        Signal::derive(move || {
            panel.answer.with(|answer| match answer {
                Some(Looked::Filters { pictures, .. }) => pictures.get(place).cloned().unwrap_or_else(no_pixels),
                _ => no_pixels(),
            })
        })
    };
    let found = move || {
        let (layer, count) = frame.get().unwrap_or_default();
        let one = |place| view! { <li><PixelsView pixels=filter(place) /></li> };
        view! {
            <p class="hint figure">{layer}</p>
            <ul class="filters" data-testid="filters">{(0..count).map(one).collect_view()}</ul>
        }
        .into_any()
    };
    view! {
        <LookPanel
            id="filters"
            title=words!(train.filters)
            hint=words!(train.filters_hint)
            open=true
            look=|| Some(Look::Filters)
            panel
        >
            {live::view(found)}
        </LookPanel>
    }
}

const BINS: u32 = 40;
const HEIGHT: u32 = 34;

#[component]
pub(super) fn Histograms() -> impl IntoView {
    let panel = Panel::new();
    let rows = move || match panel.answer.get() {
        Some(Looked::Histograms { layers, .. }) => layers.into_iter().map(row).collect_view().into_any(),
        _ => ().into_any(),
    };
    view! {
        <LookPanel
            id="histograms"
            title=words!(train.histograms)
            hint=words!(train.histograms_hint)
            look=|| Some(Look::Histograms { bins: BINS })
            panel
        >
            <div class="table" tabindex="0" role="region" aria-label=words!(train.histograms)>
                <table class="spread" data-testid="histograms">
                    <thead>
                        <tr>
                            <th scope="col">{words!(networks.layer)}</th>
                            <th scope="col">{words!(train.weights)}</th>
                            <th scope="col">{words!(train.gradients)}</th>
                        </tr>
                    </thead>
                    <tbody>{live::view(rows)}</tbody>
                </table>
            </div>
        </LookPanel>
    }
}

fn row(layer: LayerHistogram) -> AnyView {
    let LayerHistogram { layer, weights, gradients } = layer;
    view! {
        <tr>
            <th scope="row">{layer}</th>
            <td>{bars(&weights)}</td>
            <td>{bars(&gradients)}</td>
        </tr>
    }
    .into_any()
}

fn bars(histogram: &Histogram) -> AnyView {
    let Histogram { low, high, counts, norm } = histogram;
    let most = counts.iter().copied().max().unwrap_or(0).max(1);
    let mut path = String::new();
    for (place, count) in counts.iter().enumerate() {
        // A root: the tails would not be seen beside the peak.
        let height = (*count as f32 / most as f32).sqrt() * HEIGHT as f32;
        // Writing to a string cannot fail.
        let _ = write!(path, "M{place} {HEIGHT}v-{height:.1}h.9V{HEIGHT}z");
    }
    let zero = (*low < 0.0 && *high > 0.0).then(|| counts.len() as f32 * -low / (high - low));
    let side = |value: f32| number::digits(value);
    view! {
        <svg class="bars-of" viewBox=format!("0 0 {} {HEIGHT}", counts.len().max(1)) preserveAspectRatio="none" aria-hidden="true">
            <path d=path></path>
            {zero.map(|x| view! { <line x1=x.to_string() x2=x.to_string() y1="0" y2=HEIGHT.to_string()></line> })}
        </svg>
        <span class="ends figure">
            <span>{side(*low)}</span>
            <b title=words!(train.norm)>{format!("‖·‖ {}", number::digits(*norm))}</b>
            <span>{side(*high)}</span>
        </span>
    }
    .into_any()
}
