//! All units of a layer: what each sees, and beside it the Gabor function nearest to that. One is chosen by pointing or by keys.

use super::state::CellsState;
use crate::protocol::{CellsFound, GaborFit, Pixels, field_places};
use crate::ui::page::brain::settings::BrainSettings;
use crate::ui::widget::{BLUE, ORANGE, PixelsView, arrow, no_pixels, painted, share_at, signed};
use crate::ui::{PageSettings, live, number};
use leptos::html::Div;
use leptos::prelude::*;
use web_sys::{KeyboardEvent, MouseEvent};

/// Between two tiles, in squares.
const GAP: usize = 2;

/// Squares of the wall: of a tile, and how many tiles are in a row.
#[derive(Clone, Copy)]
struct Tiles {
    width: usize,
    height: usize,
    columns: usize,
    rows: usize,
}

impl Tiles {
    fn of(found: &CellsFound) -> Self {
        let (width, height) = (2 * found.columns as usize + 1, found.rows as usize);
        let count = found.units.len().max(1);
        let columns = (count as f64 * height as f64 / width as f64 * 2.4).sqrt().ceil() as usize;
        let columns = columns.clamp(1, count);
        Self { width, height, columns, rows: count.div_ceil(columns) }
    }

    /// Shares of the wall: left, top, width, height.
    fn frame(self, at: usize) -> [f64; 4] {
        let (across, down) = (extent(self.columns, self.width), extent(self.rows, self.height));
        let (left, top) = (at % self.columns * (self.width + GAP), at / self.columns * (self.height + GAP));
        [left as f64 / across, top as f64 / down, self.width as f64 / across, self.height as f64 / down]
    }

    fn at(self, [x, y]: [f64; 2]) -> usize {
        let along = |share: f64, count: usize, size: usize| {
            (share.clamp(0.0, 0.9999) * extent(count, size) / (size + GAP) as f64) as usize
        };
        let (column, row) = (along(x, self.columns, self.width), along(y, self.rows, self.height));
        row.min(self.rows - 1) * self.columns + column.min(self.columns - 1)
    }
}

fn extent(count: usize, size: usize) -> f64 {
    (count * (size + GAP) - GAP) as f64
}

/// Blue below zero, orange above.
fn tone(value: f32) -> [u8; 4] {
    let [red, green, blue] = if value < 0.0 { BLUE } else { ORANGE };
    [red, green, blue, (255.0 * value.abs().min(1.0)).round() as u8]
}

/// What a unit sees, over its largest value; and the fit, over the same.
fn scale(field: &[f32]) -> f32 {
    field.iter().fold(0.0_f32, |most, value| most.max(value.abs())).max(f32::MIN_POSITIVE)
}

fn fitted(found: &CellsFound, fit: &GaborFit) -> Vec<f32> {
    let square = f64::from(found.square);
    let places = field_places(found.rows as usize, found.columns as usize);
    places.map(|[x, y]| fit.at(square * x, square * y) as f32).collect()
}

fn drawing(found: &CellsFound) -> Pixels {
    let tiles = Tiles::of(found);
    let (across, down) = (extent(tiles.columns, tiles.width) as usize, extent(tiles.rows, tiles.height) as usize);
    let mut sheet = vec![[0_u8; 4]; across * down];
    let columns = found.columns as usize;
    for (at, unit) in found.units.iter().enumerate() {
        let Some(field) = &unit.field else { continue };
        let (left, top) = (at % tiles.columns * (tiles.width + GAP), at / tiles.columns * (tiles.height + GAP));
        let most = scale(&field.slope);
        let fit = field.gabor.as_ref().map(|fit| fitted(found, fit)).unwrap_or_default();
        for (values, from) in [(&field.slope, left), (&fit, left + columns + 1)] {
            for (place, value) in values.iter().enumerate() {
                sheet[(top + place / columns) * across + from + place % columns] = tone(value / most);
            }
        }
    }
    painted(across as u32, sheet.into_iter())
}

