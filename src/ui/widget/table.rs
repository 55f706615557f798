//! A table of figures.

use crate::ui::{Words, live};
use leptos::prelude::*;

/// It scrolls where it is wider than its place. `label` names it for those who do not see it, `class` is the style sheet's, `rows` are
/// its `tr`, the first cell of each a `th`.
pub(crate) fn figure_table(
    label: Words,
    class: &'static str,
    columns: impl IntoIterator<Item = Words>,
    rows: impl IntoAny,
) -> AnyView {
    framed(label, class, columns.into_iter().collect(), rows.into_any())
}

/// One copy of the code for all tables.
fn framed(label: Words, class: &'static str, columns: Vec<Words>, rows: AnyView) -> AnyView {
    let column = |words: Words| view! { <th scope="col">{words}</th> };
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label=live::text(move || label().to_owned())>
            <table class=format!("pupils {class}")>
                <thead>
                    <tr>{columns.into_iter().map(column).collect_view()}</tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}
