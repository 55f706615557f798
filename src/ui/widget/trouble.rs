//! A failure in the person's language.

use crate::protocol::Trouble;
use crate::ui::live;
use crate::ui::sentence;
use leptos::prelude::*;

#[component]
pub(crate) fn TroubleBox(trouble: Trouble) -> impl IntoView {
    let kind = sentence::kind(&trouble);
    view! {
        <p class="trouble" role="alert" data-testid="trouble" data-kind=kind>
            {live::text(move || sentence::trouble(&trouble))}
        </p>
    }
}
