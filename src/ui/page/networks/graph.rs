//! A network as a drawn graph: blocks fold, a node is chosen by a press or by keys, colours say what it costs.

use super::settings::{NetworksSettings, Shade};
use super::times::{MeasuredTimes, written};
use crate::protocol::{DrawnEdge, DrawnFrame, DrawnNode, NetworkDrawing};
use crate::ui::widget::{Button, SegmentsOf};
use crate::ui::{Choice, PageSettings, choice, live, number};
use leptos::html::Div;
use leptos::prelude::*;
use std::collections::BTreeSet;
use web_sys::KeyboardEvent;

/// From one press of a button to the next.
const ZOOM: f64 = 1.25;
const ZOOMS: [f64; 2] = [0.1, 2.5];
/// Letters of a title that a box has room for.
const LETTERS: usize = 23;

/// What the graph is drawn from, and what is pointed at in it.
#[derive(Clone, Copy)]
pub(super) struct GraphView {
    pub(super) drawing: RwSignal<Option<NetworkDrawing>>,
    /// The chosen node, as it is drawn.
    pub(super) chosen: Memo<Option<DrawnNode>>,
    pub(super) times: Memo<MeasuredTimes>,
    pub(super) settings: Memo<NetworksSettings>,
}

impl GraphView {
    /// What the colours stand for, of a node.
    fn value(self, shade: Shade, node: &DrawnNode) -> f64 {
        match shade {
            Shade::Macs => node.macs as f64,
            Shade::Params => node.params as f64,
            Shade::Bytes => node.bytes as f64,
            Shade::Cpu | Shade::Gpu => {
                let millis = |kind| self.times.with(|times| times.millis(kind, node));
                shade.device().and_then(millis).unwrap_or_default()
            }
        }
    }

    fn said(self, shade: Shade, value: f64) -> String {
        match shade {
            Shade::Macs | Shade::Params => number::short_count(value as u64),
            Shade::Bytes => number::bytes(value as u64),
            Shade::Cpu | Shade::Gpu => written(value),
        }
    }

    /// What it says of a node that costs something; of one that is computed in another's step, in which.
    fn cost(self, shade: Shade, node: &DrawnNode) -> Option<String> {
        match (self.value(shade, node), shade.device()) {
            (value, _) if value > 0.0 => Some(self.said(shade, value)),
            (_, Some(kind)) => self.times.with(|times| {
                let within = times.within(kind, node)?;
                let (_, name) = within.rsplit_once('.').unwrap_or_default();
                Some(say!(networks.within, node = if name.is_empty() { within } else { name }))
            }),
            (_, None) => None,
        }
    }

    fn most(self, shade: Shade) -> f64 {
        self.drawing.with(|drawing| {
            let nodes = drawing.iter().flat_map(|drawing| &drawing.nodes);
            nodes.map(|node| self.value(shade, node)).fold(0.0, f64::max)
        })
    }
}

pub(super) fn choose(path: &str) {
    let path = path.to_owned();
    NetworksSettings::change(|settings| settings.layer = Some(path));
}

/// Opens a closed block, closes an open one.
fn fold(view: GraphView, path: &str) {
    let open = view.drawing.with_untracked(|drawing| drawing.as_ref().map(|drawing| drawing.open.clone()));
    let mut open: BTreeSet<String> = open.unwrap_or_default().into_iter().collect();
    if !open.remove(path) {
        open.insert(path.to_owned());
    }
    NetworksSettings::change(|settings| settings.unfold(open));
}

