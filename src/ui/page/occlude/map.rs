//! The map over the picture: pointed at or walked over by keys, it tells its values.

use crate::protocol::{OcclusionMap, Pixels};
use crate::ui::widget::{PixelsView, arrow, no_pixels, share_at, signed};
use crate::ui::{live, number, sentence};
use leptos::html::Div;
use leptos::prelude::*;
use web_sys::{KeyboardEvent, PointerEvent};

pub(super) fn map_view(map: RwSignal<Option<OcclusionMap>>) -> impl IntoView {
    let sheet = NodeRef::<Div>::new();
    // The place that is pointed at; otherwise the one that costs the most.
    let pointed = RwSignal::new(None::<usize>);
    let of = move |read: fn(&OcclusionMap) -> Pixels| move || map.with(|map| map.as_ref().map_or_else(no_pixels, read));
    let told = move |read: &dyn Fn(&OcclusionMap, usize) -> String| {
        map.with(|map| {
            let map = map.as_ref()?;
            let at = pointed.get().filter(|at| *at < map.probabilities.len()).or_else(|| most(map))?;
            Some(read(map, at))
        })
    };
    let point = move |event: PointerEvent| {
        let Some([x, y]) = sheet.get_untracked().map(|sheet| share_at(&sheet, &event)) else { return };
        let at = |map: &OcclusionMap| {
            let column = nearest(&map.xs, map.side, x * f64::from(map.seen.width));
            nearest(&map.ys, map.side, y * f64::from(map.seen.height)) * map.xs.len() + column
        };
        pointed.set(map.with_untracked(|map| map.as_ref().map(at)));
    };
    let walk = move |event: KeyboardEvent| {
        let Some([right, down]) = arrow(&event).map(|arrow| arrow.map(|step| step as isize)) else { return };
        let from = pointed.get_untracked();
        let to = |map: &OcclusionMap| {
            let (columns, at) = (map.xs.len(), from.or_else(|| most(map))?);
            let column = (at % columns).saturating_add_signed(right).min(columns - 1);
            Some((at / columns).saturating_add_signed(down).min(map.ys.len() - 1) * columns + column)
        };
        pointed.set(map.with_untracked(|map| map.as_ref().and_then(to)));
    };
    let part = move |read: fn(&OcclusionMap, [u32; 2]) -> [u32; 2]| {
        let percent = move |map: &OcclusionMap, at: usize| {
            let [length, of] = read(map, place(map, at));
            format!("{}%", 100.0 * f64::from(length) / f64::from(of.max(1)))
        };
        live::text(move || told(&percent).unwrap_or_default())
    };
    let edge = move || map.with(|map| map.as_ref().map_or(0.0, largest));
    let ran = move |map: &OcclusionMap, _| {
        say!(
            occlude.ran,
            places = map.probabilities.len(),
            of = map.xs.len() * map.ys.len(),
            time = number::millis(map.elapsed_ms)
        )
    };
    view! {
        <div
            class="occlude-sheet"
            node_ref=sheet
            role="application"
            tabindex="0"
            data-testid="occlude-map"
            data-places=live::maybe(move || told(&|map, _| map.probabilities.len().to_string()))
            aria-label=words!(occlude.label)
            aria-describedby="occlude-here"
            on:pointermove=point
            on:pointerdown=point
            on:pointerleave=move |_| pointed.set(None)
            on:keydown=walk
        >
            <PixelsView pixels=of(|map| map.seen.clone()) />
            <PixelsView pixels=of(painted) />
            <div
                class="occlude-square"
                style:left=part(|map, [x, _]| [x, map.seen.width])
                style:top=part(|map, [_, y]| [y, map.seen.height])
                style:width=part(|map, _| [map.side, map.seen.width])
                style:height=part(|map, _| [map.side, map.seen.height])
            ></div>
        </div>
        <div class="occlude-legend">
            <span class="figure">{live::text(move || format!("+{}", number::percent(edge())))}</span>
            <i aria-hidden="true"></i>
            <span class="figure">{live::text(move || format!("−{}", number::percent(edge())))}</span>
        </div>
        <p class="hint">{words!(occlude.legend)}</p>
        <p class="sub" id="occlude-here" aria-live="polite" data-testid="occlude-here" data-left=live::maybe(move || told(&|map, at| map.probabilities[at].to_string()))>
            {live::maybe(move || told(&said))}
        </p>
        <p class="sub">
            <span class="figure">{live::maybe(move || told(&ran))}</span>
            <span class="figure">{live::maybe(move || told(&|map, _| sentence::backend_name(&map.backend)))}</span>
            <span>{live::maybe(move || told(&|map, _| sentence::why(&map.backend.why)))}</span>
        </p>
    }
}

fn said(map: &OcclusionMap, at: usize) -> String {
    let ([x, y], left, whole) = (place(map, at), map.probabilities[at], map.whole.probability);
    let (label, whole_said, left_said) =
        (sentence::label_of(&map.whole), number::percent(whole), number::percent(left));
    match left < whole {
        true => say!(occlude.lowers, x = x, y = y, label = label, whole = whole_said, left = left_said),
        false => say!(occlude.raises, x = x, y = y, label = label, whole = whole_said, left = left_said),
    }
}

/// Left and upper edge of the square.
fn place(map: &OcclusionMap, at: usize) -> [u32; 2] {
    [map.xs[at % map.xs.len()], map.ys[at / map.xs.len()]]
}

/// Where the least is left.
fn most(map: &OcclusionMap) -> Option<usize> {
    (0..map.probabilities.len()).min_by(|&a, &b| map.probabilities[a].total_cmp(&map.probabilities[b]))
}

fn largest(map: &OcclusionMap) -> f32 {
    map.probabilities.iter().map(|left| (map.whole.probability - left).abs()).fold(0.0, f32::max)
}

/// The square whose middle is the nearest to this place.
fn nearest(edges: &[u32], side: u32, at: f64) -> usize {
    let away = |&edge: &usize| (f64::from(edges[edge]) + f64::from(side) / 2.0 - at).abs();
    (0..edges.len()).min_by(|a, b| away(a).total_cmp(&away(b))).unwrap_or_default()
}

/// Each pixel as the square nearest to it, orange where the probability falls: transparent where nothing changes, or is not
/// known yet.
fn painted(map: &OcclusionMap) -> Pixels {
    let (Pixels { width, height, .. }, most) = (&map.seen, largest(map).max(1e-9));
    let columns: Vec<usize> = (0..*width).map(|x| nearest(&map.xs, map.side, f64::from(x) + 0.5)).collect();
    let rows = (0..*height).map(|y| nearest(&map.ys, map.side, f64::from(y) + 0.5) * map.xs.len());
    let left = rows.flat_map(|row| columns.iter().map(move |column| map.probabilities.get(row + column)));
    signed(*width, 190.0, left.map(|left| left.map_or(0.0, |left| (map.whole.probability - left) / most)))
}
