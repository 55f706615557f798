//! How we know: the population that is planted, and what must hold of any comparison.

use super::stream::StreamState;
use crate::protocol::{Brain, BrainAnswer, BrainFact};
use crate::ui::Words;
use crate::ui::number;
use crate::ui::widget::{Verdict, check, fact_card};
use leptos::prelude::*;

/// Below them stands what is held of a layer's units.
pub(super) fn checks(stream: StreamState, below: AnyView) -> AnyView {
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
    fact_card(checked, Brain::Check, words, move || stream.run.is_fresh(), [planted, below])
}

fn words(fact: BrainFact) -> [Words; 2] {
    match fact {
        BrainFact::Itself => [words!(brain.fact_itself), words!(brain.fact_itself_how)],
        BrainFact::Tau => [words!(brain.fact_tau), words!(brain.fact_tau_how)],
        BrainFact::Least => [words!(brain.fact_least), words!(brain.fact_least_how)],
        BrainFact::Turned => [words!(brain.fact_turned), words!(brain.fact_turned_how)],
        BrainFact::Scaling => [words!(brain.fact_scaling), words!(brain.fact_scaling_how)],
        BrainFact::CellsAreConvolutions => [words!(brain.fact_convolutions), words!(brain.fact_convolutions_how)],
        BrainFact::CellsGoAlong => [words!(brain.fact_along), words!(brain.fact_along_how)],
        BrainFact::SeedAnswers => [words!(brain.fact_seed), words!(brain.fact_seed_how)],
        BrainFact::Orientation => [words!(brain.fact_orientation), words!(brain.fact_orientation_how)],
        BrainFact::Frequency => [words!(brain.fact_frequency), words!(brain.fact_frequency_how)],
        BrainFact::Simple => [words!(brain.fact_simple), words!(brain.fact_simple_how)],
        BrainFact::Complex => [words!(brain.fact_complex), words!(brain.fact_complex_how)],
        BrainFact::Peak => [words!(brain.fact_peak), words!(brain.fact_peak_how)],
        BrainFact::PeakFrequency => [words!(brain.fact_peak_frequency), words!(brain.fact_peak_frequency_how)],
        BrainFact::Reverse => [words!(brain.fact_reverse), words!(brain.fact_reverse_how)],
    }
}
