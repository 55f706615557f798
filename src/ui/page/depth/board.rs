//! The network's regions with what is set and what is known of them, and a table of its layers.

use super::drawing::{HasRegions, RegionBoard};
use super::settings::{DepthSettings, NetOrigin};
use super::state::DepthState;
use crate::protocol::{RegionLayer, RegionMap};
use crate::ui::widget::{Button, Card, Icon, Slider, StartStop, computed_on, trouble_box};
use crate::ui::{PageSettings, app, folder, live, number};
use leptos::prelude::*;

pub(super) fn board_card(state: DepthState) -> AnyView {
    let is_ready = Memo::new(move |_| state.map.with(Option::is_some));
    let learns = move || state.settings.with(|settings| settings.origin == NetOrigin::Learns);
    let start = move || {
        if !learns() {
            return ().into_any();
        }
        view! { <StartStop id="depth" of=state.run.asking able=move || app().is_up() start=move |()| state.again() /> }
            .into_any()
    };
    let sheet = RegionBoard {
        id: "depth-drawing",
        map: state.map,
        after: Signal::derive(move || state.settings.with(|settings| settings.after)),
        view: Signal::derive(move || state.settings.with(|settings| settings.view)),
        pointed: state.pointed,
    };
    view! {
        <Card id="depth" title=words!(depth.board) hint=words!(depth.board_hint) of=state.run.asking>
            <div class="depth-board">
                <div>
                    <p class="sub" data-testid="depth-figures">{live::maybe(move || figures(state))}</p>
                    {sheet.view()}
                    <p class="hint depth-pointed-words" data-testid="depth-pointed">{live::text(move || pointed(state))}</p>
                </div>
                <div class="depth-side">
                    <div class="fields">
                        {controls!(
                            DepthSettings, "from", "set", "fold", "layers", "width", "folds", "units", "steps", "rate", "seed"
                        )}
                    </div>
                    <div class="row-acts wraps">{live::view(start)}</div>
                    {controls!(DepthSettings, "show")}
                    {live::view(move || after(state))}
                    <div class="row-acts wraps">
                        <Button
                            id="depth-svg"
                            icon=Icon::Download
                            words=words!(depth.save_svg)
                            off=move || !is_ready.get()
                            on_press=move |()| save_svg(state)
                        />
                        <Button
                            id="depth-json"
                            icon=Icon::Download
                            words=words!(depth.save_json)
                            off=move || !is_ready.get()
                            on_press=move |()| save_json(state)
                        />
                    </div>
                    {live::view(move || {
                        let backend = state.map.with(|map| map.as_ref()?.backend.clone());
                        backend.map(|backend| view! { <p class="sub">{computed_on(&backend)}</p> }).into_any()
                    })}
                </div>
            </div>
            {trouble_box(move || state.run.trouble())}
        </Card>
    }
    .into_any()
}

/// After how many layers it is looked at.
fn after(state: DepthState) -> AnyView {
    let count = state.map.with(|map| map.as_ref().map_or(0, |map| map.layers.len()));
    if count < 2 {
        return ().into_any();
    }
    let shown = move || state.settings.with(|settings| settings.after).clamp(1, count as u32);
    let told = Signal::derive(move || say!(depth.after_layer, layer = shown(), of = count));
    view! {
        <label class="field">
            <span data-testid="depth-after-words">{live::text(move || told.get())}</span>
            <Slider
                id="depth-after"
                span=[1.0, count as f64]
                step=1.0
                value=Signal::derive(move || f64::from(shown()))
                told
                on_slide=move |layer: f64| {
                    state.pointed.set(None);
                    // The last one stays the last one where there are more.
                    let layer = if layer as usize == count { DepthSettings::AFTER.high as u32 } else { layer as u32 };
                    DepthSettings::change(|settings| settings.after = layer);
                }
            />
        </label>
    }
    .into_any()
}

fn figures(state: DepthState) -> Option<String> {
    state.map.with(|map| {
        let map = map.as_ref()?;
        let regions = number::count(map.layers[state.layer(map)].regions.len() as u32);
        Some(match (map.loss, map.accuracy) {
            (Some(loss), Some(accuracy)) => say!(
                depth.learning,
                regions = regions,
                step = number::count(map.step),
                of = number::count(map.of),
                loss = number::digits(loss),
                accuracy = number::percent(accuracy)
            ),
            _ => say!(depth.regions, regions = regions, time = number::millis(map.elapsed_ms)),
        })
    })
}

fn pointed(state: DepthState) -> String {
    let at = state.pointed.get();
    let told = state.map.with(|map| {
        let map = map.as_ref()?;
        let layer = state.layer(map);
        let region = map.layers[layer].regions.get(at?)?;
        let of: u32 = map.layers[..=layer].iter().map(|layer| layer.width).sum();
        Some(say!(
            depth.pointed,
            active = region.active,
            of = of,
            area = number::digits(region.area as f32),
            slope = number::digits(region.slope)
        ))
    });
    told.unwrap_or_else(|| say!(depth.point_here).to_owned())
}

fn save_svg(state: DepthState) {
    let (view, after) = state.settings.with_untracked(|settings| (settings.view, settings.after));
    let text = state.map.with_untracked(|map| map.as_ref().map(|map| map.sheet(after).svg(view)));
    text.into_iter().for_each(|text| folder::save("regions.svg", text.as_bytes()));
}

fn save_json(state: DepthState) {
    let text = state.map.with_untracked(|map| map.as_ref().and_then(|map| serde_json::to_vec(map).ok()));
    text.into_iter().for_each(|text| folder::save("regions.json", &text));
}

/// How many regions there are after each layer, beside what is proved of them.
pub(super) fn layers_card(state: DepthState) -> AnyView {
    view! {
        <Card id="depth-layers" title=words!(depth.table) hint=words!(depth.table_hint)>
            {live::view(move || state.map.with(|map| map.as_ref().map(table)).into_any())}
        </Card>
    }
    .into_any()
}

fn table(map: &RegionMap) -> AnyView {
    let has_points = !map.points.is_empty();
    let row = |(at, layer): (usize, &RegionLayer)| {
        let count = layer.regions.len();
        let most = layer.most.map_or_else(|| "–".to_owned(), |most| most.to_string());
        let crowding = layer.crowding.map(|times| say!(depth.times, times = number::digits(times as f32)));
        view! {
            <tr data-testid="depth-layer" data-regions=count.to_string() data-least=layer.least.to_string()>
                <th scope="row">{at + 1}</th>
                <td class="figure">{layer.width}</td>
                <td class="figure">{number::count(count as u32)}</td>
                <td class="figure">{most}</td>
                <td class="figure">{layer.least.to_string()}</td>
                {has_points.then(|| view! { <td class="figure">{crowding}</td> })}
            </tr>
        }
    };
    let rows = map.layers.iter().enumerate().map(row).collect_view();
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label=live::text(|| say!(depth.table).to_owned())>
            <table class="pupils">
                <thead>
                    <tr>
                        <th scope="col">{words!(depth.layer)}</th>
                        <th scope="col">{words!(depth.rectifiers)}</th>
                        <th scope="col">{words!(depth.region_count)}</th>
                        <th scope="col">{words!(depth.most)}</th>
                        <th scope="col">{words!(depth.least)}</th>
                        {has_points.then(|| view! { <th scope="col">{words!(depth.crowding)}</th> })}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        <p class="hint">{words!(depth.table_foot)}</p>
    }
    .into_any()
}
