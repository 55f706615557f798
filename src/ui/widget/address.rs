//! An address that the person gives.

use super::modal::Modal;
use crate::ui::{Words, app};
use leptos::ev::SubmitEvent;
use leptos::html::Input;
use leptos::prelude::*;

/// Of a picture.
#[component]
pub(super) fn AddressDialog(open: RwSignal<bool>) -> impl IntoView {
    let take = move |address| {
        app().take_address(address);
        open.set(false);
    };
    view! {
        <Modal open title=words!(tray.url_title)>
            <AddressForm label=words!(tray.url_label) id="url-input" hint=words!(tray.url_hint) has_focus=true on_address=take>
                <div class="acts">
                    <button type="submit" class="btn main" data-testid="url-add">
                        {words!(tray.url_add)}
                    </button>
                </div>
            </AddressForm>
        </Modal>
    }
}

/// The children send it off. `id` names the field for tests.
#[component]
pub(crate) fn AddressForm(
    #[prop(optional)] class: Option<&'static str>,
    label: Words,
    id: &'static str,
    #[prop(default = "https://")] placeholder: &'static str,
    #[prop(optional)] hint: Option<Words>,
    #[prop(optional)] has_focus: bool,
    #[prop(into)] on_address: Callback<String>,
    children: Children,
) -> impl IntoView {
    let field = NodeRef::<Input>::new();
    Effect::new(move |_| {
        if let Some(field) = field.get().filter(|_| has_focus) {
            let _ = field.focus();
        }
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if let Some(field) = field.get_untracked() {
            on_address.run(field.value().trim().to_owned());
        }
    };
    view! {
        <form class=class on:submit=submit>
            <label class="field">
                <span>{label}</span>
                <input
                    node_ref=field
                    type="url"
                    required
                    placeholder=placeholder
                    pattern="https?://.+"
                    data-testid=id
                />
            </label>
            {hint.map(|hint| view! { <p class="hint">{hint}</p> })}
            {children()}
        </form>
    }
}
