//! Pictures of what the run sees: training examples as the network gets them, and the filters of the first layer as they form.

use crate::protocol::{Look, Looked, Pixels};
use crate::ui::live;
use crate::ui::widget::{PixelsView, no_pixels};
use leptos::prelude::*;
use super::{LookPanel, classes_of};
use super::ask::Panel;

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
