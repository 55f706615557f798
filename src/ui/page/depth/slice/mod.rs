//! The regions of a network of pictures over the plane through three of them: the plane, and a part of it so small that its regions can be
//! seen.

mod plane;
mod state;
mod way;

use super::drawing::{HasRegions, RegionBoard, RegionSheet, class_of};
use super::settings::DepthSettings;
use crate::protocol::{Facts, SliceFact, SliceMap};
use crate::ui::page::NetworkSelect;
use crate::ui::widget::{
    Button, Card, Icon, Select, StartStop, Thumbnail, Verdict, check, computed_on, legend, trouble_box,
};
use crate::ui::{PageSettings, Words, app, folder, live, number, sentence};
use leptos::prelude::*;
pub(super) use state::SliceState;

impl HasRegions for SliceMap {
    fn sheet(&self, _: u32) -> RegionSheet<'_> {
        RegionSheet {
            domain: [-1.0, -1.0, 1.0, 1.0],
            regions: &self.regions,
            parts: &self.parts,
            of: self.kinks,
            points: &[],
        }
    }

    fn step(&self) -> u32 {
        self.count
    }
}

/// What a class is called.
fn class_name(map: &SliceMap, class: u32) -> String {
    let name = map.classes.get(class as usize).map(|(_, en, ja)| [en.clone(), ja.clone()]);
    name.map(|both| sentence::in_language(&both).to_owned()).unwrap_or_default()
}

pub(super) fn slice_card(state: SliceState) -> AnyView {
    let is_there = Memo::new(move |_| state.map.with(Option::is_some));
    let board = RegionBoard {
        id: "depth-slice-drawing",
        map: state.map,
        after: Signal::derive(|| 0),
        view: Signal::derive(move || state.settings.with(|settings| settings.view)),
        pointed: state.pointed,
    };
    let window = StoredValue::new(Some(board));
    let drawn = move || {
        let board = window.try_update_value(Option::take).flatten();
        board.map(RegionBoard::view)
    };
    view! {
        <Card id="depth-slice" title=words!(depth.slice) hint=words!(depth.slice_hint) of=state.run.asking>
            <div class="depth-slice-set">
                <NetworkSelect />
                <div class="depth-slice-pictures">{[0, 1, 2].map(|at| picture(state, at)).collect_view()}</div>
                <div class="fields">{controls!(DepthSettings, "parts")}</div>
                <div class="row-acts wraps">
                    <StartStop id="depth-slice" of=state.run.asking able=move || state.is_able() start=move |()| state.again() />
                    <Button
                        id="depth-slice-back"
                        words=words!(depth.slice_back)
                        off=move || state.settings.with(|settings| settings.middle.is_none())
                        on_press=move |()| DepthSettings::change(|settings| settings.middle = None)
                    />
                </div>
            </div>
            <p class="sub" data-testid="depth-slice-figures">{live::maybe(move || figures(state))}</p>
            <p class="hint" class:gone=live::flag(move || is_there.get())>{words!(depth.slice_empty)}</p>
            <div class="depth-slice-boards" class:gone=live::flag(move || !is_there.get())>
                {plane::plane(state)}
                <figure>
                    <figcaption>{words!(depth.slice_window)}</figcaption>
                    {drawn()}
                    <p class="hint depth-pointed-words" data-testid="depth-slice-pointed">
                        {live::text(move || pointed(state))}
                    </p>
                </figure>
            </div>
            {live::view(move || classes(state))}
            {way::way(state)}
            <div class="row-acts wraps" class:gone=live::flag(move || !is_there.get())>
                <Button id="depth-slice-svg" icon=Icon::Download words=words!(depth.save_svg) on_press=move |()| save_svg(state) />
                <Button id="depth-slice-json" icon=Icon::Download words=words!(depth.save_json) on_press=move |()| save_json(state) />
            </div>
            {live::view(move || {
                let backend = state.map.with(|map| Some(map.as_ref()?.backend.clone()));
                backend.map(|backend| view! { <p class="sub">{computed_on(&backend)}</p> }).into_any()
            })}
            {trouble_box(move || state.run.trouble())}
        </Card>
    }
    .into_any()
}

