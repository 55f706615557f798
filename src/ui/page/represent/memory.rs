//! Hopfield's memory: how many patterns it holds, and one of them found from a cue.

use super::settings::RepresentSettings;
use super::state::RepresentState;
use crate::protocol::{HopfieldReport, Represent, Represented};
use crate::ui::page::begin_once;
use crate::ui::widget::{Card, ChartExtent, Line, LineChart, PixelsView, StartProgress, painted, trouble_box};
use crate::ui::{app, live, number};
use leptos::prelude::*;

/// Patterns a unit beyond which nothing is found (Amit, Gutfreund & Sompolinsky 1985).
const CAPACITY: f64 = 0.138;
/// Pictures between the cue and the end.
const FRAMES: usize = 4;

pub(super) fn memory_card(state: RepresentState) -> AnyView {
    let asked = ask!(Represent, Restart, Represented::Recalled);
    let ask = move || asked.ask(Represent::Recall(state.settings.with_untracked(|settings| settings.memory.clone())));
    begin_once(move || state.learn.is_fresh(), ask);
    let found = asked.answer;
    view! {
        <Card id="represent-memory" title=words!(represent.memory) hint=words!(represent.memory_hint) of=asked.asking>
            <div class="fields">
                {controls!(RepresentSettings, "memory", "units", "wrong")}
                <StartProgress
                    id="represent-recall"
                    label=words!(represent.recall)
                    title=words!(represent.recalling)
                    of=asked.asking
                    able=move || app().is_up()
                    start=move |()| ask()
                />
            </div>
            {trouble_box(move || asked.trouble())}
            {live::view(move || found.with(|found| match found {
                None => view! { <p class="represent-empty">{words!(represent.memory_empty)}</p> }.into_any(),
                Some(found) => frames(found),
            }))}
            <div class:gone=live::flag(move || found.with(Option::is_none))>{curve(found)}</div>
        </Card>
    }
    .into_any()
}

fn frames(found: &HopfieldReport) -> AnyView {
    let picture = |bytes: &[u8], said: String| {
        let pixels = painted(found.side, bytes.iter().map(|&pixel| [pixel, pixel, pixel, 255]));
        view! {
            <li>
                <PixelsView pixels=Signal::stored(pixels) />
                <span class="hint">{said}</span>
            </li>
        }
    };
    let stored = picture(&found.stored, say!(represent.stored).to_owned());
    let last = found.frames.len().saturating_sub(1);
    let shown = found.frames.iter().enumerate().filter(|(at, _)| *at <= FRAMES || *at == last);
    let frame = |(at, frame): (usize, &crate::protocol::RecallFrame)| {
        let overlap = number::fixed(frame.overlap, 2);
        let said = match at {
            0 => say!(represent.cue, overlap = overlap),
            at => say!(represent.after, sweeps = at, overlap = overlap),
        };
        picture(&frame.units, said)
    };
    let shown = shown.map(frame).collect_view();
    let end = found.frames.last().map(|frame| frame.overlap.to_string());
    view! { <ul class="memory-frames" data-testid="represent-frames" data-overlap=end>{stored} {shown}</ul> }.into_any()
}

fn curve(found: RwSignal<Option<HopfieldReport>>) -> AnyView {
    let lines = Memo::new(move |_| {
        let line = |at: usize, colour: &str, name: &str| {
            found.with(|found| {
                let points = found.iter().flat_map(|found| &found.curve);
                Line::new(colour, points.map(|point| [point[0], point[at]])).named(name)
            })
        };
        let capacity = Line::new("run-5 second", [[CAPACITY, 0.0], [CAPACITY, 1.0]].into_iter());
        vec![line(1, "run-0", say!(represent.overlap)), line(2, "run-2", say!(represent.found)), capacity]
    });
    let extent = Memo::new(move |_| {
        let right = found.with(|found| found.as_ref().and_then(|found| Some(found.curve.last()?[0]))).unwrap_or(0.3);
        ChartExtent::linear([0.0, right], [0.0, 1.05])
    });
    view! {
        <LineChart
            id="represent-capacity"
            title=words!(represent.capacity)
            extent
            lines
            figure=|share| number::fixed(share, 2)
            across=words!(represent.load)
        />
    }
    .into_any()
}
