//! Why it works: short, with names and years, and what to try.

use leptos::prelude::*;

#[component]
pub(super) fn Why() -> impl IntoView {
    view! {
        <section class="card">
            <h2>{words!(why.title)}</h2>
            <p>{words!(train.why_idea)}</p>
            <p>{words!(train.why_who)}</p>
            <h3>{words!(why.try_title)}</h3>
            <ul class="try">
                <li>{words!(train.try_rate)}</li>
                <li>{words!(train.try_seed)}</li>
                <li>{words!(train.try_data)}</li>
                <li>{words!(train.try_layer)}</li>
            </ul>
        </section>
    }
}
