//! The answer: bars, figures, and what to do where there is none.

use super::question::Question;
use crate::protocol::{BackendKind, Classified, Prediction, Source, TroubleKind};
use crate::ui::widget::{Button, Figure, NoWeights, ProgressLine, TroubleBox, WeightsDrop};
use crate::ui::{AskState, Life, app, live, number, sentence};
use leptos::prelude::*;

pub(super) fn answer(question: Question) -> impl IntoView {
    let missing = Memo::new(move |_| app().network_without_weights());
    view! {
        <div
            class="answer"
            data-testid="answer"
            data-state=live::name(move || Some(question.asking.state().name()))
            data-picture=live::maybe(move || question.answer().map(|answer| answer.picture.to_string()))
            data-network=live::maybe(move || question.answer().map(|answer| answer.network))
        >
            {live::view(move || match missing.get() {
                Some(network) => view! { <NoWeights network /> }.into_any(),
                None => view! { <Found question /> }.into_any(),
            })}
        </div>
    }
}

#[component]
fn Found(question: Question) -> impl IntoView {
    let fresh = Signal::derive(move || question.asking.is_fresh());
    view! {
        <Bars answer=question.last fresh />
        {live::view(move || {
            let is_unknown = question.last.with(|last| last.as_ref().is_some_and(|last| last.is_unknown));
            is_unknown.then(|| view! { <p class="hint" role="status" data-testid="unknown">{words!(classify.unknown)}</p> }).into_any()
        })}
        {figures(question, fresh)}
        <div class="state-line">
            {live::view(move || state_line(question, app().life.get()))}
        </div>
    }
}

/// Of fixed height, so that a line that comes and goes moves nothing.
fn state_line(question: Question, life: Life) -> AnyView {
    let asking = question.asking;
    live::view(move || match (asking.state(), asking.trouble()) {
        (AskState::Working, _) => view! {
            <div class="late">
                <ProgressLine title="" progress=asking.progress on_cancel=move || question.stop() />
            </div>
        }
        .into_any(),
        (AskState::Ready, _) => view! { <Again question /> }.into_any(),
        (AskState::Failed, Some(trouble)) if !trouble.is(TroubleKind::Bug) => view! {
            <div class="failed">
                <TroubleBox trouble />
                <Again question />
            </div>
        }
        .into_any(),
        // The message that the engine was restarted has said why.
        (AskState::Failed, _) => view! { <Stopped question /> }.into_any(),
        (AskState::Idle, _) if life == Life::Starting => {
            view! { <p class="hint late">{words!(engine.starting)}</p> }.into_any()
        }
        (AskState::Idle, _) if question.was_stopped() => view! { <Stopped question /> }.into_any(),
        (AskState::Idle, _) => ().into_any(),
    })
    .into_any()
}

#[component]
fn Stopped(question: Question) -> impl IntoView {
    view! {
        <div class="failed">
            <p class="hint">{words!(classify.stopped)}</p>
            <Again question />
        </div>
    }
}

#[component]
fn Again(question: Question) -> impl IntoView {
    view! { <Button id="run-again" class="btn again" words=words!(classify.again) on_press=move |()| question.again() /> }
}

fn figures(question: Question, fresh: Signal<bool>) -> impl IntoView {
    let known = move |read: fn(&Classified) -> String| question.last.with(|last| last.as_ref().map(read));
    let figure =
        move |read: fn(&Classified) -> String| live::text(move || known(read).unwrap_or_else(|| "–".to_owned()));
    let kernels = move || match question.last.with(|last| last.as_ref().map(|last| last.backend.kind)) {
        // A first answer is the CPU's.
        Some(BackendKind::Cpu) | None => say!(classify.kernel_calls),
        Some(BackendKind::Gpu) => say!(classify.dispatches),
    };
    let prepared = |last: &Classified| say!(classify.prepare, millis = number::millis(last.preprocess_ms));
    let saved = |last: &Classified| say!(classify.memory_saved, unplanned = number::bytes(last.unplanned_bytes));
    let more = move |read: fn(&Classified) -> String| live::text(move || known(read).unwrap_or_default());
    view! {
        <dl class="figures" class:stale=live::flag(move || !fresh.get())>
            <div>
                <dt>{words!(classify.time)}</dt>
                <dd
                    data-testid=live::name(move || fresh.get().then_some("elapsed-ms"))
                    data-value=live::maybe(move || known(|last| number::exact(last.elapsed_ms)))
                >
                    {figure(|answer| number::millis(answer.elapsed_ms))}
                </dd>
                <dd class="more">{more(prepared)}</dd>
            </div>
            <Figure label=kernels id="dispatches" value=figure(|answer| answer.dispatches.to_string()) />
            <Figure
                label=words!(classify.memory)
                id="planned-bytes"
                value=figure(|answer| number::bytes(answer.planned_bytes))
                more=more(saved)
            />
            <div class="wide">
                <dt>{words!(classify.computed_on)}</dt>
                <dd>
                    {figure(|answer| sentence::backend_name(&answer.backend))}
                    <small>{more(|last| sentence::why(&last.backend.why))}</small>
                </dd>
            </div>
        </dl>
    }
}

