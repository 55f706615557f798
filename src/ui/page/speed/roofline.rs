//! The roofline: operations per byte against operations per second, both logarithmic, with each device's roof and every
//! measured row as a point below it.

use super::figures::{Chosen, Point, colour_of, millis, points_of, share};
use crate::protocol::{BackendKind, DeviceTimes};
use crate::ui::widget::{Axis, Card, Scaling, along, follow_width, grid_columns, grid_rows};
use crate::ui::{live, number, sentence};
use leptos::html::Div;
use leptos::prelude::*;

const HEIGHT: f64 = 340.0;
const LEFT: f64 = 52.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 40.0;
/// A pointer further from every point than this means none of them.
const REACH: f64 = 24.0;

/// The drawing's axes: intensity, and GFLOP/s.
#[derive(Clone, Copy, PartialEq)]
struct Frame {
    x: Axis,
    y: Axis,
    /// From where to where along the intensities.
    span: [f64; 2],
    width: f64,
}

impl Frame {
    fn new(points: &[Point], devices: &[DeviceTimes], width: f64) -> Frame {
        let fold = |values: &mut dyn Iterator<Item = f64>| {
            values.fold([f64::INFINITY, 0.0_f64], |[low, high], value| [low.min(value), high.max(value)])
        };
        let ridge = |device: &DeviceTimes| device.limits.flops_per_second / device.limits.bytes_per_second;
        let x = fold(&mut points.iter().map(|point| point.row.work.intensity()).chain(devices.iter().map(ridge)));
        let tops = devices.iter().map(|device| device.limits.flops_per_second / 1e9);
        let y = fold(&mut points.iter().map(|point| point.row.gflops).chain(tops));
        let span = [x[0] / 1.6, x[1] * 2.0];
        let inner = (width - LEFT - RIGHT).max(1.0);
        Frame {
            x: Axis::new(span[0], span[1], inner, Scaling::Log),
            y: Axis::new(y[0] / 2.0, y[1] * 2.0, HEIGHT - TOP - BOTTOM, Scaling::Log),
            span,
            width,
        }
    }

    fn place(&self, intensity: f64, gflops: f64) -> [f64; 2] {
        [LEFT + self.x.place(intensity), HEIGHT - BOTTOM - self.y.place(gflops)]
    }

    fn at(&self, point: &Point) -> [f64; 2] {
        self.place(point.row.work.intensity(), point.row.gflops)
    }
}

pub(super) fn roofline(devices: Memo<Vec<DeviceTimes>>, chosen: RwSignal<Option<Chosen>>) -> impl IntoView {
    let points = Memo::new(move |_| devices.with(|devices| points_of(devices)));
    let holder = NodeRef::<Div>::new();
    let width = follow_width(holder);
    let frame = Memo::new(move |_| {
        points.with(|points| devices.with(|devices| Frame::new(points, devices, width.get().max(200.0))))
    });
    // Several points may have one name: both devices', before one of them is meant.
    let here = Memo::new(move |_| {
        let chosen = chosen.get()?;
        points.with(|points| points.iter().position(|point| chosen.is(&point.row.name, point.kind)))
    });
    let choose = move |at: usize| {
        let of = |point: &Point| Chosen { name: point.row.name.clone(), kind: Some(point.kind) };
        chosen.set(points.with_untracked(|points| points.get(at).map(of)));
    };
    let steer = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Escape" {
            chosen.set(None);
        }
        along(&event, here.get_untracked(), points.with_untracked(Vec::len)).into_iter().for_each(choose);
    };
    let seek = move |event: leptos::ev::PointerEvent| {
        let (x, y) = (f64::from(event.offset_x()), f64::from(event.offset_y()));
        let frame = frame.get_untracked();
        let distance = |point: &Point| {
            let [px, py] = frame.at(point);
            (px - x).hypot(py - y)
        };
        let nearest = points.with_untracked(|points| {
            let all = points.iter().enumerate().map(|(at, point)| (at, distance(point)));
            all.filter(|(_, distance)| *distance < REACH).min_by(|a, b| a.1.total_cmp(&b.1))
        });
        match nearest {
            Some((at, _)) => choose(at),
            None => chosen.set(None),
        }
    };
    let told = move || {
        let Some(at) = here.get() else {
            let count = points.with(Vec::len);
            return if count == 0 { say!(speed.nothing_yet).to_owned() } else { say!(speed.points, count = count) };
        };
        points.with(|points| points.get(at).map(words_of)).unwrap_or_default()
    };
    let legend = [BackendKind::Gpu, BackendKind::Cpu].map(|kind| {
        live::view(move || {
            let of = devices.with(|devices| devices.iter().find(|device| device.kind == kind).cloned());
            of.map(|device| legend(&device)).into_any()
        })
    });
    view! {
        <Card title=words!(speed.roofline) hint=words!(speed.roofline_hint)>
            <figure class="chart roofline" data-testid="roofline" data-points=live::text(move || points.with(Vec::len).to_string())>
                <figcaption>
                    <span class="figure told" data-testid="roofline-told" aria-live="polite">{live::text(told)}</span>
                </figcaption>
                <div class="plot" node_ref=holder class:gone=live::flag(move || devices.with(Vec::is_empty))>
                    <svg
                        width=live::text(move || width.get().to_string())
                        height=HEIGHT.to_string()
                        role="img"
                        tabindex="0"
                        aria-label=live::text(move || format!("{}: {}", say!(speed.roofline), told()))
                        on:keydown=steer
                        on:pointermove=seek
                        on:pointerdown=seek
                        on:pointerleave=move |_| chosen.set(None)
                        on:blur=move |_| chosen.set(None)
                    >
                        {live::view(move || devices.with(|devices| if devices.is_empty() { ().into_any() } else { drawing(&frame.get(), devices) }))}
                        {live::view(move || points.with(|points| dots(&frame.get(), points, chosen)))}
                    </svg>
                </div>
            </figure>
            <ul class="legend roofs">{legend.into_iter().collect_view()}</ul>
        </Card>
    }
}

