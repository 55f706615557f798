//! Which line of a chart is which.

use leptos::prelude::*;

/// A row for each line: the classes of the style sheet with which it is drawn (`run-0`; `run-5 second` is dashed), and its
/// name, with a figure behind it where there is one.
pub(crate) fn legend<C: Into<String>, N: IntoAny>(rows: impl IntoIterator<Item = (C, N)>) -> AnyView {
    drawn(rows.into_iter().map(|(class, name)| (class.into(), name.into_any())).collect())
}

/// One copy of the code for all kinds of names.
fn drawn(rows: Vec<(String, AnyView)>) -> AnyView {
    let one = |(class, name): (String, AnyView)| view! { <li><i class=class aria-hidden="true"></i>{name}</li> };
    view! { <ul class="legend lines-legend">{rows.into_iter().map(one).collect_view()}</ul> }.into_any()
}
