//! One of a few, all in sight: radio buttons that look like one control.

use crate::ui::choice::rows;
use crate::ui::{Choice, Words, live};
use leptos::prelude::*;

/// All that there is of `C`. `name` names the buttons, for tests too.
#[component]
pub(crate) fn Segments<C: Choice>(
    name: &'static str,
    label: Words,
    #[prop(into)] chosen: Signal<C>,
    on_choose: impl Fn(C) + Send + Sync + 'static,
) -> impl IntoView {
    let chosen = Signal::derive(move || chosen.get().key());
    let on_choose = Callback::new(move |key| C::from_key(key).into_iter().for_each(&on_choose));
    view! { <SegmentsOf name label rows={rows::<C>()} chosen on_choose /> }
}

/// `rows` are the keys and their texts.
#[component]
pub(crate) fn SegmentsOf(
    name: &'static str,
    label: Words,
    rows: Vec<(&'static str, Words)>,
    #[prop(into)] chosen: Signal<&'static str>,
    #[prop(into)] on_choose: Callback<&'static str>,
) -> impl IntoView {
    let radio = |(key, text): (&'static str, Words)| {
        view! {
            <label>
                <input
                    type="radio"
                    class="unseen"
                    name=name
                    value=key
                    data-testid=format!("{name}-{key}")
                    prop:checked=live::flag(move || chosen.get() == key)
                    on:change=move |_| on_choose.run(key)
                />
                <span>{text}</span>
            </label>
        }
    };
    view! {
        <fieldset class="field">
            <legend>{label}</legend>
            <div class="segments">{rows.into_iter().map(radio).collect_view()}</div>
        </fieldset>
    }
}
