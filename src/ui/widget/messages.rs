//! What there is to say, over the page's lower edge, so that nothing on it moves.

use super::{Button, Icon, IconButton, ProgressLine, TroubleBox};
use crate::protocol::{Trouble, WeightsLoaded, WeightsWarning, trouble};
use crate::ui::state::{Note, Notice};
use crate::ui::{Words, app, live, number, sentence};
use leptos::prelude::*;

/// So many stand open; the earlier ones wait behind a button.
const OPEN: usize = 2;

pub(crate) fn messages() -> impl IntoView {
    let unfolded = RwSignal::new(false);
    let earlier = Memo::new(move |_| app().notices.with(Vec::len).saturating_sub(OPEN));
    let shown = move || {
        let folded = if unfolded.get() { 0 } else { earlier.get() };
        app().notices.with(|notices| notices[folded..].to_vec())
    };
    Effect::new(move |_| {
        if earlier.get() == 0 {
            unfolded.set(false);
        }
    });
    let acts = move || {
        let fold = (!unfolded.get()).then(|| {
            view! {
                <button type="button" class="btn" data-testid="notices-earlier" on:click=move |_| unfolded.set(true)>
                    {live::text(move || say!(app.earlier, count = earlier.get()))}
                </button>
            }
        });
        view! {
            <div class="message-acts">
                {fold} <Button id="dismiss-all" words=words!(app.dismiss_all) on_press=|()| app().dismiss_all() />
            </div>
        }
    };
    let keys = move || app().transfers.get().into_iter().map(|transfer| transfer.key).collect::<Vec<_>>();
    view! {
        <section class="messages" aria-label=words!(app.messages) aria-live="polite">
            <For each=keys key=|key| *key let:key>
                <TransferLine key />
            </For>
            {live::view(move || (earlier.get() > 0).then(acts).into_any())}
            <For each=shown key=|notice| notice.key let:notice>
                <NoticeLine notice />
            </For>
            {live::view(move || app().removed_name().map(removed).into_any())}
        </section>
    }
}

fn removed(name: String) -> AnyView {
    view! {
        <div class="message">
            <p>{live::text(move || say!(tray.removed, name = name))}</p>
            <Button id="undo" words=words!(app.undo) on_press=move |()| app().undo_remove() />
            {dismiss(|| app().forget_removed())}
        </div>
    }
    .into_any()
}

#[component]
fn TransferLine(key: u32) -> impl IntoView {
    let find = move || app().transfers.get().into_iter().find(|transfer| transfer.key == key);
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
    let key = notice.key;
    view! {
        <div class="message" data-testid="notice">
            {words(notice.note)}
            {(notice.count > 1).then(|| view! { <span class="chip figure">{format!("×{}", notice.count)}</span> })}
            {dismiss(move || app().dismiss(key))}
        </div>
    }
}

fn words(note: Note) -> AnyView {
    match note {
        Note::Trouble(trouble) => view! { <TroubleBox trouble /> }.into_any(),
        Note::Weights(loaded) => {
            app().parts.later.want();
            app().parts.later.show(move |later| (later.weights)((*loaded).clone()))
        }
        Note::Restarted(trouble) => engine_words(trouble, words!(engine.restarted)),
        Note::Down(trouble) => engine_words(trouble, words!(engine.down)),
        Note::PartMissing => view! {
            <TroubleBox trouble=trouble::PartMissing {}.into() />
            <Button id="fetch-again" words=words!(app.again) on_press=move |()| app().fetch_again() />
        }
        .into_any(),
        Note::LostPicture { name } => {
            view! { <p>{live::text(move || say!(engine.lost_picture, name = name))}</p> }.into_any()
        }
        Note::NoDrawing { name } => {
            view! { <p>{live::text(move || say!(tray.no_drawing, name = name))}</p> }.into_any()
        }
        Note::Done(words) => view! { <p class="done" data-testid="done">{words}</p> }.into_any(),
        Note::Needs(words) => view! { <p>{words}</p> }.into_any(),
    }
}

fn engine_words(trouble: Trouble, text: Words) -> AnyView {
    view! {
        <div class="trouble" role="alert" data-testid="trouble" data-kind=trouble.kind().name()>
            <p>{text}</p>
            <details>
                <summary>{words!(engine.details)}</summary>
                <p class="words">{trouble.list()}</p>
            </details>
        </div>
    }
    .into_any()
}

/// A part of what comes later.
pub(crate) fn weights_words(loaded: WeightsLoaded) -> AnyView {
    let warning = |warning: WeightsWarning| {
        let words = move || match &warning {
            WeightsWarning::Unused { count, first } => say!(weights.unused, count = count, first = first),
            WeightsWarning::Names { file, names, classes } => {
                say!(weights.other_names, file = file, names = names, classes = classes)
            }
            WeightsWarning::Fits { networks } => say!(weights.fits, networks = networks),
            WeightsWarning::Squashed => say!(weights.squashed).to_owned(),
            WeightsWarning::NotCached { detail } => say!(weights.not_cached, detail = detail),
        };
        view! { <p class="hint">{live::text(words)}</p> }
    };
    let warnings = loaded.warnings.into_iter().map(warning).collect_view();
    let (tag, bytes) = (loaded.network, number::bytes(loaded.bytes));
    let network = move || sentence::network_title(&loaded.report);
    view! {
        <div class="done" data-testid="weights-loaded" data-network=tag>
            <p>
                {live::text(move || {
                    say!(weights.loaded, name = loaded.name, network = network(), bytes = bytes)
                })}
            </p>
            {warnings}
        </div>
    }
    .into_any()
}

fn dismiss(on_press: impl Fn() + Send + Sync + 'static) -> AnyView {
    let label = live::text(|| say!(app.dismiss).to_owned());
    view! { <IconButton id="dismiss" icon=Icon::Close label on_press=move |()| on_press() /> }.into_any()
}
