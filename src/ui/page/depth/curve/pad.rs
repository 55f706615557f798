//! The curve, what is reckoned and what is learnt; whoever draws on it has a curve of their own.

use super::{CurveState, DRAWN};
use crate::protocol::FittedShape;
use crate::ui::page::depth::settings::DepthSettings;
use crate::ui::widget::{arrow, share_at};
use crate::ui::{PageSettings, live};
use leptos::html::Div;
use leptos::prelude::*;
use std::fmt::Write;
use web_sys::{KeyboardEvent, PointerEvent};

/// Of the drawing, in its own units.
const WIDTH: f64 = 1000.0;
const HEIGHT: f64 = 600.0;
/// The largest height that is drawn, either way.
const REACH: f64 = 1.2;
/// What an arrow key changes.
const KEY_STEP: f32 = 0.1;

fn path(heights: &[f32]) -> String {
    let last = heights.len().saturating_sub(1).max(1) as f64;
    let mut path = String::new();
    for (at, height) in heights.iter().enumerate() {
        let (x, y) = (WIDTH * at as f64 / last, HEIGHT * (0.5 - 0.5 * f64::from(*height) / REACH));
        // Writing to a string cannot fail.
        _ = write!(path, "{}{x:.1} {y:.1}", if at == 0 { 'M' } else { 'L' });
    }
    path
}

pub(super) fn pad(state: CurveState) -> AnyView {
    let node = NodeRef::<Div>::new();
    let is_drawing = StoredValue::new(None::<[f64; 2]>);
    let cursor = RwSignal::new(None::<usize>);
    // From one place to the next the curve is straight, however fast the pointer was.
    let draw = move |from: [f64; 2], to: [f64; 2]| {
        let place = |share: f64| (share.clamp(0.0, 1.0) * (DRAWN - 1) as f64).round() as usize;
        let (first, last) = (place(from[0]), place(to[0]));
        state.drawn.update(|drawn| {
            let (low, high) = (first.min(last), first.max(last));
            for (at, height) in drawn.iter_mut().enumerate().take(high + 1).skip(low) {
                let share = if low == high { 1.0 } else { (at as f64 - first as f64) / (last as f64 - first as f64) };
                let down = from[1] + share * (to[1] - from[1]);
                *height = (REACH * (1.0 - 2.0 * down.clamp(0.0, 1.0))) as f32;
            }
        });
    };
    let begin_own = move || {
        if state.settings.with_untracked(|settings| settings.fit.shape) == FittedShape::Drawn {
            return;
        }
        // It goes on from the curve that is shown.
        let shown = state.found.with_untracked(|found| found.as_ref().map(|found| found.curve.clone()));
        if let Some(shown) = shown.filter(|shown| shown.len() > DRAWN) {
            let step = (shown.len() - 1) / (DRAWN - 1);
            state.drawn.set(shown.into_iter().step_by(step).take(DRAWN).collect());
        }
    };
    let end_own = move || {
        state.tried.set(Vec::new());
        if state.settings.with_untracked(|settings| settings.fit.shape) == FittedShape::Drawn {
            state.again();
        } else {
            DepthSettings::change(|settings| settings.fit.shape = FittedShape::Drawn);
            if state.found.with_untracked(Option::is_none) {
                state.again();
            }
        }
    };
    let down = move |event: PointerEvent| {
        if let Some(node) = node.get_untracked() {
            begin_own();
            let at = share_at(&node, &event);
            is_drawing.set_value(Some(at));
            _ = node.set_pointer_capture(event.pointer_id());
            draw(at, at);
        }
    };
    let moved = move |event: PointerEvent| {
        if let (Some(node), Some(from)) = (node.get_untracked(), is_drawing.get_value()) {
            let at = share_at(&node, &event);
            draw(from, at);
            is_drawing.set_value(Some(at));
        }
    };
    let up = move |_| {
        if is_drawing.try_update_value(Option::take).flatten().is_some() {
            end_own();
        }
    };
    let key = move |event: KeyboardEvent| {
        let Some([right, down]) = arrow(&event) else { return };
        let here = cursor.get_untracked().unwrap_or((DRAWN - 1) / 2);
        let next = (here as f64 + right).clamp(0.0, (DRAWN - 1) as f64) as usize;
        cursor.set(Some(next));
        if down != 0.0 {
            begin_own();
            state.drawn.update(|drawn| {
                drawn[next] = (drawn[next] - KEY_STEP * down as f32).clamp(-REACH as f32, REACH as f32);
            });
            end_own();
        }
    };
    let is_own = Memo::new(move |_| state.settings.with(|settings| settings.fit.shape == FittedShape::Drawn));
    let curve = move || match is_own.get() {
        true => state.drawn.with(|drawn| path(drawn)),
        false => state.found.with(|found| found.as_ref().map(|found| path(&found.curve))).unwrap_or_default(),
    };
    let of = move |pick: fn(&crate::protocol::FittedCurve) -> &[f32]| {
        state.found.with(|found| found.as_ref().map(|found| path(pick(found)))).unwrap_or_default()
    };
    let mark = move || {
        let at = cursor.get().map(|at| WIDTH * at as f64 / (DRAWN - 1) as f64);
        at.map(|x| format!("M{x:.1} 0V{HEIGHT}")).unwrap_or_default()
    };
    let step = move || state.found.with(|found| found.as_ref().map(|found| found.step.to_string())).unwrap_or_default();
    view! {
        <div
            class="depth-sheet depth-pad"
            node_ref=node
            role="application"
            tabindex="0"
            data-testid="depth-pad"
            data-step=live::text(step)
            aria-label=live::text(|| say!(depth.fit_pad).to_owned())
            on:pointerdown=down
            on:pointermove=moved
            on:pointerup=up
            on:pointercancel=up
            on:keydown=key
            on:blur=move |_| cursor.set(None)
        >
            <svg viewBox="0 0 1000 600" preserveAspectRatio="none" aria-hidden="true">
                <path class="depth-axis" d="M0 300H1000"></path>
                <path class="depth-target" d=live::text(curve)></path>
                <path class="depth-fitted run-0" d=live::text(move || of(|found| &found.interpolant))></path>
                <path class="depth-fitted run-1" d=live::text(move || of(|found| &found.learnt))></path>
                <path class="depth-axis" d=live::text(mark)></path>
            </svg>
        </div>
        <p class="hint">{words!(depth.fit_draw)}</p>
    }
    .into_any()
}
