//! A chart under its title, with the values at the pointer beside it.

use super::{Axes, Chart, ChartExtent, Stroke};
use crate::ui::{Words, live};
use leptos::prelude::*;
use std::sync::Arc;

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
