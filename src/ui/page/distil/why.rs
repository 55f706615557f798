//! Why it works: short, with names and years, and what to try.

use leptos::prelude::*;

#[component]
pub(super) fn Why() -> impl IntoView {
    view! {
        <section class="card">
            <h2>{words!(why.title)}</h2>
            <p>{words!(distil.why_dark)}</p>
            <p>{words!(distil.why_heat)}</p>
            <p>{words!(distil.why_who)}</p>
            <h3>{words!(why.try_title)}</h3>
            <ul class="try">
                <li>{words!(distil.try_temperature)}</li>
                <li>{words!(distil.try_weight)}</li>
                <li>{words!(distil.try_omit)}</li>
                <li>{words!(distil.try_digits)}</li>
            </ul>
        </section>
    }
}
