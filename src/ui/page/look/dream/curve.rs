//! How strongly the layer answers, octave after octave.

use crate::protocol::{DreamFound, DreamRecord};
use crate::ui::number;
use crate::ui::page::look::curves::{CurveChart, NamedLine};
use crate::ui::widget::ChartExtent;
use leptos::prelude::*;

/// A line for each octave, one after another.
fn curves(found: &DreamFound) -> Vec<NamedLine> {
    let mut from = 0;
    let mut curves = Vec::new();
    for (at, octave) in found.cost.octaves.iter().enumerate() {
        let own: Vec<DreamRecord> =
            found.records.iter().filter(|record| record.octave as usize == at).copied().collect();
        let points = own.iter().map(|record| [f64::from(from + record.step), f64::from(record.value)]);
        if !own.is_empty() {
            curves.push(NamedLine::new(at, &format!("{} × {}", octave.width, octave.height), points));
        }
        from += own.last().map_or(0, |record| record.step);
    }
    curves
}

pub(super) fn curve(shown: Memo<Option<DreamFound>>) -> AnyView {
    let all = Memo::new(move |_| shown.with(|found| found.as_ref().map(curves).unwrap_or_default()));
    let chart = CurveChart {
        id: "dream-chart",
        title: words!(look.dream_answer),
        across: words!(train.step),
        figure: |value| number::digits(value as f32),
        hint: None,
    };
    chart.view(all, |curves| {
        let most = |axis: usize| NamedLine::values(curves, axis).fold(0.0, f64::max);
        ChartExtent::linear([0.0, most(0).max(1.0)], [0.0, (1.1 * most(1)).max(1e-6)])
    })
}
