//! What is changed most: data, network, optimiser, its rate, batch, epochs.

use super::names::data_name;
use crate::ui::page::train::{RATE, TrainSettings};
use crate::ui::widget::{NumberField, RateSlider, Select};
use crate::ui::app;
use leptos::prelude::*;

#[component]
pub(super) fn Quick() -> impl IntoView {
    view! {
        <div class="quick">
            <DataSelect />
            <PresetSelect />
            {controls!(TrainSettings, "rule")}
            <Rate />
            {controls!(TrainSettings, "batch", "epochs")}
        </div>
    }
}

#[component]
fn DataSelect() -> impl IntoView {
    let training = app().training();
    let chosen = Signal::derive(move || training.setup.with(|setup| setup.data.set.clone()));
    let options = Signal::derive(move || {
        let known = training.options.with(|options| options.as_ref().map(|options| options.data.clone()));
        let mut sets: Vec<String> = known.into_iter().flatten().map(|data| data.set).collect();
        // A link may name a set that is not here (any more).
        if !sets.contains(&chosen.get()) {
            sets.push(chosen.get());
        }
        sets.into_iter().map(|set| (set.clone(), data_name(&set))).collect::<Vec<_>>()
    });
    let choose = move |set| training.choose(|setup| training.take_data(setup, set));
    view! { <Select id="train-data" label=words!(train.data) options chosen on_choose=choose /> }
}

#[component]
fn PresetSelect() -> impl IntoView {
    let training = app().training();
    let presets = Memo::new(move |_| {
        training.options.with(|options| options.as_ref().map(|options| options.presets.clone())).unwrap_or_default()
    });
    let preset = training.preset();
    let chosen = Signal::derive(move || {
        preset.with(|preset| preset.as_ref().map(|preset| preset.id.clone()).unwrap_or_default())
    });
    let options = Signal::derive(move || {
        let own = (String::new(), say!(train.own_network).to_owned());
        std::iter::once(own)
            .chain(presets.get().into_iter().map(|preset| (preset.id, preset.title)))
            .collect::<Vec<_>>()
    });
    let choose = move |id: String| {
        let text = presets
            .with_untracked(|presets| presets.iter().find(|preset| preset.id == id).map(|preset| preset.text.clone()));
        text.into_iter().for_each(|text| training.choose(|setup| setup.network = text));
    };
    view! { <Select id="train-preset" label=words!(train.network) options chosen on_choose=choose /> }
}

/// Steered while the run goes on; a slider over powers of ten beside the number.
#[component]
fn Rate() -> impl IntoView {
    let training = app().training();
    let rate = Memo::new(move |_| training.setup.with(|setup| setup.optimiser.rate));
    view! {
        <div class="rate">
            <NumberField
                id="train-rate"
                label=words!(train.rate)
                hint=Some(words!(train.rate_hint))
                limits=RATE
                value=rate
                on_change=move |rate| training.set_rate(rate)
            />
            <RateSlider label=Signal::derive(|| say!(train.rate).to_owned()) rate on_slide=move |rate| training.set_rate(rate) />
        </div>
    }
}
