//! What a person can set: network, fit, backend.

use crate::protocol::{BackendChoice, Fit};
use crate::ui::desk::Desk;
use crate::ui::live;
use crate::ui::place::{backend_name, fit_name};
use crate::ui::widget::Segments;
use leptos::prelude::*;

#[component]
pub(super) fn Choices() -> impl IntoView {
    let desk = Desk::here();
    let fits = vec![
        (Fit::Crop, fit_name(Fit::Crop), words!(classify.fit_crop)),
        (Fit::Squash, fit_name(Fit::Squash), words!(classify.fit_squash)),
    ];
    let backends = vec![
        (BackendChoice::Auto, backend_name(BackendChoice::Auto), words!(classify.backend_auto)),
        (BackendChoice::Gpu, backend_name(BackendChoice::Gpu), words!(classify.backend_gpu)),
        (BackendChoice::Cpu, backend_name(BackendChoice::Cpu), words!(classify.backend_cpu)),
    ];
    view! {
        <div class="choices">
            <NetworkSelect />
            <Segments
                name="fit"
                label=words!(classify.fit)
                choices=fits
                chosen=Signal::derive(move || desk.place.with(|place| place.fit))
                on_choose=move |fit| desk.go(|place| place.fit = fit)
            />
            <Segments
                name="backend"
                label=words!(classify.backend)
                choices=backends
                chosen=Signal::derive(move || desk.place.with(|place| place.backend))
                on_choose=move |backend| desk.go(|place| place.backend = backend)
            />
        </div>
    }
}

#[component]
fn NetworkSelect() -> impl IntoView {
    let desk = Desk::here();
    let networks = Memo::new(move |_| desk.station().map(|station| station.networks).unwrap_or_default());
    let chosen = Memo::new(move |_| desk.network().map(|network| network.id));
    let options = move || {
        networks
            .get()
            .into_iter()
            .map(|network| {
                let id = network.id.clone();
                let text = move || {
                    if network.ready {
                        network.title.clone()
                    } else {
                        format!("{} · {}", network.title, say!(classify.no_weights_mark))
                    }
                };
                let value = id.clone();
                view! {
                    <option value=value prop:selected=live::flag(move || chosen.with(|chosen| chosen.as_ref() == Some(&id)))>
                        {live::text(text)}
                    </option>
                }
            })
            .collect_view()
    };
    view! {
        <label class="field">
            <span>{words!(classify.network)}</span>
            <select
                data-testid="model-select"
                on:change=move |event| {
                    let network = event_target_value(&event);
                    desk.go(|place| place.network = Some(network));
                }
            >
                {live::view(move || options().into_any())}
            </select>
        </label>
    }
}
