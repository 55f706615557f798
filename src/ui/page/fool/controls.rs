//! What a person can set: network, attack, target, strength, steps, seed.

use super::look::{label_of, method_source};
use super::settings::{CLASS, FoolSettings, LEVELS};
use crate::protocol::{Attacked, Method};
use crate::ui::desk::Desk;
use crate::ui::live;
use crate::ui::page::classify::NetworkSelect;
use crate::ui::settings::Settings;
use crate::ui::widget::{NumberField, Segments, Select, Slider};
use leptos::prelude::*;

#[component]
pub(super) fn Controls(attacked: RwSignal<Option<Attacked>>) -> impl IntoView {
    let desk = Desk::here();
    let settings = FoolSettings::of(desk);
    let method = Memo::new(move |_| settings.with(|settings| settings.method));
    let reads_digits = Memo::new(move |_| desk.network().is_some_and(|network| network.reads_digits));
    view! {
        <div class="fields fool-fields">
            <NetworkSelect />
            {controls!(FoolSettings, "attack")}
            <Target attacked />
            <div class:gone=live::flag(move || reads_digits.get())>
                <Segments
                    name="fool-fit"
                    label=words!(classify.fit)
                    chosen=Signal::derive(move || desk.place.with(|place| place.fit))
                    on_choose=move |fit| desk.go(|place| place.fit = fit)
                />
            </div>
            <div class:gone=live::flag(move || !method.get().is_bounded())>
                <Epsilon />
            </div>
            {controls!(FoolSettings, "steps", "seed")}
            <button type="button" class="btn" data-testid="fool-new-seed" on:click=move |_| FoolSettings::change(desk, |settings| settings.seed = settings.seed.wrapping_add(1))>
                {words!(fool.new_seed)}
            </button>
        </div>
        <p class="hint">{live::name(move || Some(hint_of(method.get())))} " " {live::name(move || Some(method_source(method.get())))}</p>
    }
}

fn hint_of(method: Method) -> &'static str {
    match method {
        Method::Fgsm => say!(fool.hint_fgsm),
        Method::Bim => say!(fool.hint_bim),
        Method::PgdLinf => say!(fool.hint_pgd),
        Method::PgdL2 => say!(fool.hint_pgd2),
        Method::Deepfool => say!(fool.hint_deepfool),
        Method::Lbfgs => say!(fool.hint_lbfgs),
    }
}

/// Any other class, one of the likeliest, or any by its number.
#[component]
fn Target(attacked: RwSignal<Option<Attacked>>) -> impl IntoView {
    let desk = Desk::here();
    let settings = FoolSettings::of(desk);
    let target = Memo::new(move |_| settings.with(|settings| settings.target));
    let known = Memo::new(move |_| {
        attacked.with(|attacked| attacked.as_ref().map(|attacked| attacked.before.clone()).unwrap_or_default())
    });
    let options = Signal::derive(move || {
        let mut known = known.get();
        known.sort_by_key(|prediction| prediction.index);
        let other = target.get().filter(|chosen| known.iter().all(|prediction| prediction.index != *chosen));
        let any = (String::new(), say!(fool.any_other).to_owned());
        let listed = known.iter().map(|prediction| (prediction.index.to_string(), label_of(prediction).to_owned()));
        let other = other.map(|chosen| (chosen.to_string(), format!("# {chosen}")));
        std::iter::once(any).chain(listed).chain(other).collect::<Vec<_>>()
    });
    let many = Memo::new(move |_| desk.network().map_or(0, |network| network.classes));
    view! {
        <Select
            id="attack-target"
            label=words!(fool.target)
            options
            chosen=Signal::derive(move || target.get().map(|class| class.to_string()).unwrap_or_default())
            on_choose=move |class: String| FoolSettings::change(desk, |settings| settings.target = class.parse().ok())
        />
        <div class:gone=live::flag(move || many.get() <= 10)>
            <NumberField
                id="fool-target"
                label=words!(fool.target_number)
                limits=CLASS
                value=Signal::derive(move || f64::from(target.get().unwrap_or(0)))
                on_change=move |class| {
                    let most = many.get_untracked().saturating_sub(1) as u32;
                    FoolSettings::change(desk, |settings| settings.target = Some((class as u32).min(most)));
                }
            />
        </div>
    }
}

#[component]
fn Epsilon() -> impl IntoView {
    let desk = Desk::here();
    let settings = FoolSettings::of(desk);
    let levels = Memo::new(move |_| settings.with(|settings| settings.levels));
    view! {
        <label class="field">
            <span>{live::text(move || say!(fool.epsilon, levels = levels.get()))}</span>
            <Slider
                id="attack-epsilon"
                span=[LEVELS.low, LEVELS.high]
                step=0.5
                value=levels
                on_slide=move |levels| FoolSettings::change(desk, |settings| settings.levels = levels)
            />
        </label>
    }
}
