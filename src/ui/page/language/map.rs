//! Features of letters or words in the plane, neighbours, analogies.

use super::board::seen;
use super::settings::LanguageSettings;
use super::state::LanguageState;
use crate::protocol::{FeaturePlace, FeaturePlane, MapRun, WordPlacing};
use crate::ui::widget::{Button, Card, trouble_box};
use crate::ui::{Choice, live, number};
use leptos::html::Input;
use leptos::prelude::*;

/// Of the drawing, in its own units.
const WIDTH: f32 = 1000.0;
const HEIGHT: f32 = 560.0;
const MARGIN: f32 = 44.0;

pub(super) fn map_card(state: LanguageState) -> AnyView {
    let fields = [(); 3].map(|()| NodeRef::<Input>::new());
    let is_empty = Memo::new(move |_| state.map.answer.with(Option::is_none));
    let near = move || state.map.answer.with(|found| found.as_ref().map(|found| seen(&found.near)));
    let told = move || {
        let found = state.map.answer.get()?;
        let (step, near) = (number::count(found.step), seen(&found.near));
        Some(match found.by {
            WordPlacing::Components => {
                say!(language.map_told, share = number::percent(found.explained as f32), step = step, near = near)
            }
            WordPlacing::Tsne => say!(language.map_told_tsne, step = step, near = near),
        })
    };
    let ask = move |()| {
        let analogy =
            fields.map(|field| field.get_untracked().map(|field| field.value().trim().to_owned()).unwrap_or_default());
        let near =
            state.map.answer.with_untracked(|found| found.as_ref().map(|found| found.near.clone())).unwrap_or_default();
        state.ask_map(MapRun { near, analogy, ..MapRun::default() });
    };
    let choose = move |event| {
        let near = event_target_value(&event).trim().to_owned();
        state.ask_map(MapRun { near, ..MapRun::default() });
    };
    let list = move |of: fn(&FeaturePlane) -> &Vec<(String, f32)>| {
        let row = |(text, cosine): &(String, f32)| {
            view! { <li><b>{seen(text)}</b> <span class="figure">{number::fixed(f64::from(*cosine), 2)}</span></li> }
        };
        state.map.answer.with(|found| found.as_ref().map(|found| of(found).iter().map(row).collect_view())).into_any()
    };
    let field = move |at: usize, id: &'static str, sign: &'static str| {
        view! {
            <span>{sign}</span>
            <input type="text" size="8" class="language-word" node_ref=fields[at] data-testid=id aria-label=words!(language.analogy) />
        }
    };
    view! {
        <Card id="language-map" title=words!(language.map) hint=words!(language.map_hint) of=state.map.asking>
            <div class="row-acts wraps">
                <Button
                    id="language-map-ask"
                    words=words!(language.map_ask)
                    off=move || state.progress.with(Option::is_none)
                    on_press=ask
                />
            </div>
            {live::view(move || is_empty.get().then(|| view! { <p class="hint">{words!(language.map_todo)}</p> }).into_any())}
            {trouble_box(move || state.map.trouble())}
            <div class="fields">{controls!(LanguageSettings, "place")}</div>
            <div class:gone=live::flag(move || is_empty.get())>
                {live::view(move || state.map.answer.with(|found| found.as_ref().map(|found| plane(found, state))).into_any())}
                <label class="field">
                    <span>{words!(language.near)}</span>
                    <input type="text" class="language-line" data-testid="language-near-field" maxlength="60" on:change=choose />
                </label>
                <p class="hint" data-testid="language-near" data-value=live::maybe(near)>{live::maybe(told)}</p>
                <ul class="language-neighbours" data-testid="language-neighbours">{live::view(move || list(|found| &found.neighbours))}</ul>
                <h3>{words!(language.analogy)}</h3>
                <div class="row-acts wraps">
                    {field(0, "language-analogy-a", "")}
                    {field(1, "language-analogy-b", "−")}
                    {field(2, "language-analogy-c", "+")}
                    <Button id="language-analogy" words=words!(language.analogy_ask) on_press=ask />
                </div>
                <ul class="language-neighbours" data-testid="language-analogies">{live::view(move || list(|found| &found.analogy))}</ul>
            </div>
        </Card>
    }
    .into_any()
}

fn plane(found: &FeaturePlane, state: LanguageState) -> AnyView {
    let edges = |of: usize| {
        let all = found.points.iter().map(|point| point.at[of]);
        let [low, high] = all.fold([f32::INFINITY, f32::NEG_INFINITY], |[low, high], at| [low.min(at), high.max(at)]);
        if high > low { [low, high] } else { [low - 1.0, low + 1.0] }
    };
    let [across, up] = [edges(0), edges(1)];
    let share = |at: f32, [low, high]: [f32; 2]| (at - low) / (high - low);
    let is_near = |point: &FeaturePlace| found.neighbours.iter().any(|(text, _)| *text == point.text);
    let one = |point: &FeaturePlace| {
        let x = MARGIN + share(point.at[0], across) * (WIDTH - 2.0 * MARGIN);
        let y = HEIGHT - MARGIN - share(point.at[1], up) * (HEIGHT - 2.0 * MARGIN);
        let class = match () {
            () if point.text == found.near => "place chosen",
            () if is_near(point) => "place near",
            () => "place",
        };
        let near = point.text.clone();
        let choose = move |_| state.ask_map(MapRun { near: near.clone(), ..MapRun::default() });
        view! {
            <text class=class x=format!("{x:.0}") y=format!("{y:.0}") text-anchor="middle" on:click=choose>
                {seen(&point.text)}
            </text>
        }
    };
    let by = found.by.key();
    // The most frequent on top.
    let points = found.points.iter().rev().map(one).collect_view();
    view! {
        <svg class="language-plane" viewBox=format!("0 0 {WIDTH} {HEIGHT}") role="img" aria-label=words!(language.map) data-testid="language-plane" data-by=by>
            {points}
        </svg>
    }
    .into_any()
}
