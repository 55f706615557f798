//! How we know: what the paper derives, measured on this device, and what the run found.

use super::state::DistilState;
use crate::protocol::{Distil, DistilFact, Distilled};
use crate::ui::Words;
use crate::ui::widget::{Verdict, check, fact_card};
use leptos::prelude::*;

pub(super) fn checks(run: DistilState) -> impl IntoView {
    let rows = [().into_any(), fewer_errors(run)];
    fact_card(ask!(Distil, Restart, Distilled::Checked), Distil::Check, words, || true, rows)
}

fn words(fact: DistilFact) -> [Words; 2] {
    match fact {
        DistilFact::HighTemperature => [words!(distil.fact_hot), words!(distil.fact_hot_how)],
        DistilFact::WeightNothing => [words!(distil.fact_nothing), words!(distil.fact_nothing_how)],
        DistilFact::WeightAll => [words!(distil.fact_all), words!(distil.fact_all_how)],
        DistilFact::SoftLoss => [words!(distil.fact_soft), words!(distil.fact_soft_how)],
    }
}

fn fewer_errors(run: DistilState) -> AnyView {
    let errors = move || {
        // There is a curve of corrections only at the end.
        run.corrected.with(|curve| curve.first().copied())?;
        let last = |pupil: usize| run.read(|news| news.pupils[pupil].measured.last().map(|mark| mark.errors))?;
        Some([last(1)?, last(2)?])
    };
    check("fewer-errors", [words!(distil.fact_fewer), words!(distil.fact_fewer_how)], move || match errors() {
        Some([plain, distilled]) => {
            let told = show!(distil.fact_fewer_measured, plain = plain, distilled = distilled);
            (Verdict::of(distilled < plain), told)
        }
        None => (Verdict::Open, words!(distil.fact_fewer_todo).into_any()),
    })
}