pub(super) fn graph(view: GraphView) -> AnyView {
    let holder = NodeRef::<Div>::new();
    let scale = RwSignal::new(1.0_f64);
    let shade = Memo::new(move |_| view.settings.with(|settings| settings.shade));
    let most = Memo::new(move |_| view.most(shade.get()));
    let zoom = move |by: f64| scale.update(|scale| *scale = (*scale * by).clamp(ZOOMS[0], ZOOMS[1]));
    let whole = move || {
        let size = view.drawing.with_untracked(|drawing| drawing.as_ref().map(|drawing| drawing.size));
        if let (Some(holder), Some([width, height])) = (holder.get_untracked(), size) {
            let fit = (f64::from(holder.client_width()) / f64::from(width))
                .min(f64::from(holder.client_height()) / f64::from(height));
            scale.set(fit.clamp(ZOOMS[0], 1.0));
        }
    };
    // Another network, or another fold, is looked at from its middle.
    Effect::new(move |_| {
        let width = view.drawing.with(|drawing| drawing.as_ref().map(|drawing| drawing.size[0]));
        if let (Some(holder), Some(width)) = (holder.get(), width) {
            let beside = f64::from(width) * scale.get_untracked() - f64::from(holder.client_width());
            holder.set_scroll_left((beside / 2.0).max(0.0) as i32);
        }
    });
    let all_blocks = move |is_open: bool| {
        let open = if is_open {
            view.drawing.with_untracked(|drawing| drawing.iter().flat_map(every_block).collect())
        } else {
            BTreeSet::new()
        };
        NetworksSettings::change(|settings| settings.unfold(open));
    };
    let walk = move |event: KeyboardEvent| {
        let key = event.key();
        let here = view.chosen.get_untracked().map(|node| node.path);
        match key.as_str() {
            "+" | "=" => zoom(ZOOM),
            "-" => zoom(1.0 / ZOOM),
            "Enter" | " " => here.iter().for_each(|path| fold(view, path)),
            _ => {
                let next = view.drawing.with_untracked(|drawing| neighbour(drawing.as_ref()?, here.as_deref()?, &key));
                match next {
                    Some(path) => choose(&path),
                    None => return,
                }
            }
        }
        event.prevent_default();
    };
    let drag = RwSignal::new(None::<[i32; 2]>);
    let pull = move |event: web_sys::PointerEvent| {
        if let (Some([x, y]), Some(holder)) = (drag.get_untracked(), holder.get_untracked())
            && event.buttons() == 1
        {
            holder.set_scroll_left(holder.scroll_left() - (event.client_x() - x));
            holder.set_scroll_top(holder.scroll_top() - (event.client_y() - y));
            drag.set(Some([event.client_x(), event.client_y()]));
        }
    };
    let wheel = move |event: web_sys::WheelEvent| {
        // A plain wheel scrolls.
        if event.ctrl_key() {
            event.prevent_default();
            zoom(if event.delta_y() < 0.0 { 1.1 } else { 1.0 / 1.1 });
        }
    };
    let length = move |at: usize| {
        let size = view.drawing.with(|drawing| drawing.as_ref().map_or([1.0; 2], |drawing| drawing.size));
        (f64::from(size[at]) * scale.get()).to_string()
    };
    let box_of = move || {
        let size = view.drawing.with(|drawing| drawing.as_ref().map_or([1.0; 2], |drawing| drawing.size));
        format!("0 0 {} {}", size[0], size[1])
    };
    let legend = move || (most.get() > 0.0).then(|| view.said(shade.get(), most.get()));
    let rows = choice::rows::<Shade>();
    view! {
        <div class="fields wires-tools">
            <SegmentsOf
                name="shade"
                label=words!(networks.shade)
                rows
                chosen=move || shade.get().key()
                on_choose=move |key: &'static str| NetworksSettings::change(|settings| crate::ui::pick(&mut settings.shade, key))
            />
            <span class="heat-legend figure" aria-hidden="true">"0" <i></i> {live::maybe(legend)}</span>
            <span class="row-acts">
                <Button id="graph-in" words=words!(networks.zoom_in) on_press=move |()| zoom(ZOOM) />
                <Button id="graph-out" words=words!(networks.zoom_out) on_press=move |()| zoom(1.0 / ZOOM) />
                <Button id="graph-whole" words=words!(networks.zoom_whole) on_press=move |()| whole() />
                <Button id="graph-unfold" words=words!(networks.unfold) on_press=move |()| all_blocks(true) />
                <Button id="graph-fold" words=words!(networks.fold) on_press=move |()| all_blocks(false) />
            </span>
        </div>
        <div
            class="wires"
            node_ref=holder
            tabindex="0"
            role="application"
            data-testid="graph"
            data-network=live::maybe(move || view.drawing.with(|drawing| drawing.as_ref().map(|drawing| drawing.network.clone())))
            data-nodes=live::text(move || view.drawing.with(|drawing| drawing.as_ref().map_or(0, |drawing| drawing.nodes.len())).to_string())
            aria-label=words!(networks.graph_label)
            aria-describedby="graph-here"
            on:keydown=walk
            on:pointerdown=move |event| drag.set(Some([event.client_x(), event.client_y()]))
            on:pointermove=pull
            on:wheel=wheel
        >
            <svg width=live::text(move || length(0)) height=live::text(move || length(1)) viewBox=live::text(box_of) aria-hidden="true">
                {live::view(move || view.drawing.get().map(|drawing| drawn(&drawing, view, shade, most)).into_any())}
            </svg>
        </div>
        <p class="sub" id="graph-here" data-testid="graph-here" aria-live="polite">{live::maybe(move || view.chosen.get().map(|node| told(&node) + &view.times.with(|times| times.told(&node))))}</p>
    }
    .into_any()
}

