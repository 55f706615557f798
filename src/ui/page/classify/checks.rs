//! How we know: GPU against CPU, the sum of the probabilities, the weights' checksum, the errors on a test set.

use super::question::Question;
use crate::protocol::{
    Agreement, CachedWeights, Compare, Fit, GpuReport, Job, NetworkReport, Outcome, ShippedReport, Source,
};
use crate::ui::client::unexpected;
use crate::ui::widget::{Button, Check, Verdict, check, trouble_box};
use crate::ui::{Asking, Policy, app, live, number};
use leptos::prelude::*;

/// The probabilities are f32, and their sum is of what is shown: a thousand of them round by less than this.
const SUM_LIMIT: f64 = 1e-5;

pub(crate) fn checks(question: Question) -> AnyView {
    view! { {agree(question)} {sum(question)} {checksum(question)} {tested()} }.into_any()
}

fn agree(question: Question) -> impl IntoView {
    let asking = Asking::new(Policy::Single);
    let compared = RwSignal::new(None::<(Compare, Agreement)>);
    // A comparison belongs to one picture, network and fit; the answer may carry one, the button makes one.
    let here = Memo::new(move |_| {
        let picture = app().chosen.get()?;
        let network = app().network().filter(|network| network.ready)?.id;
        let fit: Fit = app().route.with(|route| route.fit);
        Some(Compare { picture, network, fit })
    });
    let agreement = Memo::new(move |_| {
        let by_button = compared.get().filter(|(about, _)| Some(about) == here.get().as_ref());
        by_button.map(|(_, agreement)| agreement).or_else(|| question.answer().and_then(|answer| answer.agreement))
    });
    let no_gpu = Memo::new(move |_| {
        let off = app().route.with(|route| route.without_gpu);
        off || app().station.get().is_some_and(|station| matches!(station.gpu, GpuReport::Missing { .. }))
    });
    let verdict = move || match agreement.get() {
        Some(agreement) => Verdict::of(agreement.max_logit_difference <= agreement.limit),
        None => Verdict::Open,
    };
    let compare = move |()| {
        if let Some(about) = here.get_untracked() {
            asking.ask(Job::Compare(about.clone()), move |outcome| {
                let Outcome::Compared(agreement) = outcome else { return Err(unexpected("Compare")) };
                compared.set(Some((about, agreement)));
                Ok(())
            });
        }
    };
    let able = move || here.with(Option::is_some) && app().is_up() && !asking.is_on();
    let words = move || if asking.is_on() { say!(checks.agree_running) } else { say!(checks.agree_run) };
    let measured = move || match (agreement.get(), no_gpu.get()) {
        (Some(agreement), _) => view! { <Measured agreement /> }.into_any(),
        (None, true) => view! { <span>{words!(checks.agree_no_gpu)}</span> }.into_any(),
        (None, false) => view! {
            <span>{words!(checks.agree_todo)}</span>
            <Button id="compare" words off=move || !able() on_press=compare />
            {trouble_box(move || asking.trouble())}
        }
        .into_any(),
    };
    view! {
        <Check id="agree" title=words!(checks.agree) verdict how=words!(checks.agree_how).into_any()>
            {live::view(measured)}
        </Check>
    }
}

#[component]
fn Measured(agreement: Agreement) -> impl IntoView {
    view! {
        <span data-testid="agreement" data-value=number::exact(agreement.max_logit_difference)>
            {live::view(move || {
                show!(
                    checks.agree_measured,
                    found = number::small(agreement.max_logit_difference),
                    limit = number::small(agreement.limit)
                )
            })}
        </span>
        <span>
            {live::view(move || {
                show!(
                    checks.agree_times,
                    gpu = number::millis(agreement.gpu_ms),
                    cpu = number::millis(agreement.cpu_ms)
                )
            })}
        </span>
    }
}

