//! Why it works: short, with names and years, and what to try; of the network that is chosen, whose it is.

use crate::ui::desk::Desk;
use crate::ui::live;
use leptos::prelude::*;

#[component]
pub(super) fn Why() -> impl IntoView {
    let preset = Desk::here().training().preset();
    view! {
        <section class="card">
            <h2>{words!(why.title)}</h2>
            <p>{words!(train.why_idea)}</p>
            <p>{words!(train.why_who)}</p>
            {live::view(move || {
                let named = preset.get().filter(|preset| !preset.paper.is_empty());
                named.map(|preset| view! { <p><b>{preset.title}</b> ": " {preset.paper} "."</p> }).into_any()
            })}
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
