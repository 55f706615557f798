//! How we know: the layers together against the whole run, and no row above the roof.

use super::point::{device_name, millis, share};
use crate::protocol::{BackendKind, DeviceTimes, LayerTimes};
use crate::ui::desk::Desk;
use crate::ui::live;
use crate::ui::widget::{Check, Verdict};
use leptos::prelude::*;

/// How far above F a row may be: F is measured too.
const ABOVE: f64 = 1.1;

#[component]
pub(super) fn Checks() -> impl IntoView {
    let desk = Desk::here();
    let devices = Memo::new(move |_| desk.speed().timed.get().map(|timed| timed.devices).unwrap_or_default());
    view! {
        <section class="card">
            <h2>{words!(checks.title)}</h2>
            <ul class="checks">
                <Sum devices />
                <Roof devices />
            </ul>
        </section>
    }
}

/// The steps of a network's run add up to the run.
#[component]
fn Sum(devices: Memo<Vec<DeviceTimes>>) -> impl IntoView {
    let found = Memo::new(move |_| {
        let of = |device: DeviceTimes| Some((device.kind, device.layers?));
        devices.get().into_iter().filter_map(of).collect::<Vec<(BackendKind, LayerTimes)>>()
    });
    let verdict = move || match found.get().as_slice() {
        [] => Verdict::Open,
        all => Verdict::of(all.iter().all(|(_, times)| times.holds())),
    };
    let one = |(kind, times): (BackendKind, LayerTimes)| {
        let (sum, whole) = (times.sum_millis(), times.whole_millis);
        view! {
            <span data-testid="finding" data-backend=device_name(kind) data-measured=(sum / whole).to_string()>
                {live::view(move || show!(
                    speed.check_sum_measured,
                    device = device_name(kind).to_owned(),
                    sum = millis(sum),
                    whole = millis(whole),
                    part = share(sum / whole)
                ))}
            </span>
        }
    };
    view! {
        <Check id="layers-sum" title=words!(speed.check_sum) verdict=Signal::derive(verdict) how=words!(speed.check_sum_how).into_any()>
            {live::view(move || found.get().into_iter().map(one).collect_view().into_any())}
        </Check>
    }
}

/// Nothing computes faster than the device can.
#[component]
fn Roof(devices: Memo<Vec<DeviceTimes>>) -> impl IntoView {
    let found = Memo::new(move |_| {
        let of = |device: DeviceTimes| {
            let layers = device.layers.iter().flat_map(|times| &times.layers);
            let all = device.rows.iter().chain(layers);
            let most = all.max_by(|a, b| a.gflops.total_cmp(&b.gflops))?;
            Some((device.kind, most.name.clone(), most.gflops * 1e9 / device.limits.flops_per_second))
        };
        devices.get().into_iter().filter_map(of).collect::<Vec<_>>()
    });
    let verdict = move || match found.get().as_slice() {
        [] => Verdict::Open,
        all => Verdict::of(all.iter().all(|(.., most)| *most <= ABOVE)),
    };
    let one = |(kind, name, most): (BackendKind, String, f64)| {
        view! {
            <span data-testid="finding" data-backend=device_name(kind) data-measured=most.to_string()>
                {live::view(move || show!(
                    speed.check_roof_measured,
                    device = device_name(kind).to_owned(),
                    part = share(most),
                    name = name.clone()
                ))}
            </span>
        }
    };
    view! {
        <Check id="under-the-roof" title=words!(speed.check_roof) verdict=Signal::derive(verdict) how=words!(speed.check_roof_how).into_any()>
            {live::view(move || found.get().into_iter().map(one).collect_view().into_any())}
        </Check>
    }
}