pub(super) fn wall(state: CellsState) -> AnyView {
    let sheet = NodeRef::<Div>::new();
    let pointed = RwSignal::new(None::<usize>);
    let pixels = Memo::new(move |_| state.found.with(|found| found.as_ref().map_or_else(no_pixels, drawing)));
    let at = move |event: &MouseEvent| {
        let sheet = sheet.get_untracked()?;
        let share = share_at(&sheet, event);
        state.found.with_untracked(|found| {
            let found = found.as_ref()?;
            let at = Tiles::of(found).at(share);
            (at < found.units.len()).then_some(at)
        })
    };
    let choose = move |at: usize| {
        let channel = state.found.with_untracked(|found| Some(found.as_ref()?.units.get(at)?.channel));
        if channel.is_some() {
            BrainSettings::change(|settings| settings.unit = channel);
        }
    };
    let walk = move |event: KeyboardEvent| {
        let Some([right, down]) = arrow(&event).map(|arrow| arrow.map(|step| step as isize)) else { return };
        let columns = state.found.with_untracked(|found| found.as_ref().map(|found| Tiles::of(found).columns as isize));
        let here = untrack(|| state.place());
        let to = here.zip(columns).and_then(|(here, columns)| here.checked_add_signed(right + down * columns));
        to.into_iter().for_each(choose);
    };
    let frame = move |side: usize| {
        live::text(move || {
            let at = state.place().unwrap_or_default();
            let share = state.found.with(|found| found.as_ref().map_or(0.0, |found| Tiles::of(found).frame(at)[side]));
            format!("{}%", number::fixed(100.0 * share, 3))
        })
    };
    let told = move || {
        let at = pointed.get().or_else(|| state.place())?;
        state.found.with(|found| {
            let found = found.as_ref()?;
            let unit = found.units.get(at)?;
            Some(match (&unit.tuning, unit.field.as_ref().and_then(|field| field.gabor.as_ref())) {
                (None, _) => say!(brain.cells_tile_silent, channel = unit.channel),
                (Some(_), None) => say!(brain.cells_tile, channel = unit.channel),
                (Some(_), Some(fit)) => say!(
                    brain.cells_tile_fit,
                    channel = unit.channel,
                    explained = number::percent(fit.explained as f32)
                ),
            })
        })
    };
    let count = move || state.found.with(|found| found.as_ref().map_or(0, |found| found.units.len())).to_string();
    let chosen = move || state.with_unit(|_, unit| unit.channel.to_string());
    view! {
        <div
            class="cells-wall"
            node_ref=sheet
            role="application"
            tabindex="0"
            data-testid="brain-cells-wall"
            data-units=live::text(count)
            data-chosen=live::maybe(chosen)
            aria-label=live::text(|| say!(brain.cells_wall_label).to_owned())
            aria-describedby="brain-cells-tile"
            on:pointermove=move |event| pointed.set(at(&event))
            on:pointerleave=move |_| pointed.set(None)
            on:click=move |event| at(&event).into_iter().for_each(choose)
            on:keydown=walk
        >
            <PixelsView pixels />
            <div class="cells-chosen" style:left=frame(0) style:top=frame(1) style:width=frame(2) style:height=frame(3)></div>
        </div>
        <p class="hint" id="brain-cells-tile" aria-live="polite" data-testid="brain-cells-tile">{live::maybe(told)}</p>
    }
    .into_any()
}

/// The pictures of the chosen unit: what it sees, the same by noise, the fit, and the grating that it likes best.
pub(super) fn pictures(state: CellsState) -> AnyView {
    let field = move |which: fn(&CellsFound, &crate::protocol::UnitField) -> Option<Vec<f32>>| {
        Memo::new(move |_| {
            let drawn = state.with_unit(|found, unit| {
                let field = unit.field.as_ref()?;
                let values = which(found, field).filter(|values| !values.is_empty())?;
                let most = scale(&values);
                Some(signed(found.columns, 255.0, values.into_iter().map(move |value| value / most)))
            });
            drawn.flatten()
        })
    };
    let grating = Memo::new(move |_| {
        let drawn = state.with_unit(|found, unit| {
            let best = unit.tuning.as_ref()?.best;
            let [high, wide] = found.sees.map(|side| side.max(8) as usize);
            let pixel = |[x, y]: [f64; 2]| {
                let light = (127.5 * (1.0 + best.at(x, y))).round() as u8;
                [light, light, light, 255]
            };
            Some(painted(wide as u32, field_places(high, wide).map(pixel)))
        });
        drawn.flatten()
    });
    let rows = [
        ("brain-cells-slope", words!(brain.cells_slope), field(|_, field| Some(field.slope.clone()))),
        ("brain-cells-noise", words!(brain.cells_reverse), field(|_, field| Some(field.noise.clone()))),
        ("brain-cells-fit", words!(brain.cells_fit), field(|found, field| Some(fitted(found, field.gabor.as_ref()?)))),
        ("brain-cells-best", words!(brain.cells_best), grating),
    ];
    let one = |(id, words, pixels): (&'static str, crate::ui::Words, Memo<Option<Pixels>>)| {
        let is_gone = move || pixels.with(Option::is_none);
        let shown = Signal::derive(move || pixels.get().unwrap_or_else(no_pixels));
        view! {
            <figure class:gone=live::flag(is_gone) data-testid=id>
                <PixelsView pixels=shown />
                <figcaption>{words}</figcaption>
            </figure>
        }
    };
    view! { <div class="cells-pictures">{rows.map(one).collect_view()}</div> }.into_any()
}
