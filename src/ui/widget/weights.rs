//! Weights that the person brings, and those that are offered.

use super::tray::take_drop;
use super::{FileButton, Icon};
use crate::protocol::{CatalogueEntry, NetworkReport};
use crate::ui::{app, live, number, sentence};
use leptos::prelude::*;

/// A zone for files of weights; the children say what about.
#[component]
pub(crate) fn WeightsDrop(#[prop(optional)] quiet: bool, children: Children) -> impl IntoView {
    view! {
        <div
            class="weights-drop"
            class:quiet=quiet
            class:over=app().dragging
            data-testid="weights-drop"
            on:drop=move |event| take_drop(&event)
        >
            <div class="weights-words">{children()}</div>
            <FileButton
                id="weights-input"
                label=words!(weights.choose)
                accept=Some(".safetensors,.onnx,.pth,.pt,.ckpt,.bin,.json,.txt,.data")
                on_files=move |files| app().take_files(files)
            />
        </div>
    }
}

/// Public checkpoints, each with its size and licence beside its button.
#[component]
pub(crate) fn Offers(#[prop(into)] entries: Signal<Vec<CatalogueEntry>>) -> impl IntoView {
    app().parts.later.want();
    app().parts.later.show(move |later| (later.offers)(entries))
}

pub(crate) fn offers(entries: Signal<Vec<CatalogueEntry>>) -> AnyView {
    live::view(move || {
        let entries = entries.get();
        (!entries.is_empty())
            .then(|| {
                let lines = entries.into_iter().map(|entry| view! { <Offer entry /> }).collect_view();
                view! { <ul class="offers">{lines}</ul> }
            })
            .into_any()
    })
    .into_any()
}

#[component]
fn Offer(entry: CatalogueEntry) -> impl IntoView {
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
                on:click=move |_| app().download(entry.clone())
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

/// What a question about a picture may still want: weights for the network, a picture.
#[component]
pub(crate) fn Wanting() -> impl IntoView {
    view! {
        {live::view(move || app().network_without_weights().map(|network| view! { <NoWeights network /> }).into_any())}
        {live::view(move || {
            app().chosen.get().is_none().then(|| view! { <p class="hint">{words!(classify.choose_picture)}</p> }).into_any()
        })}
    }
}

/// One line on what to do, the zone for a file, and what can be downloaded.
#[component]
pub(crate) fn NoWeights(network: NetworkReport) -> impl IntoView {
    let id = network.id.clone();
    let entries = Memo::new(move |_| app().catalogue_of(&id));
    let words = live::text(move || {
        let title = sentence::network_title(&network);
        match entries.with(Vec::is_empty) {
            true => say!(weights.needed_no_offer, network = title),
            false => say!(weights.needed, network = title),
        }
    });
    view! {
        <WeightsDrop>
            <p data-testid="weights-needed">{words}</p>
        </WeightsDrop>
        <Offers entries />
    }
}
