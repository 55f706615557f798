//! Why it works: short, with names and years, and what to try.

use leptos::prelude::*;

#[component]
pub(super) fn Why() -> impl IntoView {
    view! {
        <section class="card">
            <h2>{words!(why.title)}</h2>
            <p>{words!(fool.why_linear)}</p>
            <p>{words!(fool.why_attacks)}</p>
            <p>{words!(fool.why_nothing)}</p>
            <h3>{words!(why.try_title)}</h3>
            <ul class="try">
                <li>{words!(fool.try_epsilon)}</li>
                <li>{words!(fool.try_least)}</li>
                <li>{words!(fool.try_digit)}</li>
                <li>{words!(fool.try_invent)}</li>
            </ul>
        </section>
    }
}
