//! The curves: how alike responses are and how well classes are told apart, over the transformation and over the depth.

use super::super::settings::LookSettings;
use super::{SimilarityMeasure, unit_of};
use crate::protocol::{InvarianceFound, LayerCurves, Transformation};
use crate::ui::widget::{ChartExtent, Line, LineChart, Scaling, legend};
use crate::ui::{Choice, live, number};
use leptos::prelude::*;

/// Steps of colour from the first layer to the last.
const SHADES: usize = 12;

impl SimilarityMeasure {
    pub(super) fn of(self, layer: &LayerCurves) -> &[f32] {
        match self {
            Self::Cosine => &layer.cosine,
            Self::Correlation => &layer.correlation,
            Self::Distance => &layer.distance,
            Self::Pooled => &layer.pooled,
        }
    }
}

/// From light to dark.
pub(super) fn shade(at: usize, of: usize) -> String {
    format!("depth-{}", at * (SHADES - 1) / of.saturating_sub(1).max(1))
}

pub(super) fn charts(settings: Memo<LookSettings>, shown: RwSignal<Option<InvarianceFound>>) -> AnyView {
    let measure = Memo::new(move |_| settings.with(|settings| settings.measure));
    let hover = RwSignal::new(None::<f64>);
    let similar =
        Memo::new(move |_| shown.with(|found| curves(found.as_ref(), |layer| measure.get().of(layer).to_vec())));
    let told = Memo::new(move |_| shown.with(|found| curves(found.as_ref(), |layer| layer.told.clone())));
    let across = Memo::new(move |_| shown.with(|found| found.as_ref().map(across)));
    let extent = move |y: [f64; 2], is_share| {
        let (transformation, x) = across.get().unwrap_or((Transformation::Shift, [0.0, 1.0]));
        let x_scaling = if transformation.is_factor() { Scaling::Log } else { Scaling::Linear };
        ChartExtent { x_scaling, is_share, ..ChartExtent::linear(x, y) }
    };
    let similar_extent = Memo::new(move |_| extent([similar.with(|lines| least(lines)), 1.0], false));
    let told_extent = Memo::new(move |_| extent([0.0, 1.0], true));
    let unit = Memo::new(move |_| across.get().map_or(Transformation::Shift, |(transformation, _)| transformation));
    let name = move |lines: Memo<Vec<Line>>| {
        Signal::derive(move || {
            let at = hover.get().or_else(|| across.get().map(|(_, [_, high])| high)).unwrap_or_default();
            lines.with(|lines| ends(lines, at))
        })
    };
    let over = move || {
        let across = unit_of(unit.get());
        view! {
            <div class="same-pair">
                <LineChart
                    id="invariance-similar"
                    title=words!(look.same_similar)
                    extent=similar_extent
                    lines=similar
                    figure=|value| number::fixed(value, 3)
                    across
                    hover
                    caption=name(similar)
                />
                <LineChart
                    id="invariance-told"
                    title=words!(look.same_told)
                    extent=told_extent
                    lines=told
                    figure=|value| number::percent(value as f32)
                    across
                    hover
                    caption=name(told)
                />
            </div>
        }
        .into_any()
    };
    view! {
        <p class="hint">{live::name(move || Some(measure.get().hint()))}</p>
        {live::view(over)}
        {layers(shown)}
        {depth(shown, measure)}
    }
    .into_any()
}

impl SimilarityMeasure {
    fn hint(self) -> &'static str {
        match self {
            Self::Cosine => say!(look.same_cosine_hint),
            Self::Correlation => say!(look.same_correlation_hint),
            Self::Distance => say!(look.same_distance_hint),
            Self::Pooled => say!(look.same_pooled_hint),
        }
    }
}

fn across(found: &InvarianceFound) -> (Transformation, [f64; 2]) {
    let value = |at: usize| found.strip.get(at).map_or(0.0, |one| one.value);
    (found.transformation, [value(0), value(found.strip.len().saturating_sub(1))])
}

