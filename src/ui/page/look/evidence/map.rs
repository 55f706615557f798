//! A map over what a network sees of a picture: pointed at or walked over by keys, it tells of a place.

use super::super::settings::{GAIN, LookSettings, OPACITY};
use super::words::{amount, said};
use crate::protocol::{EvidenceMap, Interval, Pixels};
use crate::ui::widget::{PixelsView, Slider, arrow, no_pixels, share_at, signed};
use crate::ui::{PageSettings, app, live, number, sentence};
use leptos::html::Div;
use leptos::prelude::*;
use web_sys::{KeyboardEvent, PointerEvent};

pub(super) fn evidence_map(settings: Memo<LookSettings>, map: RwSignal<Option<EvidenceMap>>) -> AnyView {
    Effect::new(move |_| map.with(|map| map.iter().for_each(|map| app().computed_on(&map.backend))));
    let sheet = NodeRef::<Div>::new();
    // The place that is pointed at, and among how many; otherwise the strongest one.
    let pointed = RwSignal::new(None::<(usize, usize)>);
    let seen = move || map.with(|map| map.as_ref().map_or_else(no_pixels, |map| map.seen.clone()));
    let look = Memo::new(move |_| settings.with(|s| (s.gain, s.opacity, s.is_smooth)));
    let colours = move || map.with(|map| map.as_ref().map_or_else(no_pixels, |map| painted(map, look.get())));
    let told = move |read: &dyn Fn(&EvidenceMap, usize) -> String| {
        map.with(|map| {
            let map = map.as_ref()?;
            let at = pointed_in(map, pointed.get()).or_else(|| map.strongest())?;
            Some(read(map, at))
        })
    };
    let point = move |event: PointerEvent| {
        let Some([x, y]) = sheet.get_untracked().map(|sheet| share_at(&sheet, &event)) else { return };
        let at = |map: &EvidenceMap| {
            let column = nearest(&map.xs, map.side, x * f64::from(map.seen.width));
            (nearest(&map.ys, map.side, y * f64::from(map.seen.height)) * map.xs.len() + column, count_of(map))
        };
        pointed.set(map.with_untracked(|map| map.as_ref().map(at)));
    };
    let walk = move |event: KeyboardEvent| {
        let Some([right, down]) = arrow(&event).map(|arrow| arrow.map(|step| step as isize)) else { return };
        let from = pointed.get_untracked();
        let to = |map: &EvidenceMap| {
            let (columns, at) = (map.xs.len(), pointed_in(map, from).or_else(|| map.strongest())?);
            let column = (at % columns).saturating_add_signed(right).min(columns - 1);
            let row = (at / columns).saturating_add_signed(down).min(map.ys.len() - 1);
            Some((row * columns + column, count_of(map)))
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
    let edge = move || {
        let gain = look.get().0 as f32;
        map.with(|map| map.as_ref().map(|map| amount(map, map.largest() / gain)).unwrap_or_default())
    };
    let ran = move |map: &EvidenceMap, _| {
        say!(look.ran, places = map.values.len(), of = count_of(map), time = number::millis(map.elapsed_ms))
    };
    view! {
        <div
            class="evidence"
            node_ref=sheet
            role="application"
            tabindex="0"
            data-testid="evidence-map"
            data-places=live::maybe(move || told(&|map, _| map.values.len().to_string()))
            aria-label=words!(look.map_label)
            aria-describedby="evidence-here"
            on:pointermove=point
            on:pointerdown=point
            on:pointerleave=move |_| pointed.set(None)
            on:keydown=walk
        >
            <PixelsView pixels=seen />
            <PixelsView pixels=colours />
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
        <p
            class="sub evidence-words"
            id="evidence-here"
            aria-live="polite"
            data-testid="evidence-here"
            data-value=live::maybe(move || told(&|map, at| map.values[at].to_string()))
        >
            {live::maybe(move || told(&said))}
        </p>
        <p class="hint evidence-words">{words!(look.legend)}</p>
        <div class="fields evidence-view">
            {slider("look-gain", words!(look.gain), GAIN, Signal::derive(move || look.get().0), |s, value| s.gain = value)}
            {slider("look-opacity", words!(look.opacity), OPACITY, Signal::derive(move || look.get().1), |s, value| s.opacity = value)}
            {controls!(LookSettings, "smooth")}
        </div>
        <p class="sub evidence-words">
            <span class="figure">{live::maybe(move || told(&ran))}</span>
            <span class="figure">{live::maybe(move || told(&|map, _| sentence::backend_name(&map.backend)))}</span>
            <span>{live::maybe(move || told(&|map, _| sentence::why(&map.backend.why)))}</span>
        </p>
    }
    .into_any()
}

fn slider(
    id: &'static str,
    label: crate::ui::Words,
    limits: Interval,
    value: Signal<u32>,
    set: fn(&mut LookSettings, u32),
) -> AnyView {
    let slide = move |value: f64| LookSettings::change(|settings| set(settings, value as u32));
    view! {
        <label class="field">
            <span>{label} " " <span class="figure">{live::text(move || value.get().to_string())}</span></span>
            <Slider
                id=id
                span=[limits.low, limits.high]
                step=1.0
                value=Signal::derive(move || f64::from(value.get()))
                on_slide=slide
            />
        </label>
    }
    .into_any()
}

fn count_of(map: &EvidenceMap) -> usize {
    map.xs.len() * map.ys.len()
}

/// A place of another map's grid is none of this one's.
fn pointed_in(map: &EvidenceMap, pointed: Option<(usize, usize)>) -> Option<usize> {
    pointed.filter(|&(at, of)| of == count_of(map) && at < map.values.len()).map(|(at, _)| at)
}

/// The place whose middle is the nearest to this one.
fn nearest(edges: &[u32], side: u32, at: f64) -> usize {
    let away = |&edge: &usize| (f64::from(edges[edge]) + f64::from(side) / 2.0 - at).abs();
    (0..edges.len()).min_by(|a, b| away(a).total_cmp(&away(b))).unwrap_or_default()
}

/// For each pixel of a row or a column: the places between whose middles it lies, and how far it is from the first to the second.
fn between(edges: &[u32], side: u32, pixels: u32, is_smooth: bool) -> Vec<(usize, usize, f32)> {
    let middle = |at: usize| edges[at] as f32 + side as f32 / 2.0;
    let of = |pixel: u32| {
        let here = pixel as f32 + 0.5;
        if !is_smooth || edges.len() < 2 {
            let at = nearest(edges, side, f64::from(here));
            return (at, at, 0.0);
        }
        let after = (0..edges.len()).find(|&at| middle(at) > here).unwrap_or(edges.len() - 1).max(1);
        let share = (here - middle(after - 1)) / (middle(after) - middle(after - 1)).max(1.0);
        (after - 1, after, share.clamp(0.0, 1.0))
    };
    (0..pixels).map(of).collect()
}

/// Orange above zero, blue below: transparent where there is no evidence, or none is known yet.
fn painted(map: &EvidenceMap, (gain, opacity, is_smooth): (u32, u32, bool)) -> Pixels {
    let (Pixels { width, height, .. }, full) = (&map.seen, map.largest().max(1e-30) / gain as f32);
    let columns = between(&map.xs, map.side, *width, is_smooth);
    let rows = between(&map.ys, map.side, *height, is_smooth);
    let count = map.xs.len();
    let value = |row: usize, column: usize| map.values.get(row * count + column).copied().unwrap_or(0.0);
    let values = rows.iter().flat_map(|&(above, below, down)| {
        columns.iter().map(move |&(left, right, across)| {
            let of = |row: usize| value(row, left) * (1.0 - across) + value(row, right) * across;
            (of(above) * (1.0 - down) + of(below) * down) / full
        })
    });
    signed(*width, 2.55 * opacity as f32, values)
}
