//! The filters of the first layer, as they form.

use super::LookPanel;
use super::ask::Panel;
use crate::protocol::{Look, Looked};
use crate::ui::live;
use crate::ui::widget::PixelsView;
use leptos::prelude::*;

#[component]
pub(super) fn Filters() -> impl IntoView {
    let panel = Panel::new();
    let found = move || match panel.answer.get() {
        Some(Looked::Filters { layer, pictures, .. }) => {
            let pictures = pictures.into_iter().map(|pixels| view! { <li><PixelsView pixels /></li> }).collect_view();
            view! {
                <p class="hint figure">{layer}</p>
                <ul class="filters" data-testid="filters">{pictures}</ul>
            }
            .into_any()
        }
        _ => ().into_any(),
    };
    view! {
        <LookPanel
            id="filters"
            title=words!(train.filters)
            hint=words!(train.filters_hint)
            open=true
            look=|| Some(Look::Filters)
            panel
        >
            {live::view(found)}
        </LookPanel>
    }
}
