//! The network as text, one layer per line, with what each line makes beside it and errors where they are.

use super::training::exported;
use crate::protocol::{
    DataReport, DescribeNetwork, Experiment, ExportForm, SpecError, SpecLayer, SpecReport, Train, TrainAnswer,
    WriteSource,
};
use crate::ui::client::unexpected;
use crate::ui::widget::{Card, CopyLater, Figure};
use crate::ui::{Words, app, live, number};
use leptos::html::Textarea;
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

/// Shorter than a thought, longer than the pause between two keys.
const PAUSE: Duration = Duration::from_millis(150);

/// Of what stands beside a line; narrow screens leave out the last two.
const CELLS: [&str; 4] = ["figure", "figure", "figure more", "figure more"];

/// What the text can be copied as.
const SOURCES: [(&str, Words, ExportForm); 2] = [
    ("train-pytorch", words!(train.copy_pytorch), ExportForm::Pytorch),
    ("train-candle", words!(train.copy_candle), ExportForm::Candle),
];

/// A report and the text that it is about.
type Described = (String, SpecReport);

pub(super) fn editor() -> impl IntoView {
    let described = RwSignal::new(None::<Described>);
    ask_while_typing(described);
    // What is said of another text would stand beside the wrong lines.
    let report = Memo::new(move |_| {
        let text = app().training().setup.with(|setup| setup.network.clone());
        let (about, report) = described.get()?;
        (about == text).then_some(report)
    });
    let errors = Memo::new(move |_| report.get().map(|report| report.errors).unwrap_or_default());
    let lines = Memo::new(move |_| app().training().setup.with(|setup| lines_of(&setup.network).len()));
    view! {
        <Card class="card editor-card" title=words!(train.network_text) hint=words!(train.network_hint)>
            <div class="editor-frame" class:wrong=live::flag(move || errors.with(|errors| !errors.is_empty()))>
                <div class="editor">
                    <ol class="line-numbers" aria-hidden="true">
                        {live::view(move || {
                            (0..lines.get())
                                .map(|line| {
                                    let wrong = move || errors.with(|errors| has_error(errors, line));
                                    view! { <li class:wrong=live::flag(wrong)>{line + 1}</li> }
                                })
                                .collect_view()
                                .into_any()
                        })}
                    </ol>
                    <div class="text">
                        <pre aria-hidden="true">{live::view(move || marked(&app().training().setup.with(|s| s.network.clone()), &errors.get()))}</pre>
                        {field(lines, errors)}
                    </div>
                    {beside(lines, described, errors)}
                </div>
            </div>
            {totals(report)}
            {sources(errors)}
            <div id="network-errors" class="line-errors" role="status" data-testid="train-network-errors">
                {live::view(move || {
                    let list = || view! { <ul>{errors.get().into_iter().map(error).collect_view()}</ul> };
                    (!errors.with(Vec::is_empty)).then(list).into_any()
                })}
            </div>
        </Card>
    }
}

fn lines_of(text: &str) -> Vec<&str> {
    text.split('\n').collect()
}

fn has_error(errors: &[SpecError], line: usize) -> bool {
    errors.iter().any(|error| error.line as usize == line)
}

/// A question a pause after the last key; of several answers the last question's counts.
fn ask_while_typing(described: RwSignal<Option<Described>>) {
    let wanted = Memo::new(move |_| {
        let data: DataReport = app().training().data()?;
        let setup = app().training().setup.get();
        let classes = u32::try_from(data.classes.len()).unwrap_or(u32::MAX);
        app().is_up().then_some(DescribeNetwork { text: setup.network, shape: data.shape, classes, batch: setup.batch })
    });
    let waiting = StoredValue::new(None::<TimeoutHandle>);
    Effect::new(move |before: Option<bool>| {
        let Some(job) = wanted.get() else {
            return before.unwrap_or(false);
        };
        if let Some(waiting) = waiting.try_update_value(Option::take).flatten() {
            waiting.clear();
        }
        let ask = move || {
            let job = job.clone();
            spawn_local(async move {
                let text = job.text.clone();
                let answer = app().client.answer(Train::DescribeNetwork(job)).await;
                let now = app().training().setup.try_with_untracked(|setup| setup.network == text);
                if let (Ok(TrainAnswer::Described(report)), Some(true)) = (answer, now) {
                    described.try_set(Some((text, report)));
                }
            });
        };
        // The first text is nobody's typing.
        let pause = if before == Some(true) { PAUSE } else { Duration::ZERO };
        waiting.set_value(set_timeout_with_handle(ask, pause).ok());
        true
    });
    on_cleanup(move || {
        if let Some(Some(waiting)) = waiting.try_update_value(Option::take) {
            waiting.clear();
        }
    });
}

