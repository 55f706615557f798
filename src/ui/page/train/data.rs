//! The data: what is in them, which part is for what, how drawn ones are drawn, and how to bring one's own.

use super::field::{Fields, Figure, figure, two_digits};
use super::names::data_name;
use crate::protocol::DataReport;
use crate::ui::desk::Desk;
use crate::ui::folder;
use crate::ui::lang::Words;
use crate::ui::widget::{Icon, chosen_files};
use crate::ui::{live, number};
use leptos::html::Input;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;

/// More names than this are not read.
const NAMES: usize = 20;

#[component]
pub(super) fn Data() -> impl IntoView {
    let desk = Desk::here();
    let report = Memo::new(move |_| report_of(desk));
    view! {
        <section class="card settings data" data-testid="train-data-card">
            <h2>{words!(train.data)}</h2>
            {live::view(move || match report.get() {
                Some(report) => view! { <Report report /> }.into_any(),
                None => view! { <p class="hint">{words!(train.data_unknown)}</p> }.into_any(),
            })}
            <Fields figures=data_figures() />
            <OwnData />
        </section>
    }
}

/// Of the run, where it was made with the data that are chosen; else as the engine has told of the set. Of another number of
/// drawn examples nothing is known before they are drawn.
fn report_of(desk: Desk) -> Option<DataReport> {
    let training = desk.training();
    let wanted = training.setup.with(|setup| setup.data.clone());
    let trained = training.current(|run| {
        let about = run.about.as_ref().filter(|_| run.setup.data == wanted);
        about.map(|about| about.data.clone())
    });
    trained.flatten().or_else(|| training.data().filter(|data| !data.drawn || wanted.count == 0))
}

#[component]
fn Report(report: DataReport) -> impl IntoView {
    let DataReport { set, shape, classes, train, validation, test, bytes, .. } = report;
    let all = (train + validation + test).max(1);
    let parts = [
        ("train", words!(train.part_train), train),
        ("validation", words!(train.part_validation), validation),
        ("test", words!(train.part_test), test),
    ];
    let share = |(class, _, count): &(&'static str, Words, u32)| {
        let width = format!("{:.2}%", 100.0 * f64::from(*count) / f64::from(all));
        view! { <i class=*class style:width=width></i> }
    };
    let entry = |(class, words, count): &(&'static str, Words, u32)| {
        view! {
            <li data-testid=format!("train-part-{class}") data-value=count.to_string()>
                <i class=*class></i>
                {*words}
                <b class="figure">{number::count(u64::from(*count))}</b>
            </li>
        }
    };
    let (count, mut names) = (classes.len(), classes);
    if names.len() > NAMES {
        names.truncate(NAMES);
        names.push("…".to_owned());
    }
    let of = match shape {
        [2, 1, 1] => words!(train.points_of),
        _ => words!(train.pictures_of),
    };
    view! {
        <p class="sub">
            <b>{live::text(move || data_name(&set))}</b>
            {of}
            <span class="figure">{number::shape(&shape)}</span>
            <span class="figure">{count.to_string()}</span>
            {words!(train.classes)}
            <span class="figure">{number::bytes(bytes)}</span>
            {words!(train.on_device)}
        </p>
        <div class="split" aria-hidden="true">{parts.iter().map(share).collect_view()}</div>
        <ul class="legend split-legend">{parts.iter().map(entry).collect_view()}</ul>
        <p class="hint class-names">{names.join(" · ")}</p>
    }
}

fn data_figures() -> Vec<Figure> {
    vec![
        figure(
            "data-seed",
            words!(train.data_seed),
            4e9,
            true,
            |s| f64::from(s.data.seed),
            |s, v| s.data.seed = v as u32,
        ),
        figure("count", words!(train.count), 1e6, true, |s| f64::from(s.data.count), |s, v| s.data.count = v as u32),
        figure("noise", words!(train.noise), 2.0, false, |s| two_digits(s.data.noise), |s, v| s.data.noise = v as f32),
    ]
}

/// Files by dialog, or by address; dropping them anywhere on the page does the same.
#[component]
fn OwnData() -> impl IntoView {
    let desk = Desk::here();
    let take = move |input: &HtmlInputElement| {
        let files = chosen_files(input).into_iter().map(folder::named).collect::<Vec<_>>();
        if !files.is_empty() {
            desk.take_for_training(files);
        }
    };
    let button = move |id: &'static str, words: Words, folder: bool| {
        view! {
            <label class="btn">
                <input
                    type="file"
                    class="unseen"
                    multiple
                    prop:webkitdirectory=folder
                    data-testid=id
                    on:change=move |event| {
                        if let Some(input) = event.target().and_then(|target| target.dyn_into().ok()) {
                            take(&input);
                        }
                    }
                />
                <Icon of=Icon::File />
                {words}
            </label>
        }
    };
    view! {
        <div class="own-data">
            <p class="hint">{words!(train.formats)}</p>
            <span class="row-acts">
                {button("train-files", words!(train.files), false)}
                {button("train-folder", words!(train.folder), true)}
            </span>
            <ByAddress />
        </div>
    }
}

#[component]
fn ByAddress() -> impl IntoView {
    let desk = Desk::here();
    let field = NodeRef::<Input>::new();
    let fetch = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if let Some(field) = field.get_untracked() {
            desk.fetch_data(field.value().trim().to_owned());
        }
    };
    view! {
        <form class="by-address" on:submit=fetch>
            <label class="field">
                <span>{words!(train.address)}</span>
                <input
                    node_ref=field
                    type="url"
                    required
                    placeholder="https://…/data.npz"
                    pattern="https?://.+"
                    data-testid="train-address"
                />
            </label>
            <button type="submit" class="btn" data-testid="train-fetch">
                <Icon of=Icon::Download />
                {words!(train.fetch)}
            </button>
        </form>
    }
}
