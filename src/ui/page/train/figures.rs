//! The run in numbers, and how far it is.

use crate::protocol::{StepMillis, Trained};
use crate::ui::page::train::{Record, TrainSettings};
use crate::ui::widget::{Figure, track};
use crate::ui::{app, live, number, sentence};
use leptos::prelude::*;

pub(super) fn figures() -> impl IntoView {
    let training = app().training();
    let run = move |read: fn(&Record) -> Option<String>| {
        live::text(move || training.current(read).flatten().unwrap_or_else(|| "–".to_owned()))
    };
    let part = move || training.current(|run| f64::from(run.step) / f64::from(run.steps.max(1))).unwrap_or(0.0);
    let is_endless = Memo::new(move |_| training.current(has_no_end).unwrap_or(false));
    let percent = Signal::derive(move || Some(format!("{:.1}", (100.0 * part()).min(100.0))));
    let data = move |read: fn(&Record) -> Option<String>| live::maybe(move || training.current(read).flatten());
    view! {
        <div class:gone=live::flag(move || is_endless.get())>
            {track(live::text(|| say!(train.progress).to_owned()), percent)}
        </div>
        <dl class="figures running">
            <Figure
                label=words!(train.step)
                id="train-step-count"
                data=data(|run| Some(run.step.to_string()))
                value=run(|run| Some(number::count(run.step)))
                more=run(|run| Some(of(run, run.steps)))
            />
            <Figure
                label=words!(train.epoch)
                value=run(|run| last(run, |last| format!("{:.2}", last.epoch)))
                more=run(|run| Some(of(run, run.setup.epochs)))
            />
            <Figure
                label=words!(train.loss)
                id="train-loss"
                data=data(|run| loss(run).map(|loss| loss.to_string()))
                value=run(|run| loss(run).map(number::digits))
            />
            <Figure
                label=words!(train.accuracy)
                value=run(|run| run.curve.smooth.last().map(|[_, accuracy]| number::percent(*accuracy)))
            />
            <Figure
                label=words!(train.validation_accuracy)
                id="train-validation"
                data=data(|run| validation(run).map(|accuracy| accuracy.to_string()))
                value=run(|run| validation(run).map(number::percent))
            />
            <div>
                <dt>{words!(train.speed)}</dt>
                <dd data-testid="train-speed" data-value=data(|run| last(run, |last| last.steps_per_second.to_string()))>
                    {run(|run| last(run, |last| say!(train.per_second, count = speed(last.steps_per_second))))}
                </dd>
                <dd class="more">
                    {run(|run| last(run, |last| {
                        say!(train.examples_per_second, count = speed(last.examples_per_second))
                    }))}
                </dd>
                <dd
                    class="more"
                    title=words!(train.step_time)
                    data-testid="train-step-millis"
                    data-value=data(|run| steps(run).map(|steps| format!("{} {}", steps.median, steps.p95)))
                >
                    {run(|run| steps(run).map(|steps| format!("95 % ≤ {} ms", number::digits(steps.p95))))}
                </dd>
            </div>
            <Figure label=words!(train.left) value=run(|run| run.last.as_ref()?.millis_left.filter(|_| !has_no_end(run)).map(sentence::duration)) />
        </dl>
    }
}

fn has_no_end(run: &Record) -> bool {
    run.setup.epochs >= TrainSettings::NO_END
}

fn of(run: &Record, all: u32) -> String {
    if has_no_end(run) { say!(train.no_end).to_owned() } else { say!(train.of, of = number::count(all)) }
}

fn loss(run: &Record) -> Option<f32> {
    run.curve.smooth.last().map(|[loss, _]| *loss)
}

fn validation(run: &Record) -> Option<f32> {
    run.validation.last().map(|measured| measured.accuracy)
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
