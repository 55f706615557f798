//! Speed: how fast this engine is on the person's device, and how near to what that device can do at best.

mod checks;
mod controls;
mod figures;
mod headline;
mod report;
mod roofline;
mod settings;
mod state;

use crate::protocol::Speed;
use crate::ui::widget::PageFrame;
use crate::ui::{ExperimentPage, PageSettings, app};
use controls::controls;
use figures::{Chosen, layer_card, row_card};
use headline::headline;
use leptos::prelude::*;
use report::{holding, report};
use roofline::roofline;
use settings::SpeedSettings;

impl ExperimentPage for Speed {
    const STYLE: &'static str = include_str!("style.css");

    fn view() -> AnyView {
        let settings = SpeedSettings::open();
        // It wants the device for itself; the figures so far stay.
        on_cleanup(move || app().speed().ask.stop());
        let devices = Memo::new(move |_| app().speed().timed.get().map(|timed| timed.devices).unwrap_or_default());
        let chosen = RwSignal::new(None::<Chosen>);
        view! {
            <PageFrame
                class="stage-column experiment speed"
                title=words!(speed.title)
                sub=words!(speed.sub).into_any()
                texts=&[words!(speed.why_limit), words!(speed.why_roofline), words!(speed.why_clock)]
                tries=&[words!(speed.try_depthwise), words!(speed.try_small), words!(speed.try_network)]
                checks=checks::card(devices)
            >
                {headline(devices)}
                {controls(settings)}
                {roofline(devices, chosen)}
                {row_card(devices, chosen)}
                {layer_card(devices, chosen)}
                {report(settings)}
                {holding()}
            </PageFrame>
        }
        .into_any()
    }
}