/// All paths that something lies under.
fn every_block(drawing: &NetworkDrawing) -> Vec<String> {
    let paths = drawing.nodes.iter().flat_map(|node| &node.inside);
    let blocks = |path: &String| path.match_indices('.').map(|(at, _)| path[..at].to_owned()).collect::<Vec<_>>();
    paths.flat_map(blocks).collect()
}

/// Where an arrow key leads: along the lines up and down, to what lies beside.
fn neighbour(drawing: &NetworkDrawing, here: &str, key: &str) -> Option<String> {
    let at = drawing.nodes.iter().position(|node| node.path == here)?;
    let mut near = drawing.edges.iter().filter_map(|edge| match key {
        "ArrowDown" if edge.from as usize == at => Some(edge.to),
        "ArrowUp" if edge.to as usize == at => Some(edge.from),
        _ => None,
    });
    let [x, y] = drawing.nodes[at].place;
    let beside = |side: f32| {
        let row = drawing.nodes.iter().filter(move |node| node.place[1] == y && (node.place[0] - x) * side > 0.0);
        row.min_by(|a, b| (a.place[0] - x).abs().total_cmp(&(b.place[0] - x).abs())).map(|node| node.path.clone())
    };
    match key {
        "ArrowLeft" => beside(-1.0),
        "ArrowRight" => beside(1.0),
        _ => near.next().and_then(|at| drawing.nodes.get(at as usize)).map(|node| node.path.clone()),
    }
}

fn told(node: &DrawnNode) -> String {
    let mut said = say!(
        networks.node_told,
        path = node.path,
        kind = kind(&node.kind),
        shape = number::shape(&node.shape),
        params = number::count(node.params),
        macs = number::short_count(node.macs),
        bytes = number::bytes(node.bytes)
    );
    said += &match node.field {
        Some([size, stride]) => say!(networks.node_sees, size = size, stride = stride),
        None => say!(networks.node_sees_all).to_owned(),
    };
    said
}

/// What computes a node, as a student looks it up.
fn kind(kind: &str) -> String {
    if kind == "block" { say!(networks.block).to_owned() } else { kind.replace('_', " ") }
}

fn drawn(drawing: &NetworkDrawing, view: GraphView, shade: Memo<Shade>, most: Memo<f64>) -> AnyView {
    let size = drawing.node_size;
    let frames = drawing.frames.iter().map(|frame| framed(frame, view)).collect_view();
    let lines = drawing.edges.iter().map(line).collect_view();
    let nodes = drawing.nodes.iter().map(|node| boxed(node.clone(), size, view, shade, most)).collect_view();
    view! { {frames} {lines} {nodes} }.into_any()
}

