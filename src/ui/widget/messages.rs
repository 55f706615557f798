//! What there is to say, over the page's lower edge, so that nothing on it moves.

use super::{Icon, ProgressLine, TroubleBox};
use crate::protocol::{Trouble, WeightsLoaded, WeightsWarning};
use crate::ui::desk::{Desk, Note, Notice};
use crate::ui::{number, sentence};
use leptos::prelude::*;

#[component]
pub(crate) fn Messages() -> impl IntoView {
    let desk = Desk::here();
    let keys = move || desk.transfers().into_iter().map(|transfer| transfer.key).collect::<Vec<_>>();
    view! {
        <section class="messages" aria-label=move || say!(app.messages) aria-live="polite">
            <For each=keys key=|key| *key let:key>
                <TransferLine key />
            </For>
            <For each=move || desk.notices() key=|notice| notice.key let:notice>
                <NoticeLine notice />
            </For>
            {move || {
                desk.removed_name()
                    .map(|name| {
                        view! {
                            <div class="message">
                                <p>{tell!(tray.removed, name = name)}</p>
                                <button
                                    type="button"
                                    class="btn"
                                    data-testid="undo"
                                    on:click=move |_| desk.undo_remove()
                                >
                                    {move || say!(app.undo)}
                                </button>
                                <Dismiss on_click=move || desk.forget_removed() />
                            </div>
                        }
                    })
            }}
        </section>
    }
}

#[component]
fn TransferLine(key: u32) -> impl IntoView {
    let desk = Desk::here();
    let find = move || desk.transfers().into_iter().find(|transfer| transfer.key == key);
    let first = untrack(find);
    first.map(|transfer| {
        let progress = Signal::derive(move || find().and_then(|transfer| transfer.progress));
        view! {
            <div class="message late">
                <ProgressLine title=transfer.title progress on_cancel=move || transfer.handle.cancel() />
            </div>
        }
    })
}

#[component]
fn NoticeLine(notice: Notice) -> impl IntoView {
    let desk = Desk::here();
    let key = notice.key;
    view! {
        <div class="message" data-testid="notice">
            {words(notice.note)}
            <Dismiss on_click=move || desk.dismiss(key) />
        </div>
    }
}

fn words(note: Note) -> AnyView {
    match note {
        Note::Trouble(trouble) => view! { <TroubleBox trouble /> }.into_any(),
        Note::Weights(loaded) => weights_words(loaded),
        Note::Restarted(trouble) => engine_words(trouble, Signal::derive(|| say!(engine.restarted))),
        Note::Down(trouble) => engine_words(trouble, Signal::derive(|| say!(engine.down))),
        Note::LostPicture { name } => view! { <p>{tell!(engine.lost_picture, name = name)}</p> }.into_any(),
    }
}

fn engine_words(trouble: Trouble, text: Signal<&'static str>) -> AnyView {
    view! {
        <div class="trouble" role="alert" data-testid="trouble" data-kind=sentence::kind(&trouble)>
            <p>{text}</p>
            <details>
                <summary>{move || say!(engine.details)}</summary>
                <p class="words">{trouble.to_string()}</p>
            </details>
        </div>
    }
    .into_any()
}

fn weights_words(loaded: WeightsLoaded) -> AnyView {
    let warnings = loaded
        .warnings
        .into_iter()
        .map(|warning| match warning {
            WeightsWarning::Unused { count, first } => {
                view! { <p class="hint">{tell!(weights.unused, count = count, first = first)}</p> }.into_any()
            }
            WeightsWarning::NotCached { detail } => {
                view! { <p class="hint">{tell!(weights.not_cached, detail = detail)}</p> }.into_any()
            }
        })
        .collect_view();
    let tag = loaded.network.clone();
    view! {
        <div class="done" data-testid="weights-loaded" data-network=tag>
            <p>
                {tell!(
                    weights.loaded,
                    name = loaded.name,
                    network = loaded.network,
                    bytes = number::bytes(loaded.bytes)
                )}
            </p>
            {warnings}
        </div>
    }
    .into_any()
}

#[component]
fn Dismiss(on_click: impl Fn() + 'static) -> impl IntoView {
    view! {
        <button
            type="button"
            class="btn bare"
            data-testid="dismiss"
            aria-label=move || say!(app.dismiss)
            on:click=move |_| on_click()
        >
            <Icon of=Icon::Close />
        </button>
    }
}
