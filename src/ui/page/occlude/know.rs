//! Why it works, what to try, and how we know.

use crate::protocol::{Occlude, OccludeFact, Occluded, OcclusionMap};
use crate::ui::ask::{Ask, Policy};
use crate::ui::desk::{Desk, Life};
use crate::ui::lang::Words;
use crate::ui::widget::facts;
use leptos::prelude::*;

pub(super) const TEXTS: &[Words] = &[words!(occlude.why_idea), words!(occlude.why_limits)];
pub(super) const TRIES: &[Words] =
    &[words!(occlude.try_side), words!(occlude.try_class), words!(occlude.try_digit), words!(occlude.try_grey)];

#[component]
pub(super) fn Checks(asked: Ask<Occlude, OcclusionMap>) -> impl IntoView {
    let desk = Desk::here();
    let found = Ask::<Occlude, _>::new(Policy::Restart, |found| match found {
        Occluded::Checked(found) => Some(found),
        Occluded::Mapped(_) => None,
    });
    let backend = Memo::new(move |_| desk.place.with(|place| place.backend));
    // After what the person came for.
    let is_time = Memo::new(move |before: Option<&bool>| before == Some(&true) || asked.is_fresh());
    Effect::new(move |_| {
        if is_time.get() && desk.life() == Life::Up {
            found.ask(desk.client, Occlude::Check(backend.get()));
        }
    });
    view! {
        <section class="card">
            <h2>{words!(checks.title)}</h2>
            <ul class="checks">{facts(words, move || found.answer.get().unwrap_or_default())}</ul>
        </section>
    }
}

fn words(fact: OccludeFact) -> [Words; 2] {
    match fact {
        OccludeFact::Linear => [words!(occlude.fact_linear), words!(occlude.fact_linear_how)],
        OccludeFact::Whole => [words!(occlude.fact_whole), words!(occlude.fact_whole_how)],
    }
}
