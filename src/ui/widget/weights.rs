//! Weights that the person brings, and those that are offered.

use super::intake::take_drop;
use super::{FileButton, Icon};
use crate::protocol::CatalogueEntry;
use crate::ui::desk::Desk;
use crate::ui::live;
use crate::ui::number;
use leptos::prelude::*;

/// A zone for `.safetensors` files; the children say what about.
#[component]
pub(crate) fn WeightsDrop(#[prop(optional)] quiet: bool, children: Children) -> impl IntoView {
    let desk = Desk::here();
    view! {
        <div
            class="weights-drop"
            class:quiet=quiet
            class:over=desk.dragging()
            data-testid="weights-drop"
            on:drop=move |event| take_drop(desk, &event)
        >
            <div class="weights-words">{children()}</div>
            <FileButton
                id="weights-input"
                label=words!(weights.choose)
                accept=Some(".safetensors")
                on_files=move |files| desk.take_files(files)
            />
        </div>
    }
}

/// Public checkpoints, each with its size and licence beside its button.
#[component]
pub(crate) fn Offers(#[prop(into)] entries: Signal<Vec<CatalogueEntry>>) -> impl IntoView {
    live::view(move || {
        let entries = entries.get();
        (!entries.is_empty())
            .then(|| {
                let lines = entries.into_iter().map(|entry| view! { <Offer entry /> }).collect_view();
                view! { <ul class="offers">{lines}</ul> }
            })
            .into_any()
    })
}

#[component]
fn Offer(entry: CatalogueEntry) -> impl IntoView {
    let desk = Desk::here();
    let CatalogueEntry { title, bytes, licence, network, .. } = entry.clone();
    let label = title.clone();
    view! {
        <li>
            <button
                type="button"
                class="btn"
                data-testid="weights-download"
                data-network=network
                aria-label=live::text(move || format!("{}: {label}", say!(weights.download)))
                on:click=move |_| desk.download(entry.clone())
            >
                <Icon of=Icon::Download />
                {words!(weights.download)}
            </button>
            <span>
                <span class="offer-title">{title}</span>
                <span class="hint">
                    <span class="figure">{number::bytes(bytes)}</span>
                    " · "
                    {live::text(move || say!(weights.licence, licence = licence))}
                </span>
            </span>
        </li>
    }
}
