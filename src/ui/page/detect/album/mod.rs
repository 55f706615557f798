//! Boxes of one's own: pictures come in, boxes are drawn on them or brought, and both are learnt from.

mod draw;
mod sheet;
mod state;

pub(super) use state::AlbumState;

use super::settings::DetectSettings;
use crate::protocol::{AlbumChange, BoxFormat, BoxedPicture, Detect, DetectTask, Detected, Exported, Trouble};
use crate::ui::client::unexpected;
use crate::ui::widget::{Button, Card, FileButton, Icon, IconButton, PixelsView, no_pixels, trouble_box};
use crate::ui::{PageSettings, Words, app, folder, live, number};
use leptos::prelude::*;
use sheet::editor;
use web_sys::File;

/// Scenes that one press adds.
const SCENES: u32 = 10;
/// Pictures in the strip; the others are there, and said to be.
const SHOWN: usize = 120;

async fn save(format: BoxFormat) -> Result<(), Trouble> {
    match app().client.answer(Detect::Write(format)).await? {
        Detected::Saved(Exported { name, bytes }) => folder::save(&name, &bytes),
        _ => return Err(unexpected("Write")),
    }
    Ok(())
}

pub(super) fn album_card(settings: Memo<DetectSettings>) -> AnyView {
    let state = app().boxes();
    let take = move |files: Vec<File>| state.bring(files.into_iter().map(folder::named).collect());
    let is_empty = Memo::new(move |_| state.album.with(|album| album.pictures.is_empty()));
    let chosen = move |()| {
        let Some(id) = app().chosen.get_untracked() else { return };
        let name = app().item(id).map(|item| item.name).unwrap_or_default();
        state.change(AlbumChange::Tray(vec![(id, name)]));
    };
    let scenes = move |()| {
        let first = settings.with_untracked(|settings| settings.task.scene).min(DetectTask::MEASURED - SCENES);
        state.change(AlbumChange::Scenes { first, count: SCENES });
    };
    let format = move |id: &'static str, words: Words, format: BoxFormat| {
        view! {
            <Button id icon=Icon::Download words off=move || is_empty.get() on_press=move |()| app().try_to(save(format)) />
        }
    };
    view! {
        <Card id="detect-own" title=words!(detect.own) hint=words!(detect.own_hint)>
            <div class="row-acts wraps">
                <FileButton id="boxes-files" label=words!(detect.own_files) many=true on_files=take />
                <FileButton id="boxes-folder" label=words!(detect.own_folder) many=true folder=true on_files=take />
                <Button
                    id="boxes-chosen"
                    words=words!(detect.own_chosen)
                    off=move || app().chosen.with(Option::is_none)
                    on_press=chosen
                />
                <Button id="boxes-scenes" words=words!(detect.own_scenes) on_press=scenes />
            </div>
            <p class="sub" data-testid="boxes-count" data-count=live::text(move || state.boxes().to_string())>
                {live::maybe(move || (!is_empty.get()).then(|| counted(state)))}
            </p>
            <p class="hint" aria-live="polite" data-testid="boxes-left">{live::maybe(move || left_out(state))}</p>
            {trouble_box(move || state.trouble.get())}
            {live::view(move || match is_empty.get() {
                true => view! { <p class="detect-empty">{words!(detect.own_empty)}</p> }.into_any(),
                false => view! { {strip(state)} {editor(state)} }.into_any(),
            })}
            <div class="row-acts wraps">
                {format("boxes-coco", words!(detect.own_coco), BoxFormat::Coco)}
                {format("boxes-voc", words!(detect.own_voc), BoxFormat::Voc)}
                {format("boxes-yolo", words!(detect.own_yolo), BoxFormat::Yolo)}
                <Button
                    id="boxes-clear"
                    words=words!(detect.own_clear)
                    off=move || is_empty.get()
                    on_press=move |()| state.change(AlbumChange::Clear)
                />
            </div>
        </Card>
    }
    .into_any()
}

