//! The regions as a picture: a path for each colour, for there are thousands.

use super::settings::RegionView;
use super::state::DepthState;
use crate::protocol::{DrawnRegion, RegionMap};
use crate::ui::live;
use crate::ui::widget::share_at;
use leptos::html::Div;
use leptos::prelude::*;
use std::fmt::Write;
use web_sys::PointerEvent;

/// Width of the drawing in its own units.
const WIDTH: f64 = 1000.0;
/// Shades of what is more or less.
const SHADES: usize = 9;
/// Lines between more regions than this would hide them.
const MOST_LINES: usize = 12_000;

/// From the plane to the drawing.
fn place([left, lower, right, upper]: [f64; 4], [x, y]: [f32; 2]) -> [f64; 2] {
    [
        (f64::from(x) - left) / (right - left) * WIDTH,
        (upper - f64::from(y)) / (upper - lower) * WIDTH * (upper - lower) / (right - left),
    ]
}

fn outline(path: &mut String, domain: [f64; 4], corners: &[[f32; 2]]) {
    for (at, corner) in corners.iter().enumerate() {
        let [x, y] = place(domain, *corner);
        // Writing to a string cannot fail.
        _ = write!(path, "{}{x:.1} {y:.1}", if at == 0 { 'M' } else { 'L' });
    }
    path.push('Z');
}

/// The class of the style sheet and the path of each colour.
fn fills(map: &RegionMap, layer: usize, view: RegionView) -> Vec<(String, String)> {
    let regions = &map.layers[layer].regions;
    let mut paths: Vec<(String, String)> = Vec::new();
    let mut add = |class: String, corners: &[[f32; 2]]| {
        let at = paths.iter().position(|(known, _)| *known == class).unwrap_or_else(|| {
            paths.push((class, String::new()));
            paths.len() - 1
        });
        outline(&mut paths[at].1, map.domain, corners);
    };
    match view {
        RegionView::Classes if !map.classes.is_empty() => {
            for part in &map.classes {
                add(format!("depth-class-{}", part.class.min(2)), &part.corners);
            }
        }
        RegionView::Classes | RegionView::Active => {
            let all: u32 = map.layers[..=layer].iter().map(|layer| layer.width).sum();
            for region in regions {
                add(shade(f64::from(region.active) / f64::from(all.max(1))), &region.corners);
            }
        }
        RegionView::Slope => {
            let largest = regions.iter().map(|region| region.slope).fold(0.0, f32::max);
            for region in regions {
                let share = if largest > 0.0 { region.slope / largest } else { 0.0 };
                add(shade(f64::from(share).sqrt()), &region.corners);
            }
        }
    }
    paths
}

fn shade(share: f64) -> String {
    format!("depth-shade-{}", (share * (SHADES - 1) as f64).round() as usize)
}

fn lines(map: &RegionMap, layer: usize) -> String {
    let mut path = String::new();
    let regions = &map.layers[layer].regions;
    if regions.len() <= MOST_LINES {
        regions.iter().for_each(|region| outline(&mut path, map.domain, &region.corners));
    }
    path
}

fn dots(map: &RegionMap, class: u32) -> String {
    let mut path = String::new();
    for (at, _) in map.points.iter().filter(|(_, of)| *of == class) {
        let [x, y] = place(map.domain, *at);
        _ = write!(path, "M{x:.1} {y:.1}h0");
    }
    path
}

/// Whether a point lies in a convex polygon whose corners go round against the clock.
fn holds(region: &DrawnRegion, [x, y]: [f64; 2]) -> bool {
    let corners = region.corners.iter().map(|corner| corner.map(f64::from));
    let next = corners.clone().cycle().skip(1);
    corners.zip(next).all(|(a, b)| (b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0]) >= 0.0)
}

pub(super) fn sheet(state: DepthState) -> AnyView {
    let node = NodeRef::<Div>::new();
    let point = move |event: PointerEvent| {
        let Some(sheet) = node.get_untracked() else { return };
        let [right, down] = share_at(&sheet, &event);
        let layer = untrack(|| state.map.with(|map| map.as_ref().map(|map| state.layer(map))));
        let found = state.map.with_untracked(|map| {
            let (map, layer) = (map.as_ref()?, layer?);
            let [left, lower, edge, upper] = map.domain;
            let at = [left + (edge - left) * right, upper - (upper - lower) * down];
            map.layers[layer].regions.iter().position(|region| holds(region, at))
        });
        state.pointed.set(found);
    };
    let of = move |draw: fn(&RegionMap, usize) -> String| {
        state.map.with(|map| map.as_ref().map(|map| draw(map, state.layer(map)))).unwrap_or_default()
    };
    let filled = move || {
        let view = state.settings.with(|settings| settings.view);
        let paths = state.map.with(|map| map.as_ref().map(|map| fills(map, state.layer(map), view)));
        let one = |(class, path): (String, String)| view! { <path class=class d=path></path> };
        paths.unwrap_or_default().into_iter().map(one).collect_view().into_any()
    };
    let pointed = move || {
        let at = state.pointed.get();
        let path = state.map.with(|map| {
            let (map, mut path) = (map.as_ref()?, String::new());
            let region = map.layers[state.layer(map)].regions.get(at?)?;
            outline(&mut path, map.domain, &region.corners);
            Some(path)
        });
        path.unwrap_or_default()
    };
    let count = move || of(|map, layer| map.layers[layer].regions.len().to_string());
    let name = move || say!(depth.drawing, count = count());
    let dot = |class: u32| {
        let draw: fn(&RegionMap, usize) -> String = match class {
            0 => |map, _| dots(map, 0),
            1 => |map, _| dots(map, 1),
            _ => |map, _| dots(map, 2),
        };
        view! { <path class=format!("depth-dot depth-dot-{class}") d=live::text(move || of(draw))></path> }
    };
    view! {
        <div
            class="depth-sheet"
            node_ref=node
            role="img"
            data-testid="depth-drawing"
            data-regions=live::text(count)
            data-step=live::text(move || of(|map, _| map.step.to_string()))
            aria-label=live::text(name)
            on:pointermove=point
            on:pointerleave=move |_| state.pointed.set(None)
        >
            <svg viewBox="0 0 1000 1000" aria-hidden="true">
                {live::view(filled)}
                <path class="depth-lines" d=live::text(move || of(lines))></path>
                {(0..3).map(dot).collect_view()}
                <path class="depth-pointed" d=live::text(pointed)></path>
            </svg>
        </div>
    }
    .into_any()
}

/// The drawing as a file of its own.
pub(super) fn svg(map: &RegionMap, layer: usize, view: RegionView) -> String {
    let [left, lower, right, upper] = map.domain;
    let height = WIDTH * (upper - lower) / (right - left);
    let colour = |class: &str| match class {
        "depth-class-0" => "#f4c9a8".to_owned(),
        "depth-class-1" => "#b9cdf5".to_owned(),
        "depth-class-2" => "#c3e6c5".to_owned(),
        other => {
            let shade: f64 = other.rsplit('-').next().and_then(|shade| shade.parse().ok()).unwrap_or(0.0);
            let grey = (250.0 - 200.0 * shade / (SHADES - 1) as f64) as u8;
            format!("rgb({grey},{grey},{})", 255)
        }
    };
    let mut text = format!("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\">");
    for (class, path) in fills(map, layer, view) {
        _ = write!(text, "<path fill=\"{}\" d=\"{path}\"/>", colour(&class));
    }
    _ = write!(text, "<path fill=\"none\" stroke=\"#222\" stroke-width=\"0.8\" d=\"{}\"/></svg>", lines(map, layer));
    text
}
