//! How we know: facts of the papers, measured on this device.

use super::compare::Compared;
use crate::protocol::{Optimise, OptimiseFact, Optimised};
use crate::ui::ask::{Ask, Policy};
use crate::ui::desk::{Desk, Life};
use crate::ui::lang::Words;
use crate::ui::widget::{Check, Verdict, facts, trouble_box};
use crate::ui::{live, number};
use leptos::prelude::*;

#[component]
pub(super) fn Checks(compared: RwSignal<Option<Compared>>) -> impl IntoView {
    let desk = Desk::here();
    let found = Ask::<Optimise, _>::new(Policy::Latest, |found| {
        if let Optimised::Checked(findings) = found { Some(findings) } else { None }
    });
    let backend = Memo::new(move |_| desk.place.with(|place| place.backend));
    let is_up = Memo::new(move |_| desk.life() == Life::Up);
    Effect::new(move |_| {
        if is_up.get() {
            found.ask(desk.client, Optimise::Check(backend.get()));
        }
    });
    view! {
        <section class="card">
            <h2>{words!(checks.title)}</h2>
            {trouble_box(move || found.trouble())}
            <ul class="checks">
                {facts(words, move || found.answer.get().unwrap_or_default())}
                <Depths compared />
            </ul>
        </section>
    }
}

fn words(fact: OptimiseFact) -> [Words; 2] {
    match fact {
        OptimiseFact::AdamFirstStep => [words!(optimise.fact_adam), words!(optimise.fact_adam_how)],
        OptimiseFact::AdagradFirstStep => [words!(optimise.fact_adagrad), words!(optimise.fact_adagrad_how)],
        OptimiseFact::MomentumSpeed => [words!(optimise.fact_momentum), words!(optimise.fact_momentum_how)],
        OptimiseFact::SgdClosedForm => [words!(optimise.fact_sgd), words!(optimise.fact_sgd_how)],
        OptimiseFact::DropoutMean => [words!(optimise.fact_dropout), words!(optimise.fact_dropout_how)],
        OptimiseFact::BatchNormMean => [words!(optimise.fact_mean), words!(optimise.fact_mean_how)],
        OptimiseFact::BatchNormVariance => [words!(optimise.fact_variance), words!(optimise.fact_variance_how)],
        OptimiseFact::BatchNormGradient => [words!(optimise.fact_gradient), words!(optimise.fact_gradient_how)],
    }
}

/// Of the comparison, as soon as somebody has run it.
#[component]
fn Depths(compared: RwSignal<Option<Compared>>) -> impl IntoView {
    let verdict = move || compared.get().map_or(Verdict::Open, |compared| Verdict::of(compared.holds()));
    view! {
        <Check
            id="degradation"
            title=words!(optimise.fact_depth)
            verdict=Signal::derive(verdict)
            how=words!(optimise.fact_depth_how).into_any()
        >
            <span>
                {live::view(move || match compared.get() {
                    Some(Compared([plain, plain_deep, residual, residual_deep])) => show!(
                        optimise.fact_depth_measured,
                        plain = number::digits(plain),
                        plain_deep = number::digits(plain_deep),
                        residual = number::digits(residual),
                        residual_deep = number::digits(residual_deep)
                    ),
                    None => words!(optimise.fact_depth_todo).into_any(),
                })}
            </span>
        </Check>
    }
}
