//! Weights: by file, by address, and those that this browser keeps.

use crate::protocol::CachedWeights;
use crate::ui::desk::Desk;
use crate::ui::live;
use crate::ui::number;
use crate::ui::widget::WeightsDrop;
use leptos::html::Input;
use leptos::prelude::*;

#[component]
pub(super) fn Store() -> impl IntoView {
    view! {
        <section class="card">
            <h2>{words!(weights.title)}</h2>
            <WeightsDrop>
                <p>{words!(weights.drop)}</p>
                <p class="hint">{words!(weights.drop_hint)}</p>
            </WeightsDrop>
            <FromAddress />
        </section>
        <section class="card">
            <h2>{words!(weights.cached)}</h2>
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
                <span>{words!(weights.url_label)}</span>
                <input
                    node_ref=field
                    type="url"
                    required
                    placeholder="https://"
                    pattern="https?://.+"
                    data-testid="weights-url"
                />
            </label>
            <p class="hint">{words!(weights.url_hint)}</p>
            <button type="submit" class="btn" data-testid="weights-url-download">
                {words!(weights.download)}
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
    let desk = Desk::here();
    let CachedWeights { name, network, bytes, sha256, .. } = weights;
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
                aria-label=live::text(move || format!("{}: {label}", say!(weights.delete)))
                on:click=move |_| desk.delete_weights(name.clone())
            >
                {words!(weights.delete)}
            </button>
        </li>
    }
}
