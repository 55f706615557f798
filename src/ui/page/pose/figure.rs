//! The skeleton over the picture, and its joints, which can be moved.

use super::settings::PoseView;
use super::state::PoseState;
use crate::protocol::{FoundPose, JointPlace, Skeleton};
use crate::ui::widget::{PixelsView, arrow, no_pixels, share_at};
use crate::ui::{Words, live, number};
use leptos::ev::{KeyboardEvent, PointerEvent};
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::Element;

/// A joint moves so many pixels with an arrow key, and with Shift.
const STEPS: [f64; 2] = [1.0, 5.0];

fn side(name: &str) -> &'static str {
    match name {
        name if name.starts_with("left") => "pose-left",
        name if name.starts_with("right") => "pose-right",
        _ => "pose-middle",
    }
}

pub(super) fn joint_words(name: &str) -> Words {
    match name {
        "right_ankle" => words!(pose.right_ankle),
        "right_knee" => words!(pose.right_knee),
        "right_hip" => words!(pose.right_hip),
        "left_hip" => words!(pose.left_hip),
        "left_knee" => words!(pose.left_knee),
        "left_ankle" => words!(pose.left_ankle),
        "right_wrist" => words!(pose.right_wrist),
        "right_elbow" => words!(pose.right_elbow),
        "right_shoulder" => words!(pose.right_shoulder),
        "left_shoulder" => words!(pose.left_shoulder),
        "left_elbow" => words!(pose.left_elbow),
        "left_wrist" => words!(pose.left_wrist),
        "neck" => words!(pose.neck),
        "head_top" => words!(pose.head_top),
        "nose" => words!(pose.nose),
        "left_eye" => words!(pose.left_eye),
        "right_eye" => words!(pose.right_eye),
        "left_ear" => words!(pose.left_ear),
        _ => words!(pose.right_ear),
    }
}

fn line(class: String, a: JointPlace, b: JointPlace) -> AnyView {
    let [x1, y1, x2, y2] = [a[0], a[1], b[0], b[1]].map(|at| at.to_string());
    view! { <line class=class x1=x1 y1=y1 x2=x2 y2=y2></line> }.into_any()
}

fn bones(skeleton: Skeleton, joints: &[Option<JointPlace>], class: &str) -> AnyView {
    let names = skeleton.joints();
    let one = |[a, b]: &[usize; 2]| {
        let (from, to) = (joints.get(*a).copied().flatten()?, joints.get(*b).copied().flatten()?);
        let [of_a, of_b] = [side(names[*a]), side(names[*b])];
        let of = if of_a == of_b { of_a } else { "pose-middle" };
        Some(line(format!("{class} {of}"), from, to))
    };
    skeleton.bones().iter().filter_map(one).collect_view().into_any()
}

/// From where the stage before had each joint to where this one has it.
fn corrections(found: &FoundPose, stage: usize, joints: &[Option<JointPlace>]) -> AnyView {
    let Some(before) = stage.checked_sub(1).and_then(|before| found.stages.get(before)) else { return ().into_any() };
    let head = found.width.max(found.height) as f32 / 60.0;
    let one = |(from, to): (&JointPlace, &Option<JointPlace>)| {
        let to = (*to)?;
        let [x, y] = [to[0] - from[0], to[1] - from[1]];
        let length = x.hypot(y);
        if length < 0.5 {
            return None;
        }
        let along = [x / length, y / length].map(|part| part * head.min(length));
        let wing = |way: f32| [to[0] - along[0] + way * along[1] * 0.6, to[1] - along[1] - way * along[0] * 0.6];
        let ([a, b], [c, d]) = (wing(1.0), wing(-1.0));
        let path = format!("M {} {} L {} {} M {a} {b} L {} {} L {c} {d}", from[0], from[1], to[0], to[1], to[0], to[1]);
        Some(view! { <path class="pose-move" d=path data-testid="pose-move"></path> })
    };
    before.joints.iter().zip(joints).filter_map(one).collect_view().into_any()
}

fn squares(found: &FoundPose, stage: usize, pointed: Option<usize>) -> AnyView {
    let all = found.stages.get(stage).map(|stage| stage.looked_at.as_slice()).unwrap_or_default();
    let one = |(at, [left, top, side]): (usize, &[f32; 3])| {
        let class = if all.len() == 1 || pointed == Some(at) { "pose-square on" } else { "pose-square" };
        let [x, y, width] = [left, top, side].map(|value| value.to_string());
        let height = width.clone();
        view! { <rect class=class x=x y=y width=width height=height></rect> }
    };
    all.iter().enumerate().map(one).collect_view().into_any()
}

