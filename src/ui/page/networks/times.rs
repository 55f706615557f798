//! How long each box takes on this device: a button that measures, and what it found, told beside the time of the whole network.

use super::graph::GraphView;
use super::settings::{NetworksSettings, Shade};
use crate::protocol::{BackendKind, DrawnNode, Networks, NodeTimes, NodesTimed, StepClock, TimeNodes};
use crate::ui::widget::{StartProgress, trouble_box};
use crate::ui::{Ask, PageSettings, app, live, number, sentence};
use leptos::prelude::*;
use std::collections::BTreeMap;

pub(super) type AskTimes = Ask<Networks, NodesTimed>;

/// What was measured of the network that is drawn.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct MeasuredTimes(Vec<MeasuredDevice>);

#[derive(Clone, Debug, PartialEq)]
struct MeasuredDevice {
    kind: BackendKind,
    millis: BTreeMap<String, f64>,
    /// The node in whose step another one is computed.
    within: BTreeMap<String, String>,
}

impl MeasuredTimes {
    pub(super) fn of(timed: Option<&NodesTimed>, network: Option<&str>) -> Self {
        let timed = timed.filter(|timed| Some(timed.network.as_str()) == network);
        let of_device = |times: &NodeTimes| MeasuredDevice {
            kind: times.kind,
            millis: times.nodes.iter().map(|node| (node.path.clone(), node.millis)).collect(),
            within: times.nodes.iter().filter_map(|node| Some((node.path.clone(), node.within.clone()?))).collect(),
        };
        Self(timed.into_iter().flat_map(|timed| &timed.devices).map(of_device).collect())
    }

    fn device(&self, kind: BackendKind) -> Option<&MeasuredDevice> {
        self.0.iter().find(|device| device.kind == kind)
    }

    /// Of all that is in a box, where it was measured.
    pub(super) fn millis(&self, kind: BackendKind, node: &DrawnNode) -> Option<f64> {
        let millis = &self.device(kind)?.millis;
        Some(node.inside.iter().filter_map(|path| millis.get(path)).sum())
    }

    /// The node in whose step a box is computed that takes no time of its own.
    pub(super) fn within(&self, kind: BackendKind, node: &DrawnNode) -> Option<&str> {
        let within = &self.device(kind)?.within;
        node.inside.iter().find_map(|path| within.get(path)).map(String::as_str)
    }

    /// What is told of a box: its time on each device, or in whose step it is computed.
    pub(super) fn told(&self, node: &DrawnNode) -> String {
        let told = self.0.iter().filter_map(|device| {
            let millis = self.millis(device.kind, node).filter(|millis| *millis > 0.0).map(written);
            let within = || self.within(device.kind, node).map(|node| say!(networks.within, node = node));
            Some(format!(" · {} {}", sentence::device(device.kind), millis.or_else(within)?))
        });
        told.collect()
    }
}

/// `0.0321 ms`
pub(super) fn written(millis: f64) -> String {
    format!("{} ms", number::digits(millis as f32))
}

pub(super) fn times(view: GraphView, timed: AskTimes) -> AnyView {
    let start = move |()| {
        let network = view.drawing.with_untracked(|drawing| drawing.as_ref().map(|drawing| drawing.network.clone()));
        let Some(network) = network else { return };
        let backend = app().route.with_untracked(|route| route.backend);
        let job = Networks::TimeNodes(TimeNodes { network, backend });
        timed.start(
            job,
            |_| {},
            move |found| {
                show(view, &found);
                drop(timed.answer.try_set(Some(found)));
            },
        );
    };
    let here = move || view.drawing.with(|drawing| drawing.as_ref().map(|drawing| drawing.network.clone()));
    let lines = move || {
        let here = here();
        timed.answer.with(|timed| {
            let timed = timed.as_ref().filter(|timed| Some(&timed.network) == here.as_ref());
            timed.map(|timed| timed.devices.iter().map(line).collect_view()).into_any()
        })
    };
    // A colour of what nobody has measured shows nothing.
    let missing = move || {
        let kind = view.settings.with(|settings| settings.shade.device())?;
        let is_here = view.times.with(|times| times.device(kind).is_some());
        (!is_here).then(|| say!(networks.not_measured, device = sentence::device(kind)))
    };
    view! {
        <div class="times">
            <StartProgress
                id="times"
                label=words!(networks.measure)
                title=words!(networks.measuring)
                of=timed.asking
                able=move || app().is_up() && view.drawing.with(Option::is_some)
                start
            />
            <div aria-live="polite">
                {live::view(lines)}
                <p class="hint">{live::maybe(missing)}</p>
            </div>
        </div>
        {trouble_box(move || timed.trouble())}
    }
    .into_any()
}

/// The colours are those of a device that was measured: of the faster one, where none of them is shown yet.
fn show(view: GraphView, found: &NodesTimed) {
    let shown = view.settings.with_untracked(|settings| settings.shade.device());
    let fastest = found.devices.iter().min_by(|a, b| a.whole_millis.total_cmp(&b.whole_millis));
    if let Some(fastest) = fastest
        && !found.devices.iter().any(|times| Some(times.kind) == shown)
    {
        let shade = Shade::of_device(fastest.kind);
        NetworksSettings::change(|settings| settings.shade = shade);
    }
}

/// A device: what the boxes take together beside the whole network, and whose clock it is.
fn line(times: &NodeTimes) -> AnyView {
    let (sum, whole, kind) = (times.sum_millis(), times.whole_millis, times.kind);
    let device = match kind {
        BackendKind::Cpu => "CPU".to_owned(),
        BackendKind::Gpu => sentence::gpu_name(&times.name),
    };
    let steps: u32 = times.nodes.iter().map(|node| node.steps).sum();
    let told = match times.clock {
        StepClock::Timestamps => words!(networks.by_device),
        StepClock::Outside => words!(networks.by_engine),
    };
    view! {
        <p
            class="times-line"
            data-testid="times"
            data-device=sentence::device(kind)
            data-sum=sum.to_string()
            data-whole=whole.to_string()
            data-steps=steps.to_string()
        >
            <b>{device} ":"</b>
            " "
            {show!(networks.times_sum, sum = written(sum), whole = written(whole), steps = steps)}
            " "
            <span class="hint">{told}</span>
        </p>
    }
    .into_any()
}