/// A line for each layer.
fn curves(found: Option<&InvarianceFound>, of: impl Fn(&LayerCurves) -> Vec<f32>) -> Vec<Line> {
    let Some(found) = found else { return Vec::new() };
    let line = |(at, layer): (usize, &LayerCurves)| {
        let points: Vec<[f64; 2]> =
            found.strip.iter().zip(of(layer)).map(|(one, value)| [one.value, f64::from(value)]).collect();
        Line::new(&shade(at, found.layers.len()), points.into_iter()).named(&layer.path)
    };
    found.layers.iter().enumerate().map(line).collect()
}

/// At most 0, and what lies below it.
fn least(lines: &[Line]) -> f64 {
    let least = lines.iter().flat_map(|line| line.points.iter().map(|[_, y]| *y)).fold(0.0, f64::min);
    (10.0 * least).floor().max(-20.0) / 10.0
}

/// What the first and the last line say at a place.
fn ends(lines: &[Line], at: f64) -> String {
    let said = |line: &Line| line.at(at).map(|value| number::fixed(value, 2)).unwrap_or_default();
    match lines {
        [first, .., last] => {
            format!("{}: {} … {}", number::digits(at as f32), said(first), said(last))
        }
        _ => String::new(),
    }
}

/// A line for each layer, from the first to the last.
fn layers(shown: RwSignal<Option<InvarianceFound>>) -> AnyView {
    let layers = Memo::new(move |_| {
        let paths = |found: &InvarianceFound| found.layers.iter().map(|layer| layer.path.clone()).collect::<Vec<_>>();
        shown.with(|found| found.as_ref().map(paths).unwrap_or_default())
    });
    let rows = move || {
        let layers = layers.get();
        let of = layers.len();
        legend(layers.into_iter().enumerate().map(|(at, path)| (shade(at, of), path)))
    };
    live::view(rows).into_any()
}

/// Invariance and discrimination, layer by layer.
fn depth(shown: RwSignal<Option<InvarianceFound>>, measure: Memo<SimilarityMeasure>) -> AnyView {
    let lines = Memo::new(move |_| {
        shown.with(|found| {
            let Some(found) = found else { return Vec::new() };
            let untouched = found.untouched as usize;
            let line = |class: &str, name: &str, of: &dyn Fn(&LayerCurves) -> Option<f32>| {
                let point = |(at, layer): (usize, &LayerCurves)| Some([at as f64, f64::from(of(layer)?)]);
                let points: Vec<[f64; 2]> = found.layers.iter().enumerate().filter_map(point).collect();
                let line = Line::new(class, points.into_iter()).named(name);
                [line.dots(class), line]
            };
            let chance = 1.0 / f64::from(found.classes.max(1));
            let last = found.layers.len().saturating_sub(1) as f64;
            let similar = measure.get();
            let mut all: Vec<Line> = Vec::new();
            all.extend(line("run-0", say!(look.same_invariance), &|layer| {
                LayerCurves::mean(similar.of(layer), untouched)
            }));
            all.extend(line("run-1", say!(look.same_apart), &|layer| layer.told.get(untouched).copied()));
            all.extend(line("run-2", say!(look.same_apart_moved), &|layer| LayerCurves::mean(&layer.told, untouched)));
            if found.layers.iter().any(|layer| !layer.told.is_empty()) {
                all.push(Line::level("run-5", [0.0, last], chance));
            }
            all
        })
    });
    let extent = Memo::new(move |_| {
        let last = shown.with(|found| found.as_ref().map_or(1, |found| found.layers.len().saturating_sub(1).max(1)));
        let y = [lines.with(|lines| least(lines)), 1.0];
        ChartExtent { is_share: true, ..ChartExtent::linear([0.0, last as f64], y) }
    });
    let name = move || measure.get().name();
    view! {
        <LineChart
            id="invariance-depth"
            title=words!(look.same_depth)
            extent
            lines
            figure=|value| number::percent(value as f32)
            across=words!(look.same_layer_number)
        />
        {legend([
            ("run-0", live::text(move || format!("{} ({})", say!(look.same_invariance), name()))),
            ("run-1", live::text(|| say!(look.same_apart).to_owned())),
            ("run-2", live::text(|| say!(look.same_apart_moved).to_owned())),
            ("run-5 second", live::text(|| say!(look.same_chance).to_owned())),
        ])}
        <p class="hint">{words!(look.same_depth_hint)}</p>
    }
    .into_any()
}