fn words_of(point: &Point) -> String {
    let row = &point.row;
    let figures = say!(
        speed.point,
        gflops = number::digits(row.gflops as f32),
        intensity = number::digits(row.work.intensity() as f32),
        share = share(row.share),
        millis = millis(row.millis)
    );
    format!("{} · {}: {figures}", sentence::device(point.kind), row.name)
}

fn legend(device: &DeviceTimes) -> AnyView {
    let limits = device.limits;
    let figures = format!(
        "F {} GFLOP/s, B {} GB/s, t {} µs",
        number::digits((limits.flops_per_second / 1e9) as f32),
        number::digits((limits.bytes_per_second / 1e9) as f32),
        number::digits((limits.dispatch_seconds * 1e6) as f32)
    );
    view! {
        <li class=colour_of(device.kind) data-testid="limits" data-device=sentence::device(device.kind)>
            <i></i>
            <b>{sentence::device(device.kind)}</b>
            <span>{device.name.clone()}</span>
            <span class="figure">{figures}</span>
        </li>
    }
    .into_any()
}

fn drawing(frame: &Frame, devices: &[DeviceTimes]) -> AnyView {
    let (floor, right) = (HEIGHT - BOTTOM, frame.width - RIGHT);
    let roofs = devices.iter().map(|device| {
        let limits = device.limits;
        let ridge = limits.flops_per_second / limits.bytes_per_second;
        let corners = [frame.span[0], ridge.clamp(frame.span[0], frame.span[1]), frame.span[1]];
        let roof = |x: f64| (x * limits.bytes_per_second).min(limits.flops_per_second) / 1e9;
        let path: Vec<String> = corners
            .into_iter()
            .map(|x| frame.place(x, roof(x)))
            .map(|[x, y]| format!("{x:.1},{:.1}", y.min(floor)))
            .collect();
        view! { <polyline class=format!("roof {}", colour_of(device.kind)) points=path.join(" ")></polyline> }
    });
    view! {
        <g class="axes" aria-hidden="true">
            {grid_rows(&frame.y, 6, [LEFT, right], floor)}
            {grid_columns(&frame.x, ((right - LEFT) / 60.0) as usize, LEFT, [TOP, floor])}
            <text x=(LEFT + (right - LEFT) / 2.0).to_string() y=(HEIGHT - 4.0).to_string() text-anchor="middle">"FLOP / byte"</text>
            <text x=LEFT.to_string() y=(TOP + 2.0).to_string() dx="4" dy=".7em">"GFLOP/s"</text>
        </g>
        <g aria-hidden="true">{roofs.collect_view()}</g>
    }
    .into_any()
}

/// Rows are filled, layers are rings.
fn dots(frame: &Frame, points: &[Point], chosen: RwSignal<Option<Chosen>>) -> AnyView {
    let one = |point: &Point| {
        let [x, y] = frame.at(point);
        let class = format!("dot {} {}", colour_of(point.kind), if point.is_layer { "layer" } else { "row" });
        let (name, kind) = (point.row.name.clone(), point.kind);
        let on = move || chosen.with(|chosen| chosen.as_ref().is_some_and(|chosen| chosen.is(&name, kind)));
        view! {
            <circle class=class class:on=live::flag(on) data-testid="point" cx=format!("{x:.1}") cy=format!("{y:.1}") r="4.5"></circle>
        }
    };
    view! { <g class="points" aria-hidden="true">{points.iter().map(one).collect_view()}</g> }.into_any()
}
