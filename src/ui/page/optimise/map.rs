//! The landscape from above: shade and lines of height, the paths over it, and the start that a person moves.

use super::runners::colour_of;
use crate::protocol::{LandMap, Path, Rule};
use crate::ui::widget::{Axis, PixelsView, Scaling, arrow, painted, share_at};
use crate::ui::{Choice, live, number};
use leptos::html::Div;
use leptos::prelude::*;
use std::fmt::Write;
use web_sys::{KeyboardEvent, PointerEvent};

/// Width of the drawing in its own units.
const WIDTH: f64 = 1000.0;
/// High ground, on light and dark sheets.
const SHADE: [u8; 3] = [104, 116, 132];
const DARKEST: f32 = 165.0;
/// Of the extent, for one press of a key.
const KEY_STEP: f64 = 1.0 / 60.0;

/// From the landscape to the drawing.
#[derive(Clone, Copy, PartialEq)]
struct Frame {
    x: [f64; 2],
    y: [f64; 2],
}

impl Frame {
    fn of(map: &LandMap) -> Frame {
        Frame { x: map.x.map(f64::from), y: map.y.map(f64::from) }
    }

    fn ratio(self) -> f64 {
        (self.x[1] - self.x[0]) / (self.y[1] - self.y[0])
    }

    fn height(self) -> f64 {
        WIDTH / self.ratio()
    }

    /// Shares of the width from the left and of the height from the top.
    fn shares(self, [x, y]: [f64; 2]) -> [f64; 2] {
        [(x - self.x[0]) / (self.x[1] - self.x[0]), (self.y[1] - y) / (self.y[1] - self.y[0])]
    }

    /// What lies far outside is brought nearer, in its direction.
    fn place(self, at: [f32; 2]) -> [f64; 2] {
        let [right, down] = self.shares(at.map(f64::from));
        [(right * WIDTH).clamp(-2e4, 2e4), (down * self.height()).clamp(-2e4, 2e4)]
    }

    fn at_shares(self, [right, down]: [f64; 2]) -> [f64; 2] {
        let [right, down] = [right, down].map(|share| share.clamp(0.0, 1.0));
        let value = |[low, high]: [f64; 2], share: f64| low + (high - low) * share;
        [value(self.x, right), value(self.y, 1.0 - down)]
    }
}

#[derive(Clone, Copy)]
pub(super) struct MapOverlay {
    pub(super) paths: Memo<Vec<(Rule, Path)>>,
    /// Up to this step.
    pub(super) step: Memo<f64>,
    pub(super) start: Memo<[f64; 2]>,
}

/// `on_move` hears of the start while it is moved, `on_drop` when it is let go.
#[component]
pub(super) fn Map(
    map: LandMap,
    overlay: MapOverlay,
    on_move: impl Fn([f64; 2]) + Copy + Send + 'static,
    on_drop: impl Fn() + Copy + Send + 'static,
) -> impl IntoView {
    let frame = Frame::of(&map);
    let sheet = NodeRef::<Div>::new();
    let point = move |event: &PointerEvent| {
        if let Some(sheet) = sheet.get_untracked() {
            on_move(frame.at_shares(share_at(&sheet, event)));
        }
    };
    let press = move |event: PointerEvent| {
        if event.button() == 0 {
            if let Some(sheet) = sheet.get_untracked() {
                // Without it a start that is moved off the map is only let go of there.
                let _ = sheet.set_pointer_capture(event.pointer_id());
            }
            point(&event);
        }
    };
    let slide = move |event: PointerEvent| {
        if event.buttons() & 1 == 1 {
            point(&event);
        }
    };
    let name = move || {
        let [x, y] = overlay.start.get();
        say!(optimise.map_label, formula = map.formula, x = number::digits(x as f32), y = number::digits(y as f32))
    };
    let minima = map.minima.iter().map(|at| frame.place(*at)).map(|[x, y]| cross(x, y)).collect_view();
    let [red, green, blue] = SHADE;
    let pixel = |height: &u8| [red, green, blue, (f32::from(*height) / 255.0 * DARKEST) as u8];
    let shade = painted(map.side, map.heights.iter().map(pixel));
    let contours = map.contours.iter().map(|contour| {
        let title = number::digits(contour.value);
        view! { <path class="contour" d=contour_path(frame, &contour.segments) data-value=title></path> }
    });
    let contours = contours.collect_view();
    let box_of = format!("0 0 {WIDTH} {}", frame.height());
    view! {
        <div class="land">
            <Ticks axis="y" low=frame.y[0] high=frame.y[1] />
            <div
                class="land-sheet"
                node_ref=sheet
                style:aspect-ratio=frame.ratio().to_string()
                role="img"
                tabindex="0"
                data-testid="land"
                data-start=live::text(move || overlay.start.with(|[x, y]| format!("{x:.4},{y:.4}")))
                aria-label=live::text(name)
                aria-describedby="land-hint"
                on:pointerdown=press
                on:pointermove=slide
                on:pointerup=move |_| on_drop()
                on:pointercancel=move |_| on_drop()
                on:keydown=move |event| {
                    if let Some(at) = steered(&event, frame, overlay.start.get_untracked()) {
                        on_move(at);
                        on_drop();
                    }
                }
            >
                <PixelsView pixels=shade />
                <svg viewBox=box_of preserveAspectRatio="none" aria-hidden="true">
                    {contours}
                    {minima}
                    {live::view(move || drawn(frame, overlay))}
                </svg>
            </div>
            <Ticks axis="x" low=frame.x[0] high=frame.x[1] />
        </div>
    }
}

