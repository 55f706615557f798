//! Why it works: short, with names and years, and what to try.

use leptos::prelude::*;

#[component]
pub(super) fn Why() -> impl IntoView {
    view! {
        <section class="card">
            <h2>{move || say!(why.title)}</h2>
            <p>{move || say!(why.idea)}</p>
            <p>{move || say!(why.who)}</p>
            <h3>{move || say!(why.try_title)}</h3>
            <ul class="try">
                <li>{move || say!(why.try_fit)}</li>
                <li>{move || say!(why.try_network)}</li>
                <li>{move || say!(why.try_backend)}</li>
            </ul>
        </section>
    }
}
