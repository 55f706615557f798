//! How we know: a net that knows nothing loses the logarithm of the number of classes, one batch can be learned by heart, and
//! the same seed gives the same curve.

use crate::protocol::{Augment, Loss, Setup};
use crate::ui::page::train::Record;
use crate::ui::widget::{Button, Check, Verdict, check, check_card};
use crate::ui::{app, live, number};
use leptos::prelude::*;

/// Weights drawn at random are not quite silent; logits with a variance of one add a half among many classes, and less among
/// few. As a part of what is expected, and at most.
const FIRST_LOSS_LIMIT: [f32; 2] = [0.75, 1.0];

pub(super) fn card() -> AnyView {
    check_card(None, view! { {first_loss()} {one_batch()} {same_seed()} }.into_any())
}

fn first_loss() -> AnyView {
    let training = app().training();
    let first = Memo::new(move |_| training.current(first_of).flatten());
    check("first-loss", [words!(train.check_first), words!(train.check_first_how)], move || {
        let Some([loss, expected]) = first.get() else {
            return (Verdict::Open, words!(train.check_todo).into_any());
        };
        let limit = first_limit(expected);
        let [found, wanted, by] = [loss, expected, limit].map(number::digits);
        let told = show!(train.check_first_measured, found = found, expected = wanted, limit = by);
        (Verdict::of((loss - expected).abs() <= limit), told)
    })
}

fn first_limit(expected: f32) -> f32 {
    (FIRST_LOSS_LIMIT[0] * expected).min(FIRST_LOSS_LIMIT[1])
}

/// What a run lost at first, and what it is expected to lose.
fn first_of(run: &Record) -> Option<[f32; 2]> {
    let classes = run.about.as_ref()?.data.classes.len();
    let point = run.curve.points.first().filter(|point| point.step <= 20)?;
    (classes > 1 && run.setup.loss == Loss::CrossEntropy).then(|| [point.loss, (classes as f32).ln()])
}

/// A few units cannot learn any points by heart, and need not.
const PLANE: [usize; 3] = [2, 1, 1];
/// Of a batch that is learned by heart.
const OVERFIT_LIMIT: f32 = 0.01;

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
struct Overfit {
    examples: u32,
    steps: u32,
    loss: f32,
    is_over: bool,
}

fn one_batch() -> AnyView {
    let training = app().training();
    let start = move |()| {
        training.setup.update(set_one_batch);
        training.start_anew();
    };
    let is_drawn = move || training.data().is_some_and(|data| data.drawn && data.shape != PLANE);
    let found = Memo::new(move |_| training.runs.with(|runs| runs.iter().rev().find_map(overfit_of)));
    let told = move || match found.get() {
        Some(Overfit { examples, steps, loss, is_over }) => {
            let verdict = match (loss < OVERFIT_LIMIT, is_over) {
                (true, _) => Verdict::Passed,
                (false, true) => Verdict::Failed,
                (false, false) => Verdict::Open,
            };
            let [examples, steps] = [examples, steps].map(number::count);
            let loss = number::digits(loss);
            (verdict, show!(train.check_heart_measured, examples = examples, steps = steps, loss = loss))
        }
        None => (Verdict::Open, words!(train.check_heart_todo).into_any()),
    };
    view! {
        <Check
            id="one-batch"
            title=words!(train.check_heart)
            verdict=move || told().0
            how=words!(train.check_heart_how).into_any()
        >
            <span>{live::view(move || told().1)}</span>
            <Button
                id="train-one-batch"
                words=words!(train.check_heart_try)
                off=move || !app().is_up() || !is_drawn()
                on_press=start
            />
        </Check>
    }
    .into_any()
}

/// Of a run whose training part is no more than a batch: the least loss so far.
fn overfit_of(run: &Record) -> Option<Overfit> {
    let data = &run.about.as_ref()?.data;
    let examples = data.train;
    if examples > run.setup.batch || data.shape == PLANE {
        return None;
    }
    let loss = run.curve.points.iter().map(|point| point.loss).min_by(f32::total_cmp)?;
    Some(Overfit { examples, steps: run.step, loss, is_over: run.is_finished() })
}

fn same_seed() -> AnyView {
    let training = app().training();
    let same = Memo::new(move |_| training.runs.with(|runs| same_of(runs)));
    check("same-seed", [words!(train.check_same), words!(train.check_same_how)], move || {
        let Some((steps, difference)) = same.get() else {
            return (Verdict::Open, words!(train.check_same_todo).into_any());
        };
        let (count, by) = (number::count(steps as u64), number::small(f64::from(difference)));
        (Verdict::of(difference == 0.0), show!(train.check_same_measured, steps = count, difference = by))
    })
}

/// The present run against the last one with the same setup on the same device, over the steps that both have: how many, and the largest
/// difference of the losses.
fn same_of(runs: &[Record]) -> Option<(usize, f32)> {
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
    (steps > 0).then_some((steps, difference))
}
