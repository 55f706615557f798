//! What is changed most: data, network, optimiser, its rate, batch, epochs.

use super::names::{data_name, rule_name};
use crate::protocol::{Preset, Rule};
use crate::ui::desk::Desk;
use crate::ui::live;
use crate::ui::page::train::{rule_from, rule_key};
use crate::ui::widget::NumberField;
use leptos::html::Input;
use leptos::prelude::*;

#[component]
pub(super) fn Quick() -> impl IntoView {
    let desk = Desk::here();
    let setup = desk.training().setup;
    let rules = Rule::ALL.into_iter().map(|rule| {
        let here = move || setup.with(|setup| setup.optimiser.rule == rule);
        view! {
            <option value=rule_key(rule) prop:selected=live::flag(here)>
                {rule_name(rule)}
            </option>
        }
    });
    view! {
        <div class="quick">
            <DataSelect />
            <PresetSelect />
            <label class="field">
                <span>{words!(train.optimiser)}</span>
                <select
                    data-testid="train-rule"
                    on:change=move |event| {
                        if let Some(rule) = rule_from(&event_target_value(&event)) {
                            desk.training().choose(|setup| setup.optimiser.rule = rule);
                        }
                    }
                >
                    {rules.collect_view()}
                </select>
            </label>
            <Rate />
            <NumberField
                id="batch"
                label=words!(train.batch)
                value=Signal::derive(move || setup.with(|setup| f64::from(setup.batch)))
                low=1.0
                high=4096.0
                whole=true
                on_change=move |batch| setup.update(|setup| setup.batch = batch as u32)
            />
            <NumberField
                id="epochs"
                label=words!(train.epochs)
                value=Signal::derive(move || setup.with(|setup| f64::from(setup.epochs)))
                low=1.0
                high=10_000.0
                whole=true
                on_change=move |epochs| setup.update(|setup| setup.epochs = epochs as u32)
            />
        </div>
    }
}

#[component]
fn DataSelect() -> impl IntoView {
    let desk = Desk::here();
    let training = desk.training();
    let sets = Memo::new(move |_| {
        let known = training.options.with(|options| options.as_ref().map(|options| options.data.clone()));
        let mut sets: Vec<String> = known.into_iter().flatten().map(|data| data.set).collect();
        // A link may name a set that is not here (any more).
        let chosen = training.setup.with(|setup| setup.data.set.clone());
        if !sets.contains(&chosen) {
            sets.push(chosen);
        }
        sets
    });
    let options = move || {
        let option = |set: String| {
            let (value, name) = (set.clone(), set.clone());
            let here = move || training.setup.with(|setup| setup.data.set == set);
            view! {
                <option value=value prop:selected=live::flag(here)>
                    {live::text(move || data_name(&name))}
                </option>
            }
        };
        sets.get().into_iter().map(option).collect_view().into_any()
    };
    view! {
        <label class="field">
            <span>{words!(train.data)}</span>
            <select
                data-testid="train-data"
                on:change=move |event| {
                    let set = event_target_value(&event);
                    training.choose(|setup| training.take_data(setup, set));
                }
            >
                {live::view(options)}
            </select>
        </label>
    }
}

#[component]
fn PresetSelect() -> impl IntoView {
    let desk = Desk::here();
    let training = desk.training();
    let presets = Memo::new(move |_| {
        training.options.with(|options| options.as_ref().map(|options| options.presets.clone())).unwrap_or_default()
    });
    let preset = training.preset();
    let chosen = Memo::new(move |_| preset.with(|preset| preset.as_ref().map(|preset| preset.id.clone())));
    let options = move || {
        let option = |preset: Preset| {
            let (value, id) = (preset.id.clone(), preset.id);
            let here = move || chosen.with(|chosen| chosen.as_ref() == Some(&id));
            view! {
                <option value=value prop:selected=live::flag(here)>
                    {preset.title}
                </option>
            }
        };
        presets.get().into_iter().map(option).collect_view().into_any()
    };
    view! {
        <label class="field">
            <span>{words!(train.network)}</span>
            <select
                data-testid="train-preset"
                on:change=move |event| {
                    let id = event_target_value(&event);
                    let text = presets.with_untracked(|presets| {
                        presets.iter().find(|preset| preset.id == id).map(|preset| preset.text.clone())
                    });
                    if let Some(text) = text {
                        training.choose(|setup| setup.network = text);
                    }
                }
            >
                <option value="" prop:selected=live::flag(move || chosen.with(Option::is_none))>
                    {words!(train.own_network)}
                </option>
                {live::view(options)}
            </select>
        </label>
    }
}

/// Steered while the run goes on; a slider over powers of ten beside the number.
#[component]
fn Rate() -> impl IntoView {
    let desk = Desk::here();
    let training = desk.training();
    let rate = Memo::new(move |_| training.setup.with(|setup| setup.optimiser.rate));
    let slider = NodeRef::<Input>::new();
    let slide = move |_| {
        if let Some(slider) = slider.get_untracked() {
            let rate = 10_f64.powf(slider.value_as_number());
            // Two digits: a rate is never known better.
            let rate = format!("{rate:.1e}").parse().unwrap_or(rate);
            training.set_rate(desk, rate);
        }
    };
    view! {
        <div class="rate">
            <NumberField
                id="rate"
                label=words!(train.rate)
                hint=words!(train.rate_hint)
                value=rate
                low=0.0
                high=100.0
                on_change=move |rate| training.set_rate(desk, rate)
            />
            <input
                node_ref=slider
                type="range"
                min="-5"
                max="0.5"
                step="0.05"
                aria-label=words!(train.rate)
                aria-valuetext=live::text(move || rate.get().to_string())
                prop:value=live::text(move || rate.get().max(1e-9).log10().to_string())
                on:input=slide
            />
        </div>
    }
}
