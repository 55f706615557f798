//! The data: what is in them, which part is for what, how drawn ones are drawn, and how to bring one's own.

use super::form::data_name;
use crate::protocol::{DataNote, DataReport};
use crate::ui::page::train::TrainSettings;
use crate::ui::widget::{AddressForm, Card, FileButton, Icon};
use crate::ui::{Words, app, folder, live, number};
use leptos::prelude::*;
use web_sys::File;

/// More names than this are not read.
const NAMES: usize = 20;

pub(super) fn data() -> impl IntoView {
    let report = Memo::new(move |_| report_of());
    // Brought data are what they are, and noise is for points.
    let is_drawn = Memo::new(move |_| app().training().data().is_none_or(|data| data.drawn));
    let has_noise =
        Memo::new(move |_| app().training().data().is_none_or(|data| data.drawn && data.shape == [2, 1, 1]));
    view! {
        <Card class="card settings data" id="train-data-card" title=words!(train.data)>
            {live::view(move || match report.get() {
                Some(report) => view! { <Report report /> }.into_any(),
                None => view! { <p class="hint">{words!(train.data_unknown)}</p> }.into_any(),
            })}
            <div class="fields">
                {live::view(move || is_drawn.get().then(|| controls!(TrainSettings, "dseed", "count")).into_any())}
                {live::view(move || has_noise.get().then(|| controls!(TrainSettings, "noise")).into_any())}
            </div>
            {own_data()}
        </Card>
    }
}

/// Of the run, where it was made with the data that are chosen; else as the engine has told of the set. Of another number of
/// drawn examples nothing is known before they are drawn.
fn report_of() -> Option<DataReport> {
    let training = app().training();
    let wanted = training.setup.with(|setup| setup.data.clone());
    let trained = training.current(|run| {
        let about = run.about.as_ref().filter(|_| run.setup.data == wanted);
        about.map(|about| about.data.clone())
    });
    trained.flatten().or_else(|| training.data().filter(|data| !data.drawn || wanted.count == 0))
}

#[component]
fn Report(report: DataReport) -> impl IntoView {
    let DataReport { set, shape, classes, train, validation, test, bytes, notes, .. } = report;
    let note =
        |note: DataNote| view! { <p class="hint" data-testid="data-note">{live::text(move || note_words(&note))}</p> };
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
                <b class="figure">{number::count(*count)}</b>
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
        {notes.into_iter().map(note).collect_view()}
    }
}

fn note_words(note: &DataNote) -> String {
    match note {
        DataNote::LeftOut { count, first } => {
            let more = if *count as usize > first.len() { ", …" } else { "" };
            say!(train.note_left_out, count = number::count(*count), first = format!("{}{more}", first.join(", ")))
        }
        DataNote::Unlabelled { count, folder } => {
            say!(train.note_unlabelled, count = number::count(*count), folder = folder)
        }
        DataNote::Repeated { file } => say!(train.note_repeated, file = file),
        DataNote::Scaled { least, greatest } => {
            say!(train.note_scaled, least = least.to_string(), greatest = greatest.to_string())
        }
        DataNote::Decoded { encoding } => say!(train.note_decoded, encoding = encoding),
        DataNote::Turned => say!(train.note_turned).to_owned(),
    }
}

/// Files by dialog, or by address; dropping them anywhere on the page does the same.
fn own_data() -> impl IntoView {
    let take = move |files: Vec<File>| app().take_for_training(files.into_iter().map(folder::named).collect());
    view! {
        <div class="own-data">
            <p class="hint">{words!(train.formats)}</p>
            <span class="row-acts">
                <FileButton id="train-files" label=words!(train.files) many=true on_files=take />
                <FileButton id="train-folder" label=words!(train.folder) many=true folder=true on_files=take />
            </span>
            <AddressForm
                class="by-address"
                label=words!(train.address)
                id="train-address"
                placeholder="https://…/data.npz"
                on_address=move |address| app().fetch_data(address)
            >
                <button type="submit" class="btn" data-testid="train-fetch">
                    <Icon of=Icon::Download />
                    {words!(train.fetch)}
                </button>
            </AddressForm>
        </div>
    }
}
