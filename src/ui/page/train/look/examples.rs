//! Training examples as the network sees them: fitted, augmented, each time anew.

use super::LookPanel;
use super::ask::Panel;
use crate::protocol::{Look, Looked};
use crate::ui::desk::Desk;
use crate::ui::live;
use crate::ui::widget::PixelsView;
use leptos::prelude::*;

const COUNT: u32 = 24;

#[component]
pub(super) fn Examples() -> impl IntoView {
    let desk = Desk::here();
    let panel = Panel::new();
    let found = move || match panel.answer.get() {
        Some(Looked::Examples { pictures, labels }) => {
            let classes =
                untrack(|| desk.training.current(|run| run.about.as_ref().map(|about| about.data.classes.clone())));
            let classes = classes.flatten().unwrap_or_default();
            let one = |(pixels, label): (crate::protocol::Pixels, u32)| {
                let name = classes.get(label as usize).cloned().unwrap_or_else(|| label.to_string());
                view! {
                    <li>
                        <PixelsView pixels />
                        <span class="verdict-line">{name}</span>
                    </li>
                }
            };
            view! { <ul class="mistakes" data-testid="examples">{pictures.into_iter().zip(labels).map(one).collect_view()}</ul> }
                .into_any()
        }
        _ => ().into_any(),
    };
    view! {
        <LookPanel
            id="examples"
            title=words!(train.seen_examples)
            hint=words!(train.seen_examples_hint)
            look=|| Some(Look::Examples { count: COUNT })
            panel
        >
            {live::view(found)}
        </LookPanel>
    }
}
