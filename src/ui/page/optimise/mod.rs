//! Optimise: how do steps find the way down, and why do deep networks lose it?

mod checks;
mod compare;
mod depth;
mod land;
mod look;
mod map;
mod norms;
mod race;
mod runners;
mod settings;
mod why;

use crate::protocol;
use crate::ui::desk::Desk;
use crate::ui::page::ExperimentPage;
use crate::ui::settings::Settings;
use crate::ui::style;
use crate::ui::widget::Why;
use checks::Checks;
use compare::{Compared, Comparison};
use depth::DepthCard;
use land::Land;
use leptos::prelude::*;
use race::RaceCard;
use settings::OptimiseSettings;

impl ExperimentPage for protocol::Optimise {
    fn view() -> AnyView {
        Optimise().into_any()
    }
}

#[component]
fn Optimise() -> impl IntoView {
    style::wear_experiment(include_str!("style.css"));
    let desk = Desk::here();
    // So that the address names what is shown.
    OptimiseSettings::change(desk, |_| {});
    let compared = RwSignal::new(None::<Compared>);
    view! {
        <section class="stage-column experiment optimise">
            <h1>{words!(optimise.title)}</h1>
            <p class="sub">{words!(optimise.sub)}</p>
            <Land />
            <RaceCard />
            <DepthCard />
            <Comparison compared />
        </section>
        <aside class="side">
            <Why texts=why::TEXTS tries=why::TRIES />
            <Checks compared />
        </aside>
    }
}
