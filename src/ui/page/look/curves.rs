//! Several lines on a chart with their names below it.

use crate::ui::widget::{ChartExtent, Line, LineChart, legend};
use crate::ui::{Words, live};
use leptos::prelude::*;

const COLOURS: [&str; 6] = ["run-0", "run-1", "run-2", "run-3", "run-4", "run-5"];

/// One of the lines.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct NamedLine {
    name: String,
    class: String,
    /// Sorted by `x`.
    points: Vec<[f64; 2]>,
}

impl NamedLine {
    /// In the colour of its place, the first six solid and those after them dashed.
    pub(super) fn new(at: usize, name: &str, points: impl Iterator<Item = [f64; 2]>) -> Self {
        let class = format!("{}{}", COLOURS[at % COLOURS.len()], if at < COLOURS.len() { "" } else { " second" });
        Self { name: name.to_owned(), class, points: points.collect() }
    }

    /// Of all curves, along the axis `x` (0) or `y` (1).
    pub(super) fn values(curves: &[Self], axis: usize) -> impl Iterator<Item = f64> {
        curves.iter().flat_map(move |curve| curve.points.iter().map(move |point| point[axis]))
    }
}

/// What is written on a chart.
pub(super) struct CurveChart {
    /// Names it for tests.
    pub(super) id: &'static str,
    pub(super) title: Words,
    /// Below the x axis.
    pub(super) across: Words,
    /// Writes a value.
    pub(super) figure: fn(f64) -> String,
    /// Below the names, where something is to be said of them.
    pub(super) hint: Option<Words>,
}

impl CurveChart {
    /// Nothing as long as there are no curves.
    pub(super) fn view(
        self,
        curves: Memo<Vec<NamedLine>>,
        extent: impl Fn(&[NamedLine]) -> ChartExtent + Send + Sync + 'static,
    ) -> AnyView {
        let Self { id, title, across, figure, hint } = self;
        let line = |NamedLine { name, class, points }: &NamedLine| Line::new(class, points.iter().copied()).named(name);
        let lines = Memo::new(move |_| curves.with(|curves| curves.iter().map(line).collect::<Vec<_>>()));
        let extent = Memo::new(move |_| curves.with(|curves| extent(curves)));
        let names = Memo::new(move |_| {
            let of = |NamedLine { name, class, .. }: &NamedLine| (class.clone(), name.clone());
            curves.with(|curves| curves.iter().map(of).collect::<Vec<_>>())
        });
        let is_there = Memo::new(move |_| names.with(|names| !names.is_empty()));
        let chart = move || {
            view! {
                <LineChart id title extent lines figure across />
                {live::view(move || legend(names.get()))}
                {hint.map(|hint| view! { <p class="hint">{hint}</p> })}
            }
        };
        live::view(move || is_there.get().then(chart).into_any()).into_any()
    }
}
