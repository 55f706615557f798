//! How we know: what must hold of the decoders and of the LSTM, measured on this device.

use crate::protocol::{Caption, CaptionFact, CaptionNews, Captioned};
use crate::ui::widget::{Verdict, check, fact_card};
use crate::ui::{Words, number};
use leptos::prelude::*;

/// Of captions with held-out combinations, after training in the page.
const ENOUGH: f32 = 0.9;

#[component]
pub(super) fn Checks(#[prop(into)] is_time: Signal<bool>, news: RwSignal<Option<CaptionNews>>) -> impl IntoView {
    let last = |news: &CaptionNews| {
        let exam = news.exams.last().filter(|_| news.step == news.of)?;
        Some((exam.right as f32 / exam.of.max(1) as f32, news.step, news.seconds))
    };
    let trained = check("trained-here", [words!(caption.fact_trained), words!(caption.fact_trained_how)], move || {
        let Some((share, steps, seconds)) = news.with(|news| news.as_ref().and_then(last)) else {
            return (Verdict::Open, words!(caption.fact_trained_todo).into_any());
        };
        let (right, seconds) = (number::percent(share), format!("{seconds:.0}"));
        let told = say!(caption.fact_trained_measured, right = right, steps = steps, seconds = seconds);
        (Verdict::of(share >= ENOUGH), told.into_any())
    });
    let rows = [().into_any(), trained];
    fact_card(ask!(Caption, Restart, Captioned::Checked), Caption::Check, words, move || is_time.get(), rows)
}

fn words(fact: CaptionFact) -> [Words; 2] {
    match fact {
        CaptionFact::BeamOfOne => [words!(caption.fact_beam), words!(caption.fact_beam_how)],
        CaptionFact::SumOfWords => [words!(caption.fact_sum), words!(caption.fact_sum_how)],
        CaptionFact::Carousel => [words!(caption.fact_carousel), words!(caption.fact_carousel_how)],
    }
}
