//! A button that opens the browser's dialog for files.

use super::Icon;
use crate::ui::{Words, live};
use leptos::prelude::*;
use web_sys::{File, HtmlInputElement};

/// `accept` is what the dialog offers, `folder` that it is for a whole one. `id` names the input for tests.
#[component]
pub(crate) fn FileButton(
    id: &'static str,
    label: Words,
    #[prop(default = None)] hint: Option<Words>,
    #[prop(default = None)] accept: Option<&'static str>,
    #[prop(optional)] many: bool,
    #[prop(optional)] folder: bool,
    #[prop(into)] on_files: Callback<Vec<File>>,
) -> impl IntoView {
    let take = move |event| {
        let files = chosen(&event_target(&event));
        if !files.is_empty() {
            on_files.run(files);
        }
    };
    view! {
        <label class="btn" title=live::name(move || hint.map(|hint| hint()))>
            <input
                type="file"
                class="unseen"
                multiple=many
                accept=accept
                prop:webkitdirectory=folder
                data-testid=id
                on:change=take
            />
            <Icon of=Icon::File />
            {label}
        </label>
    }
}

/// The files that were just chosen in an input; the same ones can be chosen again.
fn chosen(input: &HtmlInputElement) -> Vec<File> {
    let files = input
        .files()
        .map(|files| (0..files.length()).filter_map(|place| files.get(place)).collect())
        .unwrap_or_default();
    input.set_value("");
    files
}
