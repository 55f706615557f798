//! A chart under its title with the values at the pointer beside it, and one of a few lines.

use super::{Axes, Chart, ChartExtent, Stroke, dots_of, path_of};
use crate::ui::{Words, live};
use leptos::prelude::*;
use std::sync::Arc;

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line {
    /// Classes of the style sheet.
    pub(crate) class: String,
    /// It is told of under this name, which may be empty.
    name: Option<String>,
    /// Sorted by `x`.
    pub(crate) points: Vec<[f64; 2]>,
}

impl Line {
    pub(crate) fn new(colour: &str, points: impl Iterator<Item = [f64; 2]>) -> Line {
        Line { class: format!("{colour} smooth present"), name: None, points: points.collect() }
    }

    pub(crate) fn named(self, name: &str) -> Line {
        Line { name: Some(name.to_owned()), ..self }
    }

    /// A level line over the whole width, dashed.
    pub(crate) fn level(colour: &str, x: [f64; 2], y: f64) -> Line {
        Line::new(&format!("{colour} second"), x.map(|x| [x, y]).into_iter())
    }

    /// The same points in another way.
    pub(crate) fn drawn(self, class: &str) -> Line {
        Line { class: class.to_owned(), ..self }
    }

    /// A dot at each of its points.
    pub(crate) fn dots(&self, colour: &str) -> Line {
        Line { class: format!("{colour} dots present"), name: None, points: self.points.clone() }
    }

    /// Its value at a place of the x axis.
    pub(crate) fn at(&self, x: f64) -> Option<f64> {
        point_at(&self.points, x, |[x, _]| *x).map(|[_, y]| *y)
    }

    pub(crate) fn stroke(&self, axes: &Axes) -> Stroke {
        let points = self.points.iter().map(|[x, y]| axes.place(*x, *y));
        let path = if self.class.contains("dots") { dots_of(points) } else { path_of(points) };
        Stroke { class: self.class.clone(), path }
    }
}

/// `figure` writes a value; for the rest see [`ChartFigure`].
#[component]
pub(crate) fn LineChart(
    id: &'static str,
    title: Words,
    #[prop(into)] extent: Signal<ChartExtent>,
    lines: Memo<Vec<Line>>,
    figure: fn(f64) -> String,
    #[prop(optional)] hover: Option<RwSignal<Option<f64>>>,
    #[prop(into, optional)] caption: Option<Signal<String>>,
) -> impl IntoView {
    let draw = move |axes: &Axes| lines.with(|lines| lines.iter().map(|line| line.stroke(axes)).collect());
    let told = move |at| {
        let one =
            |line: &Line| Some(format!("{} {}", line.name.as_ref()?, figure(line.at(at)?)).trim_start().to_owned());
        lines.with(|lines| lines.iter().filter_map(one).collect::<Vec<_>>().join(", "))
    };
    view! { <ChartFigure id title extent draw told nostrip:hover=hover nostrip:caption=caption /> }
}

/// `told` says what stands at a place of the x axis: under the pointer, else at the end. `hover` is that place where others
/// than the chart want it, `caption` what stands beside the title instead of what is told. `id` names it for tests.
#[component]
pub(crate) fn ChartFigure(
    id: &'static str,
    title: Words,
    #[prop(into)] extent: Signal<ChartExtent>,
    draw: impl Fn(&Axes) -> Vec<Stroke> + Send + Sync + 'static,
    told: impl Fn(f64) -> String + Send + Sync + 'static,
    #[prop(optional)] hover: Option<RwSignal<Option<f64>>>,
    #[prop(into, optional)] caption: Option<Signal<String>>,
) -> impl IntoView {
    let hover = hover.unwrap_or_else(|| RwSignal::new(None));
    let told = Arc::new(move || told(hover.get().unwrap_or(f64::INFINITY)));
    let shown = told.clone();
    view! {
        <figure class="chart" data-testid=id>
            <figcaption>
                <h3>{title}</h3>
                <span class="figure" data-testid=format!("{id}-told")>{live::text(move || caption.map_or_else(|| shown(), |caption| caption.get()))}</span>
            </figcaption>
            <Chart title extent draw=Arc::new(draw) told hover />
        </figure>
    }
}

/// The last of the points at or before a place, the first where none is.
pub(crate) fn point_at<T>(points: &[T], at: f64, x: impl Fn(&T) -> f64) -> Option<&T> {
    points.get(points.partition_point(|point| x(point) <= at).max(1) - 1)
}
