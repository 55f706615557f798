//! What to measure, and begin.

use super::sheet::{change, job_of};
use crate::protocol::{BackendChoice, GpuReport, Source};
use crate::ui::desk::{Desk, Life};
use crate::ui::live;
use crate::ui::widget::{Icon, NumberField, ProgressLine, Segments, TroubleBox};
use leptos::prelude::*;

/// Rows of the table of workloads by the beginning of their names; an empty one is all.
const PARTS: [&str; 4] = ["", "kernels/", "training/", "inference/"];

fn part_name(part: &str) -> &'static str {
    match part {
        "" => say!(speed.all),
        "kernels/" => say!(speed.kernels),
        "training/" => say!(speed.training),
        _ => say!(speed.inference),
    }
}

#[component]
pub(super) fn Controls() -> impl IntoView {
    let desk = Desk::here();
    let (job, run) = (job_of(desk), desk.speed());
    let networks = Memo::new(move |_| {
        let chosen = job.with(|job| job.layers.clone());
        let station = desk.station().map(|station| station.networks).unwrap_or_default();
        let known = station.into_iter().filter(|network| network.source != Source::Own);
        let mut all: Vec<(String, String)> = known.map(|network| (network.id, network.title)).collect();
        if let Some(id) = chosen.filter(|id| all.iter().all(|(known, _)| known != id)) {
            all.push((id.clone(), id));
        }
        all
    });
    let missing = move || match desk.station().map(|station| station.gpu) {
        Some(GpuReport::Missing { detail }) => Some(say!(speed.no_gpu, detail = detail)),
        Some(GpuReport::Here { software: true, adapter }) => Some(say!(speed.software, adapter = adapter)),
        _ => None,
    };
    view! {
        <section
            class="card"
            data-testid="speed"
            data-state=live::name(move || Some(match (run.is_on(), run.is_whole.get()) {
                (true, _) => "working",
                (false, true) => "ready",
                (false, false) => "idle",
            }))
        >
            <h2>{words!(speed.measure_title)}</h2>
            <p class="hint">{words!(speed.measure_hint)}</p>
            <div class="fields">
                <Segments
                    name="speed-backend"
                    label=words!(speed.devices)
                    choices=vec![
                        (BackendChoice::Auto, "auto", words!(speed.both)),
                        (BackendChoice::Gpu, "gpu", || "GPU"),
                        (BackendChoice::Cpu, "cpu", || "CPU"),
                    ]
                    chosen=Signal::derive(move || job.with(|job| job.backend))
                    on_choose=move |backend| desk.go(|place| place.backend = backend)
                />
                <label class="field">
                    <span>{words!(speed.rows)}</span>
                    <select
                        data-testid="speed-rows"
                        on:change=move |event| {
                            let part = event_target_value(&event);
                            change(desk, |job| job.rows = (part != "none").then_some(part));
                        }
                    >
                        {PARTS.map(|part| view! {
                            <option value=part prop:selected=live::flag(move || job.with(|job| job.rows.as_deref() == Some(part)))>
                                {live::name(move || Some(part_name(part)))}
                            </option>
                        }).into_iter().collect_view()}
                        <option value="none" prop:selected=live::flag(move || job.with(|job| job.rows.is_none()))>{words!(speed.none)}</option>
                        {live::view(move || job.with(|job| job.rows.clone()).filter(|rows| !PARTS.contains(&rows.as_str())).map(|rows| view! {
                            <option value=rows.clone() prop:selected=true>{rows.clone()}</option>
                        }).into_any())}
                    </select>
                </label>
                <label class="field">
                    <span>{words!(speed.layers_of)}</span>
                    <select
                        data-testid="speed-layers"
                        on:change=move |event| {
                            let network = event_target_value(&event);
                            change(desk, |job| job.layers = (network != "none").then_some(network));
                        }
                    >
                        {live::view(move || networks.get().into_iter().map(|(id, title)| {
                            let value = id.clone();
                            let here = move || job.with(|job| job.layers.as_ref() == Some(&id));
                            view! { <option value=value prop:selected=live::flag(here)>{title}</option> }
                        }).collect_view().into_any())}
                        <option value="none" prop:selected=live::flag(move || job.with(|job| job.layers.is_none()))>{words!(speed.none)}</option>
                    </select>
                </label>
                <NumberField
                    id="samples"
                    label=words!(speed.samples)
                    value=Signal::derive(move || job.with(|job| f64::from(job.sampling.samples)))
                    low=1.0
                    high=100.0
                    whole=true
                    on_change=move |samples| change(desk, |job| job.sampling.samples = samples as u32)
                />
                <NumberField
                    id="millis"
                    label=words!(speed.sample_millis)
                    value=Signal::derive(move || job.with(|job| job.sampling.sample_millis))
                    low=1.0
                    high=1000.0
                    on_change=move |millis| change(desk, |job| job.sampling.sample_millis = millis)
                />
            </div>
            {live::view(move || {
                if run.is_on() {
                    view! { <ProgressLine title=say!(speed.measuring) progress=run.ask.asking.progress on_cancel=move || run.stop() /> }.into_any()
                } else {
                    view! {
                        <button
                            type="button"
                            class="btn main"
                            data-testid="speed-start"
                            prop:disabled=live::flag(move || desk.life() != Life::Up || job.with(|job| job.rows.is_none() && job.layers.is_none()))
                            on:click=move |_| desk.measure_speed(job.get_untracked())
                        >
                            <Icon of=Icon::Play />
                            {words!(speed.measure)}
                        </button>
                    }
                    .into_any()
                }
            })}
            {live::view(move || missing().map(|words| view! { <p class="hint note">{words}</p> }).into_any())}
            {live::view(move || run.ask.trouble().map(|trouble| view! { <TroubleBox trouble /> }).into_any())}
        </section>
    }
}
