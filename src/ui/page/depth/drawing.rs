//! The regions as a picture: a path for each colour, for there are thousands.

use super::settings::RegionView;
use super::state::layer_after;
use crate::protocol::{ClassPart, DrawnRegion, RegionMap};
use crate::ui::live;
use crate::ui::widget::{arrow, share_at};
use leptos::html::Div;
use leptos::prelude::*;
use std::fmt::Write;
use web_sys::{KeyboardEvent, PointerEvent};

/// Width of the drawing in its own units.
const WIDTH: f64 = 1000.0;
/// Shades of what is more or less.
const SHADES: usize = 9;
/// Of classes, in a file.
const CLASS_COLOURS: [&str; 10] =
    ["#f4c9a8", "#b9cdf5", "#c3e6c5", "#e9c4e4", "#f2e3a0", "#bfe6ea", "#d9c8b8", "#f3b8b8", "#cfd6a6", "#c9c2ee"];
/// What an arrow key moves, of the drawing's width.
const KEY_STEP: f64 = 0.02;
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

/// What is drawn of a map: regions over a part of the plane, and the parts of classes.
pub(super) struct RegionSheet<'a> {
    /// Left, lower, right and upper edge.
    pub(super) domain: [f64; 4],
    pub(super) regions: &'a [DrawnRegion],
    pub(super) parts: &'a [ClassPart],
    /// Rectifiers there are.
    pub(super) of: u64,
    pub(super) points: &'a [([f32; 2], u32)],
}

/// What has regions to draw.
pub(super) trait HasRegions: Send + Sync + 'static {
    /// After so many layers, where they are known one by one.
    fn sheet(&self, after: u32) -> RegionSheet<'_>;

    /// How far it is.
    fn step(&self) -> u32;
}

impl HasRegions for RegionMap {
    fn sheet(&self, after: u32) -> RegionSheet<'_> {
        let layer = layer_after(self, after);
        RegionSheet {
            domain: self.domain,
            regions: &self.layers[layer].regions,
            parts: &self.classes,
            of: self.layers[..=layer].iter().map(|layer| u64::from(layer.width)).sum(),
            points: &self.points,
        }
    }

    fn step(&self) -> u32 {
        self.step
    }
}

