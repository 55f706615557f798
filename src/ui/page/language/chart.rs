//! How models learn: the form, their perplexity beside that of n-grams and of the grammar, and a table of all.

use super::board::model_name;
use super::settings::LanguageSettings;
use super::source::{MODEL, open_model, save_model};
use super::state::LanguageState;
use crate::protocol::{LanguageModel, LanguageProgress};
use crate::ui::widget::{
    Button, Card, ChartExtent, FileButton, Icon, Line, LineChart, StartStop, computed_on, figure_table, legend,
};
use crate::ui::{app, live, number};
use leptos::prelude::*;
use web_sys::File;

/// n-grams have one colour, the grammar another.
const OF_NGRAMS: &str = "run-5";
const OF_GRAMMAR: &str = "run-4";

pub(super) fn colour(model: LanguageModel) -> &'static str {
    match model {
        LanguageModel::Rnn => "run-0",
        LanguageModel::Lstm => "run-1",
        LanguageModel::Gru => "run-2",
        LanguageModel::Transformer => "run-3",
    }
}

/// Of n-grams by their place.
fn gram_name(at: usize) -> String {
    say!(language.gram, n = at + 1)
}

pub(super) fn learn_card(state: LanguageState) -> AnyView {
    let has_some = Memo::new(move |_| state.progress.with(Option::is_some));
    let can_go_on = Memo::new(move |_| {
        let is_open =
            |known: &LanguageProgress| known.models.iter().any(|model| model.step > 0 && model.step < known.of);
        !state.learn.is_on() && state.progress.with(|known| known.as_ref().is_some_and(is_open))
    });
    let steps = move || {
        let of = |known: &LanguageProgress| known.models.iter().map(|model| model.step).max().unwrap_or_default();
        state.progress.with(|known| known.as_ref().map_or(0, of))
    };
    let last = Memo::new(move |_| f64::from(steps().max(10)));
    let open_one = |files: Vec<File>| files.into_iter().take(1).for_each(open_model);
    view! {
        <Card id="language-learn" title=words!(language.learn) hint=words!(language.learn_hint) of=state.learn.asking>
            <div class="fields">
                {controls!(LanguageSettings, "rnn", "lstm", "gru", "transformer")}
            </div>
            <div class="fields">
                {controls!(LanguageSettings, "hidden", "blocks", "window", "batch", "steps", "rate", "seed")}
            </div>
            <div class="row-acts wraps">
                <StartStop id="language-learn" of=state.learn.asking able=move || app().is_up() start=move |()| state.start(false) />
                <Button id="language-on" words=words!(run.go_on) off=move || !can_go_on.get() on_press=move |()| state.start(true) />
                <Button
                    id="language-save"
                    icon=Icon::Download
                    words=words!(run.save)
                    off=move || !has_some.get()
                    on_press=move |()| app().try_to(save_model(state))
                />
                <FileButton
                    id="language-open"
                    label=words!(language.open)
                    accept=Some(MODEL)
                    on_files=open_one
                />
            </div>
            <p class="figure" data-testid="language-figures" data-step=live::text(move || steps().to_string())>
                {live::maybe(move || state.progress.with(|known| known.as_ref().map(figures)))}
            </p>
            <div class:gone=live::flag(move || !has_some.get())>
                <LineChart
                    id="language-perplexity"
                    title=words!(language.perplexity)
                    extent=move || ChartExtent::log_y([0.0, last.get()], limits(state))
                    lines=Memo::new(move |_| lines(state, last.get()))
                    figure=|value| number::fixed(value, 3)
                />
                {live::view(move || names(state))}
                {table(state)}
            </div>
            {live::view(move || {
                let backend = state.progress.with(|known| known.as_ref().map(|known| known.backend.clone()));
                backend.map(|backend| view! { <p class="sub">{computed_on(&backend)}</p> }).into_any()
            })}
        </Card>
    }
    .into_any()
}

fn figures(known: &LanguageProgress) -> String {
    let text = &known.text;
    say!(
        language.figures,
        seconds = number::fixed(known.seconds, 1),
        speed = number::count(known.steps_per_second as u64),
        count = number::count(text.count),
        vocabulary = number::count(text.vocabulary),
        judged = number::count(text.judged)
    ) + &rarer(text.unknown)
}

