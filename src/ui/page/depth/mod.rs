//! Depth: what networks of rectifiers can draw, and what more layers are good for.

mod board;
mod checks;
mod drawing;
mod settings;
mod state;

use crate::protocol::Depth;
use crate::ui::ExperimentPage;
use crate::ui::widget::PageFrame;
use board::{board_card, layers_card};
use checks::checks;
use leptos::prelude::*;
use state::DepthState;

impl ExperimentPage for Depth {
    const STYLE: &'static str = include_str!("style.css");

    fn view() -> AnyView {
        let state = DepthState::new();
        view! {
            <PageFrame
                class="stage-column experiment depth"
                title=words!(depth.title)
                sub=words!(depth.sub).into_any()
                texts=&[
                    words!(depth.why_affine),
                    words!(depth.why_cut),
                    words!(depth.why_fold),
                    words!(depth.why_learn),
                ]
                tries=&[words!(depth.try_layer), words!(depth.try_fold), words!(depth.try_width), words!(depth.try_slope)]
                checks=checks(state)
            >
                {board_card(state)}
                {layers_card(state)}
            </PageFrame>
        }
        .into_any()
    }
}
