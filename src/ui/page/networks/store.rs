//! Weights: by file, by address, and those that this browser keeps.

use crate::protocol::CachedWeights;
use crate::ui::widget::{AddressForm, Card, WeightsDrop};
use crate::ui::{app, live, number};
use leptos::prelude::*;

pub(super) fn store() -> impl IntoView {
    view! {
        <Card title=words!(weights.title)>
            <WeightsDrop>
                <p>{words!(weights.drop)}</p>
                <p class="hint">{words!(weights.drop_hint)}</p>
            </WeightsDrop>
            <AddressForm
                class="from-address"
                label=words!(weights.url_label)
                id="weights-url"
                hint=words!(weights.url_hint)
                on_address=move |address| app().download_address(address)
            >
                <button type="submit" class="btn" data-testid="weights-url-download">
                    {words!(weights.download)}
                </button>
            </AddressForm>
        </Card>
        <Card title=words!(weights.cached)>
            {kept()}
        </Card>
    }
}

fn kept() -> impl IntoView {
    let cached = Memo::new(move |_| app().cached());
    let total = move || cached.with(|cached| cached.iter().map(|weights| weights.bytes).sum::<u64>());
    view! {
        {live::view(move || {
            cached
                .with(Vec::is_empty)
                .then(|| view! { <p class="hint">{words!(weights.cached_none)}</p> })
                .into_any()
        })}
        <ul class="kept">
            <For
                each=move || cached.get()
                key=|weights| (weights.name.clone(), weights.sha256.clone())
                let:weights
            >
                <KeptFile weights />
            </For>
        </ul>
        <p class="hint">
            {live::maybe(move || {
                (total() > 0).then(|| say!(weights.cached_total, bytes = number::bytes(total())))
            })}
        </p>
    }
}

#[component]
fn KeptFile(weights: CachedWeights) -> impl IntoView {
    let CachedWeights { name, network, bytes, sha256, .. } = weights;
    let (label, file, tag, of) = (name.clone(), name.clone(), name.clone(), network.clone());
    // Nothing brings a deleted file back: the first press asks.
    let asks = RwSignal::new(false);
    let press = move |_| match asks.get_untracked() {
        true => app().delete_weights(name.clone()),
        false => asks.set(true),
    };
    let words = move || if asks.get() { say!(weights.delete_sure) } else { say!(weights.delete) };
    view! {
        <li data-testid="cached" data-name=tag data-network=of>
            <div>
                <span class="file">{file}</span>
                <span class="hint">
                    {network}
                    " · "
                    <span class="figure">{number::bytes(bytes)}</span>
                    " · "
                    <span class="figure" title=format!("sha256 {sha256}")>
                        {sha256.chars().take(8).collect::<String>()}
                        "…"
                    </span>
                </span>
            </div>
            <button
                type="button"
                class="btn"
                data-testid="cached-delete"
                class:sure=live::flag(move || asks.get())
                aria-label=live::text(move || format!("{}: {label}", words()))
                on:click=press
                on:blur=move |_| asks.set(false)
            >
                {live::name(move || Some(words()))}
            </button>
        </li>
    }
}
