//! What a person asks: how long a picture takes, and how many go through in a second.

use super::figures::millis;
use crate::protocol::{BackendKind, DeviceTimes};
use crate::ui::{app, live, number, sentence};
use leptos::prelude::*;

/// In the table of workloads, what stands before a network's id.
const INFERENCE: &str = "inference/";

#[derive(Clone, PartialEq)]
struct Headline {
    kind: BackendKind,
    network: String,
    millis: f64,
}

/// Of each device: the network that was taken apart, else the first whose inference was timed.
fn headline_of(device: &DeviceTimes) -> Option<Headline> {
    let whole = device.layers.as_ref().map(|times| (times.network.clone(), times.whole_millis));
    let timed = || {
        let row = device.rows.iter().find(|row| row.name.starts_with(INFERENCE))?;
        Some((row.name[INFERENCE.len()..].to_owned(), row.millis))
    };
    let (network, millis) = whole.or_else(timed)?;
    Some(Headline { kind: device.kind, network, millis })
}

pub(super) fn headline(devices: Memo<Vec<DeviceTimes>>) -> impl IntoView {
    let found = Memo::new(move |_| devices.with(|all| all.iter().filter_map(headline_of).collect::<Vec<_>>()));
    let line = |Headline { kind, network, millis: time }: Headline| {
        let title = move || {
            let station = app().station.get();
            let known = station.iter().flat_map(|station| &station.networks).find(|known| known.id == network);
            known.map_or_else(|| network.clone(), sentence::network_title)
        };
        let per_second = number::digits((1000.0 / time.max(1e-6)) as f32);
        view! {
            <p data-testid="speed-headline" data-device=sentence::device(kind) data-millis=time.to_string()>
                <span>{live::text(title)} ", " {sentence::device(kind)}</span>
                <b>{live::text(move || say!(speed.a_second, count = per_second))}</b>
                <span class="figure">{format!("{} ms", millis(time))}</span>
            </p>
        }
    };
    view! {
        <section class="card headline" aria-live="polite">
            {live::view(move || match found.with(Vec::is_empty) {
                true => view! { <p class="hint">{words!(speed.headline_todo)}</p> }.into_any(),
                false => found.get().into_iter().map(line).collect_view().into_any(),
            })}
        </section>
    }
}
