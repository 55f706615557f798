//! How we know: what the paper derives, measured on this device, and what the lesson found.

use super::run::RunState;
use crate::protocol::{Distil, DistilFact, DistilFinding, Distilled};
use crate::ui::ask::{Ask, Policy};
use crate::ui::desk::{Desk, Life};
use crate::ui::lang::Words;
use crate::ui::live;
use crate::ui::widget::{Check, Measurement, TroubleBox, Verdict};
use leptos::prelude::*;

struct Row {
    fact: DistilFact,
    id: &'static str,
    title: Words,
    how: Words,
}

static ROWS: [Row; 3] = [
    Row {
        fact: DistilFact::HighTemperature,
        id: "high-temperature",
        title: words!(distil.fact_hot),
        how: words!(distil.fact_hot_how),
    },
    Row {
        fact: DistilFact::WeightNothing,
        id: "weight-nothing",
        title: words!(distil.fact_nothing),
        how: words!(distil.fact_nothing_how),
    },
    Row {
        fact: DistilFact::WeightAll,
        id: "weight-all",
        title: words!(distil.fact_all),
        how: words!(distil.fact_all_how),
    },
];

#[component]
pub(super) fn Checks(run: RunState) -> impl IntoView {
    let desk = Desk::here();
    let found = Ask::<Distil, _>::new(Policy::Latest, |found| match found {
        Distilled::Checked(findings) => Some(findings),
        Distilled::Ran(_) => None,
    });
    let backend = Memo::new(move |_| desk.place.with(|place| place.backend));
    let is_up = Memo::new(move |_| desk.life() == Life::Up);
    Effect::new(move |_| {
        if is_up.get() {
            found.ask(desk.client, Distil::Check(backend.get()));
        }
    });
    let row = move |row: &'static Row| {
        let of = Memo::new(move |_| {
            let all = found.answer.get().unwrap_or_default();
            all.into_iter().filter(|finding| finding.fact == row.fact).collect::<Vec<DistilFinding>>()
        });
        let verdict = move || match of.get().as_slice() {
            [] => Verdict::Open,
            findings => Verdict::of(findings.iter().all(DistilFinding::holds)),
        };
        view! {
            <Check id=row.id title=row.title verdict=Signal::derive(verdict) how=row.how.into_any()>
                {live::view(move || of.get().into_iter().map(measured).collect_view().into_any())}
            </Check>
        }
    };
    view! {
        <section class="card">
            <h2>{words!(checks.title)}</h2>
            {live::view(move || found.trouble().map(|trouble| view! { <TroubleBox trouble /> }).into_any())}
            <ul class="checks">
                {ROWS.iter().map(row).collect_view()} <Fewer run />
            </ul>
        </section>
    }
}

fn measured(finding: DistilFinding) -> AnyView {
    let DistilFinding { backend, measured, expected, limit, .. } = finding;
    Measurement { backend, measured, expected, limit }.view()
}

/// Of the lesson, once it has ended.
#[component]
fn Fewer(run: RunState) -> impl IntoView {
    let errors = Memo::new(move |_| {
        // There is a curve of corrections only at the end.
        run.corrected.with(|curve| curve.first().copied())?;
        run.news.with(|news| {
            let last = |pupil: usize| news.as_ref()?.pupils[pupil].measured.last().map(|mark| mark.errors);
            Some([last(1)?, last(2)?])
        })
    });
    let verdict = move || errors.get().map_or(Verdict::Open, |[plain, distilled]| Verdict::of(distilled < plain));
    view! {
        <Check
            id="fewer-errors"
            title=words!(distil.fact_fewer)
            verdict=Signal::derive(verdict)
            how=words!(distil.fact_fewer_how).into_any()
        >
            <span>
                {live::view(move || match errors.get() {
                    Some([plain, distilled]) => show!(
                        distil.fact_fewer_measured,
                        plain = plain.to_string(),
                        distilled = distilled.to_string()
                    ),
                    None => words!(distil.fact_fewer_todo).into_any(),
                })}
            </span>
        </Check>
    }
}
