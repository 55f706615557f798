//! Loss and accuracy over the steps: of training thin and raw below smoothed, of validation dashed with its dots; earlier runs
//! faint behind the present one.

use crate::ui::page::train::{Record, TrainSettings};
use crate::ui::widget::{Axes, Chart, ChartExtent, Scaling, Segments, Stroke, dots_of, legend, path_of};
use crate::ui::{Words, app, live, number};
use leptos::prelude::*;
use std::sync::Arc;

/// On a logarithmic axis an error of nothing is drawn here.
const LEAST_ERROR: f64 = 1e-4;
/// More of them are a thick line.
const DOTS: usize = 40;
/// Of a smoothed curve; several times as many as there are pixel columns.
const DRAWN_POINTS: usize = 4000;
/// Colours of the style sheet, `--run-0` and on.
const COLOURS: u32 = 6;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quantity {
    Loss,
    Accuracy,
}

impl Quantity {
    fn of(self, loss: f32, accuracy: f32) -> f32 {
        match self {
            Quantity::Loss => loss,
            Quantity::Accuracy => accuracy,
        }
    }
}

#[derive(Clone, Copy)]
struct Scalings {
    x: Memo<Scaling>,
    y: Memo<Scaling>,
}

pub(super) fn colour_of(key: u32) -> String {
    // The first run has the key 1.
    format!("run-{}", key.wrapping_sub(1) % COLOURS)
}

pub(super) fn curves(hover: RwSignal<Option<f64>>) -> impl IntoView {
    let scaling = move |axis: usize| {
        let is_log = move |settings: TrainSettings| settings.log_axes[axis];
        Memo::new(move |_| match app().route.with(|route| route.settings().is_some_and(is_log)) {
            true => Scaling::Log,
            false => Scaling::Linear,
        })
    };
    let scalings = Scalings { x: scaling(0), y: scaling(1) };
    let choose = move |axis: usize, scaling: Scaling| {
        let set = |settings: &mut TrainSettings| settings.log_axes[axis] = scaling == Scaling::Log;
        app().go(|route| route.change_settings(set));
    };
    let by_error = move || scalings.y.get() == Scaling::Log;
    view! {
        <div class="charts" data-testid="train-charts">
            <Panel quantity=Quantity::Loss title=words!(train.loss) scalings hover />
            {live::view(move || {
                // The accuracy's last steps towards 100 % are seen as an error that goes to nothing.
                let title: Words = if by_error() { words!(train.error) } else { words!(train.accuracy) };
                view! { <Panel quantity=Quantity::Accuracy title scalings hover /> }.into_any()
            })}
        </div>
        <div class="chart-foot">
            {legend([
                ("raw", words!(train.legend_raw)),
                ("smooth", words!(train.legend_smooth)),
                ("second", words!(train.legend_validation)),
            ])}
            <Segments
                name="x-axis"
                label=words!(train.axis_steps)
                chosen=scalings.x
                on_choose=move |scaling| choose(0, scaling)
            />
            <Segments
                name="y-axis"
                label=words!(train.axis_values)
                chosen=scalings.y
                on_choose=move |scaling| choose(1, scaling)
            />
        </div>
    }
}

#[component]
fn Panel(quantity: Quantity, title: Words, scalings: Scalings, hover: RwSignal<Option<f64>>) -> impl IntoView {
    let runs = app().training().runs;
    let extent = Memo::new(move |_| runs.with(|runs| extent_of(runs, quantity, scalings)));
    let draw = Arc::new(move |axes: &Axes| {
        let log = scalings.y.get() == Scaling::Log;
        runs.with(|runs| strokes_of(runs, quantity, log, axes))
    });
    // At the step under the pointer, else at the last one.
    let values = move || {
        let step = hover.get().unwrap_or(f64::INFINITY);
        app().training().current(|run| values_at(run, quantity, step)).flatten()
    };
    let told = Arc::new(move || values().map(|values| values.join(", ")).unwrap_or_default());
    view! {
        <figure class="chart">
            <figcaption>
                <h3>{title}</h3>
                <span class="figure">{live::view(move || {
                    let [step, training, validation] = values().unwrap_or_default();
                    view! {
                        <span class="hint">{step}</span>
                        <b>{training}</b>
                        <span class="validation">{validation}</span>
                    }
                    .into_any()
                })}</span>
            </figcaption>
            <Chart title extent draw told hover />
        </figure>
    }
}

/// The value as it is drawn: on a logarithmic axis an accuracy is an error.
fn drawn(value: f32, quantity: Quantity, log: bool) -> f64 {
    match quantity {
        Quantity::Accuracy if log => (1.0 - f64::from(value)).max(LEAST_ERROR),
        Quantity::Loss | Quantity::Accuracy => f64::from(value),
    }
}

