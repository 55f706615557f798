//! A chart of a few lines, each of points in the values of the axes.

use super::{Axes, ChartExtent, ChartFigure, Stroke, dots_of, path_of, point_at};
use crate::ui::Words;
use leptos::prelude::*;

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
