//! What a person can set: network, attack, target, strength, steps, seed.

use super::classes::ClassPicker;
use super::settings::{FoolSettings, LEVELS};
use super::state::Wanted;
use crate::protocol::{Attacked, Method, Prediction};
use crate::ui::page::{FitSelect, NetworkSelect};
use crate::ui::widget::{Button, Slider};
use crate::ui::{PageSettings, live};
use leptos::prelude::*;

pub(super) fn controls(
    settings: Memo<FoolSettings>,
    wanted: Wanted,
    attacked: RwSignal<Option<Attacked>>,
    names: Memo<Vec<Prediction>>,
) -> impl IntoView {
    let now = Signal::derive(move || attacked.with(|found| Some(found.as_ref()?.before.first()?.index)));
    let target = Signal::derive(move || settings.with(|settings| settings.target));
    let method = Memo::new(move |_| settings.with(|settings| settings.method));
    let levels = Memo::new(move |_| wanted.levels());
    let is_open = Memo::new(move |_| settings.with(|settings| settings.levels.is_none()));
    let epsilon = move || match is_open.get() {
        true => say!(fool.epsilon_least, levels = levels.get()),
        false => say!(fool.epsilon, levels = levels.get()),
    };
    let new_seed = move |()| FoolSettings::change(|settings| settings.seed = settings.seed.wrapping_add(1));
    view! {
        <div class="fields fool-fields">
            <NetworkSelect />
            {controls!(FoolSettings, "attack")}
            <ClassPicker
                id="attack-target"
                label=words!(fool.target)
                names
                any=words!(fool.any_other)
                without=now
                chosen=target
                on_choose=move |class| FoolSettings::change(|settings| settings.target = class)
            />
            <div class:gone=live::flag(move || !method.get().is_bounded())>
                <label class="field">
                    <span>{live::text(epsilon)}</span>
                    <Slider
                        id="attack-epsilon"
                        span=[LEVELS.low, LEVELS.high]
                        step=0.5
                        value=levels
                        on_slide=move |levels| FoolSettings::change(|settings| settings.levels = Some(levels))
                    />
                </label>
            </div>
        </div>
        <p class="hint">{live::name(move || Some(hint_of(method.get())))} " " {live::name(move || Some(source_of(method.get())))}</p>
        <details class="more-settings">
            <summary>{words!(fool.more_settings)}</summary>
            <div class="fields fool-fields">
                {controls!(FoolSettings, "steps", "seed")}
                <Button id="fool-new-seed" words=words!(fool.new_seed) on_press=new_seed />
                <FitSelect name="fool-fit" />
            </div>
        </details>
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
