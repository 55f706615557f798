//! Why it works: short, with names and years, and what to try.

use leptos::prelude::*;

#[component]
pub(super) fn Why() -> impl IntoView {
    view! {
        <section class="card">
            <h2>{words!(why.title)}</h2>
            <p>{words!(why.idea)}</p>
            <p>{words!(why.who)}</p>
            <h3>{words!(why.try_title)}</h3>
            <ul class="try">
                <li>{words!(why.try_fit)}</li>
                <li>{words!(why.try_network)}</li>
                <li>{words!(why.try_backend)}</li>
            </ul>
        </section>
    }
}
