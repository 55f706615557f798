//! The runs so far, side by side: what differs between them, how far each came.

use super::curves::colour_of;
use super::form::data_name;
use crate::protocol::{ScheduleKind, Setup};
use crate::ui::page::train::{Record, TrainSettings};
use crate::ui::widget::{Card, Icon, IconButton, text_of};
use crate::ui::{Choice, Field, PageSettings, app, live, number, sentence};
use leptos::prelude::*;

/// Said of every run; of the other settings only those in which the runs differ.
const MAIN: [&str; 4] = ["data", "rule", "rate", "batch"];
/// The page's own, in no page's address as a setting.
const BACKEND: &str = "backend";

/// What a row shows; a row is made anew only when this changes.
#[derive(Clone, PartialEq)]
struct Row {
    key: u32,
    is_present: bool,
    shown: bool,
    differing: Vec<(&'static str, String)>,
    /// Seed, steps, loss, accuracy, the best one, time.
    figures: [String; 6],
    steered: bool,
}

pub(super) fn runs(hover: RwSignal<Option<f64>>) -> impl IntoView {
    let rows = Memo::new(move |_| app().training().runs.with(|runs| rows_of(runs)));
    let is_any = Memo::new(move |_| rows.with(|rows| !rows.is_empty()));
    let table = move || {
        view! {
            <div class="table" tabindex="0" role="region" aria-label=words!(train.runs) on:pointerenter=move |_| hover.set(None)>
                <table data-testid="train-runs">
                    <thead>
                        <tr>
                            <th scope="col">{words!(train.shown)}</th>
                            <th scope="col">{words!(train.setup)}</th>
                            <th scope="col" class="figure">{words!(train.seed)}</th>
                            <th scope="col" class="figure">{words!(train.steps)}</th>
                            <th scope="col" class="figure">{words!(train.loss)}</th>
                            <th scope="col" class="figure">{words!(train.validation_accuracy)}</th>
                            <th scope="col" class="figure">{words!(train.best)}</th>
                            <th scope="col" class="figure">{words!(train.time)}</th>
                            <th scope="col"><span class="unseen">{words!(tray.remove)}</span></th>
                        </tr>
                    </thead>
                    <tbody>
                        {live::view(move || rows.get().into_iter().rev().map(|row| view! { <RunRow row /> }).collect_view().into_any())}
                    </tbody>
                </table>
            </div>
        }
        .into_any()
    };
    view! {
        <Card title=words!(train.runs) hint=words!(train.runs_hint)>
            {live::view(move || is_any.get().then(table).into_any())}
        </Card>
    }
}

#[component]
fn RunRow(row: Row) -> impl IntoView {
    let training = app().training();
    let Row { key, is_present, shown, differing, figures, steered } = row;
    let differing = live::view(move || {
        let words = differing.iter().map(|(name, value)| {
            view! { <span class="setting">{fact_name(name)} " " <b>{value.clone()}</b></span> }
        });
        let steered = steered
            .then(|| view! { <span class="setting" title=words!(train.steered_hint)>{words!(train.steered)}</span> });
        view! { {words.collect_view()} {steered} }.into_any()
    });
    view! {
        <tr class:on=is_present data-testid="train-run">
            <th scope="row">
                <label class="swatch" class:off=!shown>
                    <input
                        type="checkbox"
                        prop:checked=shown
                        aria-label=live::text(move || format!("{} {key}", say!(train.shown)))
                        on:change=move |_| training.show_run(key, !shown)
                    />
                    <i class=colour_of(key)></i>
                    {key}
                </label>
            </th>
            <td class="differing">{differing}</td>
            {figures.map(|figure| view! { <td class="figure">{figure}</td> }).into_iter().collect_view()}
            <td>
                {(!is_present)
                    .then(|| view! {
                        <span class="row-acts">
                            <IconButton
                                icon=Icon::Again
                                label=live::text(move || format!("{} {key}", say!(train.use_setup)))
                                title=words!(train.use_setup)
                                on_press=move |()| training.take_setup_of(key)
                            />
                            <IconButton
                                icon=Icon::Close
                                label=live::text(move || format!("{} {key}", say!(tray.remove)))
                                on_press=move |()| training.forget_run(key)
                            />
                        </span>
                    })}
            </td>
        </tr>
    }
}

fn rows_of(runs: &[Record]) -> Vec<Row> {
    let all: Vec<Vec<(&'static str, String)>> = runs.iter().map(|run| facts_of(&run.setup)).collect();
    let differs = |place: usize| all.iter().any(|facts| facts[place] != all[0][place]);
    let present = runs.last().map(|run| run.key);
    let dash = || "–".to_owned();
    let row = |(run, facts): (&Record, &Vec<(&'static str, String)>)| Row {
        key: run.key,
        is_present: Some(run.key) == present,
        shown: run.shown,
        differing: facts
            .iter()
            .enumerate()
            .filter(|(place, (name, _))| MAIN.contains(name) || differs(*place))
            .map(|(_, fact)| fact.clone())
            .collect(),
        figures: [
            run.setup.seed.to_string(),
            number::count(run.step),
            run.curve.smooth.last().map_or_else(dash, |[loss, _]| number::digits(*loss)),
            run.validation.last().map_or_else(dash, |measured| number::percent(measured.accuracy)),
            run.best_validation().map_or_else(dash, |measured| number::percent(measured.accuracy)),
            sentence::duration(run.millis as u64),
        ],
        steered: run.steered,
    };
    runs.iter().zip(&all).map(row).collect()
}

/// All that can differ, in the order of the address; the seed has a column of its own.
fn facts_of(setup: &Setup) -> Vec<(&'static str, String)> {
    let settings = TrainSettings { setup: setup.clone(), ..TrainSettings::default() };
    let value = |field: &Field<TrainSettings>| match field.key {
        "log" | "seed" | "maxnorm" => None,
        "data" => Some(data_name(&setup.data.set)),
        "schedule" => Some(schedule_text(setup.schedule.kind)),
        "layers" => Some(layers_text(&setup.network)),
        _ => Some(field.shown(&settings)),
    };
    let facts = TrainSettings::FIELDS.iter().filter_map(|field| Some((field.key, value(field)?)));
    facts.chain([(BACKEND, setup.backend.name().to_owned())]).collect()
}

fn schedule_text(kind: ScheduleKind) -> String {
    match kind {
        ScheduleKind::Constant => "1".to_owned(),
        ScheduleKind::Cosine => "cos".to_owned(),
        ScheduleKind::Step { every_epochs, factor } => format!("× {} / {every_epochs}", text_of(factor)),
    }
}

/// In one line, without comments.
fn layers_text(network: &str) -> String {
    let layers = network.lines().map(|line| line.split('#').next().unwrap_or(line).trim());
    layers.filter(|layer| !layer.is_empty()).collect::<Vec<_>>().join(" · ")
}

fn fact_name(key: &str) -> &'static str {
    let field = TrainSettings::FIELDS.iter().find(|field| field.key == key);
    field.map_or_else(|| say!(classify.backend), |field| (field.label)())
}
