//! Distil: what a large network knows beyond the labels, and how a small one learns it.

mod bias;
mod chart;
mod checks;
mod controls;
mod form;
mod run;
mod settings;
mod soft;
mod why;

use crate::protocol::{self, DistilRun};
use crate::ui::desk::{Desk, Life};
use crate::ui::page::ExperimentPage;
use crate::ui::settings::Settings;
use crate::ui::style;
use crate::ui::widget::Why;
use bias::Bias;
use chart::Curves;
use checks::Checks;
use controls::Controls;
use form::Form;
use leptos::prelude::*;
use run::RunState;
use soft::Soft;

impl ExperimentPage for protocol::Distil {
    fn view() -> AnyView {
        Distil().into_any()
    }
}

#[component]
fn Distil() -> impl IntoView {
    style::wear_experiment(include_str!("style.css"));
    let desk = Desk::here();
    let run = RunState::new();
    // So that the address names what is shown.
    DistilRun::change(desk, |_| {});
    // The lesson begins by itself, once.
    let is_up = Memo::new(move |_| desk.life() == Life::Up);
    Effect::new(move |begun: Option<bool>| {
        let begun = begun.unwrap_or(false);
        if is_up.get() && !begun {
            run.start(desk);
        }
        begun || is_up.get()
    });
    view! {
        <section class="stage-column experiment distil">
            <h1>{words!(distil.title)}</h1>
            <p class="sub">{words!(distil.sub)}</p>
            <section class="card" data-testid="distil">
                <h2>{words!(distil.lesson)}</h2>
                <p class="hint">{words!(distil.lesson_hint)}</p>
                <Controls run />
                <Curves run />
            </section>
            <Soft run />
            <Bias run />
            <Form />
        </section>
        <aside class="side">
            <Why texts=why::TEXTS tries=why::TRIES />
            <Checks run />
        </aside>
    }
}
