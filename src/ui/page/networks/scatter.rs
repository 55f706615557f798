//! Accuracy against operations: every network of ImageNet as a point, as large as it has weights.

use super::zoo::NetworkRow;
use crate::ui::widget::{Axis, Scaling, follow_width};
use crate::ui::{app, live, number};
use leptos::html::Div;
use leptos::prelude::*;

const HEIGHT: f64 = 300.0;
const LEFT: f64 = 34.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 8.0;
const BOTTOM: f64 = 34.0;
/// Of a letter of a label, and of its line.
const LETTER: [f64; 2] = [6.1, 12.0];

#[derive(Clone, Debug, PartialEq)]
struct Dot {
    id: String,
    title: String,
    at: [f64; 2],
    radius: f64,
    /// Where its label begins, where there is room for one.
    label: Option<[f64; 2]>,
    told: String,
}

pub(super) fn scatter(rows: Memo<Vec<NetworkRow>>, chosen: Memo<Option<String>>) -> AnyView {
    let holder = NodeRef::<Div>::new();
    let width = follow_width(holder);
    let drawn = Memo::new(move |_| rows.with(|rows| drawing(rows, chosen.get().as_deref(), width.get().max(240.0))));
    let pointed = RwSignal::new(None::<String>);
    let here = Memo::new(move |_| pointed.get().or_else(|| chosen.get()));
    let told = move || {
        let here = here.get();
        drawn.with(|(_, dots)| dots.iter().find(|dot| Some(&dot.id) == here.as_ref()).map(|dot| dot.told.clone()))
    };
    view! {
        <figure class="chart scatter">
            <figcaption>
                <span class="hint">{words!(networks.scatter_hint)}</span>
                <span class="figure" data-testid="scatter-told" aria-live="polite">{live::maybe(told)}</span>
            </figcaption>
            <div class="plot" node_ref=holder>
                <svg
                    width=live::text(move || width.get().to_string())
                    height=HEIGHT.to_string()
                    role="img"
                    data-testid="scatter"
                    aria-label=live::text(move || say!(networks.scatter_label, count = drawn.with(|(_, dots)| dots.len())))
                    on:pointerleave=move |_| pointed.set(None)
                >
                    {live::view(move || drawn.with(|(frame, _)| axes(frame)))}
                    {live::view(move || drawn.with(|(_, dots)| dots.iter().map(|dot| point(dot.clone(), here, pointed)).collect_view().into_any()))}
                </svg>
            </div>
        </figure>
    }
    .into_any()
}

#[derive(Clone, Debug, PartialEq)]
struct Frame {
    x: Axis,
    y: Axis,
    width: f64,
}

fn drawing(rows: &[NetworkRow], chosen: Option<&str>, width: f64) -> (Frame, Vec<Dot>) {
    let known: Vec<(&NetworkRow, f64)> =
        rows.iter().filter(|row| row.knows_imagenet()).filter_map(|row| Some((row, row.top1()?))).collect();
    let fold = |values: &mut dyn Iterator<Item = f64>| {
        values.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], value| [low.min(value), high.max(value)])
    };
    let [least, most] = fold(&mut known.iter().map(|(row, _)| row.report.macs as f64));
    let [low, high] = fold(&mut known.iter().map(|(_, top1)| *top1));
    let frame = Frame {
        x: Axis::new(least / 1.4, most * 1.6, width - LEFT - RIGHT, Scaling::Log),
        y: Axis::new(low - 2.0, high + 2.0, HEIGHT - TOP - BOTTOM, Scaling::Linear),
        width,
    };
    let mut dots: Vec<Dot> = known
        .iter()
        .map(|(row, top1)| Dot {
            id: row.report.id.clone(),
            title: row.title.clone(),
            at: [LEFT + frame.x.place(row.report.macs as f64), HEIGHT - BOTTOM - frame.y.place(*top1)],
            radius: 2.5 + (row.report.params as f64 / 1e6).sqrt() * 0.6,
            label: None,
            told: say!(
                networks.point,
                title = row.title,
                top1 = number::fixed(*top1, 1),
                macs = number::short_count(row.report.macs),
                params = number::short_count(row.report.params),
                by = row
                    .counts
                    .as_ref()
                    .and_then(|counts| Some(counts.published.as_ref()?.by.clone()))
                    .unwrap_or_default()
            ),
        })
        .collect();
    label(&mut dots, chosen, width);
    (frame, dots)
}

