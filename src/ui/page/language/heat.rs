//! What a unit does over a text, and which units go with quotes, brackets, lines and words.

use super::board::model_name;
use super::state::LanguageState;
use crate::protocol::{HeatReport, UnitCorrelation};
use crate::ui::widget::{Button, Card, trouble_box};
use crate::ui::{Words, live, number};
use leptos::prelude::*;

/// Shades of each sign in the style sheet.
const SHADES: f32 = 4.0;

/// What of a unit is shown.
fn row_name(row: &str) -> Words {
    match row {
        "cell" => words!(language.row_cell),
        "input" => words!(language.row_input),
        "forget" => words!(language.row_forget),
        "output" => words!(language.row_output),
        "reset" => words!(language.row_reset),
        "update" => words!(language.row_update),
        _ => words!(language.row_hidden),
    }
}

fn found_name(what: &str) -> Words {
    match what {
        "quotes" => words!(language.goes_quotes),
        "brackets" => words!(language.goes_brackets),
        "line" => words!(language.goes_line),
        _ => words!(language.goes_word),
    }
}

pub(super) fn heat_card(state: LanguageState) -> AnyView {
    let is_empty = Memo::new(move |_| state.heat.answer.with(Option::is_none));
    let told = move || {
        let found = state.heat.answer.get()?;
        let model = model_name(found.model);
        Some(say!(
            language.heat_told,
            unit = found.unit,
            units = found.units,
            model = model,
            step = number::count(found.step)
        ))
    };
    let unit = move || state.heat.answer.with(|found| found.as_ref().map(|found| found.unit.to_string()));
    let one = move |found: UnitCorrelation| {
        let words = say!(
            language.goes_with,
            what = found_name(&found.what)(),
            unit = found.unit,
            r = number::fixed(found.correlation, 2)
        );
        let pressed = move || {
            state.heat.answer.with(|heat| heat.as_ref().is_some_and(|heat| heat.unit == found.unit)).then_some("on")
        };
        view! {
            <button
                type="button"
                class="btn"
                data-testid=format!("language-goes-{}", found.what)
                data-value=found.correlation.to_string()
                data-state=live::name(pressed)
                on:click=move |_| state.ask_heat(Some(found.unit))
            >
                {words}
            </button>
        }
    };
    let all = move || {
        let found = state.heat.answer.with(|heat| heat.as_ref().map(|heat| heat.found.clone())).unwrap_or_default();
        found.into_iter().map(one).collect_view().into_any()
    };
    let next = move |by: u32| {
        let found = state.heat.answer.with_untracked(|heat| heat.as_ref().map(|heat| (heat.unit, heat.units)));
        found.into_iter().for_each(|(unit, units)| state.ask_heat(Some((unit + units + by - 1) % units)));
    };
    let read = move |event| {
        state.heat_text.set(event_target_value(&event));
        state.ask_heat(state.heat.answer.with_untracked(|heat| heat.as_ref().map(|heat| heat.unit)));
    };
    view! {
        <Card id="language-heat" title=words!(language.heat) hint=words!(language.heat_hint) of=state.heat.asking>
            {live::view(move || is_empty.get().then(|| view! { <p class="hint">{words!(language.heat_todo)}</p> }).into_any())}
            {trouble_box(move || state.heat.trouble())}
            <div class:gone=live::flag(move || is_empty.get())>
                <div class="row-acts wraps">{live::view(all)}</div>
                <label class="field">
                    <span>{words!(language.heat_text)}</span>
                    <input type="text" class="language-line" data-testid="language-heat-text" maxlength="400" on:change=read />
                </label>
                <div class="row-acts wraps">
                    <Button id="language-unit-before" words=words!(language.unit_before) on_press=move |()| next(0) />
                    <Button id="language-unit-after" words=words!(language.unit_after) on_press=move |()| next(2) />
                    <span class="figure" data-testid="language-unit" data-value=live::maybe(unit)>{live::maybe(told)}</span>
                </div>
                {live::view(move || rows(state))}
            </div>
        </Card>
    }
    .into_any()
}

fn rows(state: LanguageState) -> AnyView {
    state.heat.answer.with(|found| found.as_deref().map(drawn)).into_any()
}

fn drawn(heat: &HeatReport) -> AnyView {
    let row = |(name, values): &(String, Vec<f32>)| {
        let largest = values.iter().fold(1e-6_f32, |most, value| most.max(value.abs()));
        // Gates lie between 0 and 1, states on both sides of 0.
        let is_gate = !matches!(name.as_str(), "cell" | "hidden");
        let shade = |value: f32| {
            let signed = if is_gate { value } else { value / largest };
            let step = (signed * SHADES).round() as i32;
            if step < 0 { format!("heat-below-{}", -step) } else { format!("heat-above-{step}") }
        };
        let letter = |(letter, value): (&String, &f32)| {
            let text = if letter == "\n" { "⏎\n".to_owned() } else { letter.clone() };
            view! { <span class=shade(*value) title=number::digits(*value)>{text}</span> }
        };
        let letters = heat.letters.iter().zip(values).map(letter).collect_view();
        view! {
            <h3>{row_name(name)}</h3>
            <p class="language-heat" lang="">{letters}</p>
        }
    };
    heat.rows.iter().map(row).collect_view().into_any()
}
