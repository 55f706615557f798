//! A picture from an address that the person gives.

use super::modal::Modal;
use crate::ui::desk::Desk;
use leptos::html::Input;
use leptos::prelude::*;

#[component]
pub(super) fn AddressDialog(open: RwSignal<bool>) -> impl IntoView {
    view! {
        <Modal open title=words!(tray.url_title)>
            <AddressForm open />
        </Modal>
    }
}

#[component]
fn AddressForm(open: RwSignal<bool>) -> impl IntoView {
    let desk = Desk::here();
    let field = NodeRef::<Input>::new();
    Effect::new(move |_| {
        if let Some(field) = field.get() {
            let _ = field.focus();
        }
    });
    view! {
        <form
            on:submit=move |event| {
                event.prevent_default();
                if let Some(field) = field.get_untracked() {
                    desk.take_address(field.value().trim().to_owned());
                }
                open.set(false);
            }
        >
            <label class="field">
                <span>{words!(tray.url_label)}</span>
                <input
                    node_ref=field
                    type="url"
                    required
                    placeholder="https://"
                    pattern="https?://.+"
                    data-testid="url-input"
                />
            </label>
            <p class="hint">{words!(tray.url_hint)}</p>
            <div class="acts">
                <button type="submit" class="btn main" data-testid="url-add">
                    {words!(tray.url_add)}
                </button>
            </div>
        </form>
    }
}
