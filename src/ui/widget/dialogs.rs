//! Dialogs over the page, and what brings pictures through them: an address, the webcam.

use super::camera::Camera;
use super::{Button, Icon, IconButton};
use crate::ui::{Words, app, live};
use leptos::ev::SubmitEvent;
use leptos::html::{Dialog, Input};
use leptos::prelude::*;

#[component]
pub(super) fn Modal(open: RwSignal<bool>, title: Words, children: ChildrenFn) -> impl IntoView {
    let dialog = NodeRef::<Dialog>::new();
    Effect::new(move |_| {
        let Some(dialog) = dialog.get() else {
            return;
        };
        match (open.get(), dialog.open()) {
            // Refused only where it is open already.
            (true, false) => {
                app().parts.later.want();
                drop(dialog.show_modal());
            }
            (false, true) => dialog.close(),
            (true, true) | (false, false) => {}
        }
    });
    view! {
        <dialog node_ref=dialog aria-label=title on:close=move |_| open.set(false)>
            <header>
                <h2>{title}</h2>
                <IconButton
                    icon=Icon::Close
                    label=live::text(|| say!(app.close).to_owned())
                    on_press=move |()| open.set(false)
                />
            </header>
            // Made anew each time, so that nothing of the last time is left, a running camera least of all.
            {live::view(move || open.get().then(|| children()).into_any())}
        </dialog>
    }
}

/// Of a picture.
pub(super) fn address_dialog(open: RwSignal<bool>) -> impl IntoView {
    view! {
        <Modal open title=words!(tray.url_title)>{app().parts.later.show(move |later| (later.address)(open))}</Modal>
    }
}

pub(crate) fn address_form(open: RwSignal<bool>) -> AnyView {
    let take = move |address| {
        app().take_address(address);
        open.set(false);
    };
    view! {
        <AddressForm label=words!(tray.url_label) id="url-input" hint=words!(tray.url_hint) has_focus=true on_address=take>
                <div class="acts">
                    <button type="submit" class="btn main" data-testid="url-add">
                        {words!(tray.url_add)}
                    </button>
                </div>
        </AddressForm>
    }
    .into_any()
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

pub(super) fn camera_dialog(open: RwSignal<bool>) -> impl IntoView {
    view! {
        <Modal open title=words!(tray.camera_title)>{app().parts.later.show(move |later| (later.camera)(open))}</Modal>
    }
}

pub(crate) fn viewfinder(open: RwSignal<bool>) -> AnyView {
    let camera = Camera::open();
    let shoot = move |()| {
        if let Some(image) = camera.frame(None) {
            let name = camera_name();
            app().take_pixels(name, &image);
            open.set(false);
        }
    };
    view! {
        {camera.view()}
        <p class="hint">{words!(tray.camera_hint)}</p>
        <div class="acts">
            <Button
                id="camera-take"
                class="btn main"
                words=words!(tray.camera_take)
                off=move || !camera.is_running()
                on_press=shoot
            />
        </div>
    }
    .into_any()
}

/// With the time of day, so that several stay apart in the tray.
fn camera_name() -> String {
    let time = js_sys::Date::new_0();
    let name = untrack(|| say!(tray.camera_name));
    format!("{name} {:02}:{:02}:{:02}", time.get_hours(), time.get_minutes(), time.get_seconds())
}
