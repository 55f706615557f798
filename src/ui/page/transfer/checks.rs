//! How we know: what must hold of this problem, and whatever the pictures.

use super::state::TransferState;
use crate::protocol::{Finding, Transfer, TransferFact, TransferProblemFact, Transferred};
use crate::ui::widget::{Verdict, check, fact_card};
use crate::ui::{Words, live, number};
use leptos::prelude::*;

pub(super) fn checks(state: TransferState) -> AnyView {
    let found = state.learn.answer;
    let rows =
        Memo::new(move |_| found.with(|found| found.as_ref().map(|found| found.findings.clone()).unwrap_or_default()));
    let own = live::view(move || rows.get().into_iter().map(row).collect_view().into_any()).into_any();
    let checked = ask!(Transfer, Restart, Transferred::Checked);
    fact_card(checked, Transfer::Check, words, move || state.learn.is_fresh(), [own, ().into_any()])
}

fn words(fact: TransferFact) -> [Words; 2] {
    match fact {
        TransferFact::Optimum => [words!(transfer.fact_optimum), words!(transfer.fact_optimum_how)],
        TransferFact::Slope => [words!(transfer.fact_slope), words!(transfer.fact_slope_how)],
    }
}

fn row(finding: Finding<TransferProblemFact>) -> AnyView {
    let (id, words): (&'static str, [Words; 2]) = match finding.fact {
        TransferProblemFact::Gap => ("transfer-gap", [words!(transfer.fact_gap), words!(transfer.fact_gap_how)]),
        TransferProblemFact::Features => {
            ("transfer-features", [words!(transfer.fact_features), words!(transfer.fact_features_how)])
        }
    };
    check(id, words, move || {
        let [found, limit] = [finding.measured, finding.limit].map(number::small);
        (Verdict::of(finding.holds()), show!(transfer.measured, found = found, limit = limit))
    })
}
