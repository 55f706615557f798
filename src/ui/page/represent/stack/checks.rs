//! How we know: both classifiers at hand, and what must hold of any stack.

use super::state::StackPage;
use crate::protocol::{Represent, Represented};
use crate::ui::number;
use crate::ui::page::represent::checks::fact_words;
use crate::ui::widget::{Verdict, check, fact_card};
use leptos::prelude::*;

/// Where a head start is looked for: after this share of the run.
const EARLY: f64 = 0.2;

pub(super) fn checks(page: StackPage) -> AnyView {
    let ahead = check("represent-ahead", [words!(represent.fact_ahead), words!(represent.fact_ahead_how)], move || {
        let early = page.tuned.with(|known| {
            let known = known.as_ref()?;
            let [stack, random] = known.lanes.as_slice() else { return None };
            let from = (EARLY * f64::from(known.of)) as u32;
            let both = stack.right.iter().zip(&random.right).find(|(stack, _)| stack.0 >= from.max(1))?;
            Some((both.0.0 / known.per_epoch.max(1), both.0.1, both.1.1))
        });
        let Some((epoch, stack, random)) = early else {
            return (Verdict::Open, words!(represent.fact_ahead_todo).into_any());
        };
        // Of few layers, or with many labels, it need not be so.
        let verdict = if stack.low > random.high { Verdict::Passed } else { Verdict::Told };
        let [stack, random] = [stack, random].map(|found| number::percent(found.share() as f32));
        (verdict, show!(represent.fact_ahead_measured, epoch = epoch, stack = stack, random = random))
    });
    let checked = ask!(Represent, Restart, Represented::Checked);
    fact_card(checked, Represent::Check, fact_words, move || page.tune.is_fresh(), [ahead, ().into_any()])
}
