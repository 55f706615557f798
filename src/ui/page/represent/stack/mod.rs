//! A deep belief net: restricted machines on top of each other, and what they are good for as first weights.

mod board;
mod checks;
mod learn;
mod state;
mod tune;

use super::parts::part_choice;
use super::settings::RepresentSettings;
use crate::ui::widget::PageFrame;
use board::stack_board_card;
use checks::checks;
use learn::stack_learn_card;
use leptos::prelude::*;
use state::StackPage;
use tune::tune_card;

pub(super) fn stack_page(settings: Memo<RepresentSettings>) -> AnyView {
    let page = StackPage::new(settings);
    view! {
        <PageFrame
            class="stage-column experiment represent"
            title=words!(represent.title)
            sub=words!(represent.stack_sub).into_any()
            texts=&[words!(represent.why_stack), words!(represent.why_bound), words!(represent.why_pretrain)]
            tries=&[words!(represent.try_stack_one), words!(represent.try_stack_few), words!(represent.try_stack_rate)]
            checks=checks(page)
        >
            {part_choice(settings)}
            {stack_board_card(page)}
            {tune_card(page)}
            {stack_learn_card(page)}
        </PageFrame>
    }
    .into_any()
}
