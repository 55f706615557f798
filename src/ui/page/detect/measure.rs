//! How good the detector is on scenes that it has not learnt from: precision against recall, average precision, recall of regions, mistakes.

use super::state::DetectState;
use crate::protocol::{ClassPrecision, Detect, Detected, DetectionMeasure, DetectorKind, ShiftChange};
use crate::ui::widget::{Card, ChartExtent, Line, LineChart, Scaling, StartProgress, trouble_box};
use crate::ui::{Words, app, live, number, sentence};
use leptos::prelude::*;

/// Lines that can be told apart.
const COLOURS: [&str; 6] = ["run-0", "run-1", "run-2", "run-3", "run-4", "run-5"];

fn colour(at: usize) -> String {
    let dashed = if at / COLOURS.len() % 2 == 1 { " second" } else { "" };
    format!("{}{dashed}", COLOURS[at % COLOURS.len()])
}

pub(super) fn measure_card(state: DetectState) -> AnyView {
    let asked = ask!(Detect, Restart, Detected::Evaluated);
    let able = Signal::derive(move || {
        let knows_shapes = state.settings.with(|settings| settings.task.detector != DetectorKind::OneStage);
        knows_shapes && state.task().is_some()
    });
    let start = move |()| {
        let Some(task) = untrack(|| state.task()) else { return };
        asked.start(
            Detect::Evaluate(task),
            |_| {},
            move |found: Box<DetectionMeasure>| {
                app().computed_on(&found.backend);
                asked.answer.try_set(Some(found));
            },
        );
    };
    let found = asked.answer;
    let curves = Memo::new(move |_| {
        found.with(|found| {
            let classes = found.iter().flat_map(|found| found.classes.iter()).enumerate();
            let line = |(at, class): (usize, &ClassPrecision)| {
                let first = class.curve.first().map(|[_, precision]| [0.0, *precision]);
                let points: Vec<[f64; 2]> = first.into_iter().chain(class.curve.iter().copied()).collect();
                Line::new(&colour(at), points.into_iter()).named(sentence::in_language(&class.name))
            };
            classes.map(line).collect::<Vec<_>>()
        })
    });
    let recall = Memo::new(move |_| {
        let points = found.with(|found| found.as_ref().map(|found| found.proposals.clone()).unwrap_or_default());
        vec![Line::new("run-0", points.clone().into_iter()), Line::new("run-0", points.into_iter()).dots("run-0")]
    });
    let share = Signal::derive(|| ChartExtent::share([0.0, 1.0]));
    let counts = Signal::derive(move || {
        let most = found.with(|found| found.as_ref()?.proposals.last().map(|[count, _]| *count)).unwrap_or(100.0);
        ChartExtent { x_scaling: Scaling::Log, ..ChartExtent::share([1.0, most.max(2.0)]) }
    });
    let is_blank = move || found.with(Option::is_none);
    view! {
        <Card id="detect-measure" title=words!(detect.measure) hint=words!(detect.measure_hint) of=asked.asking>
            <div class="row-acts wraps">
                <StartProgress
                    id="detect-measure"
                    label=words!(detect.measure_start)
                    title=words!(detect.measure)
                    of=asked.asking
                    able
                    start
                />
            </div>
            {trouble_box(move || asked.trouble())}
            {live::view(move || is_blank().then(|| view! { <p class="detect-empty">{words!(detect.measure_empty)}</p> }).into_any())}
            {live::view(move || found.with(|found| found.as_deref().map(figures)).into_any())}
            <div class="detect-charts" class:gone=live::flag(is_blank)>
                <LineChart
                    id="detect-curves"
                    title=words!(detect.precision)
                    extent=share
                    lines=curves
                    figure=|share| number::percent(share as f32)
                    across=words!(detect.recall)
                />
                <LineChart
                    id="detect-recall"
                    title=words!(detect.recall)
                    extent=counts
                    lines=recall
                    figure=|share| number::percent(share as f32)
                    across=words!(detect.region_count)
                />
            </div>
            {live::view(move || found.with(|found| found.as_deref().map(classes)).into_any())}
        </Card>
    }
    .into_any()
}