/// Of what is not in the vocabulary, where there is some.
fn rarer(share: f64) -> String {
    if share > 0.0 {
        format!(" {}", say!(language.rarer, share = number::percent(share as f32)))
    } else {
        String::new()
    }
}

/// From what is best to what is worst, in powers.
fn limits(state: LanguageState) -> [f64; 2] {
    state.progress.with(|known| {
        let Some(known) = known else { return [1.0, 30.0] };
        let learnt = known.models.iter().flat_map(|model| model.perplexity.iter().map(|(_, value)| *value));
        let all = learnt.chain(known.text.n_grams.iter().copied()).chain(known.text.entropy);
        let [low, high] = all
            .filter(|value| value.is_finite())
            .fold([f64::INFINITY, 1.0], |[low, high]: [f64; 2], value| [low.min(value), high.max(value)]);
        if low.is_finite() { [(0.92 * low).max(1.0), 1.15 * high.max(low + 0.1)] } else { [1.0, 30.0] }
    })
}

fn lines(state: LanguageState, last: f64) -> Vec<Line> {
    state.progress.with(|known| {
        let Some(known) = known else { return Vec::new() };
        let model = |model: &crate::protocol::ModelProgress| {
            let points = model.perplexity.iter().map(|(step, value)| [f64::from(*step), *value]);
            Line::new(colour(model.model), points).named(model_name(model.model))
        };
        let gram = |value: &f64| Line::level(OF_NGRAMS, [0.0, last], *value);
        let grammar =
            known.text.entropy.map(|value| Line::level(OF_GRAMMAR, [0.0, last], value).named(say!(language.grammar)));
        known.text.n_grams.iter().map(gram).chain(grammar).chain(known.models.iter().map(model)).collect()
    })
}

fn names(state: LanguageState) -> AnyView {
    let mut rows: Vec<(String, String)> = state
        .settings
        .with(LanguageSettings::models)
        .into_iter()
        .map(|model| (colour(model).to_owned(), model_name(model).to_owned()))
        .collect();
    if state.progress.with(|known| known.as_ref().is_some_and(|known| known.text.entropy.is_some())) {
        rows.push((format!("{OF_GRAMMAR} second"), say!(language.grammar).to_owned()));
    }
    rows.push((format!("{OF_NGRAMS} second"), say!(language.grams).to_owned()));
    legend(rows)
}

/// One row for each: perplexity, bits, parameters.
fn table(state: LanguageState) -> AnyView {
    let row = |id: String, name: String, value: f64, params: Option<u64>| {
        let params = params.map(number::count).unwrap_or_default();
        view! {
            <tr data-testid=id data-value=value.to_string()>
                <th scope="row">{name}</th>
                <td>{number::fixed(value, 3)}</td>
                <td>{number::fixed(value.log2(), 3)}</td>
                <td>{params}</td>
            </tr>
        }
    };
    let rows = move || {
        state.progress.with(|known| {
            let Some(known) = known else { return ().into_any() };
            let entropy = known
                .text
                .entropy
                .map(|value| row("language-of-grammar".to_owned(), say!(language.grammar).to_owned(), value, None));
            let model = |model: &crate::protocol::ModelProgress| {
                let (_, value) = model.perplexity.last()?;
                let id = format!("language-of-{}", crate::ui::Choice::key(model.model));
                Some(row(id, model_name(model.model).to_owned(), *value, Some(model.params)))
            };
            let gram = |(at, value): (usize, &f64)| row(format!("language-of-{}", at + 1), gram_name(at), *value, None);
            view! {
                {entropy}
                {known.models.iter().filter_map(model).collect_view()}
                {known.text.n_grams.iter().enumerate().rev().map(gram).collect_view()}
            }
            .into_any()
        })
    };
    figure_table(
        words!(language.perplexity),
        "language-table",
        [words!(language.model), words!(language.perplexity), words!(language.bits), words!(language.params)],
        live::view(rows),
    )
}
