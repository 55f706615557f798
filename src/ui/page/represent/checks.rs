//! How we know: the machine at hand, and what must hold of any.

use super::state::RepresentState;
use crate::protocol::{Represent, RepresentFact, Represented};
use crate::ui::widget::{Verdict, check, fact_card};
use crate::ui::{Words, number};
use leptos::prelude::*;

/// A machine that has learnt the patterns is nearer to them than this, in nats.
const LEARNT: f64 = 0.1;
/// An estimate farther from what is exact, in deviations, is no chance.
const CHANCE: f64 = 3.0;

pub(super) fn checks(state: RepresentState) -> AnyView {
    let learnt =
        check("represent-learnt", [words!(represent.fact_learnt), words!(represent.fact_learnt_how)], move || {
            let divergence = state.progress.with(|known| Some(known.as_ref()?.patterns.as_ref()?.1));
            match divergence {
                None => (Verdict::Open, words!(represent.fact_learnt_todo).into_any()),
                Some(found) => {
                    let kl = number::digits(found as f32);
                    let verdict = if state.learn.is_on() && found >= LEARNT {
                        Verdict::Open
                    } else {
                        Verdict::of(found < LEARNT)
                    };
                    (verdict, show!(represent.fact_learnt_measured, kl = kl))
                }
            }
        });
    let weighed =
        check("represent-weighed", [words!(represent.fact_weighed), words!(represent.fact_weighed_how)], move || {
            let found = state.estimate.answer.with(|found| {
                let found = found.as_ref()?;
                Some((found.log_z - found.exact?, found.deviation))
            });
            let Some((off, deviation)) = found else {
                return (Verdict::Open, words!(represent.fact_weighed_todo).into_any());
            };
            let verdict = Verdict::of(off.abs() <= CHANCE * deviation + 1e-9);
            let [off, limit] = [off.abs(), CHANCE * deviation].map(|value| number::digits(value as f32));
            (verdict, show!(represent.fact_weighed_measured, off = off, limit = limit))
        });
    let above = view! { {learnt} {weighed} }.into_any();
    let checked = ask!(Represent, Restart, Represented::Checked);
    fact_card(checked, Represent::Check, fact_words, move || state.learn.is_fresh(), [above, ().into_any()])
}

pub(super) fn fact_words(fact: RepresentFact) -> [Words; 2] {
    match fact {
        RepresentFact::Total => [words!(represent.fact_total), words!(represent.fact_total_how)],
        RepresentFact::Entropy => [words!(represent.fact_entropy), words!(represent.fact_entropy_how)],
        RepresentFact::Gradient => [words!(represent.fact_gradient), words!(represent.fact_gradient_how)],
        RepresentFact::Sides => [words!(represent.fact_sides), words!(represent.fact_sides_how)],
        RepresentFact::Angle => [words!(represent.fact_angle), words!(represent.fact_angle_how)],
        RepresentFact::Balance => [words!(represent.fact_balance), words!(represent.fact_balance_how)],
        RepresentFact::Stationary => [words!(represent.fact_stationary), words!(represent.fact_stationary_how)],
        RepresentFact::Tempering => [words!(represent.fact_tempering), words!(represent.fact_tempering_how)],
        RepresentFact::Annealed => [words!(represent.fact_annealed), words!(represent.fact_annealed_how)],
        RepresentFact::Recall => [words!(represent.fact_recall), words!(represent.fact_recall_how)],
        RepresentFact::Bound => [words!(represent.fact_bound), words!(represent.fact_bound_how)],
        RepresentFact::Components => [words!(represent.fact_components), words!(represent.fact_components_how)],
        RepresentFact::Projection => [words!(represent.fact_projection), words!(represent.fact_projection_how)],
        RepresentFact::Contraction => [words!(represent.fact_contraction), words!(represent.fact_contraction_how)],
        RepresentFact::Area => [words!(represent.fact_area), words!(represent.fact_area_how)],
        RepresentFact::Embedding => [words!(represent.fact_embedding), words!(represent.fact_embedding_how)],
        RepresentFact::Trust => [words!(represent.fact_trust), words!(represent.fact_trust_how)],
    }
}
