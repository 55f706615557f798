//! The best classes as bars. The rows stand from the start, so that nothing moves when an answer comes.

use crate::protocol::{Classified, Prediction};
use crate::ui::{live, number, sentence};
use leptos::prelude::*;

const ROWS: usize = 5;

/// `fresh` is false while the answer shown is the one to an earlier question.
#[component]
pub(crate) fn Bars(
    #[prop(into)] answer: Signal<Option<Classified>>,
    #[prop(into)] fresh: Signal<bool>,
) -> impl IntoView {
    let first = move || answer.get().filter(|_| fresh.get()).and_then(|answer| answer.top.into_iter().next());
    view! {
        <ol class="bars" class:stale=live::flag(move || !fresh.get()) aria-label=words!(classify.results)>
            {(0..ROWS).map(|rank| view! { <Row rank answer fresh /> }).collect_view()}
        </ol>
        <p class="unseen" role="status">
            {live::maybe(move || {
                first()
                    .map(|first| {
                        let percent = number::percent(first.probability);
                        say!(classify.answer, label = sentence::label_of(&first), percent = percent)
                    })
            })}
        </p>
    }
}

#[component]
fn Row(rank: usize, answer: Signal<Option<Classified>>, fresh: Signal<bool>) -> impl IntoView {
    let prediction = Memo::new(move |_| answer.with(|answer| answer.as_ref()?.top.get(rank).cloned()));
    let with = move |read: fn(&Prediction) -> String| prediction.with(|row| row.as_ref().map(read));
    let label = move || prediction.with(|row| row.as_ref().map(|row| sentence::label_of(row).to_owned()));
    view! {
        <li
            class="bar-row"
            data-testid=live::name(move || {
                (fresh.get() && prediction.with(Option::is_some)).then_some("prediction")
            })
            data-label=live::maybe(move || with(|row| row.label.clone()))
            data-index=live::maybe(move || with(|row| row.index.to_string()))
            data-probability=live::maybe(move || with(|row| number::exact(row.probability)))
            title=live::maybe(move || with(|row| format!("logit {}", number::fixed(row.logit.into(), 3))))
        >
            <span class="bar-label">{live::maybe(label)}</span>
            <span class="bar" aria-hidden="true">
                <i style:width=live::text(move || {
                    format!("{}%", number::fixed(prediction.with(|row| row.as_ref().map_or(0.0, |row| 100.0 * f64::from(row.probability))), 2))
                })></i>
            </span>
            <span class="figure">{live::maybe(move || with(|row| number::percent(row.probability)))}</span>
        </li>
    }
}
