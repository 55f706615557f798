//! How we know: the autoencoder at hand, and what must hold of any.

use super::state::CodePage;
use crate::protocol::{AutoencoderTrain, CodeNetwork, Represent, RepresentFact, Represented};
use crate::ui::number;
use crate::ui::page::represent::checks::fact_words;
use crate::ui::widget::{Verdict, check, fact_card};
use leptos::prelude::*;

/// A linear autoencoder is nearer to the principal components than this, in degrees.
const NEAR: f64 = 1.0;

pub(super) fn checks(page: CodePage) -> AnyView {
    let beside =
        check("represent-beside", [words!(represent.fact_beside), words!(represent.fact_beside_how)], move || {
            let error = page.progress.with(|known| known.as_ref()?.measured.last()?.1.first().copied());
            let (Some(error), Some(components)) = (error, page.components_error.get()) else {
                return (Verdict::Open, words!(represent.fact_beside_todo).into_any());
            };
            // A linear one can be no better than they are, but on pictures that neither has seen.
            let is_linear = page.settings.with(|settings| settings.code.network == CodeNetwork::Linear);
            let is_good = if is_linear { error < 1.02 * components } else { error < components };
            let verdict = if page.learn.is_on() && !is_good { Verdict::Open } else { Verdict::of(is_good) };
            let [error, components] = [error, components].map(|error| number::digits(error as f32));
            (verdict, show!(represent.fact_beside_measured, error = error, components = components))
        });
    let angle = check(
        "represent-angle-now",
        [words!(represent.fact_angle_now), words!(represent.fact_angle_now_how)],
        move || {
            let angle = page.progress.with(|known| known.as_ref()?.measured.last()?.1.get(1).copied());
            let Some(angle) = angle else {
                return (Verdict::Open, words!(represent.fact_angle_now_todo).into_any());
            };
            // A short run, or directions that vary nearly alike, need not come so near.
            let is_usual = page.settings.with(|settings| {
                let usual = AutoencoderTrain::default();
                settings.code.steps >= usual.steps && settings.code.code <= usual.code
            });
            let verdict = match (angle < NEAR, page.learn.is_on(), is_usual) {
                (true, ..) => Verdict::Passed,
                (false, true, _) => Verdict::Open,
                (false, false, true) => Verdict::Failed,
                (false, false, false) => Verdict::Told,
            };
            let angle = number::digits(angle as f32);
            (verdict, show!(represent.fact_angle_now_measured, angle = angle))
        },
    );
    let above = view! { {beside} {angle} }.into_any();
    let checked = ask!(Represent, Restart, Represented::Checked);
    let words = |fact: RepresentFact| fact_words(fact);
    fact_card(checked, Represent::Check, words, move || page.learn.is_fresh(), [above, ().into_any()])
}
