//! Why it works: short, with names and years, and what to try.

use crate::ui::lang::Words;
use leptos::prelude::*;

/// `children` stand between the texts and what to try.
#[component]
pub(crate) fn Why(
    texts: &'static [Words],
    tries: &'static [Words],
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <section class="card">
            <h2>{words!(why.title)}</h2>
            {texts.iter().map(|text| view! { <p>{*text}</p> }).collect_view()}
            {children.map(|children| children())}
            <h3>{words!(why.try_title)}</h3>
            <ul class="try">{tries.iter().map(|text| view! { <li>{*text}</li> }).collect_view()}</ul>
        </section>
    }
}
