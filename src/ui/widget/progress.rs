//! How far a job is, how long it still takes, and the way to stop it.

use crate::protocol::Progress;
use crate::ui::{live, number, sentence};
use leptos::prelude::*;

/// `title` says what is under way where that is not plain; `on_cancel` stops it.
#[component]
pub(crate) fn ProgressLine(
    #[prop(into)] title: String,
    #[prop(into)] progress: Signal<Option<Progress>>,
    on_cancel: impl Fn() + 'static,
) -> impl IntoView {
    let part = move || progress.get().filter(|progress| progress.of > 0).map(|p| p.done as f64 / p.of as f64);
    let percent = move || part().map(|part| number::fixed((part * 100.0).min(100.0), 0));
    let words = move || progress.get().map_or_else(|| say!(stage.waiting), |progress| sentence::stage(progress.stage));
    let label = title.clone();
    view! {
        <div class="progress" data-testid="progress" data-part=live::maybe(percent)>
            <div class="progress-words">
                <span class="progress-title">{title}</span>
                <span>{live::name(move || Some(words()))}</span>
                <span class="figure">{live::maybe(move || progress.get().and_then(|progress| sentence::amount(&progress)))}</span>
                <span class="figure">{live::maybe(move || progress.get().and_then(|progress| sentence::time_left(&progress)))}</span>
            </div>
            <div
                class="track"
                class:unknown=live::flag(move || part().is_none())
                role="progressbar"
                aria-label=label
                aria-valuemin="0"
                aria-valuemax="100"
                aria-valuenow=live::maybe(percent)
            >
                <i style:width=live::text(move || format!("{}%", percent().unwrap_or_default()))></i>
            </div>
            <button type="button" class="btn" data-testid="cancel" on:click=move |_| on_cancel()>
                {words!(app.cancel)}
            </button>
        </div>
    }
}