fn field(lines: Memo<usize>, errors: Memo<Vec<SpecError>>) -> impl IntoView {
    let setup = app().training().setup;
    let field = NodeRef::<Textarea>::new();
    let put = move |text: String| {
        if setup.with_untracked(|setup| setup.network != text) {
            setup.update(|setup| setup.network = text);
        }
    };
    Effect::new(move |_| {
        let text = setup.with(|setup| setup.network.clone());
        if let Some(field) = field.get().filter(|field| field.value() != text) {
            field.set_value(&text);
        }
    });
    view! {
        <textarea
            node_ref=field
            rows=live::text(move || lines.get().to_string())
            wrap="off"
            spellcheck="false"
            autocapitalize="off"
            autocomplete="off"
            data-testid="train-network"
            aria-label=words!(train.network_text)
            aria-describedby="network-errors"
            aria-invalid=live::name(move || Some(if errors.with(Vec::is_empty) { "false" } else { "true" }))
            on:input=move |event| put(event_target_value(&event))
        ></textarea>
    }
}

/// The same text below the field, unseen but for its marks.
fn marked(text: &str, errors: &[SpecError]) -> AnyView {
    let line = |(place, line): (usize, &str)| {
        let letters: Vec<char> = line.chars().collect();
        let part =
            |from: usize, to: usize| letters[from.min(letters.len())..to.min(letters.len())].iter().collect::<String>();
        match errors.iter().find(|error| error.line as usize == place) {
            Some(error) => {
                let (start, end) = (error.start as usize, (error.end as usize).max(error.start as usize + 1));
                view! { {part(0, start)} <mark>{part(start, end)}</mark> {part(end, usize::MAX)} "\n" }.into_any()
            }
            None => format!("{line}\n").into_any(),
        }
    };
    lines_of(text).into_iter().enumerate().map(line).collect_view().into_any()
}

/// Output, parameters, operations and memory of each line; the last answer stays until the next one is there.
fn beside(lines: Memo<usize>, described: RwSignal<Option<Described>>, errors: Memo<Vec<SpecError>>) -> impl IntoView {
    let row = move |line: usize| {
        let layer = described.with(|described| {
            let layers = described.as_ref().map(|(_, report)| &report.layers);
            layers.and_then(|layers| layers.iter().find(|layer| layer.line as usize == line).cloned())
        });
        let wrong = errors.with(|errors| has_error(errors, line));
        let cell = |value: u64| if value == 0 { String::new() } else { number::short_count(value) };
        let (name, cells) = match layer.filter(|_| !wrong) {
            Some(SpecLayer { shape, params, macs, activation_bytes, name, .. }) => {
                (name, [number::shape(&shape), cell(params), cell(macs), number::bytes(activation_bytes)])
            }
            None => Default::default(),
        };
        let cells = CELLS.iter().zip(cells).map(|(class, cell)| view! { <td class=*class>{cell}</td> });
        view! { <tr title=name>{cells.collect_view()}</tr> }.into_any()
    };
    view! {
        <table class="beside">
            <thead>
                <tr>
                    <th scope="col" class="figure">{words!(networks.output)}</th>
                    <th scope="col" class="figure">{words!(train.params)}</th>
                    <th scope="col" class="figure more">{words!(train.macs)}</th>
                    <th scope="col" class="figure more">{words!(classify.memory)}</th>
                </tr>
            </thead>
            <tbody>{live::view(move || (0..lines.get()).map(row).collect_view().into_any())}</tbody>
        </table>
    }
}

fn totals(report: Memo<Option<SpecReport>>) -> impl IntoView {
    let figure = move |read: fn(&SpecReport) -> String| {
        live::text(move || report.with(|report| report.as_ref().map_or_else(|| "–".to_owned(), read)))
    };
    view! {
        <dl class="figures" data-testid="train-network-totals">
            <Figure label=words!(train.params) id="train-params" value=figure(|report| number::count(report.params)) />
            <Figure label=words!(train.macs_example) value=figure(|report| number::count(report.macs)) />
            <Figure label=words!(train.activations) value=figure(|report| number::bytes(report.activation_bytes)) />
        </dl>
    }
}

/// The text for other libraries, trained or not.
fn sources(errors: Memo<Vec<SpecError>>) -> impl IntoView {
    let text = |form| {
        move || {
            let data = untrack(|| app().training().data());
            let text = app().training().setup.with_untracked(|setup| setup.network.clone());
            async move {
                let DataReport { shape, classes, .. } = data.ok_or_else(|| unexpected(Train::ID.name()))?;
                let classes = u32::try_from(classes.len()).unwrap_or(u32::MAX);
                Ok(exported(Train::WriteSource(WriteSource { text, shape, classes, form })).await?.into_text())
            }
        }
    };
    live::view(move || {
        let rows = SOURCES.map(|(testid, words, form)| {
            view! { <CopyLater testid words refused=words!(train.source_not_copied) hint=words!(train.source_hint) text=text(form) /> }
        });
        errors
            .with(Vec::is_empty)
            .then(|| view! { <div class="row-acts wraps">{rows.into_iter().collect_view()}</div> })
            .into_any()
    })
}

fn error(error: SpecError) -> impl IntoView {
    let SpecError { line, message, .. } = error;
    let words = move || say!(train.line_error, line = line + 1, message = message);
    view! { <li class="trouble" data-line=line.to_string()>{live::text(words)}</li> }
}
