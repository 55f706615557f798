//! How we know: the layers together against the whole run, and no row above the roof.

use super::figures::{millis, share};
use crate::protocol::{BackendKind, DeviceTimes, LayerTimes};
use crate::ui::widget::{Verdict, check, check_card};
use crate::ui::{live, sentence};
use leptos::prelude::*;

/// How far above F a row may be: F is measured too.
const ABOVE: f64 = 1.1;

pub(super) fn card(devices: Memo<Vec<DeviceTimes>>) -> AnyView {
    check_card(None, view! { {layers_sum(devices)} {under_the_roof(devices)} }.into_any())
}

/// The steps of a network's run add up to the run.
fn layers_sum(devices: Memo<Vec<DeviceTimes>>) -> AnyView {
    let one = |(kind, times): (BackendKind, LayerTimes)| {
        let (sum, whole) = (times.sum_millis(), times.whole_millis);
        let told = move || {
            let (device, part) = (sentence::device(kind), share(sum / whole));
            show!(speed.check_sum_measured, device = device, sum = millis(sum), whole = millis(whole), part = part)
        };
        finding(kind, sum / whole, told)
    };
    check("layers-sum", [words!(speed.check_sum), words!(speed.check_sum_how)], move || {
        let found: Vec<_> =
            devices.get().into_iter().filter_map(|device| Some((device.kind, device.layers?))).collect();
        // Two moments of a shared machine are no fault of the engine: it is said, and nothing is judged.
        let agrees = found.iter().all(|(_, times)| times.holds());
        let seen = if found.is_empty() || !agrees { Verdict::Open } else { Verdict::Passed };
        let noise = (!agrees).then(|| view! { <span>{words!(speed.check_noise)}</span> });
        (seen, view! { {found.into_iter().map(one).collect_view()} {noise} }.into_any())
    })
}

/// Nothing computes faster than the device can.
fn under_the_roof(devices: Memo<Vec<DeviceTimes>>) -> AnyView {
    let of = |device: DeviceTimes| {
        let layers = device.layers.iter().flat_map(|times| &times.layers);
        let most = device.rows.iter().chain(layers).max_by(|a, b| a.gflops.total_cmp(&b.gflops))?;
        Some((device.kind, most.name.clone(), most.gflops * 1e9 / device.limits.flops_per_second))
    };
    let one = |(kind, name, most): (BackendKind, String, f64)| {
        let told =
            move || show!(speed.check_roof_measured, device = sentence::device(kind), part = share(most), name = name);
        finding(kind, most, told)
    };
    check("under-the-roof", [words!(speed.check_roof), words!(speed.check_roof_how)], move || {
        let found: Vec<_> = devices.get().into_iter().filter_map(of).collect();
        (verdict(found.iter().map(|(.., most)| *most <= ABOVE)), found.into_iter().map(one).collect_view().into_any())
    })
}

fn verdict(holds: impl ExactSizeIterator<Item = bool>) -> Verdict {
    if holds.len() == 0 { Verdict::Open } else { Verdict::of(holds.into_iter().all(|holds| holds)) }
}

fn finding(kind: BackendKind, measured: f64, told: impl Fn() -> AnyView + Send + 'static) -> AnyView {
    view! {
        <span data-testid="finding" data-backend=sentence::device(kind) data-measured=measured.to_string()>
            {live::view(told)}
        </span>
        " "
    }
    .into_any()
}
