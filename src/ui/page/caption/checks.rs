//! How we know: what must hold of the decoders and of the LSTM, measured on this device.

use crate::protocol::{Caption, CaptionFact, CaptionNews, Captioned};
use crate::ui::ask::{Ask, Policy};
use crate::ui::desk::{Desk, Life};
use crate::ui::lang::Words;
use crate::ui::widget::{Check, Verdict, facts, trouble_box};
use crate::ui::{live, number};
use leptos::prelude::*;

/// Of captions with held-out combinations, after training in the page.
const ENOUGH: f32 = 0.9;

#[component]
pub(super) fn Checks(ready: Memo<bool>, news: RwSignal<Option<CaptionNews>>) -> impl IntoView {
    let desk = Desk::here();
    let found = Ask::<Caption, _>::new(Policy::Latest, |found| {
        if let Captioned::Checked(findings) = found { Some(findings) } else { None }
    });
    let backend = Memo::new(move |_| desk.place.with(|place| place.backend));
    Effect::new(move |_| {
        // The first sentence comes first.
        if ready.get() && desk.life() == Life::Up {
            found.ask(desk.client, Caption::Check(backend.get()));
        }
    });
    let last = move || {
        let news = news.get().filter(|news| news.step == news.of)?;
        let exam = *news.exams.last()?;
        Some((exam.right as f32 / exam.of.max(1) as f32, news.step, news.seconds))
    };
    let verdict = move || last().map_or(Verdict::Open, |(share, ..)| Verdict::of(share >= ENOUGH));
    view! {
        <section class="card">
            <h2>{words!(checks.title)}</h2>
            {trouble_box(move || found.trouble())}
            <ul class="checks">
                {facts(words, move || found.answer.get().unwrap_or_default())}
                <Check id="trained-here" title=words!(caption.fact_trained) verdict=Signal::derive(verdict) how=words!(caption.fact_trained_how).into_any()>
                    <span>
                        {live::text(move || match last() {
                            Some((share, step, seconds)) => say!(caption.fact_trained_measured, right = number::percent(share), steps = step, seconds = format!("{seconds:.0}")),
                            None => say!(caption.fact_trained_todo).to_owned(),
                        })}
                    </span>
                </Check>
            </ul>
        </section>
    }
}

fn words(fact: CaptionFact) -> [Words; 2] {
    match fact {
        CaptionFact::BeamOfOne => [words!(caption.fact_beam), words!(caption.fact_beam_how)],
        CaptionFact::SumOfWords => [words!(caption.fact_sum), words!(caption.fact_sum_how)],
        CaptionFact::Carousel => [words!(caption.fact_carousel), words!(caption.fact_carousel_how)],
    }
}
