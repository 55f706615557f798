//! The way from the first picture to the second: how sure the network is of what, and how many rectifiers switch.

use super::{SliceState, class_name};
use crate::protocol::SliceMap;
use crate::ui::widget::{ChartExtent, Line, LineChart, Scaling, legend};
use crate::ui::{live, number};
use leptos::prelude::*;

const COLOURS: [&str; 4] = ["run-0", "run-1", "run-2", "run-3"];

/// Classes that are the likeliest somewhere on the way, and where with what probability.
fn likeliest(map: &SliceMap) -> Vec<(String, Vec<[f64; 2]>)> {
    let mut classes: Vec<u32> = Vec::new();
    for (class, ..) in &map.way {
        if !classes.contains(class) {
            classes.push(*class);
        }
    }
    let last = map.way.len().saturating_sub(1).max(1) as f64;
    let points = |class: u32| {
        let of = map.way.iter().enumerate().filter(move |(_, (of, ..))| *of == class);
        of.map(|(at, (_, probability, _))| [at as f64 / last, f64::from(*probability)]).collect()
    };
    classes.into_iter().take(COLOURS.len()).map(|class| (class_name(map, class), points(class))).collect()
}

pub(super) fn way(state: SliceState) -> AnyView {
    let found = Memo::new(move |_| {
        state.map.with(|map| map.as_ref().filter(|map| !map.way.is_empty()).map(likeliest).unwrap_or_default())
    });
    let lines = Memo::new(move |_| {
        let line = |((name, points), colour): (&(String, Vec<[f64; 2]>), &str)| {
            Line::new(colour, points.iter().copied()).named(name)
        };
        found.with(|found| found.iter().zip(COLOURS).map(line).collect::<Vec<_>>())
    });
    let extent = ChartExtent {
        x: [0.0, 1.0],
        y: [0.0, 1.0],
        x_scaling: Scaling::Linear,
        y_scaling: Scaling::Linear,
        is_share: true,
    };
    let names = Memo::new(move |_| {
        let row = |((name, _), colour): (&(String, _), &str)| (colour.to_owned(), name.clone());
        found.with(|found| found.iter().zip(COLOURS).map(row).collect::<Vec<_>>())
    });
    let switched = move || {
        state.map.with(|map| {
            let map = map.as_ref()?;
            let switched: u32 = map.way.iter().map(|(_, _, switched)| switched).sum();
            let mean = f64::from(switched);
            Some(say!(
                depth.slice_switched,
                switched = number::count(switched),
                kinks = number::count(map.kinks as u32),
                length = number::digits((1.0 / mean.max(1.0)) as f32)
            ))
        })
    };
    let is_there = Memo::new(move |_| found.with(|found| !found.is_empty()));
    live::view(move || {
        is_there
            .get()
            .then(|| {
                view! {
                    <LineChart
                        id="depth-way"
                        title=words!(depth.slice_way)
                        extent
                        lines
                        figure=|value| number::percent(value as f32)
                        across=words!(depth.slice_along)
                    />
                    {live::view(move || legend(names.get()))}
                    <p class="hint" data-testid="depth-switched">{live::maybe(switched)}</p>
                }
            })
            .into_any()
    })
    .into_any()
}
