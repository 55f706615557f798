//! The sheet on which a person arranges a scene, by mouse, by finger, by keys; and what the selected thing is.

use super::settings::thing_name;
use crate::protocol::{Pixels, Scene, SceneKit, SceneThing, ThingColour, ThingShape, ThingSize, ThingTexture};
use crate::ui::widget::{Button, PixelsView, Select, arrow, options_of, share_at};
use crate::ui::{Choice, Words, live};
use leptos::html::Div;
use leptos::prelude::*;
use web_sys::{KeyboardEvent, PointerEvent};

/// Of the picture, for one press of a key; with Shift five times that.
const KEY_STEP: f32 = 1.0;

/// What can be done to the scene. `move_to` is told while a thing is moved, `drop` when it is let go.
#[derive(Clone, Copy)]
pub(super) struct SceneEditor {
    pub(super) scene: Memo<Scene>,
    pub(super) kit: Memo<Option<SceneKit>>,
    pub(super) selected: RwSignal<usize>,
    pub(super) moved: RwSignal<Option<Scene>>,
    pub(super) drop: Callback<()>,
    pub(super) remove: Callback<()>,
    pub(super) add: Callback<()>,
}

impl SceneEditor {
    fn move_to(self, x: f32, y: f32) {
        let mut scene = self.scene.get_untracked();
        if let Some(thing) = scene.things.get_mut(self.selected.get_untracked()) {
            *thing = self.inside(SceneThing { x, y, ..*thing });
            self.moved.set(Some(scene));
        }
    }

    /// As near as all of it is in the picture, as in training.
    pub(super) fn inside(self, thing: SceneThing) -> SceneThing {
        let bounds = self.kit.with_untracked(|kit| {
            let kit = kit.as_ref()?;
            let edge = radius_of(kit, thing.size) + kit.gap;
            Some([edge, kit.side as f32 - edge])
        });
        let Some([low, high]) = bounds else { return thing };
        let [x, y] = [thing.x, thing.y].map(|at| ((at * 10.0).round() / 10.0).clamp(low, high.max(low)));
        SceneThing { x, y, ..thing }
    }

    /// The uppermost thing at a place.
    fn pick(self, x: f32, y: f32) -> bool {
        let radius = |thing: &SceneThing| {
            self.kit.with_untracked(|kit| kit.as_ref().map_or(6.0, |kit| radius_of(kit, thing.size)))
        };
        let scene = self.scene.get_untracked();
        let is_at = |thing: &SceneThing| (thing.x - x).hypot(thing.y - y) <= radius(thing) + 2.0;
        let found = scene.things.iter().rposition(is_at);
        found.iter().for_each(|at| self.selected.set(*at));
        found.is_some()
    }
}

fn radius_of(kit: &SceneKit, size: ThingSize) -> f32 {
    kit.radii.get(place_in(&ThingSize::ALL, size)).copied().unwrap_or(6.0)
}

fn place_in<T: PartialEq>(all: &[T], one: T) -> usize {
    all.iter().position(|known| *known == one).unwrap_or_default()
}

pub(super) fn stage(editor: SceneEditor, overlay: Memo<Pixels>) -> impl IntoView {
    let sheet = NodeRef::<Div>::new();
    let grip = StoredValue::new(None::<[f32; 2]>);
    let place = move |event: &PointerEvent| {
        let side = editor.kit.with_untracked(|kit| kit.as_ref().map_or(48.0, |kit| f64::from(kit.side)));
        Some(share_at(&*sheet.get_untracked()?, event).map(|share| (share * side) as f32))
    };
    let press = move |event: PointerEvent| {
        let Some([x, y]) = place(&event).filter(|_| event.button() == 0) else { return };
        if editor.pick(x, y) {
            if let Some(sheet) = sheet.get_untracked() {
                // Without it a thing that is moved off the sheet is only let go of there.
                let _ = sheet.set_pointer_capture(event.pointer_id());
            }
            let at = editor.selected.get_untracked();
            let thing = editor.scene.with_untracked(|scene| scene.things.get(at).copied()).unwrap_or_default();
            grip.set_value(Some([thing.x - x, thing.y - y]));
        }
    };
    let slide = move |event: PointerEvent| {
        if let (Some([dx, dy]), Some([x, y])) = (grip.get_value(), place(&event)) {
            editor.move_to(x + dx, y + dy);
        }
    };
    let release = move |_| {
        if grip.try_update_value(Option::take).flatten().is_some() {
            editor.drop.run(());
        }
    };
    view! {
        <div
            class="scene-sheet"
            node_ref=sheet
            role="application"
            tabindex="0"
            data-testid="scene"
            aria-label=live::text(move || say!(caption.scene_label, things = told(&editor.scene.get())))
            aria-describedby="scene-hint"
            on:pointerdown=press
            on:pointermove=slide
            on:pointerup=release
            on:pointercancel=release
            on:keydown=move |event| steer(&event, editor)
        >
            {live::view(move || {
                let scene = editor.scene.get();
                editor.kit.with(|kit| kit.as_ref().map(|kit| drawing(kit, &scene, editor.selected.get()))).into_any()
            })}
            <PixelsView pixels=overlay />
        </div>
    }
}

