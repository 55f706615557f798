//! How far a job is, how long it still takes, and the way to stop it.

use super::Button;
use crate::protocol::Progress;
use crate::ui::live::{self, Live};
use crate::ui::{number, sentence};
use leptos::prelude::*;

/// `title` says what is under way where that is not plain; `on_cancel` stops it.
#[component]
pub(crate) fn ProgressLine(
    #[prop(into)] title: String,
    #[prop(into)] progress: Signal<Option<Progress>>,
    #[prop(into)] on_cancel: Callback<()>,
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
            {track(live::text(move || label.clone()), Signal::derive(percent))}
            <Button id="cancel" words=words!(app.cancel) on_press=on_cancel />
        </div>
    }
}

/// A bar that is `percent` full; it moves where nobody knows how full it is.
pub(crate) fn track(label: Live<String>, percent: Signal<Option<String>>) -> AnyView {
    view! {
        <div
            class="track"
            class:unknown=live::flag(move || percent.with(Option::is_none))
            role="progressbar"
            aria-label=label
            aria-valuemin="0"
            aria-valuemax="100"
            aria-valuenow=live::maybe(move || percent.get())
        >
            <i style:width=live::text(move || format!("{}%", percent.get().unwrap_or_default()))></i>
        </div>
    }
    .into_any()
}
