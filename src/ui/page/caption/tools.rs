//! What the selected thing is: its shape, colour, size and texture; one more, one less.

use super::names::{colour_name, shape_name, size_name, texture_name, thing_name};
use super::stage::Hands;
use super::table::{colour_key, shape_key, size_key, texture_key};
use crate::protocol::{SceneThing, ThingColour, ThingShape, ThingSize, ThingTexture};
use crate::ui::live;
use leptos::prelude::*;

#[component]
pub(super) fn Tools(hands: Hands, on_change: Callback<SceneThing>) -> impl IntoView {
    let thing = Memo::new(move |_| {
        let at = hands.selected.get();
        hands.scene.with(|scene| scene.things.get(at).copied())
    });
    let things = move || {
        let chips = hands.scene.get().things.into_iter().enumerate().map(|(at, thing)| {
            let pressed = move || Some(if hands.selected.get() == at { "true" } else { "false" });
            view! {
                <button
                    type="button"
                    class="btn"
                    data-testid="pick-thing"
                    aria-pressed=live::name(pressed)
                    on:click=move |_| hands.selected.set(at)
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
        let most = hands.kit.with(|kit| kit.as_ref().map_or(2, |kit| kit.most as usize));
        hands.scene.with(|scene| scene.things.len() >= most)
    };
    view! {
        <div class="scene-tools">
            <div class="things">{live::view(things)}</div>
            <div class="things">
                <button type="button" class="btn" data-testid="add-thing" prop:disabled=live::flag(is_full) on:click=move |_| hands.add.run(())>
                    {words!(caption.add)}
                </button>
                <button
                    type="button"
                    class="btn"
                    data-testid="remove-thing"
                    prop:disabled=live::flag(move || thing.get().is_none())
                    on:click=move |_| hands.remove.run(())
                >
                    {words!(caption.remove)}
                </button>
            </div>
            <div class="fields">
                {choice("shape", words!(caption.shape), ThingShape::ALL, shape_key, shape_name, move || thing.get().map(|t| t.shape), move |shape| change(&|thing| thing.shape = shape))}
                {choice("colour", words!(caption.colour), ThingColour::ALL, colour_key, colour_name, move || thing.get().map(|t| t.colour), move |colour| change(&|thing| thing.colour = colour))}
                {choice("size", words!(caption.size), ThingSize::ALL, size_key, size_name, move || thing.get().map(|t| t.size), move |size| change(&|thing| thing.size = size))}
                {choice("texture", words!(caption.texture), ThingTexture::ALL, texture_key, texture_name, move || thing.get().map(|t| t.texture), move |texture| change(&|thing| thing.texture = texture))}
            </div>
        </div>
    }
}

/// One property of a thing.
fn choice<T: Copy + PartialEq + Send + Sync + 'static>(
    id: &'static str,
    label: crate::ui::lang::Words,
    all: &'static [T],
    key: fn(T) -> &'static str,
    name: fn(T) -> &'static str,
    chosen: impl Fn() -> Option<T> + Copy + Send + Sync + 'static,
    on_choose: impl Fn(T) + Copy + 'static,
) -> AnyView {
    let options = all.iter().map(move |one| {
        let one = *one;
        view! {
            <option value=key(one) prop:selected=live::flag(move || chosen() == Some(one))>
                {live::name(move || Some(name(one)))}
            </option>
        }
    });
    let choose = move |event| {
        let value = event_target_value(&event);
        all.iter().filter(|one| key(**one) == value).for_each(|one| on_choose(*one));
    };
    view! {
        <label class="field">
            <span>{label}</span>
            <select data-testid=format!("thing-{id}") prop:disabled=live::flag(move || chosen().is_none()) on:change=choose>
                {options.collect_view()}
            </select>
        </label>
    }
    .into_any()
}
