//! Fool: what does it take to make a network see something else, or something where there is nothing?

mod attack;
mod checks;
mod controls;
mod delta;
mod invent;
mod look;
mod norms;
mod settings;
mod state;
mod strength;
mod transfer;
mod why;

use crate::protocol;
use crate::ui::ask::{Ask, Policy};
use crate::ui::desk::Desk;
use crate::ui::page::ExperimentPage;
use crate::ui::settings::Settings;
use crate::ui::style;
use crate::ui::widget::Why;
use attack::AttackCard;
use checks::Checks;
use invent::InventCard;
use leptos::prelude::*;
use settings::FoolSettings;
use strength::StrengthCard;
use transfer::TransferCard;

/// Shown where the address names no picture: a network for photographs knows it.
const FIRST_PICTURE: &str = "ship";

impl ExperimentPage for protocol::Fool {
    fn view() -> AnyView {
        Fool().into_any()
    }
}

#[component]
fn Fool() -> impl IntoView {
    style::wear_experiment(include_str!("style.css"));
    let desk = Desk::here();
    // So that the address names what is shown.
    FoolSettings::change(desk, |_| {});
    if desk.chosen_untracked().is_none() {
        desk.go(|place| _ = place.drawing.get_or_insert_with(|| FIRST_PICTURE.to_owned()));
    }
    let attacked = Ask::new(Policy::Restart, look::attacked);
    let measured = Ask::new(Policy::Restart, look::measured);
    let invented = Ask::new(Policy::Restart, look::invented);
    view! {
        <section class="stage-column fool">
            <h1>{words!(fool.title)}</h1>
            <p class="sub">{words!(fool.sub)}</p>
            <AttackCard attacked />
            <StrengthCard measured />
            <TransferCard />
            <InventCard invented />
        </section>
        <aside class="side">
            <Why texts=why::TEXTS tries=why::TRIES />
            <Checks attacked measured invented />
        </aside>
    }
}
