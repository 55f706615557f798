//! A matrix of dissimilarities as a picture.

use super::state::StreamState;
use crate::protocol::Pixels;
use crate::ui::page::brain::settings::BrainSettings;
use crate::ui::widget::{Card, PixelsView, StartStop, no_pixels, painted, trouble_box};
use crate::ui::{app, live, number};
use leptos::prelude::*;

pub(in crate::ui::page::brain) fn matrix_card(state: StreamState) -> AnyView {
    let pixels = Signal::derive(move || drawing(state));
    let count = move || state.report.with(|report| report.as_ref().map(|report| report.pictures.len()));
    let told = move || {
        let of = count()?;
        Some(say!(brain.told, count = number::count(of as u32)))
    };
    view! {
        <Card id="brain-matrix" title=words!(brain.matrix) hint=words!(brain.matrix_hint) of=state.run.asking>
            <div class="fields">{controls!(BrainSettings, "distance", "each", "seed")}</div>
            <div class="row-acts wraps">
                <StartStop id="brain" of=state.run.asking able=move || app().is_up() start=move |()| state.again() />
            </div>
            <p class="sub" data-testid="brain-told" data-value=live::maybe(move || count().map(|of| of.to_string()))>
                {live::maybe(told)}
            </p>
            <div class="brain-sheet"><PixelsView pixels label=say!(brain.matrix).to_owned() /></div>
            {trouble_box(move || state.run.trouble())}
        </Card>
    }
    .into_any()
}

/// A pixel for each two pictures, the darker the more alike.
fn drawing(state: StreamState) -> Pixels {
    state.report.with(|report| {
        let Some(report) = report else { return no_pixels() };
        let side = report.pictures.len();
        let most = report.dissimilarity.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
        let of = |row: usize, column: usize| {
            let (low, high) = (row.min(column), row.max(column));
            if low == high {
                return 0.0;
            }
            let at = low * (2 * side - low - 1) / 2 + high - low - 1;
            report.dissimilarity.get(at).copied().unwrap_or_default() / most
        };
        let pixel = |at: usize| {
            let light = (255.0 * of(at / side, at % side)) as u8;
            [light, light, light, 255]
        };
        painted(side as u32, (0..side * side).map(pixel))
    })
}
