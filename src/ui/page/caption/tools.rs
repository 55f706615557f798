//! What the selected thing is: its shape, colour, size and texture; one more, one less.

use super::names::thing_name;
use super::stage::SceneEditor;
use crate::protocol::SceneThing;
use crate::ui::widget::{Button, Select, options_of};
use crate::ui::{Choice, Words, live};
use leptos::prelude::*;

#[component]
pub(super) fn Tools(editor: SceneEditor, on_change: Callback<SceneThing>) -> impl IntoView {
    let thing = Memo::new(move |_| {
        let at = editor.selected.get();
        editor.scene.with(|scene| scene.things.get(at).copied())
    });
    let things = move || {
        let chips = editor.scene.get().things.into_iter().enumerate().map(|(at, thing)| {
            let pressed = move || Some(if editor.selected.get() == at { "true" } else { "false" });
            view! {
                <button
                    type="button"
                    class="btn"
                    data-testid="pick-thing"
                    aria-pressed=live::name(pressed)
                    on:click=move |_| editor.selected.set(at)
                >
                    {live::text(move || thing_name(&thing))}
                </button>
            }
        });
        chips.collect_view().into_any()
    };
    let change = move |change: &dyn Fn(&mut SceneThing)| {
        if let Some(mut thing) = thing.get_untracked() {
            change(&mut thing);
            on_change.run(thing);
        }
    };
    let is_full = move || {
        let most = editor.kit.with(|kit| kit.as_ref().map_or(2, |kit| kit.most as usize));
        editor.scene.with(|scene| scene.things.len() >= most)
    };
    view! {
        <div class="scene-tools">
            <div class="things">{live::view(things)}</div>
            <div class="things">
                <Button id="add-thing" words=words!(caption.add) off=is_full on_press=editor.add />
                <Button
                    id="remove-thing"
                    words=words!(caption.remove)
                    off=move || thing.get().is_none()
                    on_press=editor.remove
                />
            </div>
            <div class="fields">
                {choice("shape", words!(caption.shape), move || thing.get().map(|thing| thing.shape), move |shape| change(&|thing| thing.shape = shape))}
                {choice("colour", words!(caption.colour), move || thing.get().map(|thing| thing.colour), move |colour| change(&|thing| thing.colour = colour))}
                {choice("size", words!(caption.size), move || thing.get().map(|thing| thing.size), move |size| change(&|thing| thing.size = size))}
                {choice("texture", words!(caption.texture), move || thing.get().map(|thing| thing.texture), move |texture| change(&|thing| thing.texture = texture))}
            </div>
        </div>
    }
}

/// One property of a thing.
fn choice<C: Choice>(
    id: &'static str,
    label: Words,
    chosen: impl Fn() -> Option<C> + Copy + Send + Sync + 'static,
    on_choose: impl Fn(C) + Send + Sync + 'static,
) -> AnyView {
    view! {
        <Select
            id=format!("thing-{id}")
            label
            options={options_of::<C>()}
            chosen=move || chosen().map(|one| one.key().to_owned()).unwrap_or_default()
            disabled=move || chosen().is_none()
            on_choose=move |key: String| C::from_key(&key).into_iter().for_each(&on_choose)
        />
    }
    .into_any()
}