fn sum(question: Question) -> AnyView {
    let sum = Memo::new(move |_| question.answer().map(|answer| answer.probability_sum));
    let classes = move || app().network().map_or(0, |network| network.classes);
    let how = live::text(move || say!(checks.sum_how, classes = number::count(classes() as u64)));
    let verdict = move || sum.get().map_or(Verdict::Open, |sum| Verdict::of((sum - 1.0).abs() <= SUM_LIMIT));
    let told = move || match sum.get() {
        Some(sum) => show!(checks.sum_measured, found = number::fixed(sum, 6)),
        None => words!(checks.todo).into_any(),
    };
    view! {
        <Check id="sum" title=words!(checks.sum) verdict how=how.into_any()>
            <span>{live::view(told)}</span>
        </Check>
    }
    .into_any()
}

#[derive(Clone, PartialEq)]
enum Origin {
    AsPublished(CachedWeights),
    /// Another file, and whether it was fetched as the published one.
    Other(CachedWeights, bool),
    NothingPublished(CachedWeights),
    /// It comes with the page; whether it was loaded, which is when it is compared.
    Shipped(ShippedReport, bool),
}

fn checksum(question: Question) -> AnyView {
    let origin = Memo::new(move |_| {
        let NetworkReport { id: network, source, .. } = app().network()?;
        if let Source::Shipped(file) = source {
            return Some(Origin::Shipped(file, question.answer().is_some_and(|answer| answer.network == network)));
        }
        let weights = app().cached().into_iter().find(|weights| weights.network == network)?;
        let offered = app().catalogue_of(&network);
        let published: Vec<_> = offered.iter().filter_map(|entry| entry.sha256.as_ref()).collect();
        let is_fetched = offered.iter().any(|entry| entry.title == weights.name);
        Some(match published.as_slice() {
            [] => Origin::NothingPublished(weights),
            known if known.contains(&&weights.sha256) => Origin::AsPublished(weights),
            _ => Origin::Other(weights, is_fetched),
        })
    });
    check("sha256", [words!(checks.sha), words!(checks.sha_how)], move || match origin.get() {
        None => (Verdict::Open, words!(checks.sha_todo).into_any()),
        Some(Origin::AsPublished(weights)) => {
            (Verdict::Passed, show!(checks.sha_equal, found = start_of(&weights.sha256)))
        }
        // A person's own file is no failure.
        Some(Origin::Other(weights, is_fetched)) => {
            let verdict = if is_fetched { Verdict::Failed } else { Verdict::Open };
            (verdict, show!(checks.sha_other, found = start_of(&weights.sha256)))
        }
        Some(Origin::NothingPublished(weights)) => {
            (Verdict::Open, show!(checks.sha_unknown, found = start_of(&weights.sha256)))
        }
        Some(Origin::Shipped(file, true)) => {
            (Verdict::Passed, show!(checks.sha_shipped, found = start_of(&file.sha256)))
        }
        Some(Origin::Shipped(_, false)) => (Verdict::Open, words!(checks.sha_shipped_todo).into_any()),
    })
}

fn start_of(sha256: &str) -> String {
    sha256.chars().take(8).collect()
}

/// Of a network that comes with the page: how many errors it makes, and how it came to be. The tests count them.
fn tested() -> impl IntoView {
    let shipped = Memo::new(move |_| match app().network()?.source {
        Source::Shipped(file) => Some(file),
        Source::Public | Source::Own => None,
    });
    let counted = |file: ShippedReport| {
        let (errors, of) = (number::count(file.errors), number::count(file.of));
        let right = number::percent(1.0 - file.errors as f32 / file.of.max(1) as f32);
        let (data, how) = (file.data, live::text(move || say!(checks.test_how, how = file.how)));
        let told = move || show!(checks.test_counted, errors = errors, of = of, data = data, percent = right);
        view! {
            <Check id="tested" title=words!(checks.test) verdict=Verdict::Told how=how.into_any()>
                <span>{live::view(told)}</span>
            </Check>
        }
    };
    live::view(move || shipped.get().map(counted).into_any())
}
