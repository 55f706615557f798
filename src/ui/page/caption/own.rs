//! Captions of one's own: a folder of pictures with a captions file is brought, a decoder learns it, BLEU tells how well.

mod curve;
mod results;
mod speak;
mod state;

use super::settings::CaptionSettings;
use crate::protocol::{CaptionsReport, LearnCaptions, Stage};
use crate::ui::desk::{Desk, Life};
use crate::ui::page::classify::NetworkSelect;
use crate::ui::settings::Settings;
use crate::ui::widget::{FileButton, trouble_box};
use crate::ui::{folder, live, number};
use curve::Curve;
use leptos::prelude::*;
use results::Results;
use speak::Speak;
use web_sys::File;

#[component]
pub(super) fn Own() -> impl IntoView {
    let desk = Desk::here();
    let own = desk.own_captions();
    let take = move |files: Vec<File>| desk.bring_captions(files.into_iter().map(folder::named).collect());
    view! {
        <section class="card" data-testid="own-captions">
            <h2>{words!(caption.own_title)}</h2>
            <p class="hint">{words!(caption.own_hint)}</p>
            <span class="row-acts">
                <FileButton id="own-folder" label=words!(train.folder) many=true folder=true on_files=take />
                <FileButton id="own-files" label=words!(train.files) many=true on_files=take />
            </span>
            {live::view(move || match own.brought.get() {
                Some(report) => brought(report),
                None => view! { <p class="hint">{words!(caption.own_formats)}</p> }.into_any(),
            })}
            <Controls />
            {trouble_box(move || own.trouble())}
            <Curve />
            <Results />
            <Speak />
        </section>
    }
}

/// What was brought, and what of it is not used.
fn brought(report: CaptionsReport) -> AnyView {
    let CaptionsReport { name, captions_file, train, validation, captions, notes } = report;
    let count = |count: u32| number::count(u64::from(count));
    let (trained, held_out) = (train.to_string(), validation.to_string());
    let summary = move || {
        show!(
            caption.own_brought,
            name = name.clone(),
            file = captions_file.clone(),
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

/// Who sees, how it is learnt, and how far it is.
#[component]
fn Controls() -> impl IntoView {
    let desk = Desk::here();
    let (own, settings) = (desk.own_captions(), CaptionSettings::of(desk));
    let start = move |_| {
        let Some(network) = desk.network().map(|network| network.id) else { return };
        let backend = desk.place.with_untracked(|place| place.backend);
        desk.learn_captions(LearnCaptions {
            network,
            backend,
            ..settings.with_untracked(|settings| settings.own.clone())
        });
    };
    let is_unready = move || {
        let is_down = desk.life() != Life::Up || own.brought.with(Option::is_none);
        is_down || own.is_on() || !desk.network().is_some_and(|network| network.ready)
    };
    let far = move || {
        let progress = own.ask.progress().filter(|progress| own.is_on() && progress.of > 1);
        match progress {
            Some(progress) if progress.stage == Stage::Decode => {
                let [done, of] = [progress.done + 1, progress.of].map(number::count);
                say!(caption.own_seeing, done = done, of = of)
            }
            Some(progress) if progress.stage == Stage::Run => {
                let [done, of] = [progress.done + 1, progress.of].map(number::count);
                say!(caption.own_measuring, done = done, of = of)
            }
            _ => String::new(),
        }
    };
    let figures = move || {
        let news = own.news.get()?;
        Some(say!(
            caption.own_figures,
            step = number::count(u64::from(news.step)),
            of = number::count(u64::from(news.of)),
            seconds = format!("{:.0}", news.seconds),
            speed = number::digits(news.steps_per_second),
            params = number::count(news.params)
        ))
    };
    view! {
        <div class="fields">
            <NetworkSelect />
            {controls!(CaptionSettings, "own-epochs", "own-size", "own-least", "own-rate", "own-seed")}
            <button type="button" class="btn primary" data-testid="own-start" prop:disabled=live::flag(is_unready) on:click=start>
                {words!(train.start)}
            </button>
            <button type="button" class="btn" data-testid="own-stop" prop:disabled=live::flag(move || !own.is_on()) on:click=move |_| own.stop()>
                {words!(optimise.stop)}
            </button>
        </div>
        <p class="figure" data-testid="own-figures" aria-live="polite">
            {live::text(move || Some(far()).filter(|far| !far.is_empty()).or_else(figures).unwrap_or_default())}
        </p>
    }
}