/// A label at each point that has room for one, the chosen network first, then the most accurate.
fn label(dots: &mut [Dot], chosen: Option<&str>, width: f64) {
    let mut order: Vec<usize> = (0..dots.len()).collect();
    order.sort_by(|&a, &b| {
        let is_chosen = |at: usize| Some(dots[at].id.as_str()) == chosen;
        is_chosen(b).cmp(&is_chosen(a)).then(dots[a].at[1].total_cmp(&dots[b].at[1]))
    });
    let mut taken: Vec<[f64; 4]> =
        dots.iter().map(|dot| [dot.at[0] - 3.0, dot.at[1] - 3.0, dot.at[0] + 3.0, dot.at[1] + 3.0]).collect();
    for at in order {
        let Dot { title, at: [x, y], radius, .. } = &dots[at];
        let length = title.chars().count() as f64 * LETTER[0];
        let places = [
            [x + radius + 4.0, y + 4.0],
            [x - radius - 4.0 - length, y + 4.0],
            [x - length / 2.0, y - radius - 4.0],
            [x - length / 2.0, y + radius + 12.0],
        ];
        let box_of = |[x, y]: [f64; 2]| [x, y - LETTER[1] + 2.0, x + length, y + 2.0];
        let is_free = |place: &&[f64; 2]| {
            let [left, top, right, bottom] = box_of(**place);
            let apart = |other: &[f64; 4]| right < other[0] || other[2] < left || bottom < other[1] || other[3] < top;
            left >= LEFT && right <= width - 2.0 && top >= 0.0 && bottom <= HEIGHT - BOTTOM && taken.iter().all(apart)
        };
        let place = places.iter().find(is_free).copied();
        taken.extend(place.map(box_of));
        dots[at].label = place;
    }
}

fn axes(frame: &Frame) -> AnyView {
    let (floor, right) = (HEIGHT - BOTTOM, frame.width - RIGHT);
    let across = frame.x.ticks(8).into_iter().map(|tick| {
        let x = LEFT + tick.at;
        view! {
            <line class="grid" x1=x x2=x y1=TOP y2=floor></line>
            <text x=x y=floor + 14.0 text-anchor="middle">{millions(&tick.text)}</text>
        }
    });
    let up = frame.y.ticks(6).into_iter().map(|tick| {
        let y = floor - tick.at;
        view! {
            <line class="grid" x1=LEFT x2=right y1=y y2=y></line>
            <text x=LEFT - 6.0 y=y + 4.0 text-anchor="end">{tick.text}</text>
        }
    });
    view! {
        <g class="axes" aria-hidden="true">
            {across.collect_view()}
            {up.collect_view()}
            <text class="axis-title" x=right y=HEIGHT - 4.0 text-anchor="end">{words!(networks.macs_axis)}</text>
            <text class="axis-title" x=4.0 y=HEIGHT - 4.0>{words!(networks.top1_axis)}</text>
        </g>
    }
    .into_any()
}

/// A tick of thousands of millions is one of G.
fn millions(tick: &str) -> String {
    match tick.strip_suffix("000M") {
        Some(giga) => format!("{giga}G"),
        None => tick.to_owned(),
    }
}

fn point(dot: Dot, here: Memo<Option<String>>, pointed: RwSignal<Option<String>>) -> AnyView {
    let (id, over, on) = (dot.id.clone(), dot.id.clone(), dot.id.clone());
    let is_here = Memo::new(move |_| here.with(|here| here.as_ref() == Some(&on)));
    let choose = move |_| {
        let id = id.clone();
        app().go(|route| super::look_at(route, id));
    };
    view! {
        <g
            class="dot"
            class:on=live::flag(move || is_here.get())
            data-network=dot.id
            on:pointerenter=move |_| pointed.set(Some(over.clone()))
            on:click=choose
        >
            <circle cx=dot.at[0] cy=dot.at[1] r=dot.radius></circle>
            <circle class="reach" cx=dot.at[0] cy=dot.at[1] r=dot.radius.max(11.0)></circle>
            {dot.label.map(|[x, y]| view! { <text x=x y=y>{dot.title}</text> })}
        </g>
    }
    .into_any()
}
