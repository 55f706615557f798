//! How we know: what must hold of any comparison.

use super::stream::StreamState;
use crate::protocol::{Brain, BrainAnswer, StreamFact};
use crate::ui::Words;
use crate::ui::widget::fact_card;
use leptos::prelude::*;

pub(super) fn checks(stream: StreamState) -> AnyView {
    let checked = ask!(Brain, Restart, BrainAnswer::Checked);
    let nothing = || ().into_any();
    fact_card(checked, Brain::Check, words, move || stream.run.is_fresh(), [nothing(), nothing()])
}

fn words(fact: StreamFact) -> [Words; 2] {
    match fact {
        StreamFact::Itself => [words!(brain.fact_itself), words!(brain.fact_itself_how)],
        StreamFact::CellsAreConvolutions => [words!(brain.fact_convolutions), words!(brain.fact_convolutions_how)],
        StreamFact::CellsGoAlong => [words!(brain.fact_along), words!(brain.fact_along_how)],
        StreamFact::SeedAnswers => [words!(brain.fact_seed), words!(brain.fact_seed_how)],
    }
}
