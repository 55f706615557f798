//! Transfer: classes of a person's own from a handful of pictures.

mod checks;
mod classes;
mod confusion;
mod learn;
mod map;
mod predict;
mod save;
mod settings;
mod state;
mod sweep;
mod tune;
mod webcam;

use crate::protocol::{Transfer, TransferTask};
use crate::ui::page::begin_once;
use crate::ui::widget::PageFrame;
use crate::ui::{AppState, ExperimentPage, PageSettings, app};
use checks::checks;
use classes::classes_card;
use learn::learn_card;
use leptos::prelude::*;
use map::map_card;
use predict::predict_card;
use sweep::sweep_card;
use tune::tune_card;

impl ExperimentPage for Transfer {
    const STYLE: &'static str = include_str!("style.css");

    fn view() -> AnyView {
        let settings = TransferTask::open();
        let state = app().transfer();
        app().handle_drops(TransferTask::PAGE, AppState::take_for_classes);
        // The first classes are drawn and learnt by themselves.
        begin_once(move || state.task().is_some(), move || state.begin());
        view! {
            <PageFrame
                class="stage-column experiment transfer"
                title=words!(transfer.title)
                sub=words!(transfer.sub).into_any()
                texts=&[
                    words!(transfer.why_features),
                    words!(transfer.why_layers),
                    words!(transfer.why_held_out),
                    words!(transfer.why_svm),
                    words!(transfer.why_tune),
                ]
                tries=&[
                    words!(transfer.try_own),
                    words!(transfer.try_sweep),
                    words!(transfer.try_classifier),
                    words!(transfer.try_mistake),
                    words!(transfer.try_tune),
                ]
                checks=checks(state)
            >
                {classes_card(state)}
                {learn_card(settings, state)}
                {predict_card(state)}
                {map_card(state)}
                {sweep_card(state)}
                {tune_card(state)}
            </PageFrame>
        }
        .into_any()
    }
}
