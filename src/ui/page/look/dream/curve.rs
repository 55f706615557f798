//! How strongly the layer answers, octave after octave.

use crate::protocol::{DreamFound, DreamOctave, DreamRecord};
use crate::ui::widget::{ChartExtent, Line, LineChart};
use crate::ui::{live, number};
use leptos::prelude::*;

const COLOURS: [&str; 5] = ["run-0", "run-1", "run-2", "run-3", "run-4"];

fn size(octave: DreamOctave) -> String {
    format!("{} × {}", octave.width, octave.height)
}

/// A line for each octave, one after another.
fn lines_of(found: &DreamFound) -> Vec<Line> {
    let mut from = 0;
    let mut lines = Vec::new();
    for (at, octave) in found.cost.octaves.iter().enumerate() {
        let own: Vec<DreamRecord> =
            found.records.iter().filter(|record| record.octave as usize == at).copied().collect();
        let points = own.iter().map(|record| [f64::from(from + record.step), f64::from(record.value)]);
        if !own.is_empty() {
            let line = Line::new(COLOURS[at % COLOURS.len()], points.collect::<Vec<_>>().into_iter());
            lines.push(line.named(&size(*octave)));
        }
        from += own.last().map_or(0, |record| record.step);
    }
    lines
}

pub(super) fn curve(shown: Memo<Option<DreamFound>>) -> AnyView {
    let lines = Memo::new(move |_| shown.with(|found| found.as_ref().map(lines_of).unwrap_or_default()));
    let extent = Memo::new(move |_| {
        let points = lines.with(|lines| lines.iter().flat_map(|line| line.points.clone()).collect::<Vec<_>>());
        let most = |axis: usize| points.iter().map(|point| point[axis]).fold(0.0, f64::max);
        ChartExtent::linear([0.0, most(0).max(1.0)], [0.0, (1.1 * most(1)).max(1e-6)])
    });
    let is_there = Memo::new(move |_| lines.with(|lines| !lines.is_empty()));
    let sizes = Memo::new(move |_| {
        shown.with(|found| found.as_ref().map(|found| found.cost.octaves.clone()).unwrap_or_default())
    });
    let legend = move || {
        let row = |(at, octave): (usize, DreamOctave)| {
            view! { <li class=COLOURS[at % COLOURS.len()]><i></i>{size(octave)}</li> }
        };
        sizes.get().into_iter().enumerate().map(row).collect_view().into_any()
    };
    live::view(move || {
        is_there
            .get()
            .then(|| {
                view! {
                    <LineChart
                        id="dream-chart"
                        title=words!(look.dream_answer)
                        extent
                        lines
                        figure=|value| number::digits(value as f32)
                        across=words!(train.step)
                    />
                    <ul class="legend lines-legend">{live::view(legend)}</ul>
                }
            })
            .into_any()
    })
    .into_any()
}
