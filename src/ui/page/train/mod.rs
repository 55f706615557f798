//! Train: how does a network learn? Data, a network as text, an optimiser; a run that can be watched and steered.
//!
//! What is set and what was run stays in `training` when the page is left.

mod checks;
mod controls;
mod curves;
mod data;
mod editor;
mod figures;
mod form;
mod look;
mod runs;
mod state;
mod training;

use crate::protocol::Train;
use crate::ui::widget::{self, PageFrame};
use crate::ui::{AppState, ExperimentPage, PageSettings, app, live, number};
use controls::controls;
use curves::curves;
use data::data;
use editor::editor;
use figures::figures;
pub(super) use form::data_name;
use form::{form, preset_name, quick};
use leptos::prelude::*;
use look::LookPanels;
use runs::runs;
use state::state;
pub(crate) use training::{DECAY, MOMENTUM, Next, RATE, Record, TrainSettings, TrainingPhase};

impl ExperimentPage for Train {
    const STYLE: &'static str = include_str!("style.css");

    fn view() -> AnyView {
        app().handle_drops(TrainSettings::PAGE, AppState::take_training);
        let hover = RwSignal::new(None::<f64>);
        view! {
            <PageFrame
                class="stage-column train"
                title=words!(train.title)
                sub=facts()
                texts=&[words!(train.why_idea), words!(train.why_who)]
                tries=&[words!(train.try_rate), words!(train.try_seed), words!(train.try_data), words!(train.try_layer)]
                more=paper()
                checks=checks::card()
            >
                <div class="card">
                    <h2 class="unseen">{words!(train.shown)}</h2>
                    {quick()}
                    {controls()}
                    {state()}
                    {figures()}
                    {curves(hover)}
                </div>
                {editor()}
                <LookPanels />
                {data()}
                {form()}
                {runs(hover)}
            </PageFrame>
        }
        .into_any()
    }

    fn listen() {
        app().training();
    }
}

fn paper() -> AnyView {
    let preset = app().training().preset();
    live::view(move || {
        let named = preset.get().filter(|preset| !preset.paper.is_empty());
        named.map(|preset| view! { <p><b>{preset_name(&preset)}</b> ": " {preset.paper} "."</p> }).into_any()
    })
    .into_any()
}

fn facts() -> AnyView {
    let about = Memo::new(move |_| app().training().current(|run| run.about.clone()).flatten());
    live::view(move || {
        let Some(about) = about.get() else { return ().into_any() };
        let row = vec![
            (number::count(about.data.train), words!(train.examples)),
            (number::count(about.params), words!(train.params)),
            (number::short_count(about.macs), words!(train.macs)),
            (number::count(about.dispatches), words!(train.dispatches)),
            (number::bytes(about.planned_bytes), words!(train.memory)),
        ];
        view! { <b>{live::text(move || data_name(&about.data.set))}</b> {widget::figures(row)} }.into_any()
    })
    .into_any()
}
