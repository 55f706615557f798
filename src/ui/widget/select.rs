//! A list to choose from.

use crate::protocol::Prediction;
use crate::ui::{Choice, Words, choice, live, sentence};
use leptos::prelude::*;

/// `options` are the value and its text; `id` names the list for tests.
#[component]
pub(crate) fn Select(
    #[prop(into)] id: String,
    label: Words,
    #[prop(into)] options: Signal<Vec<(String, String)>>,
    #[prop(into)] chosen: Signal<String>,
    #[prop(into)] on_choose: Callback<String>,
    #[prop(into, optional)] disabled: Signal<bool>,
) -> impl IntoView {
    let option = move |(value, text): (String, String)| {
        let here = value.clone();
        view! {
            <option value=value prop:selected=live::flag(move || chosen.with(|chosen| *chosen == here))>
                {text}
            </option>
        }
    };
    view! {
        <label class="field">
            <span>{label}</span>
            <select
                data-testid=id
                prop:disabled=live::flag(move || disabled.get())
                on:change=move |event| on_choose.run(event_target_value(&event))
            >
                {live::view(move || options.get().into_iter().map(option).collect_view().into_any())}
            </select>
        </label>
    }
}

/// All that there is of `C`, for a [`Select`].
pub(crate) fn options_of<C: Choice>() -> Signal<Vec<(String, String)>> {
    Signal::derive(|| choice::rows::<C>().into_iter().map(|(key, text)| (key.to_owned(), text().to_owned())).collect())
}

/// A class among those that are known, one that is in no list, or none: `any` says what that means.
#[component]
pub(crate) fn ClassSelect(
    id: &'static str,
    label: Words,
    any: Words,
    #[prop(into)] known: Signal<Vec<Prediction>>,
    #[prop(into)] chosen: Signal<Option<u32>>,
    #[prop(into)] on_choose: Callback<Option<u32>>,
) -> impl IntoView {
    let options = Signal::derive(move || {
        let known = known.get();
        let other = chosen.get().filter(|chosen| known.iter().all(|prediction| prediction.index != *chosen));
        let listed = known.iter().map(|one| (one.index.to_string(), sentence::label_of(one).to_owned()));
        let other = other.map(|class| (class.to_string(), format!("# {class}")));
        std::iter::once((String::new(), any().to_owned())).chain(listed).chain(other).collect::<Vec<_>>()
    });
    let chosen = Signal::derive(move || chosen.get().map(|class| class.to_string()).unwrap_or_default());
    view! { <Select id label options chosen on_choose=move |class: String| on_choose.run(class.parse().ok()) /> }
}
