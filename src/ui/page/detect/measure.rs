//! How good the detector is on scenes that it has not learnt from: precision against recall, average precision, recall of regions, mistakes.

use super::settings::{DetectSettings, DetectSource};
use super::state::DetectState;
use crate::protocol::{
    ClassPrecision, Detect, DetectTask, Detected, DetectionMeasure, DetectorKind, Judgement, MistakeExample,
    ShiftChange,
};
use crate::ui::widget::{Card, ChartExtent, Line, LineChart, Scaling, StartProgress, trouble_box};
use crate::ui::{PageSettings, Words, app, live, number, sentence};
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
        let is_one_stage = state.settings.with(|settings| settings.task.detector == DetectorKind::OneStage);
        state.task().is_some_and(|task| task.own || !is_one_stage)
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
            {live::view(move || found.with(|found| found.as_deref().map(|found| figures(found, state))).into_any())}
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

fn figures(found: &DetectionMeasure, state: DetectState) -> AnyView {
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
    let kinds: [(Words, u32, Judgement); 7] = [
        (words!(detect.right), of.right, Judgement::Right),
        (words!(detect.wrong_class), of.class, Judgement::WrongClass),
        (words!(detect.wrong_place), of.place, Judgement::WrongPlace),
        (words!(detect.wrong_both), of.both, Judgement::WrongBoth),
        (words!(detect.duplicate), of.duplicate, Judgement::Duplicate),
        (words!(detect.background), of.background, Judgement::Background),
        (words!(detect.missed), of.missed, Judgement::Missed),
    ];
    let most = kinds.iter().map(|(_, count, _)| *count).max().unwrap_or(1).max(1);
    let picked = RwSignal::new(None::<Judgement>);
    let bar = |(words, count, judgement): (Words, u32, Judgement)| {
        view! {
            <li class="bar-row" data-testid="detect-mistake">
                <button
                    type="button"
                    class="bar-label detect-kind"
                    data-testid="detect-kind"
                    prop:disabled=count == 0
                    aria-pressed=live::text(move || (picked.get() == Some(judgement)).to_string())
                    on:click=move |_| picked.update(|now| *now = (*now != Some(judgement)).then_some(judgement))
                >
                    {words}
                </button>
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
                {examples(found, picked, state)}
            </div>
        </div>
    }
    .into_any()
}

/// The pictures of a kind of mistake: pressed, each is looked at.
fn examples(found: &DetectionMeasure, picked: RwSignal<Option<Judgement>>, state: DetectState) -> AnyView {
    let (all, names) = (found.examples.clone(), found.all_classes.clone());
    let is_own = found.own;
    let one = move |example: &MistakeExample| {
        let MistakeExample { picture, class, corners, .. } = *example;
        let class = names.get(class as usize).map(|name| sentence::in_language(name).to_owned()).unwrap_or_default();
        let label = match is_own {
            true => app().boxes().name(picture).unwrap_or_else(|| picture.to_string()),
            false => say!(detect.scene_of, number = picture - DetectTask::MEASURED + 1),
        };
        let look = move || {
            let source = if is_own { DetectSource::Album } else { DetectSource::Scene };
            state.marked.set(Some(((source, picture), corners)));
            DetectSettings::change(|settings| match is_own {
                true => (settings.source, settings.album) = (DetectSource::Album, picture),
                false => (settings.source, settings.task.scene) = (DetectSource::Scene, picture),
            });
        };
        view! {
            <button type="button" class="btn" data-testid="detect-example" on:click=move |_| look()>
                {format!("{label} · {class}")}
            </button>
        }
    };
    let shown = move || {
        let picked = picked.get()?;
        let some: Vec<_> = all.iter().filter(|example| example.judgement == picked).map(&one).collect();
        (!some.is_empty()).then(|| view! { <div class="row-acts wraps" data-testid="detect-examples">{some}</div> })
    };
    view! { <p class="hint">{words!(detect.kinds_hint)}</p> {live::view(move || shown().into_any())} }.into_any()
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
