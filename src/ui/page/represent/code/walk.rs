//! From one picture to another along the straight line between their codes.

use super::state::{CodePage, STEPS, planes};
use crate::ui::live;
use crate::ui::widget::{Card, PixelsView, no_pixels};
use leptos::prelude::*;

pub(super) fn walk_card(page: CodePage) -> AnyView {
    let shown = Memo::new(move |_| page.board.with(|board| board.as_ref().map_or(0, |board| board.codes.len())));
    let tile = move |step: usize| {
        let pixels = Signal::derive(move || {
            page.walked
                .with(|found| found.as_ref().map_or_else(no_pixels, |found| planes(found.shape, &found.pixels, step)))
        });
        view! { <li><PixelsView pixels /></li> }
    };
    let ends = move || page.ends.with(|[from, to]| format!("{from} {to}"));
    view! {
        <Card id="represent-walk" title=words!(represent.walk) hint=words!(represent.walk_hint)>
            {live::view(move || (shown.get() == 0).then(|| view! { <p class="represent-empty">{words!(represent.walk_waiting)}</p> }).into_any())}
            <div class:gone=live::flag(move || shown.get() == 0)>
                <div class="walk-ends">
                    {choice(page, 0, shown)}
                    {choice(page, 1, shown)}
                </div>
                <ul class="walk" data-testid="represent-walked" data-ends=live::text(ends) role="img" aria-label=words!(represent.walk)>
                    {(0..STEPS).map(tile).collect_view()}
                </ul>
            </div>
        </Card>
    }
    .into_any()
}

/// One of the pictures that are shown, as buttons.
fn choice(page: CodePage, end: usize, shown: Memo<usize>) -> AnyView {
    let legend = move || if end == 0 { say!(represent.walk_from) } else { say!(represent.walk_to) };
    let one = move |at: usize| {
        let pixels = Signal::derive(move || page.original(at));
        let is_chosen = move || page.ends.with(|ends| ends[end] == at);
        let name = move || page.class_of(at).unwrap_or_default();
        view! {
            <li>
                <button
                    type="button"
                    data-testid=format!("represent-end-{end}-{at}")
                    aria-pressed=live::name(move || Some(if is_chosen() { "true" } else { "false" }))
                    aria-label=live::text(name)
                    on:click=move |_| page.ends.update(|ends| ends[end] = at)
                >
                    <PixelsView pixels />
                </button>
            </li>
        }
    };
    view! {
        <div>
            <p class="hint">{live::name(move || Some(legend()))}</p>
            <ul class="walk-choice">{live::view(move || (0..shown.get()).map(one).collect_view().into_any())}</ul>
        </div>
    }
    .into_any()
}
