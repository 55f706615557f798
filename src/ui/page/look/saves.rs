//! The last row of a card: what starts its search, and what saves its answer.

use crate::protocol::LookInside;
use crate::ui::widget::Button;
use crate::ui::{Ask, Words, folder};
use leptos::prelude::*;
use serde_bytes::ByteBuf;

/// Saves a file of the answer, once it has one.
pub(super) fn save<T: Send + Sync + 'static>(
    asked: Ask<LookInside, T>,
    (id, words): (&'static str, Words),
    name: &'static str,
    file: fn(&T) -> Option<&ByteBuf>,
) -> AnyView {
    let is_there = Memo::new(move |_| asked.answer.with(|found| found.as_ref().and_then(file).is_some()));
    let save = move |()| {
        asked.answer.with_untracked(|found| {
            found.as_ref().and_then(file).into_iter().for_each(|file| folder::save(name, file));
        });
    };
    view! { <Button id words off=move || !asked.is_fresh() || !is_there.get() on_press=save /> }.into_any()
}

/// In a row, which wraps.
pub(super) fn acts(start: impl IntoView + 'static, saves: impl IntoView + 'static) -> AnyView {
    view! { <div class="row-acts wraps">{start.into_any()} {saves.into_any()}</div> }.into_any()
}
