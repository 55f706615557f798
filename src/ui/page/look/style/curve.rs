//! How the losses fall: all together, the content's, each layer's.

use crate::protocol::{StyleFound, StyleRecord};
use crate::ui::number;
use crate::ui::page::look::curves::{CurveChart, NamedLine};
use crate::ui::widget::ChartExtent;
use leptos::prelude::*;

const LEAST: f64 = 1e-5;

/// The whole first.
fn curves(found: &StyleFound) -> Vec<NamedLine> {
    let mut curves = Vec::new();
    let mut add = |name: &str, value: &dyn Fn(&StyleRecord) -> f32| {
        let point = |record: &StyleRecord| [f64::from(record.step), f64::from(value(record)).max(LEAST)];
        curves.push(NamedLine::new(curves.len(), name, found.curve.iter().map(point)));
    };
    add(say!(look.total), &|record| record.total);
    if let Some(path) = &found.content_layer {
        add(&format!("{} {path}", say!(look.content)), &|record| record.content);
    }
    for (at, layer) in found.layers.iter().enumerate() {
        add(&layer.path, &|record| record.layers.get(at).copied().unwrap_or_default());
    }
    curves
}

pub(super) fn curve(shown: Memo<Option<StyleFound>>) -> AnyView {
    let all = Memo::new(move |_| shown.with(|found| found.as_ref().map(curves).unwrap_or_default()));
    let steps = Memo::new(move |_| shown.with(|found| found.as_ref().map_or(10, |found| found.of)));
    let chart = CurveChart {
        id: "style-chart",
        title: words!(look.style_loss),
        across: words!(train.step),
        figure: |loss| number::digits(loss as f32),
        hint: None,
    };
    chart.view(all, move |curves| {
        // Where the search began the content's distance is nothing.
        let low = NamedLine::values(curves, 1).filter(|value| *value > LEAST).fold(1.0, f64::min);
        let high = NamedLine::values(curves, 1).fold(0.1, f64::max);
        ChartExtent::log_y([0.0, f64::from(steps.get())], [(0.8 * low).max(LEAST), 1.2 * high])
    })
}
