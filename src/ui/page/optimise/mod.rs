//! Optimise: how do steps find the way down, and why do deep networks lose it?

mod checks;
mod compare;
mod depth;
mod land;
mod map;
mod race;
mod runners;
mod settings;

use crate::protocol::{Optimise, Setup};
use crate::ui::page::train::TrainSettings;
use crate::ui::widget::PageFrame;
use crate::ui::{ExperimentPage, PageSettings, app, live};
use checks::checks;
use compare::{Compared, comparison};
use depth::depth_card;
use land::land;
use leptos::prelude::*;
use race::race_card;
use settings::OptimiseSettings;

impl ExperimentPage for Optimise {
    const STYLE: &'static str = include_str!("style.css");

    fn view() -> AnyView {
        let settings = OptimiseSettings::open();
        let compared = RwSignal::new(None::<Compared>);
        view! {
            <PageFrame
                class="stage-column experiment optimise"
                title=words!(optimise.title)
                sub=words!(optimise.sub).into_any()
                texts=&[words!(optimise.why_steps), words!(optimise.why_rules), words!(optimise.why_deep)]
                tries=&[
                    words!(optimise.try_rate),
                    words!(optimise.try_saddle),
                    words!(optimise.try_sigmoid),
                    words!(optimise.try_residual),
                ]
                checks=checks(compared).into_any()
            >
                {land(settings)}
                {race_card(settings)}
                {depth_card(settings)}
                {comparison(settings, compared)}
            </PageFrame>
        }
        .into_any()
    }
}

/// Opens a run on the Train page. `id` names the link for tests.
fn train_link(id: &'static str, setup: impl Fn() -> Setup + Send + 'static) -> AnyView {
    let href = move || {
        let setup = setup();
        let mut route = app().route.get().on(TrainSettings::PAGE);
        route.change_settings(|train: &mut TrainSettings| train.setup = setup);
        route.to_hash()
    };
    view! {
        <a class="btn" data-testid=id href=live::text(href)>
            {words!(optimise.open_train)}
        </a>
    }
    .into_any()
}
