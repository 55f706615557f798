//! All that was tried: accuracy against bytes and against operations.

use super::rows::table;
use super::state::CompressState;
use crate::protocol::{CompressMethod, CompressRow, CompressTask};
use crate::ui::page::NetworkSelect;
use crate::ui::page::train::data_name;
use crate::ui::widget::{Card, ChartExtent, Line, LineChart, Scaling, Select, StartProgress, legend, trouble_box};
use crate::ui::{Choice, PageSettings, live, number};
use leptos::prelude::*;

/// The drawn sets that have pictures, after the one that fits by itself.
const SETS: [&str; 2] = ["digits", "shapes"];

pub(super) fn survey_card(settings: Memo<CompressTask>, state: CompressState) -> AnyView {
    let chosen = Signal::derive(move || settings.with(|settings| settings.data.set.clone()));
    let sets = Signal::derive(move || {
        let set = chosen.get();
        let usual = (String::new(), say!(compress.usual_data).to_owned());
        let named = |set: &str| (set.to_owned(), data_name(set));
        let brought = (!set.is_empty() && !SETS.contains(&set.as_str())).then(|| named(&set));
        std::iter::once(usual).chain(SETS.map(named)).chain(brought).collect::<Vec<_>>()
    });
    let choose = |set: String| CompressTask::change(|task| task.data.set = set);
    let methods = CompressMethod::ALL.into_iter().zip(COLOURS).map(|(method, colour)| (colour, method.row().1));
    let known = std::iter::once(("run-5", words!(compress.before))).chain(methods);
    view! {
        <Card id="compress-survey" title=words!(compress.survey) hint=words!(compress.survey_hint) of=state.survey.asking>
            <div class="fields">
                <NetworkSelect />
                <Select id="compress-data" label=words!(compress.data) options=sets chosen on_choose=choose />
                {controls!(CompressTask, "most")}
            </div>
            <div class="row-acts wraps">
                <StartProgress
                    id="compress-survey"
                    label=words!(compress.survey_start)
                    title=words!(compress.survey)
                    of=state.survey.asking
                    able=move || state.able()
                    start=move |()| state.start_survey()
                />
            </div>
            {trouble_box(move || state.survey.trouble())}
            {live::view(move || {
                state.is_other().then(|| view! { <p class="hint" data-testid="compress-other">{words!(compress.other)}</p> }).into_any()
            })}
            {live::view(move || state.survey.answer.with(|found| found.as_ref().map(|found| {
                let (set, is_agreement) = (data_name(&found.on.set), found.on.is_agreement);
                let count = number::count(found.rows.first().map_or(0, |row| row.accuracy.of));
                view! {
                    <p class="sub" data-testid="compress-on">{live::text(move || match is_agreement {
                        true => say!(compress.on_agreement, count = count, set = set),
                        false => say!(compress.on, count = count, set = set),
                    })}</p>
                }
            })).into_any())}
            <div class="compress-charts" class:gone=live::flag(move || state.rows.with(Vec::is_empty))>
                {pareto(state, "compress-bytes", words!(compress.by_bytes), |row| row.bytes as f64)}
                {pareto(state, "compress-macs", words!(compress.by_macs), |row| row.macs as f64)}
            </div>
            <div class:gone=live::flag(move || state.rows.with(Vec::is_empty))>{legend(known)}</div>
            {live::view(move || table(state.rows.get(), "compress-row"))}
        </Card>
    }
    .into_any()
}

/// Of the methods, in their order.
const COLOURS: [&str; 7] = ["run-0", "run-1", "run-2", "run-6", "run-7", "run-3", "run-4"];

fn pareto(state: CompressState, id: &'static str, across: crate::ui::Words, of: fn(&CompressRow) -> f64) -> AnyView {
    let lines = Memo::new(move |_| state.rows.with(|rows| lines_of(rows, of)));
    let extent = Signal::derive(move || state.rows.with(|rows| extent_of(rows, of)));
    view! {
        <LineChart id title=words!(compress.accuracy) extent lines figure=|share| number::percent(share as f32) across />
    }
    .into_any()
}

/// A line of the best at so much or less, and the dots of each method.
fn lines_of(rows: &[CompressRow], of: fn(&CompressRow) -> f64) -> Vec<Line> {
    let mut all: Vec<[f64; 2]> = rows.iter().map(|row| [of(row), row.accuracy.share()]).collect();
    all.sort_by(|a, b| a[0].total_cmp(&b[0]).then(b[1].total_cmp(&a[1])));
    let mut best = f64::NEG_INFINITY;
    let front: Vec<[f64; 2]> = all
        .into_iter()
        .filter(|[_, share]| {
            let is_better = *share > best;
            best = best.max(*share);
            is_better
        })
        .collect();
    let dots = |colour: &'static str, method: Option<CompressMethod>| {
        let mut points: Vec<[f64; 2]> =
            rows.iter().filter(|row| row.method == method).map(|row| [of(row), row.accuracy.share()]).collect();
        points.sort_by(|a, b| a[0].total_cmp(&b[0]));
        Line::new(colour, points.into_iter()).dots(colour)
    };
    let methods = CompressMethod::ALL.into_iter().zip(COLOURS).map(|(method, colour)| dots(colour, Some(method)));
    let front = Line::new("run-5 second", front.into_iter()).named(say!(compress.front));
    std::iter::once(front).chain(methods).chain([dots("run-5", None)]).collect()
}

fn extent_of(rows: &[CompressRow], of: fn(&CompressRow) -> f64) -> ChartExtent {
    let low = rows.iter().map(of).fold(f64::INFINITY, f64::min);
    let high = rows.iter().map(of).fold(0.0, f64::max);
    let x = if low < high { [0.9 * low, 1.1 * high] } else { [0.5 * high.max(2.0), 1.5 * high.max(2.0)] };
    let least = rows.iter().map(|row| row.accuracy.share()).fold(1.0, f64::min);
    ChartExtent { y: [(least - 0.05).max(0.0), 1.0], x_scaling: Scaling::Log, ..ChartExtent::share(x) }
}