/// Losses on other data are nothing to compare with.
fn on_chart(runs: &[Record]) -> impl Iterator<Item = &Record> {
    let present = runs.last().map(|run| &run.setup.data.set);
    runs.iter().filter(move |run| run.shown && Some(&run.setup.data.set) == present)
}

fn extent_of(runs: &[Record], quantity: Quantity, scalings: Scalings) -> ChartExtent {
    let (x_scaling, y_scaling) = (scalings.x.get(), scalings.y.get());
    let log = y_scaling == Scaling::Log;
    let last = on_chart(runs).map(|run| run.step).max().unwrap_or(0);
    let first = if x_scaling == Scaling::Log { 1.0 } else { 0.0 };
    let mut y: [f64; 2] = [f64::INFINITY, 0.0];
    let mut widen = |value: f64| y = [y[0].min(value), y[1].max(value)];
    for run in on_chart(runs) {
        if let Some([loss, accuracy]) = run.curve.ranges {
            let range = if quantity == Quantity::Loss { loss } else { accuracy };
            range.into_iter().for_each(|value| widen(drawn(value, quantity, log)));
        }
        for measured in &run.validation {
            widen(drawn(quantity.of(measured.loss, measured.accuracy), quantity, log));
        }
    }
    let y = match (quantity, log) {
        (Quantity::Accuracy, false) => [0.0, 1.0],
        (Quantity::Accuracy, true) => [y[0].clamp(LEAST_ERROR, 0.5) * 0.8, 1.0],
        (Quantity::Loss, false) => [0.0, if y[1] > 0.0 { y[1] * 1.08 } else { 1.0 }],
        (Quantity::Loss, true) => [if y[0].is_finite() { y[0].max(1e-7) * 0.6 } else { 0.1 }, y[1].max(1e-6) * 1.3],
    };
    ChartExtent {
        x: [first, f64::from(last.max(10))],
        y,
        x_scaling,
        y_scaling,
        is_share: quantity == Quantity::Accuracy,
    }
}

fn strokes_of(runs: &[Record], quantity: Quantity, log: bool, axes: &Axes) -> Vec<Stroke> {
    let mut strokes = Vec::new();
    let present = runs.last().map(|run| run.key);
    for run in on_chart(runs) {
        let is_present = Some(run.key) == present;
        let class = |kind: &str| {
            let age = if is_present { "present" } else { "earlier" };
            format!("{} {kind} {age}", colour_of(run.key))
        };
        let points = || run.curve.points.iter().zip(&run.curve.smooth);
        let place = |step: u32, value: f32| axes.place(f64::from(step), drawn(value, quantity, log));
        if is_present {
            let raw = points().map(|(point, _)| place(point.step, quantity.of(point.loss, point.accuracy)));
            strokes.push(Stroke { class: class("raw"), path: path_of(raw) });
        }
        // A smoothed curve is the same with every tenth point of very many; on a logarithmic axis its beginning is not.
        let stride = if axes.x.is_log() { 1 } else { (run.curve.points.len() / DRAWN_POINTS).max(1) };
        let smooth = points().step_by(stride);
        let smooth = smooth.map(|(point, [loss, accuracy])| place(point.step, quantity.of(*loss, *accuracy)));
        strokes.push(Stroke { class: class("smooth"), path: path_of(smooth) });
        let measured = || {
            let validation = run.validation.iter();
            validation.map(|measured| place(measured.step, quantity.of(measured.loss, measured.accuracy)))
        };
        strokes.push(Stroke { class: class("validation"), path: path_of(measured()) });
        if is_present && run.validation.len() <= DOTS {
            strokes.push(Stroke { class: class("dots"), path: dots_of(measured()) });
        }
    }
    strokes
}

/// Step, smoothed training, validation; at the last point at or before this step.
fn values_at(run: &Record, quantity: Quantity, step: f64) -> Option<[String; 3]> {
    let place = run.curve.place_at(step.max(run.curve.points.first().map_or(0.0, |point| f64::from(point.step))))?;
    let (point, [loss, accuracy]) = (run.curve.points.get(place)?, *run.curve.smooth.get(place)?);
    let measured = run.validation.iter().rev().find(|measured| measured.step <= point.step.max(step.min(4e9) as u32));
    let text = |loss: f32, accuracy: f32| match quantity {
        Quantity::Loss => number::digits(loss),
        Quantity::Accuracy => number::percent(accuracy),
    };
    Some([
        say!(train.at_step, step = number::count(point.step)),
        text(loss, accuracy),
        measured.map(|measured| text(measured.loss, measured.accuracy)).unwrap_or_default(),
    ])
}
