//! Represent: what does a network make of data when nobody tells it the answers?

mod board;
mod checks;
mod code;
mod dream;
mod exact;
mod learn;
mod map;
mod memory;
mod open;
mod pad;
mod parts;
mod plane;
mod settings;
mod stack;
mod state;

use crate::protocol::Represent;
use crate::ui::state::AppState;
use crate::ui::widget::PageFrame;
use crate::ui::{ExperimentPage, PageSettings, app, live};
use board::board_card;
use checks::checks;
use code::autoencoder_page;
use exact::exact_card;
use learn::learn_card;
use leptos::prelude::*;
use map::map_page;
use memory::memory_card;
use parts::part_choice;
use settings::{RepresentPart, RepresentSettings};
use stack::stack_page;
use state::RepresentState;

impl ExperimentPage for Represent {
    const STYLE: &'static str = include_str!("style.css");

    fn view() -> AnyView {
        let settings = RepresentSettings::open();
        app().handle_drops(RepresentSettings::PAGE, AppState::take_machine);
        let part = Memo::new(move |_| settings.with(|settings| settings.part));
        live::view(move || match part.get() {
            RepresentPart::Autoencoder => autoencoder_page(settings),
            RepresentPart::Boltzmann => boltzmann_page(settings),
            RepresentPart::Stack => stack_page(settings),
            RepresentPart::Map => map_page(settings),
        })
        .into_any()
    }
}

fn boltzmann_page(settings: Memo<RepresentSettings>) -> AnyView {
    let state = RepresentState::new(settings);
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
            {part_choice(settings)}
            {board_card(state)}
            {learn_card(state)}
            {exact_card(state)}
            {memory_card(state)}
        </PageFrame>
    }
    .into_any()
}
