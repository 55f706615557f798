//! An autoencoder: pictures go through a code of few numbers, and come again.

mod checks;
mod learn;
mod map;
mod measures;
mod state;
mod walk;

use super::parts::part_choice;
use super::settings::RepresentSettings;
use crate::ui::widget::PageFrame;
use checks::checks;
use learn::learn_card;
use leptos::prelude::*;
use map::map_card;
use measures::{sizes_card, unseen_card};
use state::CodePage;
pub(super) use state::planes;
use walk::walk_card;

pub(super) fn autoencoder_page(settings: Memo<RepresentSettings>) -> AnyView {
    let page = CodePage::new(settings);
    view! {
        <PageFrame
            class="stage-column experiment represent"
            title=words!(represent.title)
            sub=words!(represent.code_sub).into_any()
            texts=&[
                words!(represent.why_code),
                words!(represent.why_linear),
                words!(represent.why_rules),
                words!(represent.why_variational),
            ]
            tries=&[
                words!(represent.try_between),
                words!(represent.try_linear),
                words!(represent.try_variational),
                words!(represent.try_larger),
            ]
            checks=checks(page)
        >
            {part_choice(settings)}
            {map_card(page)}
            {walk_card(page)}
            {learn_card(page)}
            {unseen_card(page)}
            {sizes_card(page)}
        </PageFrame>
    }
    .into_any()
}
