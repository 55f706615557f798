//! A failure in the person's language.

use crate::protocol::Trouble;
use crate::ui::{live, sentence};
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

/// Where there is one.
pub(crate) fn trouble_box(mut trouble: impl FnMut() -> Option<Trouble> + Send + 'static) -> AnyView {
    live::view(move || trouble().map(|trouble| view! { <TroubleBox trouble /> }).into_any()).into_any()
}
