//! How the losses fall: all together, the content's, each layer's.

use crate::protocol::{StyleFound, StyleRecord};
use crate::ui::widget::{ChartExtent, Line, LineChart};
use crate::ui::{live, number};
use leptos::prelude::*;

const COLOURS: [&str; 5] = ["run-0", "run-1", "run-2", "run-3", "run-4"];
const LEAST: f64 = 1e-5;

struct Curve {
    class: String,
    name: String,
    value: Box<dyn Fn(&StyleRecord) -> f32>,
}

/// The whole first.
fn curves(found: &StyleFound) -> Vec<Curve> {
    let total = Curve { class: "run-5".to_owned(), name: say!(look.total).to_owned(), value: Box::new(|r| r.total) };
    let content = found.content_layer.as_ref().map(|path| Curve {
        class: "run-5 second".to_owned(),
        name: format!("{} {path}", say!(look.content)),
        value: Box::new(|record| record.content),
    });
    let layer = |at: usize| Curve {
        class: format!("{}{}", COLOURS[at % COLOURS.len()], if at < COLOURS.len() { "" } else { " second" }),
        name: found.layers[at].path.clone(),
        value: Box::new(move |record| record.layers.get(at).copied().unwrap_or_default()),
    };
    [total].into_iter().chain(content).chain((0..found.layers.len()).map(layer)).collect()
}

pub(super) fn curve(shown: Memo<Option<StyleFound>>) -> AnyView {
    let lines = Memo::new(move |_| {
        let of = |found: &StyleFound| -> Vec<Line> {
            let one = |curve: Curve| {
                let points = found
                    .curve
                    .iter()
                    .map(|record| [f64::from(record.step), f64::from((curve.value)(record)).max(LEAST)]);
                Line::new(&curve.class, points.collect::<Vec<_>>().into_iter()).named(&curve.name)
            };
            curves(found).into_iter().map(one).collect()
        };
        shown.with(|found| found.as_ref().map(of).unwrap_or_default())
    });
    let extent = Memo::new(move |_| {
        let of = shown.with(|found| found.as_ref().map_or(10, |found| found.of));
        let values =
            lines.with(|lines| lines.iter().flat_map(|line| line.points.iter().map(|[_, y]| *y)).collect::<Vec<_>>());
        // Where the search began the content's distance is nothing.
        let low = values.iter().copied().filter(|value| *value > LEAST).fold(1.0, f64::min);
        let high = values.into_iter().fold(0.1, f64::max);
        ChartExtent::log_y([0.0, f64::from(of)], [(0.8 * low).max(LEAST), 1.2 * high])
    });
    let legend = move || {
        let row = |curve: Curve| view! { <li><i class=curve.class></i>{curve.name}</li> };
        shown.with(|found| found.as_ref().map(|found| curves(found).into_iter().map(row).collect_view())).into_any()
    };
    let is_there = Memo::new(move |_| shown.with(Option::is_some));
    live::view(move || {
        is_there
            .get()
            .then(|| {
                view! {
                    <LineChart
                        id="style-chart"
                        title=words!(look.style_loss)
                        extent
                        lines
                        figure=|loss| number::digits(loss as f32)
                        across=words!(train.step)
                    />
                    <ul class="legend lines-legend">{live::view(legend)}</ul>
                }
            })
            .into_any()
    })
    .into_any()
}
