//! What a person can set: network, attack, target, strength, steps, seed.

use super::look::{label_of, method_name, method_source};
use super::prank::{MOST_LEVELS, method_key};
use super::state::{change, prank_of};
use crate::protocol::{Attacked, Fit, Method};
use crate::ui::desk::Desk;
use crate::ui::live;
use crate::ui::page::classify::NetworkSelect;
use crate::ui::place::fit_name;
use crate::ui::widget::{NumberField, Segments};
use leptos::html::Input;
use leptos::prelude::*;

#[component]
pub(super) fn Controls(attacked: RwSignal<Option<Attacked>>) -> impl IntoView {
    let desk = Desk::here();
    let prank = prank_of(desk);
    let method = Memo::new(move |_| prank.with(|prank| prank.method));
    let options = Method::ALL.map(|one| {
        view! {
            <option value=method_key(one) prop:selected=live::flag(move || method.get() == one)>
                {method_name(one)}
            </option>
        }
    });
    let choose = move |event| {
        let named = event_target_value(&event);
        if let Some(method) = Method::ALL.into_iter().find(|method| method_key(*method) == named) {
            change(desk, |prank| prank.method = method);
        }
    };
    let fits = vec![
        (Fit::Crop, fit_name(Fit::Crop), words!(classify.fit_crop)),
        (Fit::Squash, fit_name(Fit::Squash), words!(classify.fit_squash)),
    ];
    let reads_digits = Memo::new(move |_| desk.network().is_some_and(|network| network.reads_digits));
    view! {
        <div class="fields fool-fields">
            <NetworkSelect />
            <label class="field">
                <span>{words!(fool.method)}</span>
                <select data-testid="attack-method" on:change=choose>
                    {options.into_iter().collect_view()}
                </select>
            </label>
            <Target attacked />
            <div class:gone=live::flag(move || reads_digits.get())>
                <Segments
                    name="fool-fit"
                    label=words!(classify.fit)
                    choices=fits
                    chosen=Signal::derive(move || desk.place.with(|place| place.fit))
                    on_choose=move |fit| desk.go(|place| place.fit = fit)
                />
            </div>
            <div class:gone=live::flag(move || !method.get().is_bounded())>
                <Epsilon />
            </div>
            <NumberField id="fool-steps" label=words!(train.steps) value=Signal::derive(move || prank.with(|prank| f64::from(prank.steps))) low=1.0 high=1000.0 whole=true on_change=move |steps| change(desk, |prank| prank.steps = steps as u32) />
            <NumberField id="fool-seed" label=words!(train.seed) value=Signal::derive(move || prank.with(|prank| f64::from(prank.seed))) low=0.0 high=4_294_967_295.0 whole=true on_change=move |seed| change(desk, |prank| prank.seed = seed as u32) />
            <button type="button" class="btn" data-testid="fool-new-seed" on:click=move |_| change(desk, |prank| prank.seed = prank.seed.wrapping_add(1))>
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
    let prank = prank_of(desk);
    let target = Memo::new(move |_| prank.with(|prank| prank.target));
    let known = Memo::new(move |_| {
        attacked.with(|attacked| attacked.as_ref().map(|attacked| attacked.before.clone()).unwrap_or_default())
    });
    let options = move || {
        let mut known = known.get();
        known.sort_by_key(|prediction| prediction.index);
        let chosen = target.get();
        let is_listed = chosen.is_none_or(|chosen| known.iter().any(|prediction| prediction.index == chosen));
        let other = chosen.filter(|_| !is_listed).map(|chosen| {
            view! { <option value=chosen.to_string() selected=true>{format!("# {chosen}")}</option> }
        });
        let listed = known.into_iter().map(|prediction| {
            let index = prediction.index;
            view! {
                <option value=index.to_string() prop:selected=chosen == Some(index)>
                    {label_of(&prediction).to_owned()}
                </option>
            }
        });
        view! {
            <option value="" prop:selected=chosen.is_none()>{words!(fool.any_other)}</option>
            {listed.collect_view()}
            {other}
        }
        .into_any()
    };
    let many = Memo::new(move |_| desk.network().map_or(0, |network| network.classes));
    view! {
        <label class="field">
            <span>{words!(fool.target)}</span>
            <select
                data-testid="attack-target"
                on:change=move |event| {
                    let target = event_target_value(&event).parse().ok();
                    change(desk, |prank| prank.target = target);
                }
            >
                {live::view(options)}
            </select>
        </label>
        <div class:gone=live::flag(move || many.get() <= 10)>
            <NumberField id="fool-target" label=words!(fool.target_number) value=Signal::derive(move || f64::from(target.get().unwrap_or(0))) low=0.0 high=99_999.0 whole=true on_change=move |class| {
                let most = many.get_untracked().saturating_sub(1) as u32;
                change(desk, |prank| prank.target = Some((class as u32).min(most)));
            } />
        </div>
    }
}

#[component]
fn Epsilon() -> impl IntoView {
    let desk = Desk::here();
    let prank = prank_of(desk);
    let slider = NodeRef::<Input>::new();
    let levels = Memo::new(move |_| prank.with(|prank| prank.levels));
    let slide = move |_| {
        if let Some(slider) = slider.get_untracked() {
            let levels = slider.value_as_number().clamp(0.0, MOST_LEVELS);
            change(desk, |prank| prank.levels = levels);
        }
    };
    view! {
        <label class="field">
            <span>{live::text(move || say!(fool.epsilon, levels = levels.get()))}</span>
            <input
                node_ref=slider
                type="range"
                min="0"
                max=MOST_LEVELS.to_string()
                step="0.5"
                data-testid="attack-epsilon"
                prop:value=live::text(move || levels.get().to_string())
                on:input=slide
            />
        </label>
    }
}
