//! Every two rows: how alike their matrices are, and their responses.

use super::name_of;
use super::state::StreamState;
use crate::ui::widget::{Card, PixelsView, arrow, no_pixels, painted, share_at};
use crate::ui::{live, number};
use leptos::html::Div;
use leptos::prelude::*;
use web_sys::{KeyboardEvent, PointerEvent};

pub(in crate::ui::page::brain) fn between_card(state: StreamState) -> AnyView {
    let ground = NodeRef::<Div>::new();
    let pointed = RwSignal::new(None::<[usize; 2]>);
    let rows = Memo::new(move |_| state.report.with(|report| report.as_ref().map_or(0, |report| report.rows.len())));
    let pixels = Signal::derive(move || {
        state.report.with(|report| {
            let Some(report) = report else { return no_pixels() };
            let count = report.rows.len() as u32;
            let pixel = |value: &f32| {
                let light = (255.0 * value.clamp(0.0, 1.0)) as u8;
                [light, (0.55 * f32::from(light)) as u8 + 20, 60, 255]
            };
            painted(count, report.aligned.iter().map(pixel))
        })
    });
    let point = move |event: PointerEvent| {
        let count = rows.get_untracked();
        if let Some(ground) = ground.get_untracked().filter(|_| count > 0) {
            let place = |share: f64| ((share.max(0.0) * count as f64) as usize).min(count - 1);
            pointed.set(Some(share_at(&ground, &event).map(place)));
        }
    };
    let key = move |event: KeyboardEvent| {
        let Some(step) = arrow(&event) else { return };
        let last = rows.get_untracked().saturating_sub(1) as f64;
        let here = pointed.get_untracked().unwrap_or_default();
        pointed.set(Some([0, 1].map(|axis| (here[axis] as f64 + step[axis]).clamp(0.0, last) as usize)));
    };
    let told = move || {
        let Some([column, row]) = pointed.get() else { return say!(brain.between_point).to_owned() };
        let said = state.report.with(|report| {
            let report = report.as_ref()?;
            let at = row * report.rows.len() + column;
            let (matrix, aligned) = (*report.between.get(at)?, *report.aligned.get(at)?);
            let [one, other] = [row, column].map(|at| report.rows.get(at).map(name_of));
            let [matrix, aligned] = [matrix, aligned].map(|value| number::fixed(f64::from(value), 3));
            Some(say!(brain.between_told, one = one?, other = other?, cka = aligned, matrix = matrix))
        });
        said.unwrap_or_default()
    };
    view! {
        <Card id="brain-between" title=words!(brain.between) hint=words!(brain.between_hint)>
            <div
                node_ref=ground
                class="brain-sheet brain-between"
                data-testid="brain-between-sheet"
                data-count=live::text(move || rows.get().to_string())
                role="img"
                tabindex="0"
                aria-label=words!(brain.between)
                on:pointermove=point
                on:pointerdown=point
                on:keydown=key
            >
                <PixelsView pixels />
            </div>
            <p class="hint" data-testid="brain-between-told">{live::text(told)}</p>
        </Card>
    }
    .into_any()
}
