//! Maps of pictures: their pixels, their codes, or what a layer of a network makes of them.

mod checks;
mod export;
mod lasso;
mod sheet;
mod state;

use super::parts::part_choice;
use super::settings::RepresentSettings;
use crate::ui::widget::PageFrame;
use checks::checks;
use lasso::picked_card;
use leptos::prelude::*;
use sheet::sheet_card;
use state::MapPage;

pub(super) fn map_page(settings: Memo<RepresentSettings>) -> AnyView {
    let page = MapPage::new(settings);
    view! {
        <PageFrame
            class="stage-column experiment represent"
            title=words!(represent.title)
            sub=words!(represent.map_sub).into_any()
            texts=&[words!(represent.why_map), words!(represent.why_tsne), words!(represent.why_trust)]
            tries=&[words!(represent.try_layer), words!(represent.try_perplexity), words!(represent.try_codes), words!(represent.try_lasso)]
            checks=checks(page)
        >
            {part_choice(settings)}
            {sheet_card(page)}
            {picked_card(page)}
        </PageFrame>
    }
    .into_any()
}
