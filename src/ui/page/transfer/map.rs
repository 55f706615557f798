//! Thumbnails where their features lie on a plane; the chosen one can be put into another class or taken out.

use super::classes::thumbnail;
use super::state::TransferState;
use crate::protocol::{ClassChange, FeaturePlaces, Transfer, Transferred};
use crate::ui::widget::{Button, Card, PixelsView, SegmentsOf, Select, StartProgress, along, legend, trouble_box};
use crate::ui::{live, number};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};

/// How they are placed.
const NEAR: &str = "tsne";
const LINEAR: &str = "pca";
/// Colours of classes; others have them again.
const COLOURS: usize = 8;

#[derive(Clone, Copy)]
struct MapView {
    state: TransferState,
    placed_by: RwSignal<&'static str>,
    /// By its number.
    chosen: RwSignal<Option<u32>>,
}

pub(super) fn map_card(state: TransferState) -> AnyView {
    let asked = ask!(Transfer, Restart, Transferred::Mapped);
    let map = MapView { state, placed_by: RwSignal::new(NEAR), chosen: RwSignal::new(None) };
    let start = move |()| {
        if let Some(task) = untrack(|| state.task()) {
            asked.ask(Transfer::Map(task));
        }
    };
    let has_map = move || asked.answer.with(Option::is_some);
    let drawn = move || {
        let is_near = map.placed_by.get() == NEAR;
        asked.answer.with(|found| found.as_ref().map(|found| map.drawn(found, is_near))).into_any()
    };
    view! {
        <Card id="transfer-map" title=words!(transfer.map) hint=words!(transfer.map_hint) of=asked.asking>
            <StartProgress
                id="map"
                label=words!(transfer.map_start)
                title=words!(transfer.map)
                of=asked.asking
                able=move || state.able()
                start
            />
            {trouble_box(move || asked.trouble())}
            {live::view(move || has_map().then(|| map.segments()).into_any())}
            {live::view(drawn)}
            {live::view(move || map.chosen.get().filter(|_| has_map()).map(|id| map.picture(id)).into_any())}
        </Card>
    }
    .into_any()
}

impl MapView {
    fn segments(self) -> AnyView {
        let rows = vec![(NEAR, words!(transfer.tsne)), (LINEAR, words!(transfer.pca))];
        let Self { placed_by, .. } = self;
        view! {
            <SegmentsOf
                name="map-of"
                label=words!(transfer.map_of)
                rows
                chosen=move || placed_by.get()
                on_choose=move |key| placed_by.set(key)
            />
        }
        .into_any()
    }

    fn drawn(self, found: &FeaturePlaces, is_near: bool) -> AnyView {
        let Self { state, chosen, .. } = self;
        let places = if is_near { &found.tsne } else { &found.pca };
        let extent = |axis: usize| {
            let all = || places.iter().map(|place| place[axis]);
            let (low, high) = (all().fold(f64::INFINITY, f64::min), all().fold(f64::NEG_INFINITY, f64::max));
            (low, (high - low).max(f64::MIN_POSITIVE))
        };
        let extents = [extent(0), extent(1)];
        let share =
            |axis: usize, place: [f64; 2]| format!("{:.2}%", 100.0 * (place[axis] - extents[axis].0) / extents[axis].1);
        // From left to right, as the arrow keys go.
        let mut all: Vec<(u32, [f64; 2])> = found.pictures.iter().copied().zip(places.iter().copied()).collect();
        all.sort_by(|one, other| one.1[0].total_cmp(&other.1[0]));
        let first = all.first().map(|(id, _)| *id);
        let is_there = move |id: &u32| state.class_of(*id).is_some();
        let reached = Memo::new(move |_| chosen.get().filter(is_there).or(first));
        let one = |(id, place): (u32, [f64; 2])| {
            let class = Memo::new(move |_| state.class_of(id));
            let colour =
                move || class.get().map_or(String::new(), |(at, _)| format!("map-picture class-{}", at % COLOURS));
            let name = move || class.get().map(|(_, class)| format!("{class} · {}", state.name_of(id)));
            view! {
                <li
                    class=live::text(colour)
                    class:gone=live::flag(move || class.with(Option::is_none))
                    style:left=share(0, place)
                    style:top=share(1, place)
                >
                    <button
                        type="button"
                        data-testid="map-picture"
                        title=live::maybe(name)
                        aria-label=live::maybe(name)
                        aria-pressed=live::name(move || Some(if chosen.get() == Some(id) { "true" } else { "false" }))
                        tabindex=live::name(move || Some(if reached.get() == Some(id) { "0" } else { "-1" }))
                        on:click=move |_| chosen.set(Some(id))
                        on:focus=move |_| chosen.set(Some(id))
                    >
                        <PixelsView pixels=Signal::derive(move || thumbnail(state, id)) />
                    </button>
                </li>
            }
        };
        let (divergence, time) = (number::fixed(found.divergence, 2), number::millis(found.elapsed_ms));
        let told = live::text(move || match is_near {
            true => say!(transfer.tsne_told, divergence = divergence, time = time),
            false => say!(transfer.pca_told).to_owned(),
        });
        view! {
            <div class="map-frame">
                <ul class="map-pictures" data-testid="map" on:keydown=to_neighbour>{all.into_iter().map(one).collect_view()}</ul>
            </div>
            {live::view(move || {
                legend(state.classes.get().into_iter().enumerate().map(|(at, class)| (format!("class-{}", at % COLOURS), class.name)))
            })}
            <p class="hint">{told}</p>
        }
        .into_any()
    }

    /// The chosen one; none where it was taken out.
    fn picture(self, id: u32) -> AnyView {
        let Self { state, .. } = self;
        let class = Memo::new(move |_| state.class_of(id).map(|(_, class)| class));
        let options = Signal::derive(move || {
            state
                .classes
                .with(|all| all.iter().map(|class| (class.name.clone(), class.name.clone())).collect::<Vec<_>>())
        });
        let move_to = move |class: String| state.change(ClassChange::Move { pictures: vec![id], class });
        let controls = move || {
            view! {
                <div class="map-chosen" data-testid="map-chosen">
                    <PixelsView pixels=Signal::derive(move || thumbnail(state, id)) label=state.name_of(id) />
                    <Select
                        id="map-class"
                        label=words!(transfer.class)
                        options
                        chosen=Signal::derive(move || class.get().unwrap_or_default())
                        on_choose=move_to
                    />
                    <Button
                        id="map-remove"
                        words=words!(transfer.take_out)
                        on_press=move |()| state.change(ClassChange::Remove { pictures: vec![id] })
                    />
                </div>
            }
        };
        let is_there = Memo::new(move |_| class.with(Option::is_some));
        live::view(move || is_there.get().then(controls).into_any()).into_any()
    }
}

/// Of all pictures that are there, one is in the order of the tab key; arrows lead to the others.
fn to_neighbour(event: KeyboardEvent) {
    let list = event.current_target().and_then(|target| target.dyn_into::<Element>().ok());
    let Some(all) = list.and_then(|list| list.query_selector_all("li:not(.gone) > button").ok()) else { return };
    let here = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let at = (0..all.length()).find(|&at| all.get(at).is_some_and(|node| here.as_deref() == Some(&node)));
    let next = along(&event, at.map(|at| at as usize), all.length() as usize);
    let button = next.and_then(|next| all.get(next as u32)?.dyn_into::<HtmlElement>().ok());
    // Refused only where it is no element.
    button.iter().for_each(|button| drop(button.focus()));
}
