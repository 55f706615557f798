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
mod slope;
mod state;
mod why;

use crate::protocol;
use crate::ui::desk::Desk;
use crate::ui::page::ExperimentPage;
use checks::Checks;
use compare::{Compared, Comparison};
use depth::DepthCard;
use land::Land;
use leptos::prelude::*;
use race::RaceCard;
use why::Why;

impl ExperimentPage for protocol::Optimise {
    fn view() -> AnyView {
        Optimise().into_any()
    }
}

#[component]
fn Optimise() -> impl IntoView {
    let desk = Desk::here();
    // So that the address names what is shown.
    state::change(desk, |_| {});
    let compared = RwSignal::new(None::<Compared>);
    view! {
        <section class="stage-column optimise">
            <h1>{words!(optimise.title)}</h1>
            <p class="sub">{words!(optimise.sub)}</p>
            <Land />
            <RaceCard />
            <DepthCard />
            <Comparison compared />
        </section>
        <aside class="side">
            <Why />
            <Checks compared />
        </aside>
    }
}
