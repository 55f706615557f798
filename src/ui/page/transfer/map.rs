//! Thumbnails where their features lie on a plane.

use super::classes::thumbnail;
use super::state::TransferState;
use crate::protocol::{FeaturePlaces, Transfer, Transferred};
use crate::ui::widget::{Card, PixelsView, SegmentsOf, StartProgress, trouble_box};
use crate::ui::{app, live, number};
use leptos::prelude::*;

/// How they are placed.
const NEAR: &str = "tsne";
const LINEAR: &str = "pca";
/// Colours of classes; others have them again.
const COLOURS: u32 = 8;

pub(super) fn map_card(state: TransferState) -> AnyView {
    let asked = ask!(Transfer, Restart, Transferred::Mapped);
    let shown = RwSignal::new(NEAR);
    let start = move |()| {
        if let Some(task) = untrack(|| state.task()) {
            asked.start(Transfer::Map(task), |_| {}, move |found| asked.answer.set(Some(found)));
        }
    };
    let options = || vec![(NEAR, words!(transfer.tsne)), (LINEAR, words!(transfer.pca))];
    view! {
        <Card id="transfer-map" title=words!(transfer.map) hint=words!(transfer.map_hint) of=asked.asking>
            <StartProgress
                id="map"
                label=words!(transfer.map_start)
                title=words!(transfer.map)
                of=asked.asking
                able=move || state.able() && app().is_up()
                start
            />
            {trouble_box(move || asked.trouble())}
            {live::view(move || asked.answer.with(Option::is_some).then(|| segments(shown, options())).into_any())}
            {live::view(move || {
                let is_near = shown.get() == NEAR;
                asked.answer.with(|found| found.as_ref().map(|found| drawn(state, found, is_near))).into_any()
            })}
        </Card>
    }
    .into_any()
}

fn segments(shown: RwSignal<&'static str>, options: Vec<(&'static str, crate::ui::Words)>) -> AnyView {
    let chosen = move || shown.get();
    view! { <SegmentsOf name="map-of" label=words!(transfer.map_of) rows=options chosen on_choose=move |key| shown.set(key) /> }
        .into_any()
}

fn drawn(state: TransferState, found: &FeaturePlaces, is_near: bool) -> AnyView {
    let places = if is_near { &found.tsne } else { &found.pca };
    let extent = |axis: usize| {
        let all = || places.iter().map(|place| place[axis]);
        let (low, high) = (all().fold(f64::INFINITY, f64::min), all().fold(f64::NEG_INFINITY, f64::max));
        (low, (high - low).max(f64::MIN_POSITIVE))
    };
    let extents = [extent(0), extent(1)];
    let share =
        |axis: usize, place: &[f64; 2]| format!("{:.2}%", 100.0 * (place[axis] - extents[axis].0) / extents[axis].1);
    let one = |((&id, &label), place): ((&u32, &u32), &[f64; 2])| {
        let (left, top) = (share(0, place), share(1, place));
        let name = move || {
            let class = state.classes.with(|all| all.get(label as usize).map(|class| class.name.clone()));
            format!("{} · {}", class.unwrap_or_default(), state.name_of(id))
        };
        view! {
            <li
                class=format!("map-picture class-{}", label % COLOURS)
                data-testid="map-picture"
                title=live::maybe(move || Some(name()))
                style:left=left
                style:top=top
            >
                <PixelsView pixels=Signal::derive(move || thumbnail(state, id)) />
            </li>
        }
    };
    let all = found.pictures.iter().zip(&found.labels).zip(places).map(one).collect_view();
    let (divergence, time) = (number::fixed(found.divergence, 2), number::millis(found.elapsed_ms));
    let told = live::text(move || match is_near {
        true => say!(transfer.tsne_told, divergence = divergence, time = time),
        false => say!(transfer.pca_told).to_owned(),
    });
    view! {
        <div class="map-frame"><ul class="map-pictures">{all}</ul></div>
        <p class="hint">{told}</p>
    }
    .into_any()
}
