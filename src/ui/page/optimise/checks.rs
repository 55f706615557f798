//! How we know: facts of the papers, measured on this device.

use super::compare::Compared;
use crate::protocol::{Fact, Finding, Optimise, Optimised};
use crate::ui::ask::{Ask, Policy};
use crate::ui::desk::{Desk, Life};
use crate::ui::lang::Words;
use crate::ui::widget::{Check, Measurement, TroubleBox, Verdict};
use crate::ui::{live, number};
use leptos::prelude::*;

struct Row {
    fact: Fact,
    id: &'static str,
    title: Words,
    how: Words,
}

static ROWS: [Row; 8] = [
    Row {
        fact: Fact::AdamFirstStep,
        id: "adam-first",
        title: words!(optimise.fact_adam),
        how: words!(optimise.fact_adam_how),
    },
    Row {
        fact: Fact::AdagradFirstStep,
        id: "adagrad-first",
        title: words!(optimise.fact_adagrad),
        how: words!(optimise.fact_adagrad_how),
    },
    Row {
        fact: Fact::MomentumSpeed,
        id: "momentum",
        title: words!(optimise.fact_momentum),
        how: words!(optimise.fact_momentum_how),
    },
    Row { fact: Fact::SgdClosedForm, id: "sgd", title: words!(optimise.fact_sgd), how: words!(optimise.fact_sgd_how) },
    Row {
        fact: Fact::DropoutMean,
        id: "dropout",
        title: words!(optimise.fact_dropout),
        how: words!(optimise.fact_dropout_how),
    },
    Row {
        fact: Fact::BatchNormMean,
        id: "norm-mean",
        title: words!(optimise.fact_mean),
        how: words!(optimise.fact_mean_how),
    },
    Row {
        fact: Fact::BatchNormVariance,
        id: "norm-variance",
        title: words!(optimise.fact_variance),
        how: words!(optimise.fact_variance_how),
    },
    Row {
        fact: Fact::BatchNormGradient,
        id: "norm-gradient",
        title: words!(optimise.fact_gradient),
        how: words!(optimise.fact_gradient_how),
    },
];

#[component]
pub(super) fn Checks(compared: RwSignal<Option<Compared>>) -> impl IntoView {
    let desk = Desk::here();
    let found = Ask::<Optimise, _>::new(Policy::Latest, |found| {
        if let Optimised::Checked(findings) = found { Some(findings) } else { None }
    });
    let backend = Memo::new(move |_| desk.place.with(|place| place.backend));
    let is_up = Memo::new(move |_| desk.life() == Life::Up);
    Effect::new(move |_| {
        if is_up.get() {
            found.ask(desk.client, Optimise::Check(backend.get()));
        }
    });
    let row = move |row: &'static Row| {
        let of = Memo::new(move |_| {
            let all = found.answer.get().unwrap_or_default();
            all.into_iter().filter(|finding| finding.fact == row.fact).collect::<Vec<Finding>>()
        });
        let verdict = move || match of.get().as_slice() {
            [] => Verdict::Open,
            findings => Verdict::of(findings.iter().all(Finding::holds)),
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
                {ROWS.iter().map(row).collect_view()} <Depths compared />
            </ul>
        </section>
    }
}

fn measured(finding: Finding) -> AnyView {
    let Finding { backend, measured, expected, limit, .. } = finding;
    Measurement { backend, measured, expected, limit }.view()
}

/// Of the comparison, as soon as somebody has run it.
#[component]
fn Depths(compared: RwSignal<Option<Compared>>) -> impl IntoView {
    let verdict = move || compared.get().map_or(Verdict::Open, |compared| Verdict::of(compared.holds()));
    view! {
        <Check
            id="degradation"
            title=words!(optimise.fact_depth)
            verdict=Signal::derive(verdict)
            how=words!(optimise.fact_depth_how).into_any()
        >
            <span>
                {live::view(move || match compared.get() {
                    Some(Compared([plain, plain_deep, residual, residual_deep])) => show!(
                        optimise.fact_depth_measured,
                        plain = number::digits(plain),
                        plain_deep = number::digits(plain_deep),
                        residual = number::digits(residual),
                        residual_deep = number::digits(residual_deep)
                    ),
                    None => words!(optimise.fact_depth_todo).into_any(),
                })}
            </span>
        </Check>
    }
}
