//! How we know: facts of the papers, measured on this device.

use super::compare::Compared;
use crate::protocol::{Optimise, OptimiseFact, Optimised};
use crate::ui::widget::{Verdict, check, fact_card};
use crate::ui::{Words, number};
use leptos::prelude::*;

pub(super) fn checks(compared: RwSignal<Option<Compared>>) -> impl IntoView {
    // Of the comparison, as soon as somebody has run it.
    let depths = check("degradation", [words!(optimise.fact_depth), words!(optimise.fact_depth_how)], move || {
        let Some(compared) = compared.get() else {
            return (Verdict::Open, words!(optimise.fact_depth_todo).into_any());
        };
        let [plain, plain_deep, residual, residual_deep] = compared.0.map(number::digits);
        let told = show!(
            optimise.fact_depth_measured,
            plain = plain,
            plain_deep = plain_deep,
            residual = residual,
            residual_deep = residual_deep
        );
        (Verdict::of(compared.holds()), told)
    });
    let rows = [().into_any(), depths];
    fact_card(ask!(Optimise, Restart, Optimised::Checked), Optimise::Check, words, || true, rows)
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
