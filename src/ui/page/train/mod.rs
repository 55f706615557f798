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
mod names;
mod quick;
mod runs;
mod state;
mod training;
mod why;

use crate::protocol::{self, ExperimentId};
pub(crate) use training::{DECAY, MOMENTUM, Next, Phase, RATE, Record, TrainSettings};

use crate::ui::desk::Desk;
use crate::ui::page::ExperimentPage;
use crate::ui::page::PageId;
use crate::ui::widget::Why;
use crate::ui::{live, number, style};
use checks::Checks;
use controls::Controls;
use curves::Curves;
use data::Data;
use editor::Editor;
use figures::Figures;
use form::Form;
use leptos::prelude::*;
use look::Looks;
pub(super) use names::data_name;
use quick::Quick;
use runs::Runs;
use state::State;

impl ExperimentPage for protocol::Train {
    fn view() -> AnyView {
        Train().into_any()
    }

    fn listen(desk: Desk) {
        desk.training();
    }
}

#[component]
fn Train() -> impl IntoView {
    style::wear_experiment(include_str!("style.css"));
    let desk = Desk::here();
    desk.takes(PageId::Experiment(ExperimentId::Train), Desk::take_training);
    let hover = RwSignal::new(None::<f64>);
    view! {
        <section class="stage-column train">
            <h1>{words!(train.title)}</h1>
            <p class="sub">{live::view(move || facts(desk))}</p>
            <div class="card">
                <Quick />
                <Controls />
                <State />
                <Figures />
                <Curves hover />
            </div>
            <Looks />
            <Editor />
            <Data />
            <Form />
            <Runs hover />
        </section>
        <aside class="side">
            <Why texts=why::TEXTS tries=why::TRIES>{why::paper()}</Why>
            <Checks />
        </aside>
    }
}

/// What is being trained, from the run's first report.
fn facts(desk: Desk) -> AnyView {
    let about = Memo::new(move |_| desk.training().current(|run| run.about.clone()).flatten());
    live::view(move || {
        about
            .get()
            .map(|about| {
                view! {
                    <b>{live::text(move || names::data_name(&about.data.set))}</b>
                    <span class="figure">{number::count(u64::from(about.data.train))}</span>
                    {words!(train.examples)}
                    <span class="figure">{number::count(about.params)}</span>
                    {words!(train.params)}
                    <span class="figure">{number::short_count(about.macs)}</span>
                    {words!(train.macs)}
                    <span class="figure">{number::count(u64::from(about.dispatches))}</span>
                    {words!(train.dispatches)}
                    <span class="figure">{number::bytes(about.planned_bytes)}</span>
                    {words!(train.memory)}
                }
            })
            .into_any()
    })
    .into_any()
}
