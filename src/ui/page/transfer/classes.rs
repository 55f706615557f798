//! The classes: their names and pictures, and how they are filled.

use super::save::save;
use super::state::TransferState;
use super::webcam::{finder, hold, webcam_button};
use crate::protocol::{ClassChange, OwnClass, Pixels, Transfer};
use crate::ui::widget::{Button, Card, FileButton, Icon, IconButton, PixelsView, no_pixels, trouble_box};
use crate::ui::{app, folder, live, number};
use leptos::prelude::*;
use web_sys::File;

/// Of a class; the others are there, and said to be.
const SHOWN: usize = 40;

pub(super) fn classes_card(state: TransferState) -> AnyView {
    let take = move |files: Vec<File>| state.bring(None, files.into_iter().map(folder::named).collect());
    let count = move || state.classes.with(|classes| classes.iter().map(|class| class.pictures.len()).sum::<usize>());
    let add = move |()| {
        let fresh = |at: usize| say!(transfer.new_class, number = at);
        let is_taken = |name: &String| state.classes.with_untracked(|all| all.iter().any(|class| class.name == *name));
        let name = (1..).map(fresh).find(|name| !is_taken(name));
        name.into_iter().for_each(|class| state.change(ClassChange::Add { class }));
    };
    view! {
        <Card id="transfer-classes" title=words!(transfer.classes) hint=words!(transfer.classes_hint)>
            <p class="sub">
                <span class="figure" data-testid="transfer-count" data-count=live::text(move || count().to_string())>
                    {live::text(move || say!(
                        transfer.counted,
                        classes = state.classes.with(Vec::len),
                        pictures = number::count(count() as u64)
                    ))}
                </span>
            </p>
            {finder(state)}
            <ul class="own-classes">
                {live::view(move || {
                    state.classes.get().into_iter().map(|class| one(state, class)).collect_view().into_any()
                })}
            </ul>
            <div class="row-acts wraps">
                <Button id="class-add" words=words!(transfer.add_class) on_press=add />
                <FileButton id="classes-folder" label=words!(transfer.folder) many=true folder=true on_files=take />
                <FileButton id="classes-files" label=words!(transfer.files) many=true on_files=take />
                {webcam_button(state)}
                <Button
                    id="classes-save"
                    icon=Icon::Download
                    words=words!(transfer.save_project)
                    off=move || state.classes.with(Vec::is_empty)
                    on_press=move |()| app().try_to(save(Transfer::SaveProject(state.settings())))
                />
                <Button id="classes-draw" words=words!(transfer.draw) on_press=move |()| state.draw() />
                <Button
                    id="classes-clear"
                    words=words!(transfer.clear)
                    off=move || state.classes.with(Vec::is_empty)
                    on_press=move |()| state.change(ClassChange::Clear)
                />
            </div>
            <p class="hint" data-testid="transfer-left" aria-live="polite">
                {live::maybe(move || left_out(state))}
            </p>
            {trouble_box(move || state.trouble.get())}
        </Card>
    }
    .into_any()
}

fn left_out(state: TransferState) -> Option<String> {
    state.left.with(|left| match (left.left_out, left.beyond) {
        (0, 0) => None,
        (0, beyond) => Some(say!(transfer.beyond, count = number::count(beyond))),
        (count, _) => Some(say!(transfer.left_out, count = number::count(count), first = left.first_left_out)),
    })
}

fn one(state: TransferState, class: OwnClass) -> AnyView {
    let OwnClass { name, pictures } = class;
    let of = StoredValue::new(name.clone());
    let rename = move |event| {
        let (class, name) = (of.get_value(), event_target_value(&event));
        if class != name {
            state.change(ClassChange::Rename { class, name });
        }
    };
    let take = move |files: Vec<File>| {
        state.bring(Some(of.get_value()), files.into_iter().map(folder::named).collect());
    };
    let chosen = move |()| {
        if let Some(picture) = app().chosen.get_untracked() {
            state.change(ClassChange::Tray { class: of.get_value(), pictures: vec![picture] });
        }
    };
    let count = pictures.len();
    let more = count.saturating_sub(SHOWN);
    view! {
        <li
            class="own-class"
            data-testid="own-class"
            data-name=name.clone()
            data-count=count.to_string()
            on:drop=move |_| state.over.set(Some(of.get_value()))
        >
            <div class="own-class-head">
                <input
                    type="text"
                    data-testid="class-name"
                    aria-label=live::text(|| say!(transfer.class_name).to_owned())
                    prop:value=name.clone()
                    on:change=rename
                />
                <span class="figure">{number::count(count as u64)}</span>
                <IconButton
                    id="class-drop"
                    icon=Icon::Close
                    label=live::text(move || say!(transfer.drop_class, class = of.get_value()))
                    on_press=move |()| state.change(ClassChange::Drop { class: of.get_value() })
                />
            </div>
            <ul class="own-pictures">
                {pictures.into_iter().take(SHOWN).map(|id| picture(state, of, id)).collect_view()}
            </ul>
            {(more > 0).then(|| view! {
                <p class="hint">{live::text(move || say!(transfer.more, count = number::count(more as u64)))}</p>
            })}
            <div class="row-acts wraps">
                {hold(state, of)}
                <FileButton id="class-files" label=words!(transfer.pictures) accept=Some("image/*") many=true on_files=take />
                <Button
                    id="class-chosen"
                    words=words!(transfer.take_chosen)
                    off=move || app().chosen.with(Option::is_none)
                    on_press=chosen
                />
            </div>
        </li>
    }
    .into_any()
}

fn picture(state: TransferState, class: StoredValue<String>, id: u32) -> AnyView {
    let pixels = move || thumbnail(state, id);
    let label = move || say!(transfer.remove, name = state.name_of(id), class = class.get_value());
    view! {
        <li>
            <button
                type="button"
                class="own-picture"
                data-testid="own-picture"
                data-picture=id.to_string()
                title=live::maybe(move || Some(label()))
                aria-label=live::text(label)
                on:click=move |_| state.change(ClassChange::Remove { pictures: vec![id] })
            >
                <PixelsView pixels=Signal::derive(pixels) />
            </button>
        </li>
    }
    .into_any()
}

pub(super) fn thumbnail(state: TransferState, id: u32) -> Pixels {
    state.pictures.with(|all| all.get(&id).map(|picture| picture.thumbnail.clone())).unwrap_or_else(no_pixels)
}
