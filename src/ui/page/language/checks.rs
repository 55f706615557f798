//! How we know: probabilities that sum, gradients beside differences, an entropy that is known.

use super::state::LanguageState;
use crate::protocol::{Language, LanguageAnswer, LanguageFact};
use crate::ui::Words;
use crate::ui::widget::fact_card;
use leptos::prelude::*;

pub(super) fn checks(state: LanguageState) -> AnyView {
    let checked = ask!(Language, Restart, LanguageAnswer::Checked);
    let job = Language::Check;
    fact_card(checked, job, words, move || state.learn.is_fresh(), [().into_any(), ().into_any()])
}

fn words(fact: LanguageFact) -> [Words; 2] {
    match fact {
        LanguageFact::Sum => [words!(language.fact_sum), words!(language.fact_sum_how)],
        LanguageFact::Total => [words!(language.fact_total), words!(language.fact_total_how)],
        LanguageFact::Causal => [words!(language.fact_causal), words!(language.fact_causal_how)],
        LanguageFact::Lag => [words!(language.fact_lag), words!(language.fact_lag_how)],
        LanguageFact::NGrams => [words!(language.fact_ngrams), words!(language.fact_ngrams_how)],
        LanguageFact::Entropy => [words!(language.fact_entropy), words!(language.fact_entropy_how)],
        LanguageFact::Derivations => [words!(language.fact_derivations), words!(language.fact_derivations_how)],
    }
}
