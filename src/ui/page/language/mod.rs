//! Language: what comes next, letter by letter.

mod board;
mod chart;
mod checks;
mod heat;
mod lags;
mod map;
mod settings;
mod source;
mod state;
mod unroll;

use crate::protocol::Language;
use crate::ui::state::AppState;
use crate::ui::widget::PageFrame;
use crate::ui::{ExperimentPage, PageSettings, app};
use board::board_card;
use chart::learn_card;
use checks::checks;
use heat::heat_card;
use lags::lags_card;
use leptos::prelude::*;
use map::map_card;
use settings::LanguageSettings;
use state::LanguageState;
use unroll::unroll_card;

impl ExperimentPage for Language {
    const STYLE: &'static str = include_str!("style.css");

    fn view() -> AnyView {
        let state = LanguageState::new();
        app().handle_drops(LanguageSettings::PAGE, AppState::take_text);
        view! {
            <PageFrame
                class="stage-column experiment language"
                title=words!(language.title)
                sub=words!(language.sub).into_any()
                texts=&[
                    words!(language.why_next),
                    words!(language.why_perplexity),
                    words!(language.why_memory),
                    words!(language.why_unroll),
                    words!(language.why_ngrams),
                    words!(language.why_windows),
                ]
                tries=&[
                    words!(language.try_temperature),
                    words!(language.try_models),
                    words!(language.try_own),
                    words!(language.try_words),
                ]
                checks=checks(state)
            >
                {board_card(state)}
                {learn_card(state)}
                {lags_card(state)}
                {unroll_card(state)}
                {heat_card(state)}
                {map_card(state)}
            </PageFrame>
        }
        .into_any()
    }
}
