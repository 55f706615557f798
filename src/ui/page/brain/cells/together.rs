//! All units together, beside what was published of neurons.

use super::state::CellsState;
use crate::protocol::{CellsFound, V1_OCTAVES, V1_WIDTH};
use crate::ui::widget::{ChartExtent, Line, LineChart};
use crate::ui::{Words, live, number};
use leptos::prelude::*;

fn sorted(mut points: Vec<[f64; 2]>) -> Vec<[f64; 2]> {
    points.sort_by(|one, other| one[0].total_cmp(&other[0]));
    points
}

/// Selectivity against F1 / F0.
fn kinds(found: &CellsFound) -> Vec<[f64; 2]> {
    found.tuned().map(|(_, tuning)| [tuning.modulation(), tuning.selectivity]).collect()
}

/// Ringach's plane.
fn shapes(found: &CellsFound) -> Vec<[f64; 2]> {
    found.units.iter().filter_map(|unit| Some(unit.field.as_ref()?.gabor.as_ref()?.shape())).collect()
}

fn upright(colour: &str, x: f64, y: [f64; 2]) -> Line {
    Line::new(&format!("{colour} second"), y.map(|y| [x, y]).into_iter())
}

/// A dot for each unit; the chosen one in another colour.
fn scatter(
    state: CellsState,
    id: &'static str,
    [title, across]: [Words; 2],
    points: fn(&CellsFound) -> Vec<[f64; 2]>,
    chosen: fn(&crate::protocol::CellUnit) -> Option<[f64; 2]>,
    extent: ChartExtent,
    border: Option<f64>,
) -> AnyView {
    let lines = Memo::new(move |_| {
        let all = sorted(state.found.with(|found| found.as_ref().map(points).unwrap_or_default()));
        let all = Line::new("run-0", all.into_iter()).dots("run-0");
        let one = state.with_unit(|_, unit| chosen(unit)).flatten();
        let one = one.map(|point| Line::new("run-1", [point].into_iter()).dots("run-1"));
        let border = border.map(|x| upright("run-4", x, extent.y));
        border.into_iter().chain([all]).chain(one).collect::<Vec<_>>()
    });
    let caption = Signal::derive(move || {
        let one = state.with_unit(|_, unit| chosen(unit)).flatten();
        one.map(|point| point.map(|at| number::fixed(at, 2)).join(" · ")).unwrap_or_default()
    });
    view! { <LineChart id title extent lines figure=|value| number::fixed(value, 2) across caption /> }.into_any()
}

/// How many units have a figure in each of so many equal parts, as a stepped line; `marks` stand upright.
fn histogram(
    state: CellsState,
    id: &'static str,
    [title, across]: [Words; 2],
    figures: fn(&CellsFound) -> Vec<f64>,
    [low, high]: [f64; 2],
    marks: &'static [f64],
) -> AnyView {
    const PARTS: usize = 12;
    let counts = Memo::new(move |_| {
        let mut counts = vec![0.0_f64; PARTS];
        let values = state.found.with(|found| found.as_ref().map(figures).unwrap_or_default());
        for value in values {
            let at = ((value - low) / (high - low) * PARTS as f64).max(0.0) as usize;
            counts[at.min(PARTS - 1)] += 1.0;
        }
        counts
    });
    let most = Memo::new(move |_| counts.with(|counts| counts.iter().copied().fold(1.0, f64::max)));
    let extent = Signal::derive(move || ChartExtent::linear([low, high], [0.0, most.get()]));
    let lines = Memo::new(move |_| {
        let edge = |at: usize| low + (high - low) * at as f64 / PARTS as f64;
        let steps = counts.with(|counts| {
            let step = |(at, count): (usize, &f64)| [[edge(at), *count], [edge(at + 1), *count]];
            counts.iter().enumerate().flat_map(step).collect::<Vec<_>>()
        });
        let marks = marks.iter().map(|&mark| upright("run-4", mark, [0.0, most.get()]));
        marks.chain([Line::new("run-0", steps.into_iter()).named("")]).collect::<Vec<_>>()
    });
    view! { <LineChart id title extent lines figure=|value| number::exact(value) across /> }.into_any()
}

pub(super) fn together(state: CellsState) -> AnyView {
    view! {
        <div class="cells-charts">
            {scatter(
                state,
                "brain-cells-kinds",
                [words!(brain.cells_kinds), words!(brain.cells_modulation)],
                kinds,
                |unit| unit.tuning.as_ref().map(|tuning| [tuning.modulation(), tuning.selectivity]),
                ChartExtent::linear([0.0, 2.0], [0.0, 1.0]),
                Some(1.0),
            )}
            {scatter(
                state,
                "brain-cells-shapes",
                [words!(brain.cells_shapes), words!(brain.cells_shape_across)],
                shapes,
                |unit| Some(unit.field.as_ref()?.gabor.as_ref()?.shape()),
                ChartExtent::linear([0.0, 1.2], [0.0, 1.2]),
                None,
            )}
            {histogram(
                state,
                "brain-cells-widths",
                [words!(brain.cells_widths), words!(brain.cells_degrees)],
                |found| found.tuned().filter_map(|(_, tuning)| tuning.width).collect(),
                [0.0, 180.0],
                &[V1_WIDTH],
            )}
            {histogram(
                state,
                "brain-cells-octaves",
                [words!(brain.cells_octaves), words!(brain.cells_octaves_unit)],
                |found| found.tuned().filter_map(|(_, tuning)| tuning.octaves).collect(),
                [0.0, 4.0],
                &V1_OCTAVES,
            )}
        </div>
        <p class="hint" data-testid="brain-cells-medians">{live::maybe(move || medians(state))}</p>
    }
    .into_any()
}

fn medians(state: CellsState) -> Option<String> {
    let all = state.found.with(|found| found.as_ref().map(CellsFound::summary))?;
    let figure =
        |value: Option<f64>, places: u8| value.map_or_else(|| "–".to_owned(), |value| number::fixed(value, places));
    Some(say!(
        brain.cells_medians,
        width = figure(all.width, 0),
        broad = number::count(all.broad as u64),
        octaves = figure(all.octaves, 2),
        selectivity = figure(all.selectivity, 2),
        explained = figure(all.explained, 2)
    ))
}
