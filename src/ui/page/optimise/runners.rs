//! Who takes part, and at which rate.

use super::settings::Runner;
use crate::protocol::Rule;
use crate::ui::page::train::RATE;
use crate::ui::widget::RateSlider;
use crate::ui::{Choice, Words, live};
use leptos::html::Input;
use leptos::prelude::*;

/// How an optimiser is drawn, a class of the style sheet: related ones share a colour, the second of them is dashed.
pub(super) fn colour_of(rule: Rule) -> &'static str {
    match rule {
        Rule::Sgd => "run-5",
        Rule::Momentum => "run-0",
        Rule::Nesterov => "run-0 second",
        Rule::Adagrad => "run-3",
        Rule::Rmsprop => "run-2",
        Rule::Adam => "run-1",
        Rule::Adamw => "run-1 second",
    }
}

/// A row for each rule. `usual` is the rate with which one begins that is taken in, `told` what has become of it. `id`
/// names the rows for tests.
#[component]
pub(super) fn Runners(
    id: &'static str,
    label: Words,
    #[prop(into)] runners: Signal<Vec<Runner>>,
    usual: impl Fn(Rule) -> f64 + Copy + Send + Sync + 'static,
    told: impl Fn(Rule) -> Option<String> + Copy + Send + Sync + 'static,
    on_change: impl Fn(Vec<Runner>) + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let row = move |rule: Rule| {
        let rate = Memo::new(move |_| runners.with(|all| all.iter().find(|one| one.rule == rule).map(|one| one.rate)));
        let is_in = Memo::new(move |_| rate.with(Option::is_some));
        let set = move |rate: Option<f64>| {
            let mut all = runners.get_untracked();
            all.retain(|one| one.rule != rule);
            all.extend(rate.map(|rate| Runner { rule, rate }));
            all.sort_by_key(|one| Rule::ALL.iter().position(|rule| *rule == one.rule));
            on_change(all);
        };
        let key = rule.key();
        view! {
            <li class="runner" data-testid=format!("{id}-runner") data-rule=key class:on=live::flag(move || is_in.get())>
                <label class=format!("tick {}", colour_of(rule))>
                    <input
                        type="checkbox"
                        data-testid=format!("{id}-{key}")
                        prop:checked=live::flag(move || is_in.get())
                        on:change=move |event| {
                            set(event_target_checked(&event).then(|| untrack(|| usual(rule))));
                        }
                    />
                    <i></i>
                    <span>{rule.name()}</span>
                </label>
                {live::view(move || {
                    is_in.get().then(|| view! { <Rate rule rate=Signal::derive(move || rate.get().unwrap_or(1.0)) set=move |rate| set(Some(rate)) /> }).into_any()
                })}
                <span class="figure told">{live::maybe(move || rate.get().and_then(|_| told(rule)))}</span>
            </li>
        }
    };
    view! {
        <fieldset class="field runners">
            <legend>{label}</legend>
            <ul>{Rule::ALL.into_iter().map(row).collect_view()}</ul>
        </fieldset>
    }
}

/// A slider over decades, and the figure.
#[component]
pub(super) fn Rate(rule: Rule, #[prop(into)] rate: Signal<f64>, #[prop(into)] set: Callback<f64>) -> impl IntoView {
    let field = NodeRef::<Input>::new();
    let write = move |_| {
        if let Some(field) = field.get_untracked() {
            let found = field.value_as_number();
            if found.is_finite() && found > 0.0 {
                set.run(found.min(RATE.high));
            }
            field.set_value(&rate.get_untracked().to_string());
        }
    };
    let name = Signal::derive(move || format!("{}: {}", rule.name(), say!(train.rate)));
    view! {
        <RateSlider label=name rate on_slide=set />
        <input
            node_ref=field
            type="number"
            inputmode="decimal"
            min="0"
            max=RATE.high.to_string()
            step="any"
            aria-label=live::text(move || name.get())
            prop:value=live::text(move || rate.get().to_string())
            on:change=write
        />
    }
}
