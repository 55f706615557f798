//! Distil: what a large network knows beyond the labels, and how a small one learns it.

mod bias;
mod chart;
mod checks;
mod controls;
mod settings;
mod soft;
mod state;

use crate::protocol::{Distil, DistilRun};
use crate::ui::page::begin_once;
use crate::ui::widget::{Card, PageFrame};
use crate::ui::{ExperimentPage, PageSettings};
use bias::bias;
use chart::curves;
use checks::checks;
use controls::{controls, form};
use leptos::prelude::*;
use soft::soft;
use state::DistilState;

impl ExperimentPage for Distil {
    const STYLE: &'static str = include_str!("style.css");

    fn view() -> AnyView {
        let settings = DistilRun::open();
        let run = DistilState::new();
        // The first run begins by itself.
        begin_once(|| true, move || run.start());
        view! {
            <PageFrame
                class="stage-column experiment distil"
                title=words!(distil.title)
                sub=words!(distil.sub).into_any()
                texts=&[words!(distil.why_dark), words!(distil.why_heat), words!(distil.why_who)]
                tries=&[
                    words!(distil.try_temperature),
                    words!(distil.try_weight),
                    words!(distil.try_omit),
                    words!(distil.try_digits),
                ]
                checks=checks(run).into_any()
            >
                <Card id="distil" title=words!(distil.lesson) hint=words!(distil.lesson_hint)>
                    {controls(settings, run)}
                    {curves(run)}
                </Card>
                {soft(settings, run)}
                {bias(settings, run)}
                {form(settings)}
            </PageFrame>
        }
        .into_any()
    }
}