fn framed(frame: &DrawnFrame, view: GraphView) -> AnyView {
    let DrawnFrame { path, place: [x, y], size: [width, height] } = frame.clone();
    let title = format!("▾ {path}");
    let letters = title.chars().count() as f32 * 6.6 + 10.0;
    view! {
        <g class="wire-frame">
            <rect x=x y=y width=width height=height rx="12"></rect>
            <g class="fold" data-testid="graph-frame" data-path=path.clone() on:click=move |_| fold(view, &path)>
                <rect x=x + 8.0 y=y - 9.0 width=letters height="18" rx="9"></rect>
                <text x=x + 13.0 y=y + 4.0>{title}</text>
            </g>
        </g>
    }
    .into_any()
}

/// Upright at each end.
fn line(edge: &DrawnEdge) -> AnyView {
    let mut path = String::new();
    for (at, &[x, y]) in edge.points.iter().enumerate() {
        match at.checked_sub(1).and_then(|before| edge.points.get(before)) {
            None => path += &format!("M{x} {y}"),
            Some(&[x0, y0]) => {
                let middle = (y0 + y) / 2.0;
                path += &format!("C{x0} {middle} {x} {middle} {x} {y}");
            }
        }
    }
    let shape = number::shape(edge.shape.get(1..).unwrap_or_default());
    let label = edge.points.first().filter(|_| edge.is_named).map(|[x, y]| {
        let shape = shape.clone();
        view! { <text x=x + 6.0 y=y + 15.0>{shape}</text> }
    });
    view! {
        <g class="wire">
            <path d=path><title>{shape}</title></path>
            {label}
        </g>
    }
    .into_any()
}

fn boxed(node: DrawnNode, [width, height]: [f32; 2], view: GraphView, shade: Memo<Shade>, most: Memo<f64>) -> AnyView {
    let [x, y] = node.place;
    let (path, here, block, tag, name) =
        (node.path.clone(), node.path.clone(), node.path.clone(), node.path.clone(), node.path.clone());
    let is_chosen =
        Memo::new(move |_| view.chosen.with(|chosen| chosen.as_ref().is_some_and(|chosen| chosen.path == here)));
    let (measured, shown, timed) = (node.clone(), node.clone(), node.clone());
    let millis = move || {
        let kind = shade.get().device()?;
        view.times.with(|times| times.millis(kind, &timed)).map(|millis| millis.to_string())
    };
    let heat = move || {
        let value = view.value(shade.get(), &measured);
        format!("{:.3}", if most.get() > 0.0 { 0.75 * (value / most.get()).sqrt() } else { 0.0 })
    };
    let cost = move || {
        let cost = view.cost(shade.get(), &shown).map(|cost| format!(" · {cost}")).unwrap_or_default();
        format!("{}{cost}", kind(&shown.kind))
    };
    let title: String = match node.title.chars().count() {
        long if long > LETTERS => format!("…{}", node.title.chars().skip(long - LETTERS + 1).collect::<String>()),
        _ => node.title.clone(),
    };
    let opening = node.is_block.then(|| view! {
        <g class="fold" data-testid="graph-block" data-path=block.clone() on:click=move |event| { event.stop_propagation(); fold(view, &block) }>
            <rect x=x + width - 30.0 y=y + 4.0 width="26" height=height - 8.0 rx="6"></rect>
            <text x=x + width - 22.0 y=y + height / 2.0 + 5.0>"▸"</text>
        </g>
    });
    view! {
        <g
            class="node"
            class:block=node.is_block
            class:on=live::flag(move || is_chosen.get())
            data-testid="graph-node"
            data-path=tag
            data-params=node.params.to_string()
            data-millis=live::maybe(millis)
            on:click=move |_| choose(&path)
        >
            <rect class="ground" x=x y=y width=width height=height rx="8"></rect>
            <rect class="heat" x=x y=y width=width height=height rx="8" fill-opacity=live::text(heat)></rect>
            <text class="name" x=x + 10.0 y=y + 20.0>{title}</text>
            <text class="cost" x=x + 10.0 y=y + 37.0>{live::text(cost)}</text>
            {opening}
            <title>{name}</title>
        </g>
    }
    .into_any()
}
