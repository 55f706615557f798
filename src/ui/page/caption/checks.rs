//! How we know: what must hold of the decoders and of the LSTM, measured on this device.

use crate::protocol::{Caption, CaptionFact, CaptionFinding, CaptionNews, Captioned};
use crate::ui::ask::{Ask, Policy};
use crate::ui::desk::{Desk, Life};
use crate::ui::lang::Words;
use crate::ui::widget::{Check, Measurement, TroubleBox, Verdict};
use crate::ui::{live, number};
use leptos::prelude::*;

struct Row {
    fact: CaptionFact,
    id: &'static str,
    title: Words,
    how: Words,
}

static ROWS: [Row; 3] = [
    Row {
        fact: CaptionFact::BeamOfOne,
        id: "beam-of-one",
        title: words!(caption.fact_beam),
        how: words!(caption.fact_beam_how),
    },
    Row {
        fact: CaptionFact::SumOfWords,
        id: "sum-of-words",
        title: words!(caption.fact_sum),
        how: words!(caption.fact_sum_how),
    },
    Row {
        fact: CaptionFact::Carousel,
        id: "carousel",
        title: words!(caption.fact_carousel),
        how: words!(caption.fact_carousel_how),
    },
];

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
    let row = move |row: &'static Row| {
        let of = Memo::new(move |_| {
            let all = found.answer.get().unwrap_or_default();
            all.into_iter().filter(|finding| finding.fact == row.fact).collect::<Vec<CaptionFinding>>()
        });
        let verdict = move || match of.get().as_slice() {
            [] => Verdict::Open,
            findings => Verdict::of(findings.iter().all(|finding| finding.holds())),
        };
        view! {
            <Check id=row.id title=row.title verdict=Signal::derive(verdict) how=row.how.into_any()>
                {live::view(move || of.get().into_iter().map(measured).collect_view().into_any())}
            </Check>
        }
    };
    let last = move || {
        let news = news.get().filter(|news| news.step == news.of)?;
        let exam = *news.exams.last()?;
        Some((exam.right as f32 / exam.of.max(1) as f32, news.step, news.seconds))
    };
    let verdict = move || last().map_or(Verdict::Open, |(share, ..)| Verdict::of(share >= ENOUGH));
    view! {
        <section class="card">
            <h2>{words!(checks.title)}</h2>
            {live::view(move || found.trouble().map(|trouble| view! { <TroubleBox trouble /> }).into_any())}
            <ul class="checks">
                {ROWS.iter().map(row).collect_view()}
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

fn measured(finding: CaptionFinding) -> AnyView {
    let CaptionFinding { backend, measured, expected, limit, .. } = finding;
    Measurement { backend, measured, expected, limit }.view()
}
