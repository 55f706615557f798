//! Try it by hand: a pad to draw a digit on, or the chosen picture of the tray, with the network's answer at once.

use super::ask::Panel;
use super::draw::{Draw, pixels_of};
use super::{LookPanel, classes_of};
use crate::protocol::{Look, Looked, Pixels};
use crate::ui::widget::{PixelsView, no_pixels};
use crate::ui::{app, live, number};
use leptos::prelude::*;

/// More bars than this are a list to scroll, not an answer.
const BARS: usize = 20;

/// `draws`: there is a pad; else the tray's picture is tried.
#[component]
pub(super) fn Pad(draws: bool) -> impl IntoView {
    let panel = Panel::new();
    let drawn = RwSignal::new(None::<Pixels>);
    let wanted = Memo::new(move |_| match draws {
        true => drawn.get(),
        false => app().chosen_item().map(|item| pixels_of(&item.preview)),
    });
    let classes = classes_of();
    let probabilities = Signal::derive(move || match (wanted.with(Option::is_some), panel.answer.get()) {
        (true, Some(Looked::Try { probabilities, .. })) => probabilities,
        _ => Vec::new(),
    });
    let seen = Signal::derive(move || match panel.answer.get() {
        Some(Looked::Try { seen, .. }) => seen,
        _ => no_pixels(),
    });
    let is_seen = Memo::new(move |_| !probabilities.with(Vec::is_empty));
    view! {
        <LookPanel
            id="try"
            title=if draws { words!(train.pad) } else { words!(train.try_picture) }
            hint=if draws { words!(train.pad_hint) } else { words!(train.try_hint) }
            open=true
            look=move || wanted.get().map(|pixels| Look::Try { pixels })
            panel
        >
            <div class="try-it">
                <div class="try-from">
                    {draws.then(|| view! { <Draw drawn /> })}
                    <figure class="seen-as" class:waits=live::flag(move || !is_seen.get())>
                        <PixelsView pixels=seen />
                        <figcaption class="hint">{words!(train.seen_as)}</figcaption>
                    </figure>
                </div>
                {live::view(move || view! { <Guesses probabilities classes=classes.get() /> }.into_any())}
            </div>
        </LookPanel>
    }
}

#[component]
fn Guesses(probabilities: Signal<Vec<f32>>, classes: Vec<String>) -> impl IntoView {
    let best = Memo::new(move |_| {
        probabilities.with(|found| {
            found.iter().enumerate().max_by(|(_, one), (_, other)| one.total_cmp(other)).map(|(place, _)| place)
        })
    });
    let row = |(place, name): (usize, &String)| {
        let probability = move || probabilities.with(|found| found.get(place).copied());
        view! {
            <li class:best=live::flag(move || best.get() == Some(place))>
                <span>{name.clone()}</span>
                <span class="bar" aria-hidden="true">
                    <i style:width=live::text(move || format!("{:.1}%", 100.0 * probability().unwrap_or(0.0)))></i>
                </span>
                <span class="figure">{live::maybe(move || probability().map(number::percent))}</span>
            </li>
        }
    };
    let rows = classes.iter().enumerate().take(BARS).map(row).collect_view();
    let said = move || best.get().and_then(|best| classes.get(best).cloned());
    let shown = said.clone();
    view! {
        <ol class="guesses" data-testid="guesses" data-best=live::maybe(shown)>{rows}</ol>
        <p class="unseen" role="status">{live::maybe(said)}</p>
    }
}
