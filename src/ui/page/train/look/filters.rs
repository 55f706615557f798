//! The filters of the first layer, as they form.

use super::ask::Panel;
use super::LookPanel;
use crate::protocol::{Look, Looked};
use crate::ui::widget::{PixelsView, no_pixels};
use crate::ui::live;
use leptos::prelude::*;

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