impl RegionSheet<'_> {
    /// The class of the style sheet and the path of each colour.
    fn fills(&self, view: RegionView) -> Vec<(String, String)> {
        let mut paths: Vec<(String, String)> = Vec::new();
        let mut add = |class: String, corners: &[[f32; 2]]| {
            let at = paths.iter().position(|(known, _)| *known == class).unwrap_or_else(|| {
                paths.push((class, String::new()));
                paths.len() - 1
            });
            outline(&mut paths[at].1, self.domain, corners);
        };
        let regions = self.regions;
        match view {
            RegionView::Classes if !self.parts.is_empty() => {
                for part in self.parts {
                    add(class_of(part.class), &part.corners);
                }
            }
            RegionView::Classes | RegionView::Active => {
                // Where all are far from none, what differs between regions is what counts.
                let active = || regions.iter().map(|region| f64::from(region.active));
                let (least, most) = (active().fold(f64::INFINITY, f64::min), active().fold(0.0, f64::max));
                let (low, high) = if least > 0.5 * most { (least, most) } else { (0.0, self.of.max(1) as f64) };
                for region in regions {
                    let share = if high > low { (f64::from(region.active) - low) / (high - low) } else { 0.5 };
                    add(shade(share), &region.corners);
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

    fn lines(&self) -> String {
        let mut path = String::new();
        if self.regions.len() <= MOST_LINES {
            self.regions.iter().for_each(|region| outline(&mut path, self.domain, &region.corners));
        }
        path
    }

    fn dots(&self, class: u32) -> String {
        let mut path = String::new();
        for (at, _) in self.points.iter().filter(|(_, of)| *of == class) {
            let [x, y] = place(self.domain, *at);
            _ = write!(path, "M{x:.1} {y:.1}h0");
        }
        path
    }

    /// The region at shares of the drawing from the left and from above.
    fn region_at(&self, [right, down]: [f64; 2]) -> Option<usize> {
        let [left, lower, edge, upper] = self.domain;
        let at = [left + (edge - left) * right, upper - (upper - lower) * down];
        self.regions.iter().position(|region| holds(region, at))
    }

    /// The drawing as a file of its own.
    pub(super) fn svg(&self, view: RegionView) -> String {
        let [left, lower, right, upper] = self.domain;
        let height = WIDTH * (upper - lower) / (right - left);
        let colour = |class: &str| {
            let number = class.rsplit('-').next().and_then(|number| number.parse::<usize>().ok()).unwrap_or_default();
            if class.starts_with("depth-class") {
                return CLASS_COLOURS[number.min(CLASS_COLOURS.len() - 1)].to_owned();
            }
            let grey = (250.0 - 200.0 * number as f64 / (SHADES - 1) as f64) as u8;
            format!("rgb({grey},{grey},{})", 255)
        };
        let mut text = format!("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\">");
        for (class, path) in self.fills(view) {
            _ = write!(text, "<path fill=\"{}\" d=\"{path}\"/>", colour(&class));
        }
        _ = write!(text, "<path fill=\"none\" stroke=\"#222\" stroke-width=\"0.8\" d=\"{}\"/></svg>", self.lines());
        text
    }
}

/// The class of the style sheet for one of the network's; of more than there are colours the last ones share one.
pub(super) fn class_of(class: u32) -> String {
    format!("depth-class-{}", (class as usize).min(CLASS_COLOURS.len() - 1))
}

fn shade(share: f64) -> String {
    format!("depth-shade-{}", (share * (SHADES - 1) as f64).round() as usize)
}

/// Whether a point lies in a convex polygon whose corners go round against the clock.
fn holds(region: &DrawnRegion, [x, y]: [f64; 2]) -> bool {
    let corners = region.corners.iter().map(|corner| corner.map(f64::from));
    let next = corners.clone().cycle().skip(1);
    corners.zip(next).all(|(a, b)| (b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0]) >= 0.0)
}

/// A drawing of regions that tells which one the pointer or the arrow keys are at.
pub(super) struct RegionBoard<M: HasRegions> {
    /// Names it for tests.
    pub(super) id: &'static str,
    pub(super) map: RwSignal<Option<M>>,
    pub(super) after: Signal<u32>,
    pub(super) view: Signal<RegionView>,
    /// The region that is pointed at, by its place.
    pub(super) pointed: RwSignal<Option<usize>>,
}

impl<M: HasRegions> RegionBoard<M> {
    pub(super) fn view(self) -> AnyView {
        let Self { id, map, after, view, pointed } = self;
        let node = NodeRef::<Div>::new();
        let cursor = StoredValue::new([0.5, 0.5]);
        let find = move |at: [f64; 2]| {
            cursor.set_value(at);
            let found = untrack(|| map.with(|map| map.as_ref().and_then(|map| map.sheet(after.get()).region_at(at))));
            pointed.set(found);
        };
        let point = move |event: PointerEvent| {
            if let Some(sheet) = node.get_untracked() {
                find(share_at(&sheet, &event));
            }
        };
        let step = move |event: KeyboardEvent| {
            if let Some(arrow) = arrow(&event) {
                let here = cursor.get_value();
                find([0, 1].map(|axis| (here[axis] + KEY_STEP * arrow[axis]).clamp(0.0, 1.0)));
            }
        };
        let of = move |draw: fn(&RegionSheet<'_>) -> String| {
            map.with(|map| map.as_ref().map(|map| draw(&map.sheet(after.get())))).unwrap_or_default()
        };
        let filled = move || {
            let paths = map.with(|map| map.as_ref().map(|map| map.sheet(after.get()).fills(view.get())));
            let one = |(class, path): (String, String)| view! { <path class=class d=path></path> };
            paths.unwrap_or_default().into_iter().map(one).collect_view().into_any()
        };
        let outlined = move || {
            let at = pointed.get();
            let path = map.with(|map| {
                let (map, mut path) = (map.as_ref()?, String::new());
                let sheet = map.sheet(after.get());
                outline(&mut path, sheet.domain, &sheet.regions.get(at?)?.corners);
                Some(path)
            });
            path.unwrap_or_default()
        };
        let count = move || of(|sheet| sheet.regions.len().to_string());
        let name = move || say!(depth.drawing, count = count());
        let dot = |class: u32| {
            let draw: fn(&RegionSheet<'_>) -> String = match class {
                0 => |sheet| sheet.dots(0),
                1 => |sheet| sheet.dots(1),
                _ => |sheet| sheet.dots(2),
            };
            view! { <path class=format!("depth-dot depth-dot-{class}") d=live::text(move || of(draw))></path> }
        };
        let far = move || map.with(|map| map.as_ref().map(|map| map.step().to_string())).unwrap_or_default();
        view! {
            <div
                class="depth-sheet"
                node_ref=node
                role="application"
                tabindex="0"
                data-testid=id
                data-regions=live::text(count)
                data-step=live::text(far)
                aria-label=live::text(name)
                on:pointermove=point
                on:pointerleave=move |_| pointed.set(None)
                on:keydown=step
                on:blur=move |_| pointed.set(None)
            >
                <svg viewBox="0 0 1000 1000" aria-hidden="true">
                    {live::view(filled)}
                    <path class="depth-lines" d=live::text(move || of(|sheet| sheet.lines()))></path>
                    {(0..3).map(dot).collect_view()}
                    <path class="depth-pointed" d=live::text(outlined)></path>
                </svg>
            </div>
        }
        .into_any()
    }
}
