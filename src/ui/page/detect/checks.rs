//! How we know: what must hold whatever the picture.

use super::state::DetectState;
use crate::protocol::{Detect, DetectFact, Detected};
use crate::ui::Words;
use crate::ui::widget::fact_card;
use leptos::prelude::*;

pub(super) fn checks(state: DetectState) -> AnyView {
    let checked = ask!(Detect, Restart, Detected::Checked);
    fact_card(checked, Detect::Check, words, move || state.run.is_fresh(), [().into_any(), ().into_any()])
}

fn words(fact: DetectFact) -> [Words; 2] {
    match fact {
        DetectFact::Suppression => [words!(detect.fact_suppression), words!(detect.fact_suppression_how)],
        DetectFact::Overlap => [words!(detect.fact_overlap), words!(detect.fact_overlap_how)],
        DetectFact::Precision => [words!(detect.fact_precision), words!(detect.fact_precision_how)],
        DetectFact::Regions => [words!(detect.fact_regions), words!(detect.fact_regions_how)],
        DetectFact::Recall => [words!(detect.fact_recall), words!(detect.fact_recall_how)],
    }
}
