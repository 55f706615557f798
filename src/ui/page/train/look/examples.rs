//! TrainingState examples as the network sees them: fitted, augmented, each time anew.

use super::ask::Panel;
use super::{LookPanel, classes_of};
use crate::protocol::{Look, Looked, Pixels};
use crate::ui::widget::PixelsView;
use crate::ui::live;
use leptos::prelude::*;

const COUNT: u32 = 24;

#[component]
pub(super) fn Examples() -> impl IntoView {
    let panel = Panel::new();
    let classes = classes_of();
    let found = move || match panel.answer.get() {
        Some(Looked::Examples { pictures, labels }) => {
            let classes = classes.get();
            let one = |(pixels, label): (Pixels, u32)| {
                let name = classes.get(label as usize).cloned().unwrap_or_else(|| label.to_string());
                view! {
                    <li>
                        <PixelsView pixels />
                        <span class="verdict-line">{name}</span>
                    </li>
                }
            };
            pictures.into_iter().zip(labels).map(one).collect_view().into_any()
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
            <ul class="mistakes" data-testid="examples">{live::view(found)}</ul>
        </LookPanel>
    }
}
