//! Represent: what does a network make of data when nobody tells it the answers?

mod board;
mod checks;
mod exact;
mod learn;
mod memory;
mod pad;
mod settings;
mod state;

use crate::protocol::Represent;
use crate::ui::ExperimentPage;
use crate::ui::widget::PageFrame;
use board::board_card;
use checks::checks;
use exact::exact_card;
use learn::learn_card;
use leptos::prelude::*;
use memory::memory_card;
use state::RepresentState;

impl ExperimentPage for Represent {
    const STYLE: &'static str = include_str!("style.css");

    fn view() -> AnyView {
        let state = RepresentState::new();
        view! {
            <PageFrame
                class="stage-column experiment represent"
                title=words!(represent.title)
                sub=words!(represent.sub).into_any()
                texts=&[
                    words!(represent.why_energy),
                    words!(represent.why_learn),
                    words!(represent.why_chains),
                    words!(represent.why_exact),
                    words!(represent.why_memory),
                ]
                tries=&[
                    words!(represent.try_hot),
                    words!(represent.try_hold),
                    words!(represent.try_digits),
                    words!(represent.try_rule),
                ]
                checks=checks(state)
            >
                {board_card(state)}
                {learn_card(state)}
                {exact_card(state)}
                {memory_card(state)}
            </PageFrame>
        }
        .into_any()
    }
}
