//! Why it works: short, with names and years, and what to try.

use leptos::prelude::*;

#[component]
pub(super) fn Why() -> impl IntoView {
    view! {
        <section class="card">
            <h2>{words!(why.title)}</h2>
            <p>{words!(caption.why_tell)}</p>
            <p>{words!(caption.why_lstm)}</p>
            <p>{words!(caption.why_new)}</p>
            <h3>{words!(why.try_title)}</h3>
            <ul class="try">
                <li>{words!(caption.try_move)}</li>
                <li>{words!(caption.try_overlap)}</li>
                <li>{words!(caption.try_sample)}</li>
                <li>{words!(caption.try_gates)}</li>
            </ul>
        </section>
    }
}
