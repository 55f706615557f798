//! What a person can set: network, fit, backend.

use crate::protocol::{ExperimentId, Source};
use crate::ui::widget::Segments;
use crate::ui::{PageId, Words, app, live, sentence};
use leptos::prelude::*;

pub(super) fn choices() -> impl IntoView {
    view! {
        <div class="choices">
            <NetworkSelect />
            <FitSelect name="fit" />
            <BackendSelect name="backend" />
        </div>
    }
}

/// A digit is found wherever it is: networks for digits have no choice.
#[component]
pub(crate) fn FitSelect(name: &'static str) -> impl IntoView {
    let reads_digits = Memo::new(move |_| app().network().is_some_and(|network| network.reads_digits));
    let chosen = move || app().route.with(|route| route.fit);
    view! {
        <div class:gone=live::flag(move || reads_digits.get())>
            <Segments name label=words!(classify.fit) chosen on_choose=move |fit| app().go(|route| route.fit = fit) />
        </div>
    }
}

#[component]
pub(crate) fn BackendSelect(name: &'static str) -> impl IntoView {
    let chosen = move || app().route.with(|route| route.backend);
    let choose = move |backend| app().go(|route| route.backend = backend);
    view! { <Segments name label=words!(classify.backend) chosen on_choose=choose /> }
}

/// The networks that can answer, and the chosen one; the page Networks has all.
#[component]
pub(crate) fn NetworkSelect() -> impl IntoView {
    let networks = Memo::new(move |_| app().station.get().map(|station| station.networks).unwrap_or_default());
    let chosen = Memo::new(move |_| app().network().map(|network| network.id));
    let group = move |title: Words, of: fn(&Source) -> bool| {
        let options = networks
            .get()
            .into_iter()
            .filter(|network| of(&network.source) && (network.ready || chosen.get().as_ref() == Some(&network.id)))
            .map(|network| {
                let id = network.id.clone();
                let text = move || {
                    let title = sentence::network_title(&network);
                    if network.ready { title } else { format!("{title} · {}", say!(classify.no_weights_mark)) }
                };
                let value = id.clone();
                view! {
                    <option value=value prop:selected=live::flag(move || chosen.with(|chosen| chosen.as_ref() == Some(&id)))>
                        {live::text(text)}
                    </option>
                }
            })
            .collect::<Vec<_>>();
        (!options.is_empty()).then(|| view! { <optgroup label=title>{options}</optgroup> })
    };
    let groups = move || {
        view! {
            {group(words!(classify.group_shipped), |source| matches!(source, Source::Shipped(_)))}
            {group(words!(classify.group_own), |source| matches!(source, Source::Own))}
            {group(words!(classify.group_public), |source| matches!(source, Source::Public))}
        }
    };
    view! {
        <label class="field">
            <span>{words!(classify.network)}</span>
            <select
                data-testid="model-select"
                on:change=move |event| {
                    let network = event_target_value(&event);
                    app().go(|route| route.network = Some(network));
                }
            >
                {live::view(move || groups().into_any())}
            </select>
            <a class="hint" data-testid="more-networks" href=live::text(move || app().route.get().on(PageId::Experiment(ExperimentId::Networks)).to_hash())>
                {words!(classify.more_networks)}
            </a>
        </label>
    }
}
