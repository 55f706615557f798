//! Captions of one's own: a folder of pictures with a captions file is brought, a decoder learns it, BLEU tells how well.

mod results;
mod state;

use super::settings::CaptionSettings;
use super::teach::{TrainButtons, time_left};
use crate::protocol::{CaptionsReport, LearnCaptions, Stage};
use crate::ui::page::NetworkSelect;
use crate::ui::widget::{Card, FileButton, trouble_box};
use crate::ui::{app, folder, live, number};
use leptos::prelude::*;
use results::{curve, results, speak};
use web_sys::File;

pub(super) fn own(settings: Memo<CaptionSettings>) -> impl IntoView {
    let own = app().own_captions();
    let take = move |files: Vec<File>| app().bring_captions(files.into_iter().map(folder::named).collect());
    view! {
        <Card id="own-captions" title=words!(caption.own_title) hint=words!(caption.own_hint)>
            <span class="row-acts">
                <FileButton id="own-folder" label=words!(train.folder) many=true folder=true on_files=take />
                <FileButton id="own-files" label=words!(train.files) many=true on_files=take />
            </span>
            {live::view(move || match own.brought.get() {
                Some(report) => brought(report),
                None => view! { <p class="hint">{words!(caption.own_formats)}</p> }.into_any(),
            })}
            <Controls settings />
            {trouble_box(move || own.trouble.get().or(own.ask.trouble()))}
            {curve()}
            {results()}
            {speak()}
        </Card>
    }
}

fn brought(report: CaptionsReport) -> AnyView {
    let CaptionsReport { name, captions_file, train, validation, captions, notes } = report;
    let count = |count: u32| number::count(count);
    let (trained, held_out) = (train.to_string(), validation.to_string());
    let summary = move || {
        show!(
            caption.own_brought,
            name = name,
            file = captions_file,
            train = count(train),
            validation = count(validation),
            captions = count(captions)
        )
    };
    let lines = move || {
        let mut lines = Vec::new();
        if notes.missing > 0 {
            let (missing, named) = (count(notes.missing), count(notes.named));
            lines.push(say!(caption.own_missing, missing = missing, named = named, first = notes.first_missing));
        }
        if notes.uncaptioned > 0 {
            lines.push(say!(caption.own_uncaptioned, count = count(notes.uncaptioned)));
        }
        if notes.empty + notes.repeated + notes.unnamed > 0 {
            let all = [notes.empty, notes.repeated, notes.unnamed].map(count);
            lines.push(say!(caption.own_unused, empty = all[0], repeated = all[1], unnamed = all[2]));
        }
        if notes.left_out > 0 {
            lines.push(say!(caption.own_left_out, count = count(notes.left_out)));
        }
        lines
    };
    view! {
        <p data-testid="own-brought" data-train=trained data-validation=held_out>{live::view(summary)}</p>
        {live::view(move || {
            let line = |text: String| view! { <p class="hint" data-testid="own-note">{text}</p> };
            lines().into_iter().map(line).collect_view().into_any()
        })}
    }
    .into_any()
}

#[component]
fn Controls(settings: Memo<CaptionSettings>) -> impl IntoView {
    let own = app().own_captions();
    let start = move |()| {
        let Some(network) = app().network().map(|network| network.id) else { return };
        let backend = app().route.with_untracked(|route| route.backend);
        app().learn_captions(LearnCaptions {
            network,
            backend,
            ..settings.with_untracked(|settings| settings.own.clone())
        });
    };
    let able = move || {
        let is_ready = app().network().is_some_and(|network| network.ready);
        app().is_up() && own.brought.with(Option::is_some) && is_ready
    };
    let far = move || {
        let progress = own.ask.progress.get().filter(|progress| own.ask.is_on() && progress.of > 1)?;
        let [done, of] = [progress.done + 1, progress.of].map(number::count);
        match progress.stage {
            // Learning has begun: nothing is looked at any more.
            Stage::Decode if own.news.with(Option::is_some) => None,
            Stage::Decode => Some(say!(caption.own_seeing, done = done, of = of)),
            Stage::Run => Some(say!(caption.own_measuring, done = done, of = of)),
            _ => None,
        }
    };
    let figures = move || {
        let news = own.news.get()?;
        let left = time_left(&news).filter(|_| own.ask.is_on());
        let figures = say!(
            caption.own_figures,
            step = number::count(news.step),
            of = number::count(news.of),
            seconds = format!("{:.0}", news.seconds),
            speed = number::digits(news.steps_per_second),
            params = number::count(news.params)
        );
        Some([Some(figures), left].into_iter().flatten().collect::<Vec<_>>().join(" · "))
    };
    view! {
        <div class="fields">
            <NetworkSelect />
            {controls!(CaptionSettings, "own-epochs", "own-size", "own-least", "own-rate", "own-seed")}
            <TrainButtons id="own" of=own.ask.asking able start />
        </div>
        <p class="figure" data-testid="own-figures" aria-live="polite">
            {live::maybe(move || far().or_else(figures))}
        </p>
    }
}
