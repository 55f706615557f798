//! What the run is doing, in words; what went wrong, and the way out of it.

use super::controls::TakeOut;
use crate::protocol::{RunState, Trouble};
use crate::ui::desk::{Desk, Life};
use crate::ui::lang::Words;
use crate::ui::live;
use crate::ui::number;
use crate::ui::page::train::{Next, Phase};
use crate::ui::widget::{Button, TroubleBox};
use leptos::prelude::*;

#[component]
pub(super) fn State() -> impl IntoView {
    let desk = Desk::here();
    let training = desk.training();
    view! {
        <div
            class="run-state"
            data-testid="train-state"
            data-state=live::name(move || Some(training.phase.with(row_of).0))
        >
            <div class="chip-line">
            <p role="status">
                <span class="chip" class:on=live::flag(move || training.phase.with(Phase::is_busy))>
                    {live::name(move || Some(words_of(desk)))}
                </span>
                <span class="hint">{live::maybe(move || aside(desk))}</span>
            </p>
            <TakeOut />
            </div>
            {live::view(move || other_stored(desk))}
            {live::view(move || unsaved(desk))}
            {live::view(move || notice(desk))}
        </div>
    }
}

/// The state for tests, and in words.
fn row_of(phase: &Phase) -> (&'static str, Words) {
    match phase {
        Phase::Idle => ("idle", words!(train.state_idle)),
        Phase::Busy(None | Some(RunState::Compiling)) => ("compiling", words!(train.state_compiling)),
        Phase::Busy(Some(_)) => ("running", words!(train.state_running)),
        Phase::Rest(RunState::Finished) => ("finished", words!(train.state_finished)),
        Phase::Rest(RunState::NotFinite { .. }) => ("not_finite", words!(train.state_not_finite)),
        Phase::Rest(_) => ("paused", words!(train.state_paused)),
        Phase::Failed(_) => ("failed", words!(train.state_failed)),
    }
}

fn words_of(desk: Desk) -> &'static str {
    match desk.life() {
        Life::Starting => say!(train.state_starting),
        Life::Down => say!(badge.down),
        Life::Up => desk.training().phase.with(row_of).1(),
    }
}

/// One line beside the state: what happens elsewhere, or what waits from an earlier visit.
fn aside(desk: Desk) -> Option<String> {
    let training = desk.training();
    let is_busy = training.phase.with(Phase::is_busy);
    match training.next(desk) {
        Next::TakeUp => {
            training.current(|run| run.step).map(|step| say!(train.stored, step = number::count(u64::from(step))))
        }
        _ if is_busy => Some(say!(train.goes_on).to_owned()),
        _ => None,
    }
}

/// A link was opened while a run is kept here: starting it would take the kept one's place.
fn other_stored(desk: Desk) -> AnyView {
    let kept = Memo::new(move |_| desk.training().other_stored(desk));
    let note = move |step: u32| {
        view! {
            <p class="note" data-testid="train-other-stored">
                {live::text(move || say!(train.other_stored, step = number::count(u64::from(step))))}
                <Button
                    id="train-take-up"
                    words=words!(train.take_up_other)
                    on_press=move |()| desk.training().take_up_stored(desk)
                />
            </p>
        }
    };
    live::view(move || kept.get().map(note).into_any()).into_any()
}

/// The browser refuses to keep the run: a closed tab would lose it.
fn unsaved(desk: Desk) -> AnyView {
    let refused = Memo::new(move |_| {
        desk.training().current(|run| run.last.as_ref().and_then(|last| last.unsaved.clone())).flatten()
    });
    let note = |detail: String| {
        let words = live::text(move || say!(train.unsaved, detail = detail));
        view! { <p class="note" data-testid="train-unsaved">{words}</p> }
    };
    live::view(move || refused.get().map(note).into_any()).into_any()
}

fn notice(desk: Desk) -> AnyView {
    let training = desk.training();
    let last_good = move |()| training.do_next(desk, None);
    let lower_rate = move |()| {
        training.setup.update(|setup| setup.optimiser.rate /= 10.0);
        training.do_next(desk, None);
    };
    match training.phase.get() {
        Phase::Rest(RunState::NotFinite { step, what }) => view! {
            <div class="trouble" role="alert" data-testid="train-not-finite">
                <p>{live::text(move || say!(train.not_finite, what = what, step = number::count(u64::from(step))))}</p>
                <p class="acts">
                    <Button id="train-lower-rate" words=words!(train.lower_rate) on_press=lower_rate />
                    <Button id="train-last-good" class="btn main" words=words!(train.last_good) on_press=last_good />
                </p>
            </div>
        }
        .into_any(),
        Phase::Busy(Some(RunState::Recovered { step, lost_steps })) => view! {
            <p class="note" data-testid="train-recovered">
                {live::text(move || {
                    say!(train.recovered, step = number::count(u64::from(step)), lost = number::count(u64::from(lost_steps)))
                })}
            </p>
        }
        .into_any(),
        // The message that the engine was restarted has said why.
        Phase::Failed(Trouble::Bug { .. }) => view! { <p class="hint">{words!(train.broken_off)}</p> }.into_any(),
        Phase::Failed(trouble) => view! { <TroubleBox trouble /> }.into_any(),
        Phase::Idle | Phase::Busy(_) | Phase::Rest(_) => ().into_any(),
    }
}
