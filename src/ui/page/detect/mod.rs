//! Detect: boxes around things, and what they are.

mod album;
mod anchors;
mod board;
mod checks;
mod measure;
mod settings;
mod state;
mod train;
mod webcam;

use crate::protocol::Detect;
use crate::ui::widget::PageFrame;
use crate::ui::{AppState, ExperimentPage, PageSettings, app};
use album::album_card;
use board::board_card;
use checks::checks;
use leptos::prelude::*;
use measure::measure_card;
use settings::DetectSettings;
use state::DetectState;
use train::train_card;

impl ExperimentPage for Detect {
    const STYLE: &'static str = include_str!("style.css");

    fn view() -> AnyView {
        let state = DetectState::new();
        app().handle_drops(DetectSettings::PAGE, AppState::take_boxes);
        view! {
            <PageFrame
                class="stage-column experiment detect"
                title=words!(detect.title)
                sub=words!(detect.sub).into_any()
                texts=&[
                    words!(detect.why_regions),
                    words!(detect.why_proposals),
                    words!(detect.why_once),
                    words!(detect.why_suppress),
                    words!(detect.why_precision),
                ]
                tries=&[
                    words!(detect.try_threshold),
                    words!(detect.try_regions),
                    words!(detect.try_anchors),
                    words!(detect.try_scene),
                    words!(detect.try_own),
                ]
                checks=checks(state)
            >
                {board_card(state)}
                {album_card(state.settings)}
                {measure_card(state)}
                {train_card(state)}
            </PageFrame>
        }
        .into_any()
    }
}
