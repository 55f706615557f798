//! Brain: how like the ventral stream a network is.

mod cells;
mod checks;
mod neocognitron;
mod settings;
mod stream;

use crate::protocol::Brain;
use crate::ui::widget::PageFrame;
use crate::ui::{ExperimentPage, PageSettings};
use cells::{CellsState, cells_card, cells_check};
use checks::checks;
use leptos::prelude::*;
use neocognitron::{NeocognitronState, layers_card, neocognitron_card, tolerance_card};
use settings::BrainSettings;
use stream::{StreamState, between_card, matrix_card, stream_card};

impl ExperimentPage for Brain {
    const STYLE: &'static str = include_str!("style.css");

    fn view() -> AnyView {
        let settings = BrainSettings::open();
        let stream = StreamState::new(settings);
        let cells = CellsState::new(settings);
        let neocognitron = NeocognitronState::new(settings);
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
                    words!(brain.why_cells),
                    words!(brain.why_modulation),
                    words!(brain.why_reverse),
                    words!(brain.why_gabor),
                    words!(brain.why_neocognitron),
                    words!(brain.why_tolerance),
                ]
                tries=&[
                    words!(brain.try_plant),
                    words!(brain.try_noise),
                    words!(brain.try_measure),
                    words!(brain.try_level),
                    words!(brain.try_deeper),
                    words!(brain.try_filters),
                    words!(brain.try_move),
                    words!(brain.try_growth),
                ]
                checks=checks(stream, cells_check(cells))
            >
                {stream_card(stream)}
                {matrix_card(stream)}
                {between_card(stream)}
                {cells_card(cells)}
                {neocognitron_card(neocognitron)}
                {layers_card(neocognitron)}
                {tolerance_card(neocognitron)}
            </PageFrame>
        }
        .into_any()
    }
}
