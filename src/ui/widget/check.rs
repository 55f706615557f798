//! A live check: what is expected, what was measured, and how it is known.

use super::Icon;
use crate::ui::{Words, live};
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
