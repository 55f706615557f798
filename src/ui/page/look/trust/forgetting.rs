//! What is left of each map when the network forgets layer after layer, from the logits down.

use super::name_of;
use crate::protocol::{JudgedMap, ShuffledRank, TrustRow};
use crate::ui::number;
use crate::ui::page::look::curves::{CurveChart, NamedLine};
use crate::ui::widget::ChartExtent;
use leptos::prelude::*;

fn found(rows: &[TrustRow]) -> impl Iterator<Item = &JudgedMap> {
    rows.iter().filter_map(|row| if let TrustRow::Found(found) = row { Some(&**found) } else { None })
}

fn shuffled(rows: &[TrustRow]) -> impl Iterator<Item = &ShuffledRank> {
    found(rows).flat_map(|found| &found.shuffled)
}

/// Of each map that was asked for again; the network itself gives the same map.
fn curves(rows: &[TrustRow]) -> Vec<NamedLine> {
    let one = |(at, found): (usize, &JudgedMap)| {
        let points = found.shuffled.iter().map(|one| [f64::from(one.layers), f64::from(one.rank)]);
        NamedLine::new(at, name_of(found.judged), [[0.0, 1.0]].into_iter().chain(points))
    };
    found(rows).filter(|found| !found.shuffled.is_empty()).enumerate().map(one).collect()
}

pub(super) fn forgetting(rows: RwSignal<Vec<TrustRow>>) -> AnyView {
    let all = Memo::new(move |_| rows.with(|rows| curves(rows)));
    let chart = CurveChart {
        id: "look-forgetting",
        title: words!(look.forgetting),
        across: words!(look.layers_shuffled),
        figure: |rank| number::fixed(rank, 2),
        hint: Some(words!(look.forgetting_hint)),
    };
    // Of the whole network.
    let layers = Memo::new(move |_| rows.with(|rows| shuffled(rows).map(|one| one.of).max().unwrap_or(1)));
    chart.view(all, move |curves| {
        let low = NamedLine::values(curves, 1).fold(0.0, f64::min);
        ChartExtent::linear([0.0, f64::from(layers.get())], [low, 1.0])
    })
}
