//! Pose: where a person's joints are.

mod board;
mod checks;
mod edit;
mod figure;
mod measure;
mod settings;
mod state;
mod train;
mod webcam;

use crate::protocol::Pose;
use crate::ui::ExperimentPage;
use crate::ui::widget::PageFrame;
use board::board_card;
use checks::checks;
use leptos::prelude::*;
use measure::measure_card;
use state::PoseState;
use train::train_card;

impl ExperimentPage for Pose {
    const STYLE: &'static str = include_str!("style.css");

    fn view() -> AnyView {
        let state = PoseState::new();
        view! {
            <PageFrame
                class="stage-column experiment pose"
                title=words!(pose.title)
                sub=words!(pose.sub).into_any()
                texts=&[
                    words!(pose.why_regression),
                    words!(pose.why_cascade),
                    words!(pose.why_displace),
                    words!(pose.why_measure),
                    words!(pose.why_maps),
                ]
                tries=&[words!(pose.try_stage), words!(pose.try_figure), words!(pose.try_drag), words!(pose.try_own)]
                checks=checks(state)
            >
                {board_card(state)}
                {measure_card(state)}
                {train_card(state)}
            </PageFrame>
        }
        .into_any()
    }
}
