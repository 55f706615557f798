//! The run in numbers, and how far it is.

use crate::protocol::{StepMillis, Trained};
use crate::ui::desk::Desk;
use crate::ui::page::train::Record;
use crate::ui::{live, number, sentence};
use leptos::prelude::*;

#[component]
pub(super) fn Figures() -> impl IntoView {
    let desk = Desk::here();
    let training = desk.training();
    let run = move |read: fn(&Record) -> Option<String>| {
        live::text(move || training.current(read).flatten().unwrap_or_else(|| "–".to_owned()))
    };
    let part = move || training.current(|run| f64::from(run.step) / f64::from(run.steps.max(1))).unwrap_or(0.0);
    let percent = move || format!("{:.1}", (100.0 * part()).min(100.0));
    view! {
        <div class="track" role="progressbar" aria-label=words!(train.progress) aria-valuemin="0" aria-valuemax="100"
            aria-valuenow=live::text(percent)>
            <i style:width=live::text(move || format!("{}%", percent()))></i>
        </div>
        <dl class="figures running">
            <div>
                <dt>{words!(train.step)}</dt>
                <dd data-testid="train-step-count" data-value=live::maybe(move || training.current(|run| run.step.to_string()))>
                    {run(|run| Some(number::count(u64::from(run.step))))}
                </dd>
                <dd class="more">{run(|run| Some(say!(train.of, of = number::count(u64::from(run.steps)))))}</dd>
            </div>
            <div>
                <dt>{words!(train.epoch)}</dt>
                <dd>{run(|run| last(run, |last| format!("{:.2}", last.epoch)))}</dd>
                <dd class="more">{run(|run| Some(say!(train.of, of = number::count(u64::from(run.setup.epochs)))))}</dd>
            </div>
            <div>
                <dt>{words!(train.loss)}</dt>
                <dd data-testid="train-loss" data-value=live::maybe(move || {
                    training.current(|run| run.curve.smooth.last().map(|[loss, _]| loss.to_string())).flatten()
                })>{run(|run| run.curve.smooth.last().map(|[loss, _]| number::digits(*loss)))}</dd>
            </div>
            <div>
                <dt>{words!(train.accuracy)}</dt>
                <dd>{run(|run| run.curve.smooth.last().map(|[_, accuracy]| number::percent(*accuracy)))}</dd>
            </div>
            <div>
                <dt>{words!(train.validation_accuracy)}</dt>
                <dd data-testid="train-validation" data-value=live::maybe(move || {
                    training.current(|run| run.validation.last().map(|measured| measured.accuracy.to_string())).flatten()
                })>{run(|run| run.validation.last().map(|measured| number::percent(measured.accuracy)))}</dd>
            </div>
            <div>
                <dt>{words!(train.speed)}</dt>
                <dd>{run(|run| last(run, |last| say!(train.per_second, count = speed(last.steps_per_second))))}</dd>
                <dd class="more">
                    {run(|run| last(run, |last| {
                        say!(train.examples_per_second, count = speed(last.examples_per_second))
                    }))}
                </dd>
                <dd
                    class="more"
                    title=words!(train.step_time)
                    data-testid="train-step-millis"
                    data-value=live::maybe(move || {
                        training.current(|run| steps(run).map(|steps| format!("{} {}", steps.median, steps.p95))).flatten()
                    })
                >
                    {run(|run| steps(run).map(|steps| format!("95 % ≤ {} ms", number::digits(steps.p95))))}
                </dd>
            </div>
            <div>
                <dt>{words!(train.left)}</dt>
                <dd>{run(|run| run.last.as_ref()?.millis_left.map(sentence::duration))}</dd>
            </div>
        </dl>
    }
}

fn steps(run: &Record) -> Option<StepMillis> {
    run.last.as_ref()?.step_millis
}

fn last(run: &Record, read: fn(&Trained) -> String) -> Option<String> {
    run.last.as_ref().map(read)
}

fn speed(per_second: f32) -> String {
    match per_second {
        slow if slow < 9.95 => format!("{slow:.1}"),
        fast => number::short_count(fast.round() as u64),
    }
}
