//! Why it works, and what to try; of the network that is chosen, whose it is.

use crate::ui::desk::Desk;
use crate::ui::lang::Words;
use crate::ui::live;
use leptos::prelude::*;

pub(super) const TEXTS: &[Words] = &[words!(train.why_idea), words!(train.why_who)];
pub(super) const TRIES: &[Words] =
    &[words!(train.try_rate), words!(train.try_seed), words!(train.try_data), words!(train.try_layer)];

/// Whose the network is.
pub(super) fn paper() -> AnyView {
    let preset = Desk::here().training().preset();
    live::view(move || {
        let named = preset.get().filter(|preset| !preset.paper.is_empty());
        named.map(|preset| view! { <p><b>{preset.title}</b> ": " {preset.paper} "."</p> }).into_any()
    })
    .into_any()
}
