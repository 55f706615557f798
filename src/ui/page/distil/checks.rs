//! How we know: what the paper derives, measured on this device, and what the lesson found.

use super::run::RunState;
use crate::protocol::{Distil, DistilFact, Distilled};
use crate::ui::ask::{Ask, Policy};
use crate::ui::desk::{Desk, Life};
use crate::ui::lang::Words;
use crate::ui::live;
use crate::ui::widget::{Check, Verdict, facts, trouble_box};
use leptos::prelude::*;

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
    view! {
        <section class="card">
            <h2>{words!(checks.title)}</h2>
            {trouble_box(move || found.trouble())}
            <ul class="checks">
                {facts(words, move || found.answer.get().unwrap_or_default())}
                <Fewer run />
            </ul>
        </section>
    }
}

fn words(fact: DistilFact) -> [Words; 2] {
    match fact {
        DistilFact::HighTemperature => [words!(distil.fact_hot), words!(distil.fact_hot_how)],
        DistilFact::WeightNothing => [words!(distil.fact_nothing), words!(distil.fact_nothing_how)],
        DistilFact::WeightAll => [words!(distil.fact_all), words!(distil.fact_all_how)],
        DistilFact::SoftLoss => [words!(distil.fact_soft), words!(distil.fact_soft_how)],
    }
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
