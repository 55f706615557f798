//! The answer: bars, figures, and what to do where there is none.

use super::question::Question;
use crate::protocol::{BackendKind, Classified, NetworkReport};
use crate::ui::desk::{Desk, Life};
use crate::ui::page::run::Run;
use crate::ui::widget::{Bars, Offers, ProgressLine, TroubleBox, WeightsDrop};
use crate::ui::{number, sentence};
use leptos::prelude::*;

#[component]
pub(super) fn Answer(question: Question) -> impl IntoView {
    let desk = Desk::here();
    let missing = Memo::new(move |_| desk.network().filter(|network| !network.ready && desk.life() == Life::Up));
    view! {
        <div
            class="answer"
            data-testid="answer"
            data-state=move || question.run.with(Run::name)
            data-picture=move || question.answer().map(|answer| answer.picture.to_string())
            data-network=move || question.answer().map(|answer| answer.network)
        >
            {move || match missing.get() {
                Some(network) => view! { <NoWeights network /> }.into_any(),
                None => view! { <Found question /> }.into_any(),
            }}
        </div>
    }
}

/// One line on what to do, the zone for a file, and what can be downloaded.
#[component]
fn NoWeights(network: NetworkReport) -> impl IntoView {
    let entries = Desk::here().catalogue_of(&network.id);
    let title = network.title;
    let words = if entries.is_empty() {
        tell!(weights.needed_no_offer, network = title).into_any()
    } else {
        tell!(weights.needed, network = title).into_any()
    };
    view! {
        <WeightsDrop>
            <p data-testid="weights-needed">{words}</p>
        </WeightsDrop>
        <Offers entries />
    }
}

#[component]
fn Found(question: Question) -> impl IntoView {
    let desk = Desk::here();
    let fresh = Signal::derive(move || question.run.with(|run| matches!(run, Run::Ready(_))));
    view! {
        <Bars answer=question.last fresh />
        <Figures question fresh />
        <div class="state-line">
            {move || state_line(question, desk.life())}
        </div>
        <KeptWeights />
    }
}

/// Of fixed height, so that a line that comes and goes moves nothing.
fn state_line(question: Question, life: Life) -> AnyView {
    let progress = Memo::new(move |_| match question.run.get() {
        Run::Working(progress) => progress,
        Run::Idle | Run::Ready(_) | Run::Failed(_) => None,
    });
    let state = Memo::new(move |_| match question.run.get() {
        Run::Working(_) => Run::Working(None),
        Run::Ready(_) => Run::Ready(()),
        Run::Idle => Run::Idle,
        Run::Failed(trouble) => Run::Failed(trouble),
    });
    (move || match state.get() {
        Run::Working(_) => view! {
            <div class="late">
                <ProgressLine title="" progress on_cancel=move || question.cancel() />
            </div>
        }
        .into_any(),
        Run::Failed(trouble) => view! { <TroubleBox trouble /> }.into_any(),
        Run::Idle if life == Life::Starting => {
            view! { <p class="hint late">{move || say!(engine.starting)}</p> }.into_any()
        }
        Run::Idle if question.last.with_untracked(Option::is_some) => {
            view! { <p class="hint">{move || say!(classify.stopped)}</p> }.into_any()
        }
        Run::Idle | Run::Ready(()) => ().into_any(),
    })
    .into_any()
}

#[component]
fn Figures(question: Question, fresh: Signal<bool>) -> impl IntoView {
    let figure = move |read: fn(&Classified) -> String| {
        move || question.last.with(|last| last.as_ref().map_or_else(|| "–".to_owned(), read))
    };
    let kernels = move || match question.last.with(|last| last.as_ref().map(|last| last.backend.kind)) {
        Some(BackendKind::Cpu) => say!(classify.kernel_calls),
        Some(BackendKind::Gpu) | None => say!(classify.dispatches),
    };
    view! {
        <dl class="figures" class:stale=move || !fresh.get()>
            <div>
                <dt>{move || say!(classify.time)}</dt>
                <dd
                    data-testid=move || fresh.get().then_some("elapsed-ms")
                    data-value=move || question.last.with(|last| last.as_ref().map(|last| last.elapsed_ms.to_string()))
                >
                    {figure(|answer| number::millis(answer.elapsed_ms))}
                </dd>
            </div>
            <div>
                <dt>{move || say!(classify.prepare)}</dt>
                <dd>{figure(|answer| number::millis(answer.preprocess_ms))}</dd>
            </div>
            <div>
                <dt>{kernels}</dt>
                <dd data-testid="dispatches">{figure(|answer| answer.dispatches.to_string())}</dd>
            </div>
            <div>
                <dt>{move || say!(classify.memory)}</dt>
                <dd>
                    <span data-testid="planned-bytes">{figure(|answer| number::bytes(answer.planned_bytes))}</span>
                    <small>
                        {move || {
                            question
                                .last
                                .with(|last| last.as_ref().map(|last| number::bytes(last.unplanned_bytes)))
                                .map(|unplanned| tell!(classify.memory_saved, unplanned = unplanned))
                        }}
                    </small>
                </dd>
            </div>
            <div class="wide">
                <dt>{move || say!(classify.computed_on)}</dt>
                <dd>
                    {figure(|answer| sentence::backend_name(&answer.backend))}
                    <small>
                        {move || question.last.with(|last| last.as_ref().map(|last| sentence::why(&last.backend.why)))}
                    </small>
                </dd>
            </div>
        </dl>
    }
}

/// Which file the answer comes from, and the way to another one.
#[component]
fn KeptWeights() -> impl IntoView {
    let desk = Desk::here();
    let file = move || {
        let network = desk.network()?.id;
        desk.cached().into_iter().find(|weights| weights.network == network)
    };
    view! {
        <WeightsDrop quiet=true>
            <span class="hint">{move || say!(weights.here)}</span>
            {move || {
                file()
                    .map(|weights| {
                        view! {
                            <span class="file">{weights.name}</span>
                            <span class="figure">{number::bytes(weights.bytes)}</span>
                        }
                    })
            }}
        </WeightsDrop>
    }
}
