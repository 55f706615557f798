//! Depth: what networks of rectifiers can draw, and what more layers are good for.

mod board;
mod checks;
mod curve;
mod drawing;
mod settings;
mod slice;
mod state;

use crate::protocol::Depth;
use crate::ui::ExperimentPage;
use crate::ui::widget::PageFrame;
use board::{board_card, layers_card};
use checks::checks;
use curve::{CurveState, curve_card};
use leptos::prelude::*;
use slice::{SliceState, slice_card, slice_checks};
use state::DepthState;

impl ExperimentPage for Depth {
    const STYLE: &'static str = include_str!("style.css");

    fn view() -> AnyView {
        let state = DepthState::new();
        let slice = SliceState::new(state.settings);
        let curve = CurveState::new(state.settings);
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
                    words!(depth.why_fit),
                    words!(depth.why_slice),
                ]
                tries=&[words!(depth.try_layer), words!(depth.try_fold), words!(depth.try_width), words!(depth.try_slope), words!(depth.try_fit), words!(depth.try_slice)]
                checks=checks(state, slice_checks(slice))
            >
                {board_card(state)}
                {layers_card(state)}
                {curve_card(curve)}
                {slice_card(slice)}
            </PageFrame>
        }
        .into_any()
    }
}
