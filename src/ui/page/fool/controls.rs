//! What a person can set: network, attack, target, strength, steps, seed.

use super::settings::{CLASS, FoolSettings, LEVELS};
use crate::protocol::{Attacked, Method};
use crate::ui::page::classify::{FitSelect, NetworkSelect};
use crate::ui::widget::{Button, ClassSelect, NumberField, Slider};
use crate::ui::{PageSettings, app, live};
use leptos::prelude::*;

pub(super) fn controls(settings: Memo<FoolSettings>, attacked: RwSignal<Option<Attacked>>) -> impl IntoView {
    let method = Memo::new(move |_| settings.with(|settings| settings.method));
    let levels = Memo::new(move |_| settings.with(|settings| settings.levels));
    let new_seed = move |()| FoolSettings::change(|settings| settings.seed = settings.seed.wrapping_add(1));
    view! {
        <div class="fields fool-fields">
            <NetworkSelect />
            {controls!(FoolSettings, "attack")}
            {target(settings, attacked)}
            <FitSelect name="fool-fit" />
            <div class:gone=live::flag(move || !method.get().is_bounded())>
                <label class="field">
                    <span>{live::text(move || say!(fool.epsilon, levels = levels.get()))}</span>
                    <Slider
                        id="attack-epsilon"
                        span=[LEVELS.low, LEVELS.high]
                        step=0.5
                        value=levels
                        on_slide=move |levels| FoolSettings::change(|settings| settings.levels = levels)
                    />
                </label>
            </div>
            {controls!(FoolSettings, "steps", "seed")}
            <Button id="fool-new-seed" words=words!(fool.new_seed) on_press=new_seed />
        </div>
        <p class="hint">{live::name(move || Some(hint_of(method.get())))} " " {live::name(move || Some(source_of(method.get())))}</p>
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

/// Authors and year.
fn source_of(method: Method) -> &'static str {
    match method {
        Method::Fgsm => "Goodfellow, Shlens & Szegedy 2015",
        Method::Bim => "Kurakin, Goodfellow & Bengio 2017",
        Method::PgdLinf | Method::PgdL2 => "Madry, Makelov, Schmidt, Tsipras & Vladu 2018",
        Method::Deepfool => "Moosavi-Dezfooli, Fawzi & Frossard 2016",
        Method::Lbfgs => "Szegedy et al. 2014",
    }
}

fn target(settings: Memo<FoolSettings>, attacked: RwSignal<Option<Attacked>>) -> impl IntoView {
    let target = Memo::new(move |_| settings.with(|settings| settings.target));
    let known = Memo::new(move |_| {
        let mut known = attacked.with(|found| found.as_ref().map(|found| found.before.clone())).unwrap_or_default();
        known.sort_by_key(|prediction| prediction.index);
        known
    });
    let many = Memo::new(move |_| app().network().map_or(0, |network| network.classes));
    let set = move |target: Option<u32>| FoolSettings::change(|settings| settings.target = target);
    let set_number = move |class: f64| set(Some((class as u32).min(many.get_untracked().saturating_sub(1) as u32)));
    view! {
        <ClassSelect
            id="attack-target"
            label=words!(fool.target)
            any=words!(fool.any_other)
            known
            chosen=target
            on_choose=set
        />
        <div class:gone=live::flag(move || many.get() <= 10)>
            <NumberField
                id="fool-target"
                label=words!(fool.target_number)
                limits=CLASS
                value=move || f64::from(target.get().unwrap_or(0))
                on_change=set_number
            />
        </div>
    }
}
