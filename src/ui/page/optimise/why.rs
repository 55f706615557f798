//! Why it works: short, with names and years, and what to try.

use leptos::prelude::*;

#[component]
pub(super) fn Why() -> impl IntoView {
    view! {
        <section class="card">
            <h2>{words!(why.title)}</h2>
            <p>{words!(optimise.why_steps)}</p>
            <p>{words!(optimise.why_rules)}</p>
            <p>{words!(optimise.why_deep)}</p>
            <h3>{words!(why.try_title)}</h3>
            <ul class="try">
                <li>{words!(optimise.try_rate)}</li>
                <li>{words!(optimise.try_saddle)}</li>
                <li>{words!(optimise.try_sigmoid)}</li>
                <li>{words!(optimise.try_residual)}</li>
            </ul>
        </section>
    }
}
