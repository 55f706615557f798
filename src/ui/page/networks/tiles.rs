//! Small pictures side by side in one, to point at or to walk over by keys.

use crate::protocol::{Pixels, Tiles};
use crate::ui::widget::{BLUE, ORANGE, PixelsView, arrow, no_pixels, painted, share_at};
use crate::ui::{Words, live};
use leptos::html::Div;
use leptos::prelude::*;

/// Of all tiles together, in pixels.
const WIDTH: usize = 640;
/// Between tiles.
const GAP: usize = 1;

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Atlas {
    pixels: Pixels,
    columns: usize,
    count: usize,
    /// Of a tile and its gap.
    cell: [usize; 2],
}

impl Atlas {
    pub(super) fn of(tiles: &Tiles) -> Atlas {
        let (wide, high, count) = (tiles.width as usize, tiles.height as usize, tiles.count as usize);
        // About twice as wide as high.
        let columns =
            ((2.0 * count as f64 * high as f64 / wide.max(1) as f64).sqrt().ceil() as usize).clamp(1, count.max(1));
        // Small ones are enlarged pixel by pixel.
        let zoom = (WIDTH / (columns * (wide + GAP)).max(1)).max(1);
        let cell = [wide * zoom + GAP, high * zoom + GAP];
        let (across, down) = (columns * cell[0], count.div_ceil(columns) * cell[1]);
        let mut rgba = vec![0_u8; across * down * 4];
        for tile in 0..count {
            let (left, top) = (tile % columns * cell[0], tile / columns * cell[1]);
            for y in 0..high * zoom {
                for x in 0..wide * zoom {
                    let to = ((top + y) * across + left + x) * 4;
                    rgba[to..to + 4].copy_from_slice(&pixel(tiles, tile, x / zoom, y / zoom));
                }
            }
        }
        let pixels = Pixels { width: across as u32, height: down as u32, rgba: rgba.into() };
        Atlas { pixels, columns, count, cell }
    }

    /// One of them by itself.
    pub(super) fn tile(tiles: &Tiles, at: usize) -> Pixels {
        let (wide, high) = (tiles.width as usize, tiles.height as usize);
        let places = (0..high).flat_map(|y| (0..wide).map(move |x| (x, y)));
        painted(tiles.width, places.map(|(x, y)| pixel(tiles, at, x, y)))
    }

    fn at(&self, [x, y]: [f64; 2]) -> Option<usize> {
        let column = (x * f64::from(self.pixels.width)) as usize / self.cell[0].max(1);
        let row = (y * f64::from(self.pixels.height)) as usize / self.cell[1].max(1);
        let at = row * self.columns + column.min(self.columns - 1);
        (at < self.count).then_some(at)
    }

    /// Left, top, width and height of one, in percent.
    fn frame(&self, at: usize) -> [f64; 4] {
        let (width, height) = (f64::from(self.pixels.width.max(1)), f64::from(self.pixels.height.max(1)));
        let [across, down] = self.cell.map(|length| length as f64);
        let (column, row) = ((at % self.columns) as f64, (at / self.columns) as f64);
        [column * across / width, row * down / height, across / width, down / height].map(|share| share * 100.0)
    }
}

/// Colours around the middle grey; else orange above zero and blue below.
fn pixel(tiles: &Tiles, tile: usize, x: usize, y: usize) -> [u8; 4] {
    let at = (tile * tiles.height as usize + y) * tiles.width as usize + x;
    let value = |at: usize| tiles.values.get(at).copied().unwrap_or(128);
    if tiles.is_coloured {
        return [value(3 * at), value(3 * at + 1), value(3 * at + 2), 255];
    }
    let value = value(at);
    let [red, green, blue] = if value < 128 { BLUE } else { ORANGE };
    [red, green, blue, value.abs_diff(128).saturating_mul(2)]
}

pub(super) fn tile_map(
    atlas: Memo<Option<Atlas>>,
    here: Signal<usize>,
    label: Words,
    id: &'static str,
    choose: impl Fn(usize) + Copy + 'static,
) -> AnyView {
    let sheet = NodeRef::<Div>::new();
    let press = move |event: web_sys::PointerEvent| {
        let share = sheet.get_untracked().map(|sheet| share_at(&sheet, &event));
        let at = share.and_then(|share| atlas.with_untracked(|atlas| atlas.as_ref()?.at(share)));
        at.into_iter().for_each(choose);
    };
    let walk = move |event: web_sys::KeyboardEvent| {
        let Some([right, down]) = arrow(&event) else { return };
        let next = atlas.with_untracked(|atlas| {
            let atlas = atlas.as_ref()?;
            let step = right as isize + down as isize * atlas.columns as isize;
            here.get_untracked().checked_add_signed(step).filter(|at| *at < atlas.count)
        });
        next.into_iter().for_each(choose);
    };
    let part = move |side: usize| {
        live::text(move || {
            let share = atlas.with(|atlas| atlas.as_ref().map_or(0.0, |atlas| atlas.frame(here.get())[side]));
            format!("{share}%")
        })
    };
    view! {
        <div
            class="tiles"
            node_ref=sheet
            role="application"
            tabindex="0"
            data-testid=id
            data-count=live::text(move || atlas.with(|atlas| atlas.as_ref().map_or(0, |atlas| atlas.count)).to_string())
            aria-label=label
            on:pointerdown=press
            on:keydown=walk
        >
            <PixelsView pixels=move || atlas.with(|atlas| atlas.as_ref().map_or_else(no_pixels, |atlas| atlas.pixels.clone())) />
            <div class="tile-here" style:left=part(0) style:top=part(1) style:width=part(2) style:height=part(3)></div>
        </div>
    }
    .into_any()
}
