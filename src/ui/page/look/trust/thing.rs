//! The frame that a person draws around the thing: the table then says which maps point at it.

use super::super::settings::{Frame, LookSettings};
use crate::protocol::EvidenceFound;
use crate::ui::widget::{Button, PixelsView, arrow, no_pixels, share_at};
use crate::ui::{PageSettings, live};
use leptos::html::Div;
use leptos::prelude::*;
use web_sys::{KeyboardEvent, PointerEvent};

/// Per cent by which a key moves it, and its smallest side.
const STEP: u32 = 5;
const MIDDLE: Frame = [25, 25, 75, 75];

pub(super) fn thing_frame(settings: Memo<LookSettings>, evidence: RwSignal<Option<EvidenceFound>>) -> AnyView {
    let sheet = NodeRef::<Div>::new();
    let frame = Memo::new(move |_| settings.with(|settings| settings.thing));
    let seen = move || evidence.with(|found| found.as_ref().map_or_else(no_pixels, |found| found.map.seen.clone()));
    // Where a frame was begun.
    let corner = StoredValue::new(None::<[u32; 2]>);
    let at = move |event: &PointerEvent| {
        let shares = sheet.get_untracked().map(|sheet| share_at(&sheet, event))?;
        Some(shares.map(|share| (100.0 * share).round().clamp(0.0, 100.0) as u32))
    };
    let begin = move |event: PointerEvent| {
        event.prevent_default();
        corner.set_value(at(&event));
    };
    let draw = move |event: PointerEvent| {
        let (Some([x, y]), Some([to_x, to_y])) = (corner.get_value(), at(&event)) else { return };
        let drawn = [x.min(to_x), y.min(to_y), x.max(to_x), y.max(to_y)];
        // A press that hardly moves is none.
        if drawn[2] - drawn[0] >= STEP && drawn[3] - drawn[1] >= STEP {
            LookSettings::change(|settings| settings.thing = Some(drawn));
        }
    };
    let walk = move |event: KeyboardEvent| {
        let is_sized = event.shift_key();
        let Some([right, down]) = arrow(&event).map(|arrow| arrow.map(|step| step as i32 * STEP as i32)) else {
            return;
        };
        let moved = move |[left, top, to_right, bottom]: Frame| {
            let [wide, high] =
                [(left, to_right, right), (top, bottom, down)].map(|(from, to, by)| along(from, to, by, is_sized));
            [wide[0], high[0], wide[1], high[1]]
        };
        LookSettings::change(|settings| settings.thing = Some(settings.thing.map_or(MIDDLE, moved)));
    };
    let edge = move |read: fn(Frame) -> u32| live::text(move || format!("{}%", frame.get().map_or(0, read)));
    view! {
        <div class="look-thing">
            <div
                class="evidence"
                node_ref=sheet
                role="application"
                tabindex="0"
                data-testid="look-thing"
                data-frame=live::maybe(move || frame.get().map(|frame| format!("{frame:?}")))
                aria-label=words!(look.thing_label)
                on:pointerdown=begin
                on:pointermove=draw
                on:pointerup=move |_| corner.set_value(None)
                on:pointerleave=move |_| corner.set_value(None)
                on:keydown=walk
            >
                <PixelsView pixels=seen />
                <div
                    class="evidence-place"
                    class:gone=live::flag(move || frame.get().is_none())
                    style:left=edge(|[left, ..]| left)
                    style:top=edge(|[_, top, ..]| top)
                    style:width=edge(|[left, _, right, _]| right - left)
                    style:height=edge(|[_, top, _, bottom]| bottom - top)
                ></div>
            </div>
            <div>
                <p class="hint">{words!(look.thing_hint)}</p>
                <Button
                    id="look-thing-clear"
                    words=words!(look.thing_clear)
                    off=move || frame.get().is_none()
                    on_press=|()| LookSettings::change(|settings| settings.thing = None)
                />
            </div>
        </div>
    }
    .into_any()
}

/// Both edges moved, or the second alone, within the picture.
fn along(from: u32, to: u32, by: i32, is_sized: bool) -> [u32; 2] {
    if is_sized {
        return [from, to.saturating_add_signed(by).clamp(from + STEP, 100.max(from + STEP)).min(100)];
    }
    let by = by.clamp(-(from as i32), 100 - to as i32);
    [from.saturating_add_signed(by), to.saturating_add_signed(by)]
}
