//! The sentence, word by word with its probability, and what it was told to be.

use crate::protocol::{Said, SaidWord};
use crate::ui::{live, number};
use leptos::prelude::*;

/// What the end of a sentence is called in the vocabulary.
const END: &str = "<end>";

pub(super) fn sentence(said: Memo<Option<Said>>, active: RwSignal<Option<usize>>) -> impl IntoView {
    let words = move || {
        let Some(said) = said.get() else { return ().into_any() };
        said.words.into_iter().enumerate().map(|(at, word)| chip(at, word, active)).collect_view().into_any()
    };
    let others = move || {
        let word = said.with(|said| said.as_ref()?.words.get(active.get()?).cloned())?;
        let best = word.best.iter().map(|(word, p)| format!("{} {}", shown(word), number::percent(*p)));
        Some(say!(caption.others, word = shown(&word.word), best = best.collect::<Vec<_>>().join(", ")))
    };
    let right = move || said.with(|said| said.as_ref().map(|said| said.sentence == said.truth));
    let verdict = move || {
        let Some(said) = said.get() else { return String::new() };
        if said.sentence == said.truth {
            say!(caption.right).to_owned()
        } else {
            say!(caption.wrong, truth = said.truth)
        }
    };
    let held_out = move || said.with(|said| said.as_ref().is_some_and(|said| said.held_out.contains(&true)));
    let figures = move || {
        let said = said.get()?;
        let figures =
            (format!("{:.3}", said.log_p), number::percent(said.log_p.exp() as f32), number::millis(said.millis));
        Some(say!(caption.figures, log_p = figures.0, p = figures.1, time = figures.2))
    };
    view! {
        <p
            class="sentence"
            aria-live="polite"
            data-testid="sentence"
            data-sentence=live::text(move || said.with(|said| said.as_ref().map(|said| said.sentence.clone()).unwrap_or_default()))
            data-right=live::maybe(move || right().map(|right| right.to_string()))
            data-millis=live::maybe(move || said.with(|said| said.as_ref().map(|said| said.millis.to_string())))
        >
            {live::view(words)}
        </p>
        <p class="hint">{live::text(verdict)}</p>
        <p class="hint">{live::text(move || if held_out() { say!(caption.never_seen).to_owned() } else { String::new() })}</p>
        <p class="figure">{live::text(move || figures().unwrap_or_default())}</p>
        <p class="hint">{live::text(move || others().unwrap_or_else(|| say!(caption.hover_hint).to_owned()))}</p>
    }
}

fn shown(word: &str) -> String {
    if word == END { say!(caption.end).to_owned() } else { word.to_owned() }
}

/// A word with its probability; the picture shows where it comes from while it is pointed at.
fn chip(at: usize, word: SaidWord, active: RwSignal<Option<usize>>) -> AnyView {
    let p = word.log_p.exp();
    let pressed = move || Some(if active.get() == Some(at) { "true" } else { "false" });
    view! {
        <button
            type="button"
            class="said-word"
            data-testid="word"
            data-p=p.to_string()
            aria-pressed=live::name(pressed)
            on:pointerenter=move |_| active.set(Some(at))
            on:focus=move |_| active.set(Some(at))
            on:click=move |_| active.set(Some(at))
        >
            <span>{shown(&word.word)}</span>
            <i style:width=format!("{:.0}%", p * 100.0)></i>
            <small class="figure">{number::percent(p)}</small>
        </button>
    }
    .into_any()
}
