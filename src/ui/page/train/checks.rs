//! How we know: a net that knows nothing loses the logarithm of the number of classes, one batch can be learned by heart, and
//! the same seed gives the same curve.

use crate::protocol::{Augment, Loss, Setup};
use crate::ui::desk::{Desk, Life};
use crate::ui::page::train::Record;
use crate::ui::widget::{Check, Verdict};
use crate::ui::{live, number};
use leptos::prelude::*;

/// Weights drawn at random are not quite silent; logits with a variance of one add a half among many classes, and less among
/// few. As a part of what is expected, and at most.
const FIRST_LOSS_LIMIT: [f32; 2] = [0.75, 1.0];

#[component]
pub(super) fn Checks() -> impl IntoView {
    view! {
        <section class="card">
            <h2>{words!(checks.title)}</h2>
            <ul class="checks">
                <FirstLoss />
                <OneBatch />
                <SameSeed />
            </ul>
        </section>
    }
}

#[derive(Clone, Copy, PartialEq)]
struct First {
    loss: f32,
    expected: f32,
}

#[component]
fn FirstLoss() -> impl IntoView {
    let desk = Desk::here();
    let first = Memo::new(move |_| desk.training().current(first_of).flatten());
    let verdict = move || match first.get() {
        Some(First { loss, expected }) => Verdict::of((loss - expected).abs() <= first_limit(expected)),
        None => Verdict::Open,
    };
    view! {
        <Check
            id="first-loss"
            title=words!(train.check_first)
            verdict=Signal::derive(verdict)
            how=words!(train.check_first_how).into_any()
        >
            <span>
                {live::view(move || match first.get() {
                    Some(First { loss, expected }) => show!(
                        train.check_first_measured,
                        found = number::digits(loss),
                        expected = number::digits(expected),
                        limit = number::digits(first_limit(expected))
                    ),
                    None => words!(train.check_todo).into_any(),
                })}
            </span>
        </Check>
    }
}

fn first_limit(expected: f32) -> f32 {
    (FIRST_LOSS_LIMIT[0] * expected).min(FIRST_LOSS_LIMIT[1])
}

fn first_of(run: &Record) -> Option<First> {
    let classes = run.about.as_ref()?.data.classes.len();
    let point = run.curve.points.first().filter(|point| point.step <= 20)?;
    (classes > 1 && run.setup.loss == Loss::CrossEntropy)
        .then(|| First { loss: point.loss, expected: (classes as f32).ln() })
}

/// A few units cannot learn any points by heart, and need not.
const PLANE: [usize; 3] = [2, 1, 1];
/// Of a batch that is learned by heart.
const HEART_LIMIT: f32 = 0.01;

/// A tenth each is held out of eighty, and what is left is one batch: every step sees all of it.
fn set_one_batch(setup: &mut Setup) {
    setup.data.count = 80;
    setup.batch = 64;
    setup.epochs = 400;
    setup.augment = Augment::default();
    setup.label_smoothing = 0.0;
    // Whatever else is set, these are quick.
    let Setup { optimiser, schedule, loss, .. } = Setup::default();
    (setup.optimiser, setup.schedule, setup.loss) = (optimiser, schedule, loss);
}

#[derive(Clone, Copy, PartialEq)]
struct Heart {
    examples: u32,
    steps: u32,
    loss: f32,
    is_over: bool,
}

#[component]
fn OneBatch() -> impl IntoView {
    let desk = Desk::here();
    let training = desk.training();
    let found = Memo::new(move |_| training.runs.with(|runs| runs.iter().rev().find_map(heart_of)));
    let verdict = move || match found.get() {
        Some(Heart { loss, .. }) if loss < HEART_LIMIT => Verdict::Passed,
        Some(Heart { is_over: true, .. }) => Verdict::Failed,
        Some(_) | None => Verdict::Open,
    };
    let start = move |_| {
        training.setup.update(set_one_batch);
        training.start_anew(desk);
    };
    let is_drawn = Memo::new(move |_| training.data().is_some_and(|data| data.drawn && data.shape != PLANE));
    let no_try = move || desk.life() != Life::Up || !is_drawn.get();
    view! {
        <Check
            id="one-batch"
            title=words!(train.check_heart)
            verdict=Signal::derive(verdict)
            how=words!(train.check_heart_how).into_any()
        >
            <span>
                {live::view(move || match found.get() {
                    Some(Heart { examples, steps, loss, .. }) => show!(
                        train.check_heart_measured,
                        examples = number::count(u64::from(examples)),
                        steps = number::count(u64::from(steps)),
                        loss = number::digits(loss)
                    ),
                    None => words!(train.check_heart_todo).into_any(),
                })}
            </span>
            <button
                type="button"
                class="btn"
                data-testid="train-one-batch"
                prop:disabled=live::flag(no_try)
                on:click=start
            >
                {words!(train.check_heart_try)}
            </button>
        </Check>
    }
}

/// Of a run whose training part is no more than a batch: the least loss so far.
fn heart_of(run: &Record) -> Option<Heart> {
    let data = &run.about.as_ref()?.data;
    let examples = data.train;
    if examples > run.setup.batch || data.shape == PLANE {
        return None;
    }
    let loss = run.curve.points.iter().map(|point| point.loss).min_by(f32::total_cmp)?;
    Some(Heart { examples, steps: run.step, loss, is_over: run.is_finished() })
}

#[derive(Clone, Copy, PartialEq)]
struct Same {
    steps: usize,
    difference: f32,
}

#[component]
fn SameSeed() -> impl IntoView {
    let desk = Desk::here();
    let same = Memo::new(move |_| desk.training().runs.with(|runs| same_of(runs)));
    let verdict = move || match same.get() {
        Some(same) => Verdict::of(same.difference == 0.0),
        None => Verdict::Open,
    };
    view! {
        <Check
            id="same-seed"
            title=words!(train.check_same)
            verdict=Signal::derive(verdict)
            how=words!(train.check_same_how).into_any()
        >
            <span>
                {live::view(move || match same.get() {
                    Some(Same { steps, difference }) => show!(
                        train.check_same_measured,
                        steps = number::count(steps as u64),
                        difference = number::small(f64::from(difference))
                    ),
                    None => words!(train.check_same_todo).into_any(),
                })}
            </span>
        </Check>
    }
}

/// The present run against the last one with the same setup on the same device, over the steps that both have.
fn same_of(runs: &[Record]) -> Option<Same> {
    let (present, earlier) = runs.split_last()?;
    let device = |run: &Record| run.last.as_ref().map(|last| (last.backend.kind, last.backend.adapter.clone()));
    let twin = earlier
        .iter()
        .rev()
        .find(|run| run.setup == present.setup && !run.steered && !present.steered && device(run) == device(present))?;
    let (mut steps, mut difference, mut at) = (0, 0.0_f32, 0);
    for point in &present.curve.points {
        at += twin.curve.points[at..].partition_point(|other| other.step < point.step);
        match twin.curve.points.get(at) {
            Some(other) if other.step == point.step => {
                steps += 1;
                difference = difference.max((other.loss - point.loss).abs());
            }
            Some(_) => {}
            None => break,
        }
    }
    (steps > 0).then_some(Same { steps, difference })
}
