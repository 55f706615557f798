//! What is left of each map when the network forgets layer after layer, from the logits down.

use super::name_of;
use crate::protocol::{JudgedMap, TrustRow};
use crate::ui::widget::{ChartExtent, Line, LineChart};
use crate::ui::{live, number};
use leptos::prelude::*;

const COLOURS: [&str; 6] = ["run-0", "run-1", "run-2", "run-3", "run-4", "run-5"];

/// With the class of its line.
fn forgotten(rows: &[TrustRow]) -> impl Iterator<Item = (String, &JudgedMap)> {
    fn found(row: &TrustRow) -> Option<&JudgedMap> {
        if let TrustRow::Found(found) = row { Some(found) } else { None }
    }
    rows.iter().filter_map(found).filter(|found| !found.shuffled.is_empty()).enumerate().map(|(at, found)| {
        (format!("{}{}", COLOURS[at % COLOURS.len()], if at < COLOURS.len() { "" } else { " second" }), found)
    })
}

pub(super) fn forgetting(rows: RwSignal<Vec<TrustRow>>) -> AnyView {
    let lines = Memo::new(move |_| {
        let one = |(class, found): (String, &JudgedMap)| {
            let points = found.shuffled.iter().map(|one| [f64::from(one.layers), f64::from(one.rank)]);
            let points: Vec<[f64; 2]> = [[0.0, 1.0]].into_iter().chain(points).collect();
            Line::new(&class, points.into_iter()).named(name_of(found.judged))
        };
        rows.with(|rows| forgotten(rows).map(one).collect::<Vec<_>>())
    });
    let extent = Memo::new(move |_| {
        let (of, low) = rows.with(|rows| {
            let all = || forgotten(rows).flat_map(|(_, found)| &found.shuffled);
            (all().map(|one| one.of).max().unwrap_or(1), all().map(|one| one.rank).fold(0.0, f32::min))
        });
        ChartExtent::linear([0.0, f64::from(of)], [f64::from(low), 1.0])
    });
    let legend = move || {
        let row = |(class, found): (String, &JudgedMap)| {
            let judged = found.judged;
            let name = live::name(move || Some(name_of(judged)));
            view! { <li><i class=class></i>{name}</li> }
        };
        rows.with(|rows| forgotten(rows).map(row).collect_view()).into_any()
    };
    let is_there = Memo::new(move |_| rows.with(|rows| forgotten(rows).next().is_some()));
    live::view(move || {
        is_there
            .get()
            .then(|| {
                view! {
                    <LineChart
                        id="look-forgetting"
                        title=words!(look.forgetting)
                        extent
                        lines
                        figure=|rank| number::fixed(rank, 2)
                        across=words!(look.layers_shuffled)
                    />
                    <ul class="legend lines-legend">{live::view(legend)}</ul>
                    <p class="hint">{words!(look.forgetting_hint)}</p>
                }
            })
            .into_any()
    })
    .into_any()
}
