//! The picture that is looked at: it is moved, or drawn.

use super::state::NeocognitronState;
use crate::ui::live;
use crate::ui::widget::{Button, PixelsView, Segments, arrow, no_pixels, painted, share_at};
use leptos::html::Div;
use leptos::prelude::*;
use web_sys::{KeyboardEvent, PointerEvent};

/// What a pointer does to the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
enum PadUse {
    Moves,
    Draws,
}

choices! {
    PadUse {
        Moves = ("moves", words!(brain.pad_moves)),
        Draws = ("draws", words!(brain.pad_draws)),
    }
}

pub(super) fn pad(state: NeocognitronState) -> AnyView {
    let by = RwSignal::new(PadUse::Moves);
    let ground = NodeRef::<Div>::new();
    let last = StoredValue::new(None::<[f64; 2]>);
    let pixels = Signal::derive(move || {
        let side = state.side();
        state.pixels.with(|pixels| match pixels.len() == side * side && side > 0 {
            true => painted(side as u32, pixels.iter().map(|&pixel| [pixel, pixel, pixel, 255])),
            false => no_pixels(),
        })
    });
    let place = move |event: &PointerEvent| ground.get_untracked().map(|ground| share_at(&ground, event));
    let down = move |event: PointerEvent| {
        event.prevent_default();
        if let Some(ground) = ground.get_untracked() {
            // Refused where the pointer has gone already.
            let _ = ground.set_pointer_capture(event.pointer_id());
            let _ = ground.focus();
        }
        last.set_value(place(&event));
        if let (PadUse::Draws, Some(at)) = (by.get_untracked(), place(&event)) {
            state.draw_at(at);
        }
    };
    let moved = move |event: PointerEvent| {
        let (Some(from), Some(to)) = (last.get_value(), place(&event)) else { return };
        let side = untrack(|| state.side()) as f64;
        let away = [0, 1].map(|axis| (to[axis] - from[axis]) * side);
        match by.get_untracked() {
            PadUse::Moves => {
                let whole = away.map(f64::trunc);
                if whole != [0.0; 2] {
                    state.move_by(whole.map(|by| by as i32));
                    // What is less than a pixel is moved later.
                    last.set_value(Some([0, 1].map(|axis| from[axis] + whole[axis] / side)));
                }
            }
            PadUse::Draws => {
                let count = away[0].hypot(away[1]).ceil().max(1.0) as usize;
                for step in 1..=count {
                    let part = step as f64 / count as f64;
                    state.draw_at([0, 1].map(|axis| from[axis] + part * (to[axis] - from[axis])));
                }
                last.set_value(Some(to));
            }
        }
    };
    let key = move |event: KeyboardEvent| {
        if let Some(by) = arrow(&event) {
            state.move_by(by.map(|by| by as i32));
        }
    };
    let clear = move |()| {
        state.pixels.update(|pixels| pixels.fill(0));
        by.set(PadUse::Draws);
    };
    view! {
        <div class="brain-pad">
            <div
                class="brain-picture"
                node_ref=ground
                tabindex="0"
                role="application"
                aria-label=words!(brain.pad)
                data-testid="brain-pad"
                on:pointerdown=down
                on:pointermove=moved
                on:pointerup=move |_| last.set_value(None)
                on:pointercancel=move |_| last.set_value(None)
                on:keydown=key
            >
                <PixelsView pixels />
            </div>
            <div class="row-acts wraps">
                <Segments name="brain-pad-use" label=words!(brain.pad_use) chosen=by on_choose=move |to| by.set(to) />
                <Button id="brain-clear" words=words!(brain.pad_clear) off=move || state.report.with(Option::is_none) on_press=clear />
            </div>
            <p class="hint">{live::view(move || match by.get() {
                PadUse::Moves => words!(brain.pad_moves_how).into_any(),
                PadUse::Draws => words!(brain.pad_draws_how).into_any(),
            })}</p>
        </div>
    }
    .into_any()
}
