//! A map over what a network sees of a picture: pointed at or walked over by keys, it tells of a place.

use super::{PixelsView, arrow, no_pixels, share_at, signed};
use crate::protocol::{EvidenceMap, Pixels};
use crate::ui::{Words, app, live, number, sentence, style};
use leptos::html::Div;
use leptos::prelude::*;
use web_sys::{KeyboardEvent, PointerEvent};

/// `legend` says what orange and blue mean, `said` what there is to know of a place.
pub(super) fn evidence_map(
    map: RwSignal<Option<EvidenceMap>>,
    legend: Words,
    said: fn(&EvidenceMap, usize) -> String,
) -> AnyView {
    style::wear(include_str!("evidence_map.css"));
    Effect::new(move |_| map.with(|map| map.iter().for_each(|map| app().computed_on(&map.backend))));
    let sheet = NodeRef::<Div>::new();
    // The place that is pointed at; otherwise the strongest one.
    let pointed = RwSignal::new(None::<usize>);
    let of = move |read: fn(&EvidenceMap) -> Pixels| move || map.with(|map| map.as_ref().map_or_else(no_pixels, read));
    let told = move |read: &dyn Fn(&EvidenceMap, usize) -> String| {
        map.with(|map| {
            let map = map.as_ref()?;
            let at = pointed.get().filter(|at| *at < map.values.len()).or_else(|| map.strongest())?;
            Some(read(map, at))
        })
    };
    let point = move |event: PointerEvent| {
        let Some([x, y]) = sheet.get_untracked().map(|sheet| share_at(&sheet, &event)) else { return };
        let at = |map: &EvidenceMap| {
            let column = nearest(&map.xs, map.side, x * f64::from(map.seen.width));
            nearest(&map.ys, map.side, y * f64::from(map.seen.height)) * map.xs.len() + column
        };
        pointed.set(map.with_untracked(|map| map.as_ref().map(at)));
    };
    let walk = move |event: KeyboardEvent| {
        let Some([right, down]) = arrow(&event).map(|arrow| arrow.map(|step| step as isize)) else { return };
        let from = pointed.get_untracked();
        let to = |map: &EvidenceMap| {
            let (columns, at) = (map.xs.len(), from.or_else(|| map.strongest())?);
            let column = (at % columns).saturating_add_signed(right).min(columns - 1);
            Some((at / columns).saturating_add_signed(down).min(map.ys.len() - 1) * columns + column)
        };
        pointed.set(map.with_untracked(|map| map.as_ref().and_then(to)));
    };
    let part = move |read: fn(&EvidenceMap, [u32; 2]) -> [u32; 2]| {
        let percent = move |map: &EvidenceMap, at: usize| {
            let [length, of] = read(map, map.place(at));
            format!("{}%", 100.0 * f64::from(length) / f64::from(of.max(1)))
        };
        live::text(move || told(&percent).unwrap_or_default())
    };
    let edge = move || number::percent(map.with(|map| map.as_ref().map_or(0.0, EvidenceMap::largest)));
    let ran = move |map: &EvidenceMap, _| {
        let of = map.xs.len() * map.ys.len();
        say!(evidence.ran, places = map.values.len(), of = of, time = number::millis(map.elapsed_ms))
    };
    view! {
        <div
            class="evidence"
            node_ref=sheet
            role="application"
            tabindex="0"
            data-testid="evidence-map"
            data-places=live::maybe(move || told(&|map, _| map.values.len().to_string()))
            aria-label=words!(evidence.label)
            aria-describedby="evidence-here"
            on:pointermove=point
            on:pointerdown=point
            on:pointerleave=move |_| pointed.set(None)
            on:keydown=walk
        >
            <PixelsView pixels=of(|map| map.seen.clone()) />
            <PixelsView pixels=of(painted) />
            <div
                class="evidence-place"
                style:left=part(|map, [x, _]| [x, map.seen.width])
                style:top=part(|map, [_, y]| [y, map.seen.height])
                style:width=part(|map, _| [map.side, map.seen.width])
                style:height=part(|map, _| [map.side, map.seen.height])
            ></div>
        </div>
        <div class="evidence-legend">
            <span class="figure">{live::text(move || format!("−{}", edge()))}</span>
            <i aria-hidden="true"></i>
            <span class="figure">{live::text(move || format!("+{}", edge()))}</span>
        </div>
        <p class="hint evidence-words">{legend}</p>
        <p
            class="sub evidence-words"
            id="evidence-here"
            aria-live="polite"
            data-testid="evidence-here"
            data-value=live::maybe(move || told(&|map, at| map.values[at].to_string()))
        >
            {live::maybe(move || told(&said))}
        </p>
        <p class="sub evidence-words">
            <span class="figure">{live::maybe(move || told(&ran))}</span>
            <span class="figure">{live::maybe(move || told(&|map, _| sentence::backend_name(&map.backend)))}</span>
            <span>{live::maybe(move || told(&|map, _| sentence::why(&map.backend.why)))}</span>
        </p>
    }
    .into_any()
}

/// The place whose middle is the nearest to this one.
fn nearest(edges: &[u32], side: u32, at: f64) -> usize {
    let away = |&edge: &usize| (f64::from(edges[edge]) + f64::from(side) / 2.0 - at).abs();
    (0..edges.len()).min_by(|a, b| away(a).total_cmp(&away(b))).unwrap_or_default()
}

/// Each pixel as the place nearest to it, orange above zero: transparent where there is no evidence, or none is known yet.
fn painted(map: &EvidenceMap) -> Pixels {
    let (Pixels { width, height, .. }, most) = (&map.seen, map.largest().max(1e-9));
    let columns: Vec<usize> = (0..*width).map(|x| nearest(&map.xs, map.side, f64::from(x) + 0.5)).collect();
    let rows = (0..*height).map(|y| nearest(&map.ys, map.side, f64::from(y) + 0.5) * map.xs.len());
    let values = rows.flat_map(|row| columns.iter().map(move |column| map.values.get(row + column)));
    signed(*width, 190.0, values.map(|value| value.map_or(0.0, |value| value / most)))
}
