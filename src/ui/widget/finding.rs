//! Facts as each device measured them, beside what was expected: the same words on every page.

use super::{Check, Verdict};
use crate::protocol::{BackendKind, Facts, Finding};
use crate::ui::lang::Words;
use crate::ui::{live, number};
use leptos::prelude::*;

/// A check for each fact of `F`; `words` are its title and how it is known.
pub(crate) fn facts<F: Facts + Send + Sync>(
    words: fn(F) -> [Words; 2],
    found: impl Fn() -> Vec<Finding<F>> + Send + Sync + 'static,
) -> AnyView {
    let rows = F::ALL.iter().map(|fact| (fact.id(), words(*fact))).collect();
    let found = Memo::new(move |_| found().into_iter().map(|finding| finding.map(F::id)).collect::<Vec<_>>());
    checks(rows, found)
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
    let device = match backend {
        BackendKind::Cpu => "CPU",
        BackendKind::Gpu => "GPU",
    };
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