#[component]
fn Ticks(axis: &'static str, low: f64, high: f64) -> impl IntoView {
    let ticks = Axis::new(low, high, 100.0, Scaling::Linear).ticks(5).into_iter().map(|tick| {
        let is_x = axis == "x";
        let (left, bottom) = (is_x.then(|| format!("{}%", tick.at)), (!is_x).then(|| format!("{}%", tick.at)));
        view! { <span style:left=left style:bottom=bottom>{tick.text}</span> }
    });
    view! { <div class=format!("land-ticks {axis}") aria-hidden="true">{ticks.collect_view()}</div> }
}

fn contour_path(frame: Frame, segments: &[f32]) -> String {
    let mut path = String::new();
    for ends in segments.chunks_exact(4) {
        let [from, to] = [frame.place([ends[0], ends[1]]), frame.place([ends[2], ends[3]])];
        // Writing to a string cannot fail.
        let _ = write!(path, "M{:.0} {:.0}L{:.0} {:.0}", from[0], from[1], to[0], to[1]);
    }
    path
}

fn cross(x: f64, y: f64) -> impl IntoView {
    let arm = 11.0;
    let d = format!("M{} {y}H{}M{x} {}V{}", x - arm, x + arm, y - arm, y + arm);
    view! { <path class="minimum" d=d></path> }
}

/// The paths so far, with a halo so that they stand out from the shade, a dot at each step, and where they are now.
fn drawn(frame: Frame, overlay: MapOverlay) -> AnyView {
    let until = overlay.step.get();
    let [x, y] = frame.place(overlay.start.get().map(|at| at as f32));
    let paths = overlay.paths.with(|paths| {
        let one = |(rule, path): &(Rule, Path)| {
            let count = (until.max(0.0) as usize).saturating_add(1).min(path.points.len());
            let (line, dots) = lines(frame, &path.points[..count]);
            let now = path.points[..count].last().map(|at| frame.place(*at));
            let now =
                now.map(|[x, y]| view! { <circle class="walker" cx=x.to_string() cy=y.to_string() r="9"></circle> });
            view! {
                <g class=colour_of(*rule) data-testid="path" data-rule=rule.key() data-points=count.to_string()>
                    <path class="halo" d=line.clone()></path>
                    <path class="way" d=line></path>
                    <path class="steps" d=dots></path>
                    {now}
                </g>
            }
        };
        paths.iter().map(one).collect_view()
    });
    view! {
        {paths}
        <circle class="start" cx=x.to_string() cy=y.to_string() r="13"></circle>
    }
    .into_any()
}

fn lines(frame: Frame, points: &[[f32; 2]]) -> (String, String) {
    let (mut line, mut dots) = (String::new(), String::new());
    for (at, point) in points.iter().enumerate() {
        let [x, y] = frame.place(*point);
        let letter = if at == 0 { 'M' } else { 'L' };
        // Writing to a string cannot fail.
        let _ = write!(line, "{letter}{x:.1} {y:.1}");
        let _ = write!(dots, "M{x:.1} {y:.1}h0");
    }
    (line, dots)
}

fn steered(event: &KeyboardEvent, frame: Frame, from: [f64; 2]) -> Option<[f64; 2]> {
    let pace = if event.shift_key() { 5.0 * KEY_STEP } else { KEY_STEP };
    let [right, down] = arrow(event)?.map(|step| step * pace);
    let [x, y] = frame.shares(from);
    Some(frame.at_shares([x + right, y + down]))
}
