//! Why it works: short, with names and years, and what to try.

use leptos::prelude::*;

#[component]
pub(super) fn Why() -> impl IntoView {
    view! {
        <section class="card">
            <h2>{words!(why.title)}</h2>
            <p>{words!(speed.why_limit)}</p>
            <p>{words!(speed.why_roofline)}</p>
            <p>{words!(speed.why_clock)}</p>
            <h3>{words!(why.try_title)}</h3>
            <ul class="try">
                <li>{words!(speed.try_depthwise)}</li>
                <li>{words!(speed.try_small)}</li>
                <li>{words!(speed.try_network)}</li>
            </ul>
        </section>
    }
}
