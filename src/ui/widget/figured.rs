//! A sentence with its values set as figures; `show!` fills it.

use crate::ui::lang::{TextPiece, parts};
use leptos::prelude::*;

pub(crate) fn figured(text: &str, values: &[(&str, String)]) -> AnyView {
    parts(text)
        .map(|part| match part {
            TextPiece::Text(text) => text.to_owned().into_any(),
            TextPiece::Place(name) => {
                let value = values.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone());
                view! { <b class="figure">{value}</b> }.into_any()
            }
        })
        .collect_view()
        .into_any()
}