/// One of the three, and which one it is.
fn picture(state: SliceState, at: usize) -> AnyView {
    const IDS: [&str; 3] = ["depth-first", "depth-second", "depth-third"];
    let label: Words = [words!(depth.slice_first), words!(depth.slice_second), words!(depth.slice_third)][at];
    let options = Signal::derive(move || {
        let name = |id: u32| app().item(id).map(|item| (item.name.clone(), item.name));
        app().tray().into_iter().filter_map(name).collect::<Vec<_>>()
    });
    let id = Memo::new(move |_| state.picture(at));
    let chosen =
        Signal::derive(move || id.get().and_then(|id| app().item(id)).map(|item| item.name).unwrap_or_default());
    view! {
        <div class="depth-slice-picture">
            {live::view(move || id.get().map(|picture| view! { <Thumbnail picture /> }).into_any())}
            <Select
                id=IDS[at]
                label
                options
                chosen
                on_choose=move |name| DepthSettings::change(|settings| settings.pictures[at] = name)
            />
        </div>
    }
    .into_any()
}

fn figures(state: SliceState) -> Option<String> {
    let is_on = state.run.asking.is_on();
    state.map.with(|map| {
        let map = map.as_ref()?;
        let (regions, time) = (number::count(map.count), number::millis(map.elapsed_ms));
        let size = number::digits((map.window[2] - map.window[0]) as f32);
        Some(match (is_on, map.kinks) {
            (true, 0) => say!(depth.slice_asking).to_owned(),
            (true, _) => say!(depth.slice_cutting, regions = regions, covered = number::percent(map.covered as f32)),
            (false, kinks) => {
                say!(depth.slice_done, regions = regions, kinks = number::count(kinks as u32), size = size, time = time)
            }
        })
    })
}

fn pointed(state: SliceState) -> String {
    let at = state.pointed.get();
    let told = state.map.with(|map| {
        let map = map.as_ref()?;
        let region = map.regions.get(at?)?;
        Some(say!(
            depth.slice_pointed,
            active = number::count(region.active),
            of = number::count(map.kinks as u32),
            slope = number::digits(region.slope)
        ))
    });
    told.unwrap_or_else(|| say!(depth.slice_point).to_owned())
}

/// Which colour is which class.
fn classes(state: SliceState) -> AnyView {
    state
        .map
        .with(|map| {
            map.as_ref().map(|map| {
                let row = |place: usize| (class_of(place as u32), class_name(map, place as u32));
                view! { <div class="depth-slice-classes">{legend((0..map.classes.len()).map(row))}</div> }
            })
        })
        .into_any()
}

fn save_svg(state: SliceState) {
    let view = state.settings.with_untracked(|settings| settings.view);
    let text = state.map.with_untracked(|map| map.as_ref().map(|map| map.sheet(0).svg(view)));
    text.into_iter().for_each(|text| folder::save("slice.svg", text.as_bytes()));
}

fn save_json(state: SliceState) {
    let text = state.map.with_untracked(|map| map.as_ref().and_then(|map| serde_json::to_vec(map).ok()));
    text.into_iter().for_each(|text| folder::save("slice.json", &text));
}

/// What is held of the slice that is shown.
pub(super) fn slice_checks(state: SliceState) -> AnyView {
    let one = |fact: SliceFact, words: [Words; 2]| {
        check(fact.id(), words, move || {
            let found = state.map.with(|map| {
                let finding = map.as_ref()?.checks.iter().find(|finding| finding.fact == fact)?;
                Some((finding.holds(), finding.measured, finding.limit))
            });
            match found {
                Some((holds, measured, limit)) => {
                    let told = say!(
                        depth.slice_found,
                        found = number::digits(measured as f32),
                        limit = number::digits(limit as f32)
                    );
                    (Verdict::of(holds), told.into_any())
                }
                None => (Verdict::Open, words!(depth.slice_not_yet).into_any()),
            }
        })
    };
    view! {
        {one(SliceFact::Areas, [words!(depth.fact_slice_areas), words!(depth.fact_slice_areas_how)])}
        {one(SliceFact::Affine, [words!(depth.fact_slice_affine), words!(depth.fact_slice_affine_how)])}
        {one(SliceFact::Pattern, [words!(depth.fact_slice_pattern), words!(depth.fact_slice_pattern_how)])}
        {one(SliceFact::Boundary, [words!(depth.fact_slice_boundary), words!(depth.fact_slice_boundary_how)])}
    }
    .into_any()
}