fn told(scene: &Scene) -> String {
    let names: Vec<String> = scene.things.iter().map(thing_name).collect();
    if names.is_empty() { say!(caption.empty).to_owned() } else { names.join("; ") }
}

fn steer(event: &KeyboardEvent, editor: SceneEditor) {
    let pace = if event.shift_key() { 5.0 * KEY_STEP } else { KEY_STEP };
    match event.key().as_str() {
        "Delete" | "Backspace" => return editor.remove.run(()),
        "+" => return editor.add.run(()),
        " " => {
            event.prevent_default();
            let count = editor.scene.with_untracked(|scene| scene.things.len()).max(1);
            return editor.selected.update(|at| *at = (*at + 1) % count);
        }
        _ => {}
    }
    let Some([dx, dy]) = arrow(event).map(|arrow| arrow.map(|step| step as f32 * pace)) else { return };
    let at = editor.selected.get_untracked();
    if let Some(thing) = editor.scene.with_untracked(|scene| scene.things.get(at).copied()) {
        editor.move_to(thing.x + dx, thing.y + dy);
        editor.drop.run(());
    }
}

fn rgb([red, green, blue]: [u8; 3]) -> String {
    format!("rgb({red} {green} {blue})")
}

fn drawing(kit: &SceneKit, scene: &Scene, selected: usize) -> AnyView {
    let side = kit.side;
    let things =
        scene.things.iter().enumerate().map(|(at, thing)| shape(kit, thing, at, at == selected)).collect_view();
    let (paper, whole) = (rgb(kit.paper), side.to_string());
    view! {
        <svg viewBox=format!("0 0 {side} {side}") aria-hidden="true">
            <rect width=whole.clone() height=whole fill=paper></rect>
            {things}
        </svg>
    }
    .into_any()
}

fn shape(kit: &SceneKit, thing: &SceneThing, at: usize, is_selected: bool) -> AnyView {
    let radius = radius_of(kit, thing.size);
    let colour = kit.colours.get(place_in(&ThingColour::ALL, thing.colour)).copied().unwrap_or_default();
    let corners = kit.corners.get(place_in(&ThingShape::ALL, thing.shape)).cloned().unwrap_or_default();
    let path = match corners.as_slice() {
        [] => format!("M{radius} 0A{radius} {radius} 0 1 1 {} 0A{radius} {radius} 0 1 1 {radius} 0Z", -radius),
        corners => {
            let points = corners.chunks_exact(2).map(|at| format!("{:.3} {:.3}", at[0] * radius, at[1] * radius));
            format!("M{}Z", points.collect::<Vec<_>>().join("L"))
        }
    };
    let name = format!("texture-{at}");
    let (period, half) = (kit.period, kit.period / 2.0);
    let light = move || format!("rgb(255 255 255 / {})", kit.lighter);
    let tile = match thing.texture {
        ThingTexture::Plain => None,
        // The middle of a stripe, and of a dot, is the middle of the thing.
        ThingTexture::Striped => Some(format!("M0 {}H{period}V{}H0Z", period / 4.0, period * 0.75)),
        ThingTexture::Dotted => {
            let dot = kit.dot_radius;
            Some(format!(
                "M{} {half}a{dot} {dot} 0 1 1 {} 0a{dot} {dot} 0 1 1 {} 0Z",
                half + dot,
                -2.0 * dot,
                2.0 * dot
            ))
        }
    };
    let texture = tile.map(|tile| {
        view! {
            <pattern
                id=name.clone()
                patternUnits="userSpaceOnUse"
                x=(-half).to_string()
                y=(-half).to_string()
                width=period.to_string()
                height=period.to_string()
            >
                <path d=tile fill=light()></path>
            </pattern>
            <path d=path.clone() fill=format!("url(#{name})")></path>
        }
    });
    let ring = is_selected.then(|| view! { <circle class="ring" r=(radius * 1.25 + 1.0).to_string()></circle> });
    view! {
        <g transform=format!("translate({} {})", thing.x, thing.y) data-testid="thing">
            <path d=path.clone() fill=rgb(colour)></path>
            {texture}
            {ring}
        </g>
    }
    .into_any()
}

pub(super) fn tools(editor: SceneEditor, on_change: Callback<SceneThing>) -> impl IntoView {
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
