//! How we know: the population that is planted, and what must hold of any comparison.

use super::stream::StreamState;
use crate::protocol::{Brain, BrainAnswer, StreamFact};
use crate::ui::Words;
use crate::ui::number;
use crate::ui::widget::{Verdict, check, fact_card};
use leptos::prelude::*;

pub(super) fn checks(stream: StreamState) -> AnyView {
    let planted = check("brain-planted", [words!(brain.fact_planted), words!(brain.fact_planted_how)], move || {
        let Some((truth, [value, low, high])) = stream.ceiling_beside_truth() else {
            return (Verdict::Open, words!(brain.fact_planted_todo).into_any());
        };
        let [truth_told, value, low_told, high_told] = [truth, value, low, high].map(|of| number::fixed(of, 3));
        // Five of a hundred intervals miss it.
        let verdict = if low <= truth && truth <= high { Verdict::Passed } else { Verdict::Told };
        (verdict, show!(brain.fact_planted_found, truth = truth_told, value = value, low = low_told, high = high_told))
    });
    let checked = ask!(Brain, Restart, BrainAnswer::Checked);
    fact_card(checked, Brain::Check, words, move || stream.run.is_fresh(), [planted, ().into_any()])
}

fn words(fact: StreamFact) -> [Words; 2] {
    match fact {
        StreamFact::Itself => [words!(brain.fact_itself), words!(brain.fact_itself_how)],
        StreamFact::Tau => [words!(brain.fact_tau), words!(brain.fact_tau_how)],
        StreamFact::Least => [words!(brain.fact_least), words!(brain.fact_least_how)],
        StreamFact::Turned => [words!(brain.fact_turned), words!(brain.fact_turned_how)],
        StreamFact::Scaling => [words!(brain.fact_scaling), words!(brain.fact_scaling_how)],
        StreamFact::CellsAreConvolutions => [words!(brain.fact_convolutions), words!(brain.fact_convolutions_how)],
        StreamFact::CellsGoAlong => [words!(brain.fact_along), words!(brain.fact_along_how)],
        StreamFact::SeedAnswers => [words!(brain.fact_seed), words!(brain.fact_seed_how)],
    }
}
