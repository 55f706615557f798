//! Curves over steps, as SVG: two axes with round ticks, a line under the pointer, values at it.
//!
//! Libraries that were weighed: plotters 0.3.7 (MIT) adds 55 KB to the page, 22.5 KB with gzip, for one line series on linear
//! and logarithmic axes (opt-level z, fat LTO, wasm-opt -Oz; the same crate with and without it); it paints pixels on a canvas
//! with colours of its own, so that dark and light, screen readers, sharpness on dense screens, the pointer's values and the
//! thinning of 100,000 points would still be ours to write. leptos-chartistry 0.2.3 draws SVG, but is under the MPL and makes
//! an element per tick and label through generic components. What is here takes its colours from the style sheet.

mod scale;
mod thin;

use crate::ui::settings::real;
use crate::ui::widget::follow_width;
use crate::ui::{Words, live};
use leptos::html::Div;
use leptos::prelude::*;
pub(crate) use scale::{Axis, Scaling, text_of};
use std::sync::Arc;
pub(crate) use thin::{dots_of, path_of};
use web_sys::{KeyboardEvent, PointerEvent};

const HEIGHT: f64 = 212.0;
const LEFT: f64 = 44.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 8.0;
const BOTTOM: f64 = 22.0;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ChartExtent {
    pub(crate) x: [f64; 2],
    pub(crate) y: [f64; 2],
    pub(crate) x_scaling: Scaling,
    pub(crate) y_scaling: Scaling,
    /// Values of the y axis are parts of a whole, written as percent.
    pub(crate) is_share: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Axes {
    pub(crate) x: Axis,
    pub(crate) y: Axis,
}

/// One line: what the style sheet makes of it, and its path in the units of [`path_of`].
pub(crate) struct Stroke {
    pub(crate) class: String,
    pub(crate) path: String,
}

impl ChartExtent {
    pub(crate) fn linear(x: [f64; 2], y: [f64; 2]) -> ChartExtent {
        ChartExtent { x, y, x_scaling: Scaling::Linear, y_scaling: Scaling::Linear, is_share: false }
    }

    pub(crate) fn share(x: [f64; 2]) -> ChartExtent {
        ChartExtent { is_share: true, ..ChartExtent::linear(x, [0.0, 1.0]) }
    }

    pub(crate) fn log_y(x: [f64; 2], y: [f64; 2]) -> ChartExtent {
        ChartExtent { y_scaling: Scaling::Log, ..ChartExtent::linear(x, y) }
    }
}

impl Axes {
    fn new(extent: &ChartExtent, width: f64) -> Axes {
        Axes {
            x: Axis::new(extent.x[0], extent.x[1], width - LEFT - RIGHT, extent.x_scaling),
            y: Axis::new(extent.y[0], extent.y[1], HEIGHT - TOP - BOTTOM, extent.y_scaling),
        }
    }

    /// In pixels of the drawing; what lies beyond an edge lies a little beyond it.
    pub(crate) fn place(&self, x: f64, y: f64) -> [f64; 2] {
        let floor = HEIGHT - BOTTOM;
        [LEFT + self.x.place(x), (floor - self.y.place(y)).clamp(-4.0 * HEIGHT, 4.0 * HEIGHT)]
    }
}

choices! {
    Scaling {
        Linear = ("linear", words!(train.linear)),
        Log = ("log", words!(train.log)),
    }
}

type Draw = Arc<dyn Fn(&Axes) -> Vec<Stroke> + Send + Sync>;
type Told = Arc<dyn Fn() -> String + Send + Sync>;

/// `across` names the x axis, `draw` makes the lines, `told` the sentence for those who do not see them; `hover` is the step under the pointer, shared
/// by charts that are to be read together.
#[component]
pub(crate) fn Chart(
    title: Words,
    #[prop(into)] extent: Signal<ChartExtent>,
    #[prop(default = words!(train.step))] across: Words,
    draw: Draw,
    told: Told,
    hover: RwSignal<Option<f64>>,
) -> impl IntoView {
    let frame = NodeRef::<Div>::new();
    let width = follow_width(frame);
    let axes = Memo::new(move |_| Axes::new(&extent.get(), width.get().max(160.0)));
    let is_blank = RwSignal::new(true);
    let strokes = move || {
        let strokes = draw(&axes.get());
        let is_empty = strokes.iter().all(|stroke| stroke.path.is_empty());
        if is_blank.get_untracked() != is_empty {
            is_blank.set(is_empty);
        }
        strokes
            .into_iter()
            .map(|stroke| view! { <path class=stroke.class d=stroke.path></path> })
            .collect_view()
            .into_any()
    };
    let point = move |event: PointerEvent| {
        let x = f64::from(event.offset_x());
        hover.set(Some(axes.with_untracked(|axes| axes.x.value(x - LEFT))));
    };
    view! {
        <div class="plot" class:blank=live::flag(move || is_blank.get()) node_ref=frame>
            <p class="hint blank-words">{words!(train.chart_todo)}</p>
            <svg
                width=live::text(move || width.get().to_string())
                height=HEIGHT.to_string()
                role="img"
                tabindex="0"
                aria-label=live::text(move || format!("{}: {}", title(), told()))
                on:pointermove=point
                on:pointerdown=point
                on:pointerleave=move |_| hover.set(None)
                on:blur=move |_| hover.set(None)
                on:keydown=move |event| steer(&event, axes, hover)
            >
                {live::view(move || axes.with(|axes| grid(axes, extent.with(|extent| extent.is_share), across())))}
                // A drawing of its own, so that nothing is drawn over the ticks.
                <svg x=LEFT.to_string() y="0" width=live::text(move || (width.get() - LEFT - RIGHT).max(1.0).to_string())
                    height=(HEIGHT - BOTTOM + 2.0).to_string() viewBox=live::text(move || {
                    format!("{LEFT} 0 {} {}", (width.get() - LEFT - RIGHT).max(1.0), HEIGHT - BOTTOM + 2.0)
                }) preserveAspectRatio="none">
                    <g class="lines" transform="scale(.1)">{live::view(strokes)}</g>
                </svg>
                {live::view(move || {
                    let x = hover.get().map(|step| axes.with(|axes| LEFT + axes.x.place(step)));
                    x.filter(|x| x.is_finite()).map(|x| view! {
                        <line class="here" x1=x.to_string() x2=x.to_string() y1=TOP.to_string() y2=(HEIGHT - BOTTOM).to_string()></line>
                    }).into_any()
                })}
            </svg>
        </div>
    }
}

fn grid(axes: &Axes, is_share: bool, across: &'static str) -> AnyView {
    let floor = HEIGHT - BOTTOM;
    let length = axes.x.place(axes.x.value(f64::MAX));
    view! {
        <g class="axes" aria-hidden="true">
            {rows_of(axes.y.ticks(5), is_share, [LEFT, LEFT + length], floor)}
            {grid_columns(&axes.x, (length / 56.0).max(2.0) as usize, LEFT, [floor, floor])}
            <text class="axis-title" x=(LEFT + length).to_string() y=(floor - 5.0).to_string() text-anchor="end">{across}</text>
        </g>
    }
    .into_any()
}

/// A line at each of at most about `most` ticks, from left to right, with its figure before it.
pub(crate) fn grid_rows(axis: &Axis, most: usize, across: [f64; 2], floor: f64) -> AnyView {
    rows_of(axis.ticks(most), false, across, floor)
}

fn rows_of(ticks: Vec<scale::Tick>, is_share: bool, [left, right]: [f64; 2], floor: f64) -> AnyView {
    let row = |tick: scale::Tick| {
        let text = match real(&tick.text) {
            Some(share) if is_share => format!("{} %", text_of(share * 100.0)),
            _ => tick.text,
        };
        let y = (floor - tick.at).to_string();
        view! {
            <line class="grid" x1=left.to_string() x2=right.to_string() y1=y.clone() y2=y.clone()></line>
            <text x=(left - 6.0).to_string() y=y dy=".32em" text-anchor="end">{text}</text>
        }
    };
    ticks.into_iter().map(row).collect_view().into_any()
}

/// A line at each tick, from `top` to a little below the floor, with its figure below it.
pub(crate) fn grid_columns(axis: &Axis, most: usize, left: f64, [top, floor]: [f64; 2]) -> AnyView {
    let column = |tick: scale::Tick| {
        let x = (left + tick.at).to_string();
        view! {
            <line class="grid" x1=x.clone() x2=x.clone() y1=top.to_string() y2=(floor + 4.0).to_string()></line>
            <text x=x y=(floor + 16.0).to_string() text-anchor="middle">{tick.text}</text>
        }
    };
    axis.ticks(most).into_iter().map(column).collect_view().into_any()
}

/// Arrow keys walk along the curve, a fiftieth of it at a time.
fn steer(event: &KeyboardEvent, axes: Memo<Axes>, hover: RwSignal<Option<f64>>) {
    let axes = axes.get_untracked();
    let here = hover.get_untracked().map_or(0.0, |step| axes.x.place(step));
    let step = axes.x.place(axes.x.value(f64::MAX)) / 50.0;
    let there = match event.key().as_str() {
        "ArrowRight" => here + step,
        "ArrowLeft" => here - step,
        "Home" => 0.0,
        "End" => f64::MAX,
        "Escape" => return hover.set(None),
        _ => return,
    };
    event.prevent_default();
    hover.set(Some(axes.x.value(there)));
}

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
    #[prop(default = words!(train.step))] across: Words,
    #[prop(optional)] hover: Option<RwSignal<Option<f64>>>,
    #[prop(into, optional)] caption: Option<Signal<String>>,
) -> impl IntoView {
    let draw = move |axes: &Axes| lines.with(|lines| lines.iter().map(|line| line.stroke(axes)).collect());
    let told = move |at| {
        let one =
            |line: &Line| Some(format!("{} {}", line.name.as_ref()?, figure(line.at(at)?)).trim_start().to_owned());
        lines.with(|lines| lines.iter().filter_map(one).collect::<Vec<_>>().join(", "))
    };
    view! { <ChartFigure id title extent across draw told nostrip:hover=hover nostrip:caption=caption /> }
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
    #[prop(default = words!(train.step))] across: Words,
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
            <Chart title extent across draw=Arc::new(draw) told hover />
        </figure>
    }
}

/// The last of the points at or before a place, the first where none is.
pub(crate) fn point_at<T>(points: &[T], at: f64, x: impl Fn(&T) -> f64) -> Option<&T> {
    points.get(points.partition_point(|point| x(point) <= at).max(1) - 1)
}
