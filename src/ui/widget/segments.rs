//! One of a few, all in sight: radio buttons that look like one control.

use crate::ui::lang::Words;
use crate::ui::live;
use leptos::prelude::*;

/// `choices` are the value, its name in the address, and its text.
#[component]
pub(crate) fn Segments<T: Copy + PartialEq + Send + Sync + 'static>(
    name: &'static str,
    label: Words,
    choices: Vec<(T, &'static str, Words)>,
    #[prop(into)] chosen: Signal<T>,
    on_choose: impl Fn(T) + Copy + Send + 'static,
) -> impl IntoView {
    let radios = choices
        .into_iter()
        .map(|(value, word, text)| {
            view! {
                <label>
                    <input
                        type="radio"
                        class="unseen"
                        name=name
                        value=word
                        data-testid=format!("{name}-{word}")
                        prop:checked=live::flag(move || chosen.get() == value)
                        on:change=move |_| on_choose(value)
                    />
                    <span>{text}</span>
                </label>
            }
        })
        .collect_view();
    view! {
        <fieldset class="field">
            <legend>{label}</legend>
            <div class="segments">{radios}</div>
        </fieldset>
    }
}
