//! Compress: a network in fewer bytes and operations, and what that costs.

mod checks;
mod layers;
mod make;
mod rows;
mod settings;
mod sliders;
mod state;
mod survey;

use crate::protocol::{Compress, CompressTask};
use crate::ui::page::begin_once;
use crate::ui::widget::PageFrame;
use crate::ui::{ExperimentPage, PageSettings, app};
use checks::checks;
use layers::{sense_card, spectra_card};
use leptos::prelude::*;
use make::make_card;
use survey::survey_card;

impl ExperimentPage for Compress {
    const STYLE: &'static str = include_str!("style.css");

    fn view() -> AnyView {
        let settings = CompressTask::open();
        let state = app().compression();
        // The first network is surveyed by itself.
        begin_once(move || state.task().is_some(), move || state.begin());
        view! {
            <PageFrame
                class="stage-column experiment compress"
                title=words!(compress.title)
                sub=words!(compress.sub).into_any()
                texts=&[
                    words!(compress.why_rank),
                    words!(compress.why_channels),
                    words!(compress.why_prune),
                    words!(compress.why_predict),
                    words!(compress.why_share),
                    words!(compress.why_activations),
                    words!(compress.why_bytes),
                ]
                tries=&[
                    words!(compress.try_rank),
                    words!(compress.try_channels),
                    words!(compress.try_tune),
                    words!(compress.try_predict),
                    words!(compress.try_sense),
                    words!(compress.try_own),
                ]
                checks=checks(state)
            >
                {survey_card(settings, state)}
                {make_card(state)}
                {sense_card(state)}
                {spectra_card(state)}
            </PageFrame>
        }
        .into_any()
    }
}
