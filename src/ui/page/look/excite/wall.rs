//! All channels of a layer, each by the part of a picture that excites it most: pointed at or walked over by keys, one is chosen.

use super::super::settings::LookSettings;
use crate::protocol::ExciteFound;
use crate::ui::widget::{PixelsView, arrow, no_pixels, share_at};
use crate::ui::{PageSettings, live, number};
use leptos::html::Div;
use leptos::prelude::*;
use web_sys::{KeyboardEvent, MouseEvent};

/// Between two tiles, as the engine draws them.
const GAP: f64 = 2.0;

pub(super) fn wall(shown: RwSignal<Option<ExciteFound>>) -> AnyView {
    let sheet = NodeRef::<Div>::new();
    let pointed = RwSignal::new(None::<usize>);
    let pixels = move || shown.with(|found| found.as_ref().map_or_else(no_pixels, |found| found.wall.pixels.clone()));
    let at = move |event: &MouseEvent| {
        let sheet = sheet.get_untracked()?;
        let [x, y] = share_at(&sheet, event);
        shown.with_untracked(|found| tile(found.as_ref()?, [x, y]))
    };
    let choose = |channel: usize| LookSettings::change(|settings| settings.excite.channel = Some(channel as u32));
    let walk = move |event: KeyboardEvent| {
        let Some([right, down]) = arrow(&event).map(|arrow| arrow.map(|step| step as isize)) else { return };
        let to = shown.with_untracked(|found| {
            let found = found.as_ref()?;
            let (columns, count) = (found.wall.columns as isize, found.wall.values.len());
            let to = (found.channel as usize).checked_add_signed(right + down * columns)?;
            (to < count).then_some(to)
        });
        to.into_iter().for_each(choose);
    };
    let frame = move |of: fn(&ExciteFound) -> f64| {
        live::text(move || {
            shown.with(|found| found.as_ref().map(|found| format!("{}%", 100.0 * of(found))).unwrap_or_default())
        })
    };
    let told = move || {
        shown.with(|found| {
            let found = found.as_ref()?;
            let channel = pointed.get().filter(|&at| at < found.wall.values.len()).unwrap_or(found.channel as usize);
            let value = found.wall.values[channel];
            Some(match value > 0.0 {
                true => say!(look.excite_tile, channel = channel, value = number::digits(value)),
                false => say!(look.excite_silent_tile, channel = channel),
            })
        })
    };
    let nothing = move || shown.with(Option::is_none);
    view! {
        <div class:gone=live::flag(nothing)>
            <h3 class="excite-head">{words!(look.excite_wall)}</h3>
            <div
                class="excite-wall"
                node_ref=sheet
                role="application"
                tabindex="0"
                data-testid="excite-wall"
                aria-label=words!(look.excite_wall_label)
                aria-describedby="excite-tile"
                on:pointermove=move |event| pointed.set(at(&event))
                on:pointerleave=move |_| pointed.set(None)
                on:click=move |event| at(&event).into_iter().for_each(choose)
                on:keydown=walk
            >
                <PixelsView pixels />
                <div
                    class="evidence-place"
                    style:left=frame(|found| f64::from(column(found)) * step(found) / f64::from(found.wall.pixels.width))
                    style:top=frame(|found| f64::from(row(found)) * step(found) / f64::from(found.wall.pixels.height))
                    style:width=frame(|found| f64::from(found.wall.side) / f64::from(found.wall.pixels.width))
                    style:height=frame(|found| f64::from(found.wall.side) / f64::from(found.wall.pixels.height))
                ></div>
            </div>
            <p class="sub" id="excite-tile" aria-live="polite" data-testid="excite-tile">{live::maybe(told)}</p>
        </div>
    }
    .into_any()
}

fn step(found: &ExciteFound) -> f64 {
    f64::from(found.wall.side) + GAP
}

fn column(found: &ExciteFound) -> u32 {
    found.channel % found.wall.columns.max(1)
}

fn row(found: &ExciteFound) -> u32 {
    found.channel / found.wall.columns.max(1)
}

/// The channel of the tile there.
fn tile(found: &ExciteFound, [x, y]: [f64; 2]) -> Option<usize> {
    let along = |share: f64, of: u32| (share.clamp(0.0, 1.0) * f64::from(of) / step(found)) as usize;
    let (column, row) = (along(x, found.wall.pixels.width), along(y, found.wall.pixels.height));
    let channel = row * found.wall.columns as usize + column.min(found.wall.columns as usize - 1);
    (channel < found.wall.values.len()).then_some(channel)
}
