//! Occlude: what in the picture does the answer rest on?

mod settings;

use crate::protocol::{EvidenceMap, Occlude, OccludeFact, Occluded, Occlusion};
use crate::ui::widget::{EvidenceWords, PageFrame, evidence_card, fact_card};
use crate::ui::{ExperimentPage, Words, number, sentence};
use leptos::prelude::*;

impl ExperimentPage for Occlude {
    fn view() -> AnyView {
        let mapped = ask!(Occlude, Restart, Occluded::Mapped(map) => *map);
        let checked = ask!(Occlude, Restart, Occluded::Checked);
        let map_words = EvidenceWords { doing: words!(occlude.covering), legend: words!(occlude.legend), said };
        let controls = controls!(Occlusion, "side", "stride", "grey").into_any();
        let nothing = [().into_any(), ().into_any()];
        view! {
            <PageFrame
                class="stage-column experiment"
                title=words!(occlude.title)
                sub=words!(occlude.sub).into_any()
                texts=&[words!(occlude.why_idea), words!(occlude.why_limits)]
                tries=&[words!(occlude.try_side), words!(occlude.try_class), words!(occlude.try_digit), words!(occlude.try_grey)]
                checks=fact_card(checked, Occlude::Check, words, move || mapped.is_fresh(), nothing)
            >
                {evidence_card(mapped, Occlude::Map, controls, map_words)}
            </PageFrame>
        }
        .into_any()
    }
}

fn said(map: &EvidenceMap, at: usize) -> String {
    let ([x, y], lowers, label) = (map.place(at), map.values[at] > 0.0, sentence::label_of(&map.whole));
    let whole = number::percent(map.whole.probability);
    let left = number::percent(map.whole.probability - map.values[at]);
    match lowers {
        true => say!(occlude.lowers, x = x, y = y, label = label, whole = whole, left = left),
        false => say!(occlude.raises, x = x, y = y, label = label, whole = whole, left = left),
    }
}

fn words(fact: OccludeFact) -> [Words; 2] {
    match fact {
        OccludeFact::Linear => [words!(occlude.fact_linear), words!(occlude.fact_linear_how)],
        OccludeFact::Whole => [words!(occlude.fact_whole), words!(occlude.fact_whole_how)],
    }
}
