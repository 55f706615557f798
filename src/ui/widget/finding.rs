//! Facts as each device measured them, beside what was expected: the same words on every page.

use super::{Check, Verdict, trouble_box};
use crate::protocol::{BackendChoice, Experiment, Facts, Finding};
use crate::ui::{Ask, Asking, Words, app, live, number, sentence};
use leptos::prelude::*;

/// How we know: the facts of an experiment, between the page's own checks. They are measured once `is_time`, after what the
/// person came for, and again on another backend. `words` are a fact's title and how it is known.
pub(crate) fn fact_card<E: Experiment, F: Facts + Send + Sync>(
    found: Ask<E, Vec<Finding<F>>>,
    job: fn(BackendChoice) -> E,
    words: fn(F) -> [Words; 2],
    is_time: impl Fn() -> bool + Send + Sync + 'static,
    [above, below]: [AnyView; 2],
) -> AnyView {
    when_time(Box::new(is_time), move |backend| found.ask(job(backend)));
    let rows = F::ALL.iter().map(|fact| (fact.id(), words(*fact))).collect();
    let findings = Memo::new(move |_| {
        found.answer.with(|found| found.iter().flatten().map(|finding| finding.clone().map(F::id)).collect())
    });
    check_card(Some(found.asking), view! { {above} {checks(rows, findings)} {below} }.into_any())
}

fn when_time(is_time: Box<dyn Fn() -> bool + Send + Sync>, ask: impl Fn(BackendChoice) + 'static) {
    let is_time = Memo::new(move |before: Option<&bool>| before == Some(&true) || is_time());
    let wanted = Memo::new(move |_| (is_time.get() && app().is_up()).then(|| app().route.with(|route| route.backend)));
    Effect::new(move |_| wanted.get().into_iter().for_each(&ask));
}

/// The card of a page's checks; `of` is the question that may fail.
pub(crate) fn check_card(of: Option<Asking>, checks: AnyView) -> AnyView {
    view! {
        <section class="card">
            <h2>{words!(checks.title)}</h2>
            {trouble_box(move || of?.trouble())}
            <ul class="checks">{checks}</ul>
        </section>
    }
    .into_any()
}

fn checks(rows: Vec<(&'static str, [Words; 2])>, found: Memo<Vec<Finding<&'static str>>>) -> AnyView {
    let row = |(id, [title, how]): (&'static str, [Words; 2])| {
        let of = Memo::new(move |_| {
            found.with(|all| all.iter().filter(|finding| finding.fact == id).cloned().collect::<Vec<_>>())
        });
        let verdict = move || match of.get().as_slice() {
            [] => Verdict::Open,
            findings => Verdict::of(findings.iter().all(Finding::holds)),
        };
        view! {
            <Check id title verdict=Signal::derive(verdict) how=how.into_any()>
                {live::view(move || of.get().into_iter().map(shown).collect_view().into_any())}
            </Check>
        }
    };
    rows.into_iter().map(row).collect_view().into_any()
}

fn shown(finding: Finding<&'static str>) -> AnyView {
    let Finding { backend, measured, expected, limit, .. } = finding;
    let device = sentence::device(backend);
    let near_one = expected == 1.0;
    let found = if near_one { format!("{measured:.6}") } else { figure(measured) };
    let expected = if near_one { "1".to_owned() } else { figure(expected) };
    view! {
        <span data-testid="finding" data-backend=device data-measured=measured.to_string()>
            {live::view(move || {
                show!(
                    optimise.measured,
                    device = device.to_owned(),
                    found = found.clone(),
                    expected = expected.clone(),
                    limit = number::small(limit)
                )
            })}
        </span>
    }
    .into_any()
}

/// Counts as they are.
fn figure(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e6 { format!("{value}") } else { number::small(value) }
}
