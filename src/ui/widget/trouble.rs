//! A failure in the person's language.

use crate::protocol::Trouble;
use crate::ui::sentence;
use leptos::prelude::*;

#[component]
pub(crate) fn TroubleBox(trouble: Trouble) -> impl IntoView {
    view! {
        <p class="trouble" role="alert" data-testid="trouble" data-kind=sentence::kind(&trouble)>
            {sentence::trouble(&trouble)}
        </p>
    }
}
