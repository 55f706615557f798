//! Layer by layer: how sensitive each is, and the singular values of its weights.

use super::state::CompressState;
use crate::protocol::CompressTask;
use crate::ui::widget::{Card, ChartExtent, Line, LineChart, StartProgress, legend, trouble_box};
use crate::ui::{live, number};
use leptos::prelude::*;

/// Lines that can be told apart.
const COLOURS: [&str; 6] = ["run-0", "run-1", "run-2", "run-3", "run-4", "run-5"];

fn colour(at: usize) -> String {
    let dashed = if at / COLOURS.len() % 2 == 1 { " second" } else { "" };
    format!("{}{dashed}", COLOURS[at % COLOURS.len()])
}

fn named(names: Vec<String>) -> AnyView {
    legend(names.into_iter().enumerate().map(|(at, name)| (colour(at), name)))
}

pub(super) fn sense_card(state: CompressState) -> AnyView {
    let lines = Memo::new(move |_| {
        state.curves.with(|curves| {
            let line = |(at, curve): (usize, &crate::protocol::LayerSensitivity)| {
                let mut points = curve.points.clone();
                points.sort_by(|a, b| a[0].total_cmp(&b[0]));
                let line = Line::new(&colour(at), points.into_iter()).named(&curve.name);
                [line.dots(COLOURS[at % COLOURS.len()]), line]
            };
            curves.iter().enumerate().flat_map(line).collect::<Vec<_>>()
        })
    });
    let extent = Signal::derive(|| ChartExtent::share([0.0, 1.0]));
    let is_blank = move || state.curves.with(Vec::is_empty);
    view! {
        <Card id="compress-sense" title=words!(compress.sense) hint=words!(compress.sense_hint) of=state.sense.asking>
            <StartProgress
                id="compress-sense"
                label=words!(compress.sense_start)
                title=words!(compress.sense)
                of=state.sense.asking
                able=move || state.able()
                start=move |()| state.start_sense()
            />
            {trouble_box(move || state.sense.trouble())}
            <div class="fields">{controls!(CompressTask, "cost", "goal")}</div>
            <div class="row-acts wraps">
                <StartProgress
                    id="compress-allocate"
                    label=words!(compress.allocate)
                    title=words!(compress.allocate)
                    of=state.allocate.asking
                    able=move || state.able() && state.is_sensed()
                    start=move |()| state.start_allocate()
                />
            </div>
            {trouble_box(move || state.allocate.trouble())}
            {live::view(move || state.allocate.answer.with(|found| found.as_ref().map(|found| {
                let [left, lost] = [found.left, found.lost].map(|share| number::percent(share as f32));
                view! {
                    <p class="sub" data-testid="compress-allocated">{say!(compress.allocated, left = left, lost = lost)}</p>
                }
            })).into_any())}
            <div class:gone=live::flag(is_blank)>
                <LineChart
                    id="compress-sense-chart"
                    title=words!(compress.accuracy)
                    extent
                    lines
                    figure=|share| number::percent(share as f32)
                    across=words!(compress.left)
                />
                {live::view(move || named(state.curves.with(|all| all.iter().map(|of| of.name.clone()).collect())))}
            </div>
        </Card>
    }
    .into_any()
}

pub(super) fn spectra_card(state: CompressState) -> AnyView {
    let lines = Memo::new(move |_| {
        state.spectra.with(|layers| {
            let line = |(at, layer): (usize, &crate::protocol::LayerSpectrum)| {
                let last = (layer.spectrum.len().max(2) - 1) as f64;
                let points = layer.spectrum.iter().enumerate().map(move |(at, value)| [at as f64 / last, *value]);
                Line::new(&colour(at), points).named(&layer.name)
            };
            layers.iter().enumerate().map(line).collect::<Vec<_>>()
        })
    });
    let extent = Signal::derive(|| ChartExtent { is_share: false, ..ChartExtent::share([0.0, 1.0]) });
    let is_blank = move || state.spectra.with(Vec::is_empty);
    let names = move || {
        let name = |layer: &crate::protocol::LayerSpectrum| format!("{} · {}", layer.name, number::shape(&layer.shape));
        state.spectra.with(|all| all.iter().map(name).collect::<Vec<_>>())
    };
    view! {
        <Card id="compress-spectra" title=words!(compress.spectra) hint=words!(compress.spectra_hint) of=state.survey.asking>
            <div class:gone=live::flag(is_blank)>
                <LineChart
                    id="compress-spectra-chart"
                    title=words!(compress.singular)
                    extent
                    lines
                    figure=|value| number::digits(value as f32)
                    across=words!(compress.rank_share)
                />
                {live::view(move || named(names()))}
            </div>
            {live::view(move || match is_blank() {
                true => view! { <p class="compress-empty">{words!(compress.no_spectra)}</p> }.into_any(),
                false => ().into_any(),
            })}
        </Card>
    }
    .into_any()
}
