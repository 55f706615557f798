//! Captions of one's own: a folder of pictures with a captions file is brought, a decoder learns it, BLEU tells how well.

mod address;
mod curve;
mod results;
mod speak;
mod state;

pub(super) use address::{read, write};

use super::{change, table_of};
use crate::protocol::{CaptionsReport, LearnCaptions, Stage};
use crate::ui::desk::{Desk, Life};
use crate::ui::lang::Words;
use crate::ui::page::classify::NetworkSelect;
use crate::ui::widget::{Icon, NumberField, TroubleBox, chosen_files};
use crate::ui::{folder, live, number};
use curve::Curve;
use leptos::prelude::*;
use results::Results;
use speak::Speak;
use wasm_bindgen::JsCast;

#[component]
pub(super) fn Own() -> impl IntoView {
    let desk = Desk::here();
    let own = desk.own_captions();
    view! {
        <section class="card" data-testid="own-captions">
            <h2>{words!(caption.own_title)}</h2>
            <p class="hint">{words!(caption.own_hint)}</p>
            <span class="row-acts">
                {button("own-folder", words!(train.folder), true)}
                {button("own-files", words!(train.files), false)}
            </span>
            {live::view(move || match own.brought.get() {
                Some(report) => brought(report),
                None => view! { <p class="hint">{words!(caption.own_formats)}</p> }.into_any(),
            })}
            <Controls />
            {live::view(move || own.trouble().map(|trouble| view! { <TroubleBox trouble /> }).into_any())}
            <Curve />
            <Results />
            <Speak />
        </section>
    }
}

/// Files by dialog; dropping a folder or a captions file anywhere on the page does the same.
fn button(id: &'static str, words: Words, folder: bool) -> AnyView {
    let desk = Desk::here();
    let take = move |event: leptos::ev::Event| {
        if let Some(input) = event.target().and_then(|target| target.dyn_into().ok()) {
            let files = chosen_files(&input).into_iter().map(folder::named).collect::<Vec<_>>();
            if !files.is_empty() {
                desk.bring_captions(files);
            }
        }
    };
    view! {
        <label class="btn">
            <input type="file" class="unseen" multiple prop:webkitdirectory=folder data-testid=id on:change=take />
            <Icon of=Icon::File />
            {words}
        </label>
    }
    .into_any()
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
    let (own, table) = (desk.own_captions(), table_of(desk));
    let of = move |read: fn(&LearnCaptions) -> f64| Signal::derive(move || table.with(|table| read(&table.own)));
    let start = move |_| {
        let Some(network) = desk.network().map(|network| network.id) else { return };
        let backend = desk.place.with_untracked(|place| place.backend);
        desk.learn_captions(LearnCaptions { network, backend, ..table.with_untracked(|table| table.own.clone()) });
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
            <NumberField id="own-epochs" label=words!(train.epochs) value=of(|own| f64::from(own.epochs)) low=1.0 high=1000.0 whole=true on_change=move |epochs| change(desk, |table| table.own.epochs = epochs as u32) />
            <NumberField id="own-size" label=words!(caption.own_size) value=of(|own| f64::from(own.size)) low=8.0 high=2048.0 whole=true on_change=move |size| change(desk, |table| table.own.size = size as u32) />
            <NumberField id="own-least" label=words!(caption.own_least) value=of(|own| f64::from(own.least)) low=1.0 high=1000.0 whole=true on_change=move |least| change(desk, |table| table.own.least = least as u32) />
            <NumberField id="own-rate" label=words!(train.rate) value=of(|own| own.rate) low=1e-6 high=1.0 on_change=move |rate| change(desk, |table| table.own.rate = rate) />
            <NumberField id="own-seed" label=words!(train.seed) value=of(|own| f64::from(own.seed)) low=0.0 high=4e9 whole=true on_change=move |seed| change(desk, |table| table.own.seed = seed as u32) />
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
