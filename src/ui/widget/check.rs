//! Live checks: what is expected, what was measured, and how it is known; facts as each device measured them.

use super::{Icon, trouble_box};
use crate::protocol::{BackendChoice, Experiment, Facts, Finding};
use crate::ui::{Ask, Asking, Words, app, live, number, sentence};
use leptos::prelude::*;
use std::sync::Arc;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Passed,
    Failed,
    /// Not measured, or not possible here.
    Open,
    /// A figure that was measured elsewhere: there is nothing to pass here.
    Told,
}

impl Verdict {
    pub(crate) fn of(passed: bool) -> Verdict {
        if passed { Verdict::Passed } else { Verdict::Failed }
    }

    /// Its name for tests, its text, how it is drawn.
    fn row(self) -> (&'static str, Words, Icon) {
        match self {
            Verdict::Passed => ("passed", words!(checks.passed), Icon::Check),
            Verdict::Failed => ("failed", words!(checks.failed), Icon::Close),
            Verdict::Open => ("open", words!(checks.open), Icon::Dash),
            Verdict::Told => ("told", words!(checks.told), Icon::File),
        }
    }
}

/// `id` names the check for tests; the children are what was measured.
#[component]
pub(crate) fn Check(
    id: &'static str,
    title: Words,
    #[prop(into)] verdict: Signal<Verdict>,
    how: AnyView,
    children: Children,
) -> impl IntoView {
    view! {
        <li class="check" data-testid="check" data-check=id data-verdict=live::name(move || Some(verdict.get().row().0))>
            <span class="verdict" role="img" aria-label=live::name(move || Some(verdict.get().row().1()))>
                {live::view(move || view! { <Icon of=verdict.get().row().2 /> }.into_any())}
            </span>
            <div>
                <h3>{title}</h3>
                <div class="measured">{children()}</div>
                <p class="hint">{how}</p>
            </div>
        </li>
    }
}

/// A check whose verdict and measurement are `found`, anew whenever that changes.
pub(crate) fn check(
    id: &'static str,
    [title, how]: [Words; 2],
    found: impl Fn() -> (Verdict, AnyView) + Send + Sync + 'static,
) -> AnyView {
    let found: Arc<dyn Fn() -> (Verdict, AnyView) + Send + Sync> = Arc::new(found);
    let verdict = Signal::derive({
        let found = found.clone();
        move || found().0
    });
    view! {
        <Check id title verdict how=how.into_any()>
            <span>{live::view(move || found().1)}</span>
        </Check>
    }
    .into_any()
}

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
    let findings: Memo<Vec<Finding<&str>>> = Memo::new(move |_| {
        found.answer.with(|found| found.iter().flatten().map(|finding| finding.clone().map(F::id)).collect())
    });
    let all = F::ALL.len();
    let passed = move || findings.with(|found| F::ALL.iter().filter(|fact| has_passed(found, fact.id())).count());
    let is_failed = move || findings.with(|found| found.iter().any(|finding| !finding.holds()));
    let tests = view! {
        <li>
            <details class="self-tests" data-testid="self-tests" prop:open=live::flag(is_failed)>
                <summary>{live::text(move || say!(checks.self_tests, passed = passed(), all = all))}</summary>
                <ul class="checks">{checks(rows, findings)}</ul>
            </details>
        </li>
    };
    check_card(Some(found.asking), view! { {above} {below} {tests} }.into_any())
}

/// It was measured, and passed on every device.
fn has_passed(found: &[Finding<&'static str>], id: &str) -> bool {
    let mut of = found.iter().filter(|finding| finding.fact == id).peekable();
    of.peek().is_some() && of.all(Finding::holds)
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
                    device = device,
                    found = found,
                    expected = expected,
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