fn figures(found: &DetectionMeasure) -> AnyView {
    let percent = |share: f64| number::percent(share as f32);
    let size = |at: usize| found.by_size[at].map_or_else(|| "–".to_owned(), |share| number::percent(share as f32));
    let mut rows: Vec<(&'static str, Words, String)> = vec![
        ("ap50", words!(detect.ap50), percent(found.ap50)),
        ("voc2007", words!(detect.voc2007), percent(found.ap50_voc2007)),
        ("coco", words!(detect.coco), percent(found.ap_coco)),
        ("coco75", words!(detect.coco75), percent(found.ap75_coco)),
        ("size", words!(detect.by_size), [0, 1, 2].map(size).join(" / ")),
        ("ar", words!(detect.average_recall), found.recalls.map(percent).join(" / ")),
    ];
    if let Some(ShiftChange { align, max_pool }) = found.shift {
        rows.push(("shift", words!(detect.shift), [align, max_pool].map(percent).join(" / ")));
    }
    let row = |(id, words, value): (&'static str, Words, String)| {
        let told = value.clone();
        view! {
            <tr data-testid="detect-figure" data-id=id data-value=told>
                <th scope="row">{words}</th>
                <td class="figure">{value}</td>
            </tr>
        }
    };
    let rows = rows.into_iter().map(row).collect_view();
    let of = found.mistakes;
    let kinds: [(Words, u32); 7] = [
        (words!(detect.right), of.right),
        (words!(detect.wrong_class), of.class),
        (words!(detect.wrong_place), of.place),
        (words!(detect.wrong_both), of.both),
        (words!(detect.duplicate), of.duplicate),
        (words!(detect.background), of.background),
        (words!(detect.missed), of.missed),
    ];
    let most = kinds.iter().map(|(_, count)| *count).max().unwrap_or(1).max(1);
    let bar = |(words, count): (Words, u32)| {
        view! {
            <li class="bar-row" data-testid="detect-mistake">
                <span class="bar-label">{words}</span>
                <span class="bar"><i style:width=format!("{:.1}%", 100.0 * f64::from(count) / f64::from(most))></i></span>
                <span class="figure">{number::count(count)}</span>
            </li>
        }
    };
    let bars = kinds.into_iter().map(bar).collect_view();
    let (pictures, things) = (number::count(found.pictures), number::count(found.things));
    view! {
        <p class="sub" data-testid="detect-measured">
            {live::text(move || say!(detect.measured_on, pictures = pictures, things = things))}
        </p>
        <div class="detect-charts">
            <div class="scroll" tabindex="0" role="region" aria-label=live::text(|| say!(detect.measure).to_owned())>
                <table class="pupils"><tbody>{rows}</tbody></table>
            </div>
            <div>
                <h3>{words!(detect.mistakes)}</h3>
                <ul class="bars">{bars}</ul>
            </div>
        </div>
    }
    .into_any()
}

fn classes(found: &DetectionMeasure) -> AnyView {
    let one = |(at, class): (usize, &ClassPrecision)| {
        let name = class.name.clone();
        let [voc, coco] = [class.ap50, class.ap_coco].map(|share| number::percent(share as f32));
        view! {
            <tr>
                <th scope="row"><i class=format!("detect-line {}", colour(at)) aria-hidden="true"></i> {live::text(move || sentence::in_language(&name).to_owned())}</th>
                <td class="figure">{number::count(class.things)}</td>
                <td class="figure">{voc}</td>
                <td class="figure">{coco}</td>
            </tr>
        }
    };
    let rows = found.classes.iter().enumerate().map(one).collect_view();
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label=live::text(|| say!(detect.by_class).to_owned())>
            <table class="pupils">
                <thead>
                    <tr>
                        <th scope="col">{words!(detect.class)}</th>
                        <th scope="col">{words!(detect.things)}</th>
                        <th scope="col">{words!(detect.ap50)}</th>
                        <th scope="col">{words!(detect.coco)}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}