fn counted(state: AlbumState) -> String {
    let (pictures, classes) = state.album.with(|album| (album.pictures.len(), album.classes.len()));
    let boxes = number::count(state.boxes() as u64);
    let held = pictures / 5;
    say!(detect.own_counted, pictures = number::count(pictures as u64), boxes = boxes, classes = classes, held = held)
}

fn left_out(state: AlbumState) -> Option<String> {
    state.album.with(|album| match (album.left_out, album.absent) {
        (0, 0) => None,
        (0, absent) => Some(say!(detect.own_absent, count = number::count(absent))),
        (count, _) => Some(say!(detect.own_left, count = number::count(count), first = album.first_left_out)),
    })
}

/// All pictures, small, each with how many boxes it has.
fn strip(state: AlbumState) -> AnyView {
    let one = move |picture: BoxedPicture| {
        let BoxedPicture { id, name, boxes, .. } = picture;
        let pixels = move || state.previews.with(|all| all.get(&id).cloned()).unwrap_or_else(no_pixels);
        let count = boxes.len();
        let label = say!(detect.own_picture, name = name, count = count);
        view! {
            <li>
                <button
                    type="button"
                    class="boxed-picture"
                    data-testid="boxed-picture"
                    data-boxes=count.to_string()
                    aria-label=label.clone()
                    title=label
                    aria-pressed=live::text(move || (state.at() == Some(id)).to_string())
                    on:click=move |_| state.choose(id)
                >
                    <PixelsView pixels=Signal::derive(pixels) />
                    <span class="figure">{count}</span>
                </button>
            </li>
        }
    };
    let more = move || {
        let beyond = state.album.with(|album| album.pictures.len().saturating_sub(SHOWN));
        (beyond > 0).then(|| say!(detect.own_more, count = number::count(beyond as u64)))
    };
    view! {
        <ul class="boxed-pictures">
            {live::view(move || {
                let pictures = state.album.with(|album| album.pictures.iter().take(SHOWN).cloned().collect::<Vec<_>>());
                pictures.into_iter().map(one).collect_view().into_any()
            })}
        </ul>
        <p class="hint">{live::maybe(more)}</p>
    }
    .into_any()
}

/// The classes: their names, the one that new boxes get, and a place for another one.
fn classes(state: AlbumState) -> AnyView {
    let one = move |(at, name): (usize, String)| {
        let class = at as u32;
        let label = say!(detect.own_drop_class, class = name);
        view! {
            <li class="boxed-class">
                <label class="tick">
                    <input
                        type="radio"
                        name="boxed-class"
                        data-testid="boxed-class"
                        prop:checked=live::flag(move || state.class.get() == class)
                        aria-label=say!(detect.own_draws, class = name)
                        on:change=move |_| state.class.set(class)
                    />
                    <i class=format!("detect-box detect-{}", at % super::board::COLOURS) aria-hidden="true"></i>
                </label>
                <input
                    type="text"
                    data-testid="boxed-name"
                    aria-label=live::text(|| say!(detect.own_class).to_owned())
                    prop:value=name
                    on:change=move |event| state.rename(class, event_target_value(&event))
                />
                <IconButton
                    id="boxed-drop"
                    icon=Icon::Close
                    label=live::text(move || label.clone())
                    on_press=move |()| state.change(AlbumChange::DropClass(class))
                />
            </li>
        }
    };
    let add = move |()| {
        let fresh = |at: usize| say!(detect.own_new_class, number = at);
        let is_taken = |name: &String| state.album.with_untracked(|album| album.classes.contains(name));
        if let Some(name) = (1..).map(fresh).find(|name| !is_taken(name)) {
            state.change(AlbumChange::AddClass(name));
        }
    };
    view! {
        <ul class="boxed-classes">
            {live::view(move || {
                let names = state.album.with(|album| album.classes.clone());
                names.into_iter().enumerate().map(one).collect_view().into_any()
            })}
        </ul>
        <Button id="boxed-add" words=words!(detect.own_add_class) on_press=add />
    }
    .into_any()
}

/// The page's settings look at a picture of the album.
pub(super) fn look_at(id: u32) {
    DetectSettings::change(|settings| {
        settings.source = super::settings::DetectSource::Album;
        settings.album = id;
    });
}
