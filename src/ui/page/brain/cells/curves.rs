//! How the chosen unit is tuned: the orientation curve around a circle, and curves of frequency, phase and bars.

use super::state::CellsState;
use crate::protocol::{CellUnit, CellsFound};
use crate::ui::widget::{ChartExtent, Line, LineChart, Scaling, legend};
use crate::ui::{Words, live, number};
use leptos::prelude::*;
use std::fmt::Write;

/// Radius of the outermost circle, in the drawing's units.
const RADIUS: f64 = 100.0;

/// Half a turn, and the same again: an orientation has two directions.
fn around(found: &CellsFound, curve: &[f32]) -> String {
    let most = curve.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
    let mut path = String::new();
    for half in [0.0, 180.0] {
        for (orientation, answer) in found.orientations.iter().zip(curve) {
            let (sine, cosine) = (f64::from(*orientation) + half).to_radians().sin_cos();
            let radius = RADIUS * f64::from((answer / most).max(0.0));
            // Writing to a string cannot fail.
            _ = write!(path, "{}{:.1} {:.1}", if path.is_empty() { 'M' } else { 'L' }, radius * cosine, -radius * sine);
        }
    }
    path + "Z"
}

pub(super) fn polar(state: CellsState) -> AnyView {
    let path = move |curve: fn(&CellUnit) -> Option<&Vec<f32>>| {
        live::text(move || {
            state.with_unit(|found, unit| Some(around(found, curve(unit)?))).flatten().unwrap_or_default()
        })
    };
    let gratings = path(|unit| Some(&unit.tuning.as_ref()?.by_orientation));
    let bars = path(|unit| Some(&unit.bars.as_ref()?.by_orientation));
    let spoke = |at: usize| {
        let (sine, cosine) = (std::f64::consts::PI * at as f64 / 4.0).sin_cos();
        let at = |share: f64| number::fixed(RADIUS * share, 1);
        view! { <line x1=at(-cosine) y1=at(-sine) x2=at(cosine) y2=at(sine)></line> }
    };
    let told = move || {
        let best = state.with_unit(|_, unit| Some(unit.tuning.as_ref()?.best.orientation)).flatten();
        best.map_or_else(
            || say!(brain.cells_polar_none).to_owned(),
            |best| say!(brain.cells_polar_label, degrees = number::fixed(best, 0)),
        )
    };
    view! {
        <figure class="cells-polar">
            <figcaption>{words!(brain.cells_polar)}</figcaption>
            <svg viewBox="-104 -104 208 208" role="img" data-testid="brain-cells-polar" aria-label=live::text(told)>
                <g class="cells-grid">
                    <circle r="50"></circle>
                    <circle r="100"></circle>
                    {[0, 1, 2, 3].map(spoke).collect_view()}
                </g>
                <path class="cells-bars" d=bars></path>
                <path class="cells-gratings" d=gratings></path>
            </svg>
            {legend([("run-0", words!(brain.cells_by_gratings)), ("run-2", words!(brain.cells_by_bars))])}
        </figure>
    }
    .into_any()
}

/// Of the chosen unit: pairs of `x` and an answer for each line.
type Curves = fn(&CellsFound, &CellUnit) -> Option<Vec<Vec<[f64; 2]>>>;

fn pairs(x: &[f32], y: &[f32]) -> Vec<[f64; 2]> {
    x.iter().zip(y).map(|(x, y)| [f64::from(*x), f64::from(*y)]).collect()
}

/// Over the width of what a unit sees.
fn across(found: &CellsFound, answers: &[f32]) -> Vec<[f64; 2]> {
    let sees = f64::from(found.sees[0].max(found.sees[1]));
    let middle = (answers.len() as f64 - 1.0) / 2.0;
    let place = |at: usize| (at as f64 - middle) * sees / answers.len() as f64;
    answers.iter().enumerate().map(|(at, answer)| [place(at), f64::from(*answer)]).collect()
}

fn chart(
    state: CellsState,
    [id, colours @ ..]: [&'static str; 3],
    title: Words,
    x: Words,
    x_scaling: Scaling,
    curves: Curves,
) -> AnyView {
    let found = Memo::new(move |_| state.with_unit(curves).flatten().unwrap_or_default());
    let extent = Signal::derive(move || {
        found.with(|lines| {
            let all = || lines.iter().flatten();
            let range = |axis: usize| {
                let low = all().map(|point| point[axis]).fold(f64::INFINITY, f64::min);
                let high = all().map(|point| point[axis]).fold(f64::NEG_INFINITY, f64::max);
                if low < high { [low, high] } else { [0.0, 1.0] }
            };
            let [low, high] = range(1);
            ChartExtent { x_scaling, ..ChartExtent::linear(range(0), [low.min(0.0), high.max(0.0)]) }
        })
    });
    let lines = Memo::new(move |_| {
        let line = |(points, colour): (&Vec<[f64; 2]>, &str)| {
            let line = Line::new(colour, points.iter().copied()).named("");
            [line.dots(colour), line]
        };
        found.with(|found| found.iter().zip(colours).flat_map(line).collect::<Vec<_>>())
    });
    view! { <LineChart id title extent lines figure=|value| number::digits(value as f32) across=x /> }.into_any()
}

pub(super) fn curves(state: CellsState) -> AnyView {
    view! {
        {chart(
            state,
            ["brain-cells-frequency", "run-0", "run-1"],
            words!(brain.cells_frequency),
            words!(brain.cells_cycles),
            Scaling::Log,
            |found, unit| Some(vec![pairs(&found.frequencies, &unit.tuning.as_ref()?.by_frequency)]),
        )}
        {chart(
            state,
            ["brain-cells-phase", "run-0", "run-1"],
            words!(brain.cells_phase),
            words!(brain.cells_degrees),
            Scaling::Linear,
            |found, unit| Some(vec![pairs(&found.phases, &unit.tuning.as_ref()?.by_phase)]),
        )}
        {chart(
            state,
            ["brain-cells-bars", "run-2", "run-1"],
            words!(brain.cells_bars),
            words!(brain.cells_place),
            Scaling::Linear,
            |found, unit| {
                let bars = unit.bars.as_ref()?;
                Some(vec![across(found, &bars.light), across(found, &bars.dark)])
            },
        )}
        {legend([("run-2", words!(brain.cells_light)), ("run-1", words!(brain.cells_dark))])}
    }
    .into_any()
}
