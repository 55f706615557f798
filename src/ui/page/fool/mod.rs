//! Fool: what does it take to make a network see something else, or something where there is nothing?

mod attack;
mod checks;
mod classes;
mod controls;
mod invent;
mod settings;
mod state;
mod strength;

use crate::protocol::{Fool, Fooled};
use crate::ui::widget::PageFrame;
use crate::ui::{ExperimentPage, PageSettings, app};
use attack::attack_card;
use checks::checks;
use classes::class_names;
use invent::invent_card;
use leptos::prelude::*;
use settings::FoolSettings;
use state::Wanted;
use strength::{strength_card, transfer_card};

/// Shown where the address names no picture: a network for photographs knows it.
const FIRST_PICTURE: &str = "ship";

impl ExperimentPage for Fool {
    const STYLE: &'static str = include_str!("style.css");

    fn view() -> AnyView {
        let settings = FoolSettings::open();
        if app().chosen.get_untracked().is_none() {
            app().go(|route| _ = route.drawing.get_or_insert_with(|| FIRST_PICTURE.to_owned()));
        }
        let wanted = Wanted::new(settings);
        let attacked = ask!(Fool, Restart, Fooled::Attacked(found) => *found);
        let names = class_names(attacked);
        let measured = ask!(Fool, Restart, Fooled::Measured);
        let invented = ask!(Fool, Restart, Fooled::Invented);
        view! {
            <PageFrame
                class="stage-column fool"
                title=words!(fool.title)
                sub=words!(fool.sub).into_any()
                texts=&[words!(fool.why_linear), words!(fool.why_attacks), words!(fool.why_nothing)]
                tries=&[words!(fool.try_epsilon), words!(fool.try_least), words!(fool.try_digit), words!(fool.try_invent)]
                checks=checks(attacked, measured, invented).into_any()
            >
                {attack_card(settings, wanted, attacked, names)}
                {strength_card(wanted, attacked, measured)}
                {transfer_card(wanted)}
                {invent_card(settings, invented, names)}
            </PageFrame>
        }
        .into_any()
    }
}
