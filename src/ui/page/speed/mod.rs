//! Speed: how fast this engine is on the person's device, and how near to what that device can do at best.

mod checks;
mod controls;
mod figures;
mod held;
mod point;
mod report;
mod roofline;
mod run;
mod settings;
mod why;

use crate::protocol;
use crate::ui::desk::Desk;
use crate::ui::page::ExperimentPage;
use crate::ui::settings::Settings;
use crate::ui::style;
use crate::ui::widget::Why;
use checks::Checks;
use controls::Controls;
use figures::{LayerCard, RowCard};
use held::Holding;
use leptos::prelude::*;
use point::Chosen;
use report::Report;
use roofline::Roofline;
use settings::SpeedSettings;

impl ExperimentPage for protocol::Speed {
    fn view() -> AnyView {
        Speed().into_any()
    }
}

#[component]
fn Speed() -> impl IntoView {
    style::wear_experiment(include_str!("style.css"));
    let desk = Desk::here();
    // So that the address names what is shown.
    SpeedSettings::change(desk, |_| {});
    // It wants the device for itself; the figures so far stay.
    on_cleanup(move || desk.speed().stop());
    let chosen = RwSignal::new(None::<Chosen>);
    view! {
        <section class="stage-column experiment speed">
            <h1>{words!(speed.title)}</h1>
            <p class="sub">{words!(speed.sub)}</p>
            <Controls />
            <Roofline chosen />
            <RowCard chosen />
            <LayerCard chosen />
            <Report />
            <Holding />
        </section>
        <aside class="side">
            <Why texts=why::TEXTS tries=why::TRIES />
            <Checks />
        </aside>
    }
}