pub(super) fn kept_weights() -> impl IntoView {
    let ready = move || app().network().is_some_and(|network| network.ready);
    // Its name and size.
    let file = move || {
        let network = app().network()?;
        match network.source {
            Source::Shipped(file) => Some((file.file, file.bytes)),
            Source::Public | Source::Own => {
                let kept = app().cached().into_iter().find(|weights| weights.network == network.id)?;
                Some((kept.name, kept.bytes))
            }
        }
    };
    let is_shipped = move || app().network().is_some_and(|network| matches!(network.source, Source::Shipped(_)));
    let words = move || {
        let (name, bytes) = file()?;
        let shipped = is_shipped().then(|| view! { <span class="hint">{words!(weights.shipped)}</span> });
        Some(view! { <span class="file">{name}</span> <span class="figure">{number::bytes(bytes)}</span> {shipped} })
    };
    live::view(move || {
        let drop = || {
            view! {
                <WeightsDrop quiet=true>
                    <span class="hint">{words!(weights.here)}</span>
                    {live::view(move || words().into_any())}
                </WeightsDrop>
            }
        };
        ready().then(drop).into_any()
    })
}

const ROWS: usize = 5;

/// `fresh` is false while the answer shown is the one to an earlier question.
#[component]
fn Bars(#[prop(into)] answer: Signal<Option<Classified>>, #[prop(into)] fresh: Signal<bool>) -> impl IntoView {
    let first = move || answer.get().filter(|_| fresh.get()).and_then(|answer| answer.top.into_iter().next());
    view! {
        <ol class="bars" class:stale=live::flag(move || !fresh.get()) aria-label=words!(classify.results)>
            {(0..ROWS).map(|rank| view! { <Row rank answer fresh /> }).collect_view()}
        </ol>
        <p class="unseen" role="status">
            {live::maybe(move || {
                first()
                    .map(|first| {
                        let percent = number::percent(first.probability);
                        say!(classify.answer, label = sentence::label_of(&first), percent = percent)
                    })
            })}
        </p>
    }
}

#[component]
fn Row(rank: usize, answer: Signal<Option<Classified>>, fresh: Signal<bool>) -> impl IntoView {
    let prediction = Memo::new(move |_| answer.with(|answer| answer.as_ref()?.top.get(rank).cloned()));
    let with = move |read: fn(&Prediction) -> String| prediction.with(|row| row.as_ref().map(read));
    let label = move || prediction.with(|row| row.as_ref().map(|row| sentence::label_of(row).to_owned()));
    view! {
        <li
            class="bar-row"
            data-testid=live::name(move || {
                (fresh.get() && prediction.with(Option::is_some)).then_some("prediction")
            })
            data-label=live::maybe(move || with(|row| row.label.clone()))
            data-index=live::maybe(move || with(|row| row.index.to_string()))
            data-probability=live::maybe(move || with(|row| number::exact(row.probability)))
            title=live::maybe(move || with(|row| format!("logit {}", number::fixed(row.logit.into(), 3))))
        >
            <span class="bar-label">{live::maybe(label)}</span>
            <span class="bar" aria-hidden="true">
                <i style:width=live::text(move || {
                    format!("{}%", number::fixed(prediction.with(|row| row.as_ref().map_or(0.0, |row| 100.0 * f64::from(row.probability))), 2))
                })></i>
            </span>
            <span class="figure">{live::maybe(move || with(|row| number::percent(row.probability)))}</span>
        </li>
    }
}
