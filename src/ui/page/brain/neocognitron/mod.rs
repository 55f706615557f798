//! The neocognitron: it grows, a person moves a digit over it, and it stands beside networks that learn by gradient.

mod layers;
mod pad;
mod state;
mod tolerance;

use super::settings::BrainSettings;
use crate::protocol::{NeocognitronData, NeocognitronProgress};
use crate::ui::page::bring_pictures;
use crate::ui::widget::{Card, FileButton, PixelsView, StartStop, no_pixels, painted, progress_of};
use crate::ui::{PageSettings, Words, app, live, number};
pub(super) use layers::layers_card;
use leptos::prelude::*;
pub(super) use state::NeocognitronState;
pub(super) use tolerance::tolerance_card;

/// Digits that are offered.
const OFFERED: usize = 20;

pub(super) fn neocognitron_card(state: NeocognitronState) -> AnyView {
    let is_there = Memo::new(move |_| state.report.with(Option::is_some));
    let bring = move |files| {
        bring_pictures(files, move || {
            BrainSettings::change(|settings| settings.neocognitron.data = NeocognitronData::Own);
            state.brought.update(|count| *count += 1);
        });
    };
    view! {
        <Card id="brain-grow" title=words!(brain.grow) hint=words!(brain.grow_hint) of=state.grow.asking>
            <p class="neo-verdict" data-testid="brain-grown" data-right=live::maybe(move || right(state))>
                {live::maybe(move || verdict(state))}
            </p>
            <div class="brain-board">
                {pad::pad(state)}
                <div class="brain-side">
                    {answers(state)}
                    <p class="hint" class:gone=live::flag(move || !is_there.get())>{words!(brain.offered)}</p>
                    <ul class="brain-offered" data-testid="brain-offered">{live::view(move || offered(state))}</ul>
                    <details>
                        <summary>{words!(brain.grow_set)}</summary>
                        <div class="fields">
                            {controls!(BrainSettings, "from", "digits", "planes", "growth", "firm", "growseed")}
                        </div>
                        <div class="row-acts wraps">
                            <StartStop id="brain-grow" of=state.grow.asking able=move || app().is_up() start=move |()| state.again() />
                            <FileButton id="brain-files" label=words!(represent.bring) many=true on_files=bring />
                        </div>
                    </details>
                </div>
            </div>
            {progress_of(state.grow.asking, words!(brain.growing))}
            <div class="brain-learnt">{learnt(state, 1, words!(brain.learnt_s2))} {learnt(state, 2, words!(brain.learnt_s3))}</div>
        </Card>
    }
    .into_any()
}

/// What the planes of a stage have learnt, the second's while they grow.
fn learnt(state: NeocognitronState, stage: usize, title: Words) -> AnyView {
    let of = move |progress: &NeocognitronProgress| match (progress.drawings.as_slice(), stage) {
        // Of the second stage alone.
        ([growing], 1) => Some(layers::drawn(growing)),
        (all, stage) => all.get(stage).map(layers::drawn),
    };
    let pixels = Signal::derive(move || {
        state.progress.with(|progress| progress.as_ref().and_then(of)).unwrap_or_else(no_pixels)
    });
    let is_there = Memo::new(move |_| pixels.with(|pixels| pixels.width > 0));
    view! {
        <figure class:gone=live::flag(move || !is_there.get())>
            <PixelsView pixels />
            <figcaption class="hint">{title}</figcaption>
        </figure>
    }
    .into_any()
}

fn right(state: NeocognitronState) -> Option<String> {
    state.report.with(|report| report.as_ref().map(|report| report.right.to_string()))
}

fn verdict(state: NeocognitronState) -> Option<String> {
    if let Some(said) = state.report.with(|report| {
        let report = report.as_ref()?;
        let [s1, s2, s3] = report.progress.planes;
        Some(say!(
            brain.grown,
            right = number::count(report.right),
            held = number::count(report.held),
            s1 = s1,
            s2 = s2,
            s3 = s3,
            connections = number::count(report.progress.connections)
        ))
    }) {
        return Some(said);
    }
    state.progress.with(|progress| {
        let progress = progress.as_ref()?;
        let [_, s2, s3] = progress.planes;
        Some(say!(brain.grows, s2 = s2, s3 = s3))
    })
}

/// Pictures from which it did not grow.
fn offered(state: NeocognitronState) -> AnyView {
    let all = state.report.with(|report| {
        let report = report.as_ref()?;
        let name = |class: u32| report.names.get(class as usize).cloned().unwrap_or_default();
        let each = report.shown.iter().take(OFFERED);
        Some((report.side, each.map(|(pixels, class)| (pixels.to_vec(), name(*class))).collect::<Vec<_>>()))
    });
    let Some((side, all)) = all else { return ().into_any() };
    let one = |(at, (pixels, name)): (usize, (Vec<u8>, String))| {
        let shown = painted(side, pixels.iter().map(|&pixel| [pixel, pixel, pixel, 255]));
        view! {
            <li>
                <button
                    type="button"
                    data-testid=format!("brain-digit-{at}")
                    data-class=name.clone()
                    aria-label=name
                    on:click=move |_| state.pixels.set(pixels.clone())
                >
                    <PixelsView pixels=Signal::stored(shown) />
                </button>
            </li>
        }
    };
    all.into_iter().enumerate().map(one).collect_view().into_any()
}

/// What it takes the picture for: the largest answer of each class.
fn answers(state: NeocognitronState) -> AnyView {
    let said = move || {
        let name = |class: u32| {
            state.report.with(|report| report.as_ref().and_then(|report| report.names.get(class as usize).cloned()))
        };
        state.look.answer.with(|view| {
            let view = view.as_ref()?;
            let time = number::millis(view.elapsed_ms);
            Some(match view.class {
                Some(class) => say!(brain.says, class = name(class).unwrap_or_default(), time = time),
                None => say!(brain.says_nothing).to_owned(),
            })
        })
    };
    let class = move || state.look.answer.with(|view| view.as_ref()?.class.map(|class| class.to_string()));
    let bars = move || {
        let names = state.report.with(|report| report.as_ref().map(|report| report.names.clone())).unwrap_or_default();
        let all = state.look.answer.with(|view| view.as_ref().map(|view| (view.answers.clone(), view.class)));
        let Some((answers, class)) = all else { return ().into_any() };
        let largest = answers.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
        let bar = |(at, (answer, name)): (usize, (f32, String))| {
            let is_it = class == Some(at as u32);
            view! {
                <li class:is-it=is_it>
                    <span>{name}</span>
                    <i style:width=format!("{:.1}%", 100.0 * answer / largest)></i>
                    <span class="figure">{number::digits(answer)}</span>
                </li>
            }
        };
        answers.into_iter().zip(names).enumerate().map(bar).collect_view().into_any()
    };
    view! {
        <p class="brain-says" data-testid="brain-says" data-class=live::maybe(class) aria-live="polite">{live::maybe(said)}</p>
        <ul class="brain-answers">{live::view(bars)}</ul>
    }
    .into_any()
}
