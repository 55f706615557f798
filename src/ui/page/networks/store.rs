//! Weights: by file, by address, and those that this browser keeps.

use crate::protocol::CachedWeights;
use crate::ui::desk::Desk;
use crate::ui::number;
use crate::ui::widget::WeightsDrop;
use leptos::html::Input;
use leptos::prelude::*;

#[component]
pub(super) fn Store() -> impl IntoView {
    view! {
        <section class="card">
            <h2>{move || say!(weights.title)}</h2>
            <WeightsDrop>
                <p>{move || say!(weights.drop)}</p>
                <p class="hint">{move || say!(weights.drop_hint)}</p>
            </WeightsDrop>
            <FromAddress />
        </section>
        <section class="card">
            <h2>{move || say!(weights.cached)}</h2>
            <Kept />
        </section>
    }
}

#[component]
fn FromAddress() -> impl IntoView {
    let desk = Desk::here();
    let field = NodeRef::<Input>::new();
    view! {
        <form
            class="from-address"
            on:submit=move |event| {
                event.prevent_default();
                if let Some(field) = field.get_untracked() {
                    desk.download_address(field.value().trim().to_owned());
                }
            }
        >
            <label class="field">
                <span>{move || say!(weights.url_label)}</span>
                <input
                    node_ref=field
                    type="url"
                    required
                    placeholder="https://"
                    pattern="https?://.+"
                    data-testid="weights-url"
                />
            </label>
            <p class="hint">{move || say!(weights.url_hint)}</p>
            <button type="submit" class="btn" data-testid="weights-url-download">
                {move || say!(weights.download)}
            </button>
        </form>
    }
}

#[component]
fn Kept() -> impl IntoView {
    let desk = Desk::here();
    let cached = Memo::new(move |_| desk.cached());
    let total = move || cached.with(|cached| cached.iter().map(|weights| weights.bytes).sum::<u64>());
    view! {
        {move || {
            cached
                .with(Vec::is_empty)
                .then(|| view! { <p class="hint">{move || say!(weights.cached_none)}</p> })
        }}
        <ul class="kept">
            <For
                each=move || cached.get()
                key=|weights| (weights.name.clone(), weights.sha256.clone())
                let:weights
            >
                <KeptFile weights />
            </For>
        </ul>
        {move || {
            (total() > 0)
                .then(|| view! { <p class="hint">{tell!(weights.cached_total, bytes = number::bytes(total()))}</p> })
        }}
    }
}

#[component]
fn KeptFile(weights: CachedWeights) -> impl IntoView {
    let desk = Desk::here();
    let CachedWeights { name, network, bytes, sha256 } = weights;
    let (label, file, tag, of) = (name.clone(), name.clone(), name.clone(), network.clone());
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
                aria-label=move || format!("{}: {label}", say!(weights.delete))
                on:click=move |_| desk.delete_weights(name.clone())
            >
                {move || say!(weights.delete)}
            </button>
        </li>
    }
}
