//! A recurrent network through time: drawn as the deep network that it is, with a text at its steps.

use super::board::{model_name, seen};
use super::state::LanguageState;
use crate::protocol::{LanguageModel, UnrolledCopy, UnrolledReport};
use crate::ui::widget::{Button, Card, trouble_box};
use crate::ui::{live, number};
use leptos::prelude::*;

/// Of the drawing, in its own units: a copy's width, a unit's side, and where rows begin.
const COPY: usize = 46;
const UNIT: usize = 11;
const TOP: usize = 84;
/// Bars of gradients are drawn so many tens up.
const BAR: f64 = 70.0;
const DECADES: f64 = 7.0;
/// Shades of each sign in the style sheet.
const SHADES: f32 = 4.0;

pub(super) fn unroll_card(state: LanguageState) -> AnyView {
    let is_empty = Memo::new(move |_| state.unroll.answer.with(Option::is_none));
    let told = move || {
        let found = state.unroll.answer.get()?;
        let [first, last] = [found.copies.first()?, found.copies.last()?].map(|copy| copy.gradient);
        Some(say!(
            language.unroll_told,
            model = model_name(found.model),
            count = found.copies.len(),
            params = number::count(found.params),
            ratio = number::small(first / last),
            step = number::count(found.step)
        ))
    };
    let ratio = move || {
        let found = state.unroll.answer.get()?;
        Some((found.copies.first()?.gradient / found.copies.last()?.gradient).to_string())
    };
    let read = move |event| {
        state.unroll_text.set(event_target_value(&event));
        state.ask_unroll();
    };
    let is_transformer =
        Memo::new(move |_| state.settings.with(|settings| settings.asked() == LanguageModel::Transformer));
    let todo = move || {
        let words = if is_transformer.get() { say!(language.unroll_transformer) } else { say!(language.unroll_todo) };
        is_empty.get().then(|| view! { <p class="hint">{words}</p> }).into_any()
    };
    view! {
        <Card id="language-unroll" title=words!(language.unroll) hint=words!(language.unroll_hint) of=state.unroll.asking>
            <label class="field">
                <span>{words!(language.unroll_text)}</span>
                <input type="text" class="language-line" data-testid="language-unroll-text" maxlength="200" on:change=read />
            </label>
            <div class="row-acts wraps">
                <Button
                    id="language-unroll-ask"
                    words=words!(language.lags_ask)
                    off=move || state.progress.with(Option::is_none) || is_transformer.get()
                    on_press=move |()| state.ask_unroll()
                />
            </div>
            {trouble_box(move || state.unroll.trouble())}
            {live::view(todo)}
            <div class:gone=live::flag(move || is_empty.get())>
                <p class="figure" data-testid="language-unrolled" data-ratio=live::maybe(ratio)>{live::maybe(told)}</p>
                {live::view(move || state.unroll.answer.with(|found| found.as_deref().map(drawn)).into_any())}
            </div>
        </Card>
    }
    .into_any()
}

fn drawn(found: &UnrolledReport) -> AnyView {
    let count = found.copies.len();
    let width = COPY * (count + 1);
    let units = found.copies.first().map_or(0, |copy| copy.units.len());
    let state_end = TOP + units * UNIT;
    let height = state_end + 70 + BAR as usize + 30;
    let largest = found.copies.iter().map(|copy| copy.gradient).fold(1e-300, f64::max);
    let one = |(at, copy): (usize, &UnrolledCopy)| {
        let left = COPY / 2 + at * COPY;
        let middle = left + COPY / 2 - UNIT / 2;
        let unit = |(row, value): (usize, &f32)| {
            let step = (value.clamp(-1.0, 1.0) * SHADES).round() as i32;
            let class = if step < 0 { format!("unit below-{}", -step) } else { format!("unit above-{step}") };
            view! { <rect class=class x=middle y=TOP + row * UNIT width=UNIT - 1 height=UNIT - 1></rect> }
        };
        // Nothing of a gradient that many tens below the largest is seen.
        let share = (1.0 + (copy.gradient / largest).max(1e-300).log10() / DECADES).clamp(0.0, 1.0);
        let (bar, base) = (BAR * share, state_end + 70 + BAR as usize);
        let between = (at + 1 < count).then(|| {
            let (from, to) = (middle + UNIT + 1, left + COPY + COPY / 2 - UNIT / 2 - 2);
            let y = TOP + units * UNIT / 2;
            view! { <path class="flow" d=format!("M{from} {y}H{to}m-5 -4l5 4l-5 4")></path> }
        });
        let (x, up, down) = (left + COPY / 2, TOP - 6, state_end + 4);
        let tip = say!(
            language.unroll_copy,
            at = count - 1 - at,
            gradient = number::small(copy.gradient),
            activity = number::fixed(copy.activity, 3)
        );
        view! {
            <g data-testid="language-copy">
                <title>{tip}</title>
                <text class="next" x=x y=26 text-anchor="middle">{seen(&copy.next)}</text>
                <text class="chance" x=x y=44 text-anchor="middle">{number::percent(copy.probability)}</text>
                <path class="flow" d=format!("M{x} {up}V52m-4 6l4 -6l4 6")></path>
                {copy.units.iter().enumerate().map(unit).collect_view()}
                {between}
                <path class="flow" d=format!("M{x} {}V{down}m-4 6l4 -6l4 6", state_end + 28)></path>
                <text class="read" x=x y=state_end + 46 text-anchor="middle">{seen(&copy.text)}</text>
                <rect class="gradient" x=middle - 4 y=format!("{:.1}", base as f64 - bar) width=UNIT + 8 height=format!("{bar:.1}")></rect>
            </g>
        }
    };
    let copies = found.copies.iter().enumerate().map(one).collect_view();
    view! {
        <div class="unroll-sheet" tabindex="0" role="group" aria-label=words!(language.unroll)>
            <svg
                viewBox=format!("0 0 {width} {height}")
                width=width
                height=height
                role="img"
                aria-label=words!(language.unroll)
                data-testid="language-unroll-drawing"
                data-copies=count.to_string()
            >
                {copies}
                <text class="chance" x=COPY / 2 y=height - 8>{words!(language.unroll_axis)}</text>
            </svg>
        </div>
    }
    .into_any()
}
