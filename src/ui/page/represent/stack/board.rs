//! Pictures that come down from the top, and what each layer looks for.

use super::state::{CHAINS, StackPage};
use crate::protocol::Pixels;
use crate::ui::page::represent::dream::{dream_acts, dream_tiles};
use crate::ui::page::represent::settings::RepresentSettings;
use crate::ui::widget::{Card, PixelsView, no_pixels, painted, progress_of, signed, trouble_box};
use crate::ui::{live, number};
use leptos::prelude::*;

pub(super) fn stack_board_card(page: StackPage) -> AnyView {
    let is_waiting = Memo::new(move |_| page.dreams.with(Option::is_none));
    view! {
        <Card id="represent-stack" title=words!(represent.stack_board) hint=words!(represent.stack_board_hint) of=page.learn.asking>
            <div class="fields">{controls!(RepresentSettings, "stack")}</div>
            {verdict(page)}
            {live::view(move || is_waiting.get().then(|| view! { <p class="represent-empty">{words!(represent.waiting)}</p> }).into_any())}
            <div class="stack-board" class:gone=live::flag(move || is_waiting.get())>
                <div class="dream-side">
                    {dream_acts(
                        ["represent-stack-play", "represent-stack-step", "represent-stack-toss"],
                        page.is_playing,
                        move || page.go_on(1),
                        move || page.toss(),
                    )}
                    {dream_tiles("represent-stack-tiles", CHAINS as usize, move |at| tile(page, at), move || {
                        page.dreams.with(|all| all.as_ref().map_or(0, |all| all.sweeps))
                    })}
                </div>
                <div class="stack-layers">{layers(page)}</div>
            </div>
            {progress_of(page.learn.asking, words!(represent.learning))}
            {trouble_box(move || page.dream.trouble())}
        </Card>
    }
    .into_any()
}

/// What has come of learning, first and large.
fn verdict(page: StackPage) -> AnyView {
    let said = move || {
        let known = page.progress.get()?;
        let [layer, layers, step] = [known.layer + 1, known.layers, known.step].map(number::count);
        let of = known.points.last().map(|point| number::digits(point.reconstruction[1] as f32))?;
        Some(say!(represent.stack_verdict, layer = layer, layers = layers, step = step, error = of))
    };
    let layer = move || page.progress.with(|known| known.as_ref().map(|known| known.layer.to_string()));
    view! {
        <p class="represent-verdict" data-testid="represent-stack-verdict" data-layer=live::maybe(layer)>{live::maybe(said)}</p>
    }
    .into_any()
}

fn tile(page: StackPage, at: usize) -> Pixels {
    page.dreams.with(|all| {
        let found = all.as_ref().and_then(|all| Some((all.pictures.get(at)?, all.width)));
        found.map_or_else(no_pixels, |(picture, width)| {
            painted(width, picture.iter().map(|&pixel| [pixel, pixel, pixel, 255]))
        })
    })
}

/// The uppermost first, as the stack stands.
fn layers(page: StackPage) -> AnyView {
    let count = Memo::new(move |_| page.filters.with(|filters| filters.len() as u32));
    let layer = move |layer: u32| {
        let units = Memo::new(move |_| page.filters.with(|filters| filters.get(&layer).map_or(0, Vec::len)));
        let one = move |unit: usize| {
            let pixels = Signal::derive(move || {
                let width = page.progress.with(|known| known.as_ref().map_or(0, |known| known.width));
                page.filters.with(|filters| {
                    let filter = filters.get(&layer).and_then(|layer| layer.get(unit));
                    filter.map_or_else(no_pixels, |filter| {
                        signed(width, 255.0, filter.iter().map(|byte| (f32::from(*byte) - 128.0) / 127.0))
                    })
                })
            });
            view! { <li><PixelsView pixels /></li> }
        };
        let name = move || Some(say!(represent.stack_layer, layer = number::count(layer + 1)));
        view! {
            <h3>{live::maybe(name)}</h3>
            <ul class="represent-filters" data-testid="represent-stack-filters" role="img" aria-label=words!(represent.filters)>
                {live::view(move || (0..units.get()).map(one).collect_view().into_any())}
            </ul>
        }
    };
    view! {
        <p class="hint">{words!(represent.stack_filters_hint)}</p>
        {live::view(move || (0..count.get()).rev().map(layer).collect_view().into_any())}
    }
    .into_any()
}
