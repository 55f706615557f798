//! Brain: how like the ventral stream a network is.

mod checks;
mod settings;
mod stream;

use crate::protocol::Brain;
use crate::ui::ExperimentPage;
use crate::ui::widget::PageFrame;
use checks::checks;
use leptos::prelude::*;
use stream::{StreamState, between_card, matrix_card, stream_card};

impl ExperimentPage for Brain {
    const STYLE: &'static str = include_str!("style.css");

    fn view() -> AnyView {
        let stream = StreamState::new();
        view! {
            <PageFrame
                class="stage-column experiment brain"
                title=words!(brain.title)
                sub=words!(brain.sub).into_any()
                texts=&[
                    words!(brain.why_predict),
                    words!(brain.why_ceiling),
                    words!(brain.why_matrix),
                    words!(brain.why_variation),
                    words!(brain.why_own),
                ]
                tries=&[words!(brain.try_plant), words!(brain.try_noise), words!(brain.try_measure), words!(brain.try_level)]
                checks=checks(stream)
            >
                {stream_card(stream)}
                {matrix_card(stream)}
                {between_card(stream)}
            </PageFrame>
        }
        .into_any()
    }
}
