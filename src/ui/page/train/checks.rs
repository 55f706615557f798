//! How we know: a net that knows nothing loses the logarithm of the number of classes, and the same seed gives the same curve.

use crate::ui::desk::{Desk, Record};
use crate::ui::widget::{Check, Verdict};
use crate::ui::{live, number};
use leptos::prelude::*;

/// Weights drawn at random are not quite silent; logits with a variance of one add a half.
const FIRST_LOSS_LIMIT: f32 = 1.0;

#[component]
pub(super) fn Checks() -> impl IntoView {
    view! {
        <section class="card">
            <h2>{words!(checks.title)}</h2>
            <ul class="checks">
                <FirstLoss />
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
    let first = Memo::new(move |_| desk.training.current(first_of).flatten());
    let verdict = move || match first.get() {
        Some(First { loss, expected }) => Verdict::of((loss - expected).abs() <= FIRST_LOSS_LIMIT),
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
                        expected = number::digits(expected)
                    ),
                    None => words!(train.check_todo).into_any(),
                })}
            </span>
        </Check>
    }
}

fn first_of(run: &Record) -> Option<First> {
    let classes = run.about.as_ref()?.data.classes.len();
    let point = run.curve.points.first().filter(|point| point.step <= 20)?;
    (classes > 1).then(|| First { loss: point.loss, expected: (classes as f32).ln() })
}

#[derive(Clone, Copy, PartialEq)]
struct Same {
    steps: usize,
    difference: f32,
}

#[component]
fn SameSeed() -> impl IntoView {
    let desk = Desk::here();
    let same = Memo::new(move |_| desk.training.runs.with(|runs| same_of(runs)));
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
