//! Brain: how like the ventral stream a network is.

mod cells;
mod checks;
mod settings;
mod stream;

use crate::protocol::Brain;
use crate::ui::ExperimentPage;
use crate::ui::widget::PageFrame;
use cells::{CellsState, cells_card, cells_checks};
use checks::checks;
use leptos::prelude::*;
use stream::{StreamState, matrix_card};

impl ExperimentPage for Brain {
    const STYLE: &'static str = include_str!("style.css");

    fn view() -> AnyView {
        let stream = StreamState::new();
        let cells = CellsState::new(stream.settings);
        view! {
            <PageFrame
                class="stage-column experiment brain"
                title=words!(brain.title)
                sub=words!(brain.sub).into_any()
                texts=&[
                    words!(brain.why_matrix),
                    words!(brain.why_variation),
                    words!(brain.why_cells),
                    words!(brain.why_modulation),
                    words!(brain.why_reverse),
                    words!(brain.why_gabor),
                ]
                tries=&[words!(brain.try_level), words!(brain.try_deeper), words!(brain.try_filters)]
                checks=view! { {checks(stream)} {cells_checks(cells)} }.into_any()
            >
                {matrix_card(stream)}
                {cells_card(cells)}
            </PageFrame>
        }
        .into_any()
    }
}
