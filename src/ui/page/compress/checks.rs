//! How we know: what must hold of the network that was made, and whatever the network.

use super::state::CompressState;
use crate::protocol::{Compress, CompressFact, Compressed, CompressedFact, Finding};
use crate::ui::widget::{Verdict, check, fact_card};
use crate::ui::{Words, live, number};
use leptos::prelude::*;

pub(super) fn checks(state: CompressState) -> AnyView {
    let made = state.make.answer;
    let rows =
        Memo::new(move |_| made.with(|made| made.as_ref().map(|made| made.findings.clone()).unwrap_or_default()));
    let own = live::view(move || rows.get().into_iter().map(row).collect_view().into_any()).into_any();
    let checked = ask!(Compress, Restart, Compressed::Checked);
    fact_card(checked, Compress::Check, words, move || state.survey.is_fresh(), [own, ().into_any()])
}

fn words(fact: CompressFact) -> [Words; 2] {
    match fact {
        CompressFact::FullRank => [words!(compress.fact_full), words!(compress.fact_full_how)],
        CompressFact::Channels => [words!(compress.fact_channels), words!(compress.fact_channels_how)],
        CompressFact::Clusters => [words!(compress.fact_clusters), words!(compress.fact_clusters_how)],
    }
}

fn row(finding: Finding<CompressedFact>) -> AnyView {
    let (id, words): (&'static str, [Words; 2]) = match finding.fact {
        CompressedFact::Energy => ("compress-energy", [words!(compress.fact_energy), words!(compress.fact_energy_how)]),
        CompressedFact::File => ("compress-file", [words!(compress.fact_file), words!(compress.fact_file_how)]),
    };
    check(id, words, move || {
        let [found, limit] = [finding.measured, finding.limit].map(number::small);
        (Verdict::of(finding.holds()), show!(compress.measured, found = found, limit = limit))
    })
}
