//! What the run is doing, in words; what went wrong, and the way out of it.

use super::controls::take_out;
use crate::protocol::{RunState, TroubleKind};
use crate::ui::page::train::{Next, TrainingPhase};
use crate::ui::widget::{Button, TroubleBox};
use crate::ui::{Life, Words, app, live, number};
use leptos::prelude::*;

pub(super) fn state() -> impl IntoView {
    let training = app().training();
    view! {
        <div
            class="run-state"
            data-testid="train-state"
            data-state=live::name(move || Some(training.phase.with(row_of).0))
        >
            <div class="chip-line">
            <p role="status">
                <span class="chip" class:on=live::flag(move || training.phase.with(TrainingPhase::is_busy))>
                    {live::name(move || Some(words_of()))}
                </span>
                <span class="hint">{live::maybe(aside)}</span>
            </p>
            {take_out()}
            </div>
            {live::view(other_stored)}
            {live::view(unsaved)}
            {live::view(|| app().training().other_tab.get().then(|| note("train-other-tab", || say!(train.other_tab).to_owned())).into_any())}
            {live::view(notice)}
        </div>
    }
}

/// The state for tests, and in words.
fn row_of(phase: &TrainingPhase) -> (&'static str, Words) {
    match phase {
        TrainingPhase::Idle => ("idle", words!(train.state_idle)),
        TrainingPhase::Busy(None | Some(RunState::Compiling)) => ("compiling", words!(train.state_compiling)),
        TrainingPhase::Busy(Some(_)) => ("running", words!(train.state_running)),
        TrainingPhase::Rest(RunState::Finished) => ("finished", words!(train.state_finished)),
        TrainingPhase::Rest(RunState::NotFinite { .. }) => ("not_finite", words!(train.state_not_finite)),
        TrainingPhase::Rest(_) => ("paused", words!(train.state_paused)),
        TrainingPhase::Failed(_) => ("failed", words!(train.state_failed)),
    }
}

fn words_of() -> &'static str {
    match app().life.get() {
        Life::Starting => say!(train.state_starting),
        Life::Down => say!(badge.down),
        Life::Up => app().training().phase.with(row_of).1(),
    }
}

/// One line beside the state: what happens elsewhere, or what waits from an earlier visit.
fn aside() -> Option<String> {
    let training = app().training();
    let is_busy = training.phase.with(TrainingPhase::is_busy);
    match training.next() {
        Next::TakeUp => training.current(|run| run.step).map(|step| say!(train.stored, step = number::count(step))),
        _ if is_busy => Some(say!(train.goes_on).to_owned()),
        _ => None,
    }
}

/// A link was opened while a run is kept here: starting it would take the kept one's place.
fn other_stored() -> AnyView {
    let kept = Memo::new(move |_| app().training().other_stored());
    let note = move |step: u32| {
        view! {
            <p class="note" data-testid="train-other-stored">
                {live::text(move || say!(train.other_stored, step = number::count(step)))}
                <Button
                    id="train-take-up"
                    words=words!(train.take_up_other)
                    on_press=move |()| app().training().take_up_stored()
                />
            </p>
        }
    };
    live::view(move || kept.get().map(note).into_any()).into_any()
}

/// The browser refuses to keep the run: a closed tab would lose it.
fn unsaved() -> AnyView {
    let refused = Memo::new(move |_| {
        app().training().current(|run| run.last.as_ref().and_then(|last| last.unsaved.clone())).flatten()
    });
    let note = |detail: String| note("train-unsaved", move || say!(train.unsaved, detail = detail));
    live::view(move || refused.get().map(note).into_any()).into_any()
}

fn note(id: &'static str, words: impl Fn() -> String + Send + 'static) -> AnyView {
    view! { <p class="note" data-testid=id>{live::text(words)}</p> }.into_any()
}

fn notice() -> AnyView {
    let training = app().training();
    let last_good = move |()| training.do_next(None);
    let lower_rate = move |()| {
        training.setup.update(|setup| setup.optimiser.rate /= 10.0);
        training.do_next(None);
    };
    match training.phase.get() {
        TrainingPhase::Rest(RunState::NotFinite { step, what }) => view! {
            <div class="trouble" role="alert" data-testid="train-not-finite">
                <p>{live::text(move || say!(train.not_finite, what = what, step = number::count(step)))}</p>
                <p class="acts">
                    <Button id="train-lower-rate" words=words!(train.lower_rate) on_press=lower_rate />
                    <Button id="train-last-good" class="btn main" words=words!(train.last_good) on_press=last_good />
                </p>
            </div>
        }
        .into_any(),
        TrainingPhase::Busy(Some(RunState::Recovered { step, lost_steps })) => {
            let [step, lost] = [step, lost_steps].map(number::count);
            note("train-recovered", move || say!(train.recovered, step = step, lost = lost))
        }
        // The message that the engine was restarted has said why.
        TrainingPhase::Failed(trouble) if trouble.is(TroubleKind::Bug) => {
            view! { <p class="hint">{words!(train.broken_off)}</p> }.into_any()
        }
        TrainingPhase::Failed(trouble) => view! { <TroubleBox trouble /> }.into_any(),
        TrainingPhase::Idle | TrainingPhase::Busy(_) | TrainingPhase::Rest(_) => ().into_any(),
    }
}