/// The picture with all that is drawn over it.
pub(super) fn sheet(state: PoseState) -> AnyView {
    let dragged = RwSignal::new(None::<usize>);
    let pixels = move || state.found.with(|found| found.as_ref().map_or_else(no_pixels, |found| found.preview.clone()));
    let box_of = move || {
        state.found.with(|found| {
            found.as_ref().map_or_else(|| "0 0 1 1".to_owned(), |f| format!("0 0 {} {}", f.width, f.height))
        })
    };
    let over = move || {
        let pointed = state.pointed.get();
        let view = state.settings.with(|settings| settings.view);
        state.found.with(|found| {
            let Some(found) = found.as_ref() else { return ().into_any() };
            let (stage, joints) = (state.stage(found), state.joints(found));
            let truth = found.truth.as_ref().map(|truth| bones(found.skeleton, truth, "pose-true"));
            let under = match view {
                PoseView::Joints => ().into_any(),
                PoseView::Corrections => corrections(found, stage, &joints),
                PoseView::Squares => squares(found, stage, pointed),
            };
            view! { {truth} {bones(found.skeleton, &joints, "pose-bone")} {under} }.into_any()
        })
    };
    let move_to = move |joint: usize, place: JointPlace| {
        let joints = state.found.with_untracked(|found| {
            let found = found.as_ref()?;
            let mut joints = untrack(|| state.joints(found));
            let sides = [found.width, found.height].map(|side| side as f32);
            *joints.get_mut(joint)? = Some([0, 1].map(|at| place[at].clamp(0.0, sides[at])));
            Some(joints)
        });
        if joints.is_some() {
            state.edited.set(joints);
        }
    };
    let drag = move |event: PointerEvent| {
        let Some(joint) = dragged.get_untracked() else { return };
        let Some(sheet) = event.current_target().and_then(|target| target.dyn_into::<Element>().ok()) else { return };
        let share = share_at(&sheet, &event);
        let size = state.found.with_untracked(|found| found.as_ref().map(|found| [found.width, found.height]));
        if let Some(size) = size {
            move_to(joint, [0, 1].map(|at| (share[at] * f64::from(size[at])) as f32));
        }
    };
    let release = move |_: PointerEvent| {
        if dragged.get_untracked().is_some() {
            dragged.set(None);
            state.tell();
        }
    };
    // How many and which joints there are; where they are changes without new elements, so that one keeps the focus and the pointer.
    let shape = Memo::new(move |_| {
        state.found.with(|found| found.as_ref().map(|found| (found.skeleton, [found.width, found.height])))
    });
    let handles = move || {
        let Some((skeleton, size)) = shape.get() else { return ().into_any() };
        let radius = size[0].max(size[1]) as f32 / 60.0;
        let one = |(joint, name): (usize, &'static &'static str)| handle(state, joint, name, radius, dragged, move_to);
        skeleton.joints().iter().enumerate().map(one).collect_view().into_any()
    };
    view! {
        <div class="pose-sheet" data-testid="pose-sheet">
            <PixelsView pixels />
            <svg
                viewBox=live::text(box_of)
                role="group"
                aria-label=live::text(|| say!(pose.sheet_label).to_owned())
                on:pointermove=drag
                on:pointerup=release
                on:pointercancel=release
            >
                {live::view(over)}
                {live::view(handles)}
            </svg>
        </div>
    }
    .into_any()
}

fn handle(
    state: PoseState,
    joint: usize,
    name: &'static str,
    radius: f32,
    dragged: RwSignal<Option<usize>>,
    move_to: impl Fn(usize, JointPlace) + Copy + Send + Sync + 'static,
) -> AnyView {
    let place =
        Memo::new(move |_| state.found.with(|found| state.joints(found.as_ref()?).get(joint).copied().flatten()));
    let at = move |axis: usize| live::text(move || place.get().map_or(0.0, |place| place[axis]).to_string());
    let start = move |event: PointerEvent| {
        event.prevent_default();
        if let Some(target) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) {
            // The sheet hears all further moves, wherever the pointer is.
            if let Some(sheet) = target.closest("svg").ok().flatten() {
                let _ = sheet.set_pointer_capture(event.pointer_id());
            }
        }
        dragged.set(Some(joint));
        state.pointed.set(Some(joint));
    };
    let press = move |event: KeyboardEvent| {
        if matches!(event.key().as_str(), "Delete" | "Backspace") {
            event.prevent_default();
            let joints = state.found.with_untracked(|found| {
                let mut joints = untrack(|| found.as_ref().map(|found| state.joints(found)))?;
                *joints.get_mut(joint)? = None;
                Some(joints)
            });
            state.edited.set(joints);
            state.tell();
            return;
        }
        let step = STEPS[usize::from(event.shift_key())];
        let Some(way) = arrow(&event) else { return };
        let Some([x, y]) = place.get_untracked() else { return };
        move_to(joint, [x + (way[0] * step) as f32, y + (way[1] * step) as f32]);
        state.tell();
    };
    let label = move || {
        let name = joint_words(name)();
        match place.get() {
            Some([x, y]) => {
                say!(pose.joint_at, name = name, x = number::fixed(f64::from(x), 0), y = number::fixed(f64::from(y), 0))
            }
            None => say!(pose.joint_gone, name = name),
        }
    };
    view! {
        <circle
            class=format!("pose-joint {}", side(name))
            class:on=live::flag(move || state.pointed.get() == Some(joint))
            class:gone=live::flag(move || place.get().is_none())
            cx=at(0)
            cy=at(1)
            r=radius.to_string()
            tabindex="0"
            role="button"
            aria-label=live::text(label)
            data-testid="pose-joint"
            data-joint=name
            on:pointerdown=start
            on:pointerenter=move |_| state.pointed.set(Some(joint))
            on:focus=move |_| state.pointed.set(Some(joint))
            on:keydown=press
        ></circle>
    }
    .into_any()
}
