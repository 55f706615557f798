//! How well it is said: BLEU of the network beside that of one caption for all, and captions beside what people said.

use crate::protocol::{Learnt, SpokenCaption};
use crate::ui::widget::PixelsView;
use crate::ui::{Words, app, live, number};
use leptos::prelude::*;

/// Validation pictures that are shown.
const SHOWN: usize = 12;

#[component]
pub(super) fn Results() -> impl IntoView {
    let learnt = app().own_captions().learnt;
    live::view(move || learnt.get().map(results).into_any())
}

fn results(learnt: Learnt) -> impl IntoView {
    let (pictures, shown) = (learnt.spoken.len() as u64, learnt.spoken.len().min(SHOWN));
    let (frequent, times) = (learnt.frequent.clone(), number::count(u64::from(learnt.frequent_count)));
    let (epoch, words) = (learnt.best_epoch.to_string(), number::count(u64::from(learnt.words)));
    let damaged = (learnt.damaged > 0).then(|| {
        let (count, first) = (number::count(u64::from(learnt.damaged)), learnt.first_damaged.clone());
        let text = move || say!(caption.own_damaged, count = count, first = first);
        view! { <p class="hint" data-testid="own-damaged">{live::text(text)}</p> }
    });
    let head = (1..=4).map(|n| view! { <th scope="col">{format!("BLEU-{n}")}</th> }).collect_view();
    view! {
        <h3>{live::text(move || say!(caption.own_bleu, count = number::count(pictures)))}</h3>
        <div class="scroll">
            <table class="pupils" data-testid="own-bleu">
                <thead>
                    <tr>
                        <th></th>
                        {head}
                    </tr>
                </thead>
                <tbody>
                    {row("greedy", words!(caption.own_greedy), learnt.greedy)}
                    {row("beam", words!(caption.own_beam), learnt.beam)}
                    {row("baseline", words!(caption.own_baseline), learnt.baseline)}
                </tbody>
            </table>
        </div>
        <p class="hint">
            {live::view(move || show!(caption.own_frequent, caption = frequent.clone(), times = times.clone(), epoch = epoch.clone(), words = words.clone()))}
        </p>
        {damaged}
        <ul class="own-spoken">{learnt.spoken.into_iter().take(shown).map(spoken).collect_view()}</ul>
    }
}

fn row(kind: &'static str, name: Words, scores: [f64; 4]) -> AnyView {
    let cell = |score: f64| view! { <td class="figure" data-value=score.to_string()>{format!("{score:.1}")}</td> };
    view! {
        <tr data-testid=format!("own-bleu-{kind}")>
            <th scope="row">{name}</th>
            {scores.map(cell).into_iter().collect_view()}
        </tr>
    }
    .into_any()
}

fn spoken(spoken: SpokenCaption) -> AnyView {
    let SpokenCaption { picture, preview, beam, references, .. } = spoken;
    let shown = preview.map(|pixels| {
        let pixels = Signal::stored(pixels);
        view! { <PixelsView pixels label=picture.clone() /> }
    });
    view! {
        <li data-testid="own-spoken" title=picture.clone()>
            {shown}
            <div>
                <p>{beam}</p>
                <p class="hint">{references.join(" · ")}</p>
            </div>
        </li>
    }
    .into_any()
}
