//! What to measure, and begin.

use super::settings::{NONE, SpeedSettings, some, text};
use crate::protocol::{BackendChoice, GpuReport, Source};
use crate::ui::widget::{SegmentsOf, Select, StartProgress, trouble_box};
use crate::ui::{Choice, PageSettings, Words, app, live, sentence};
use leptos::prelude::*;

/// Rows of the table of workloads by the beginning of their names; an empty one is all.
static PARTS: [(&str, Words); 4] = [
    ("", words!(speed.all)),
    ("kernels/", words!(speed.kernels)),
    ("training/", words!(speed.training)),
    ("inference/", words!(speed.inference)),
];

pub(super) fn controls(settings: Memo<SpeedSettings>) -> impl IntoView {
    let run = app().speed();
    let none = || (NONE.to_owned(), say!(speed.none).to_owned());
    let rows = Signal::derive(move || settings.with(|settings| text(&settings.rows)));
    let parts = Signal::derive(move || {
        let mut all: Vec<(String, String)> =
            PARTS.iter().map(|(part, name)| (part.to_string(), name().to_owned())).collect();
        all.push(none());
        with(&mut all, rows.get());
        all
    });
    let layers = Signal::derive(move || settings.with(|settings| text(&settings.layers)));
    let networks = Signal::derive(move || {
        let station = app().station.get().map(|station| station.networks).unwrap_or_default();
        let known = station.into_iter().filter(|network| network.source != Source::Own);
        let mut all: Vec<(String, String)> =
            known.map(|network| (network.id.clone(), sentence::network_title(&network))).collect();
        if layers.get() != NONE {
            with(&mut all, layers.get());
        }
        all.push(none());
        all
    });
    let missing = move || match app().station.get().map(|station| station.gpu) {
        Some(GpuReport::Missing { detail }) => Some(say!(speed.no_gpu, detail = crate::ui::sentence::no_gpu(&detail))),
        Some(GpuReport::Here { software: true, adapter }) => Some(say!(speed.software, adapter = adapter)),
        _ => None,
    };
    let able = move || {
        let is_something = settings.with(|settings| settings.rows.is_some() || settings.layers.is_some());
        app().is_up() && is_something
    };
    let start = move |()| {
        app().measure_speed(untrack(|| settings.get().job()));
    };
    view! {
        <section
            class="card"
            data-testid="speed"
            data-state=live::name(move || Some(match (run.ask.is_on(), run.is_whole.get()) {
                (true, _) => "working",
                (false, true) => "ready",
                (false, false) => "idle",
            }))
        >
            <h2>{words!(speed.measure_title)}</h2>
            <p class="hint">{words!(speed.measure_hint)}</p>
            <div class="fields">
                <SegmentsOf
                    name="speed-backend"
                    label=words!(speed.devices)
                    rows=vec![("auto", words!(speed.both)), ("gpu", || "GPU"), ("cpu", || "CPU")]
                    chosen=move || settings.with(|settings| settings.device().key())
                    on_choose=move |key: &'static str| {
                        SpeedSettings::change(|settings| settings.device = BackendChoice::from_key(key));
                    }
                />
                <Select
                    id="speed-rows"
                    label=words!(speed.rows)
                    options=parts
                    chosen=rows
                    on_choose=move |part: String| SpeedSettings::change(|settings| settings.rows = some(&part))
                />
                <Select
                    id="speed-layers"
                    label=words!(speed.layers_of)
                    options=networks
                    chosen=layers
                    on_choose=move |id: String| SpeedSettings::change(|settings| settings.layers = some(&id))
                />
                {controls!(SpeedSettings, "samples", "millis")}
            </div>
            <StartProgress
                id="speed"
                label=words!(speed.measure)
                title=words!(speed.measuring)
                is_main=true
                of=run.ask.asking
                able
                start
            />
            {live::view(move || missing().map(|words| view! { <p class="hint note">{words}</p> }).into_any())}
            {trouble_box(move || run.ask.trouble())}
        </section>
    }
}

/// A link may name one that is in no list.
fn with(all: &mut Vec<(String, String)>, chosen: String) {
    if all.iter().all(|(known, _)| *known != chosen) {
        all.push((chosen.clone(), chosen));
    }
}
