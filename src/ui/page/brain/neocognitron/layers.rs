//! Every plane of every layer, the cells through which the answer came, and what a plane has learnt.

use super::state::NeocognitronState;
use crate::protocol::{CellLayer, CellSheet, NeocognitronView, Pixels, PlaneDrawings, WinningCell};
use crate::ui::widget::{Card, PixelsView, arrow, no_pixels, painted, share_at};
use crate::ui::{Words, live, number};
use leptos::html::Div;
use leptos::prelude::*;
use web_sys::{KeyboardEvent, MouseEvent};

/// Between planes: the ground shines through.
const GAP: usize = 1;

pub(in crate::ui::page::brain) fn layers_card(state: NeocognitronState) -> AnyView {
    let is_there = Memo::new(move |_| state.look.answer.with(Option::is_some));
    view! {
        <Card id="brain-layers" title=words!(brain.layers) hint=words!(brain.layers_hint) of=state.look.asking>
            <p class="represent-empty hint" class:gone=live::flag(move || is_there.get())>{words!(brain.layers_empty)}</p>
            <div class="brain-layers" class:gone=live::flag(move || !is_there.get())>
                <div class="brain-sheets">
                    {CellLayer::ALL.into_iter().enumerate().map(|(at, layer)| sheet(state, at, layer)).collect_view()}
                </div>
                {plane(state)}
            </div>
        </Card>
    }
    .into_any()
}

fn title(layer: CellLayer) -> Words {
    match layer {
        CellLayer::Contrast => words!(brain.layer_contrast),
        CellLayer::S1 => words!(brain.layer_s1),
        CellLayer::C1 => words!(brain.layer_c1),
        CellLayer::S2 => words!(brain.layer_s2),
        CellLayer::C2 => words!(brain.layer_c2),
        CellLayer::S3 => words!(brain.layer_s3),
    }
}

/// Planes in a row: wide ones need fewer.
fn columns(sheet: &CellSheet) -> usize {
    columns_of(sheet.planes as usize, sheet.side as usize)
}

fn columns_of(planes: usize, side: usize) -> usize {
    planes.min((240 / (side + GAP)).max(2)).max(1)
}

/// Width and height in cells, gaps included.
fn extent(sheet: &CellSheet) -> [usize; 2] {
    let (columns, each) = (columns(sheet), sheet.side as usize + GAP);
    [columns * each - GAP, (sheet.planes as usize).div_ceil(columns).max(1) * each - GAP]
}

fn tiled(sheet: &CellSheet) -> Pixels {
    let cells = (sheet.side * sheet.side) as usize;
    tiles(sheet.side as usize, sheet.planes as usize, columns(sheet), |plane, cell| sheet.values[plane * cells + cell])
}

/// Drawings of planes beside each other.
pub(super) fn drawn(drawings: &PlaneDrawings) -> Pixels {
    let (side, planes) = (drawings.side as usize, drawings.planes.len());
    let columns = (240 / (side + GAP)).max(12).min(planes.max(1));
    tiles(side, planes, columns, |plane, cell| drawings.planes[plane][cell])
}

fn tiles(side: usize, planes: usize, columns: usize, value: impl Fn(usize, usize) -> u8) -> Pixels {
    let each = side + GAP;
    let [width, height] = [columns * each - GAP, planes.div_ceil(columns).max(1) * each - GAP];
    let pixel = |at: usize| {
        let (row, column) = (at / width, at % width);
        let plane = row / each * columns + column / each;
        let (row, column) = (row % each, column % each);
        if row >= side || column >= side || plane >= planes {
            return [0; 4];
        }
        let value = value(plane, row * side + column);
        [value, value, value, 255]
    };
    painted(width as u32, (0..width * height).map(pixel))
}

/// Left and top of a cell of a plane, and the side of a cell, in percent of width and height.
fn box_of(sheet: &CellSheet, plane: usize, [row, column]: [f64; 2], cells: f64) -> [String; 4] {
    let ([width, height], columns, each) = (extent(sheet), columns(sheet), sheet.side as f64 + GAP as f64);
    let percent = |at: f64, of: usize| format!("{:.3}%", 100.0 * at / of as f64);
    let (x, y) = ((plane % columns) as f64 * each + column, (plane / columns) as f64 * each + row);
    [percent(x, width), percent(y, height), percent(cells, width), percent(cells, height)]
}

fn mark(class: &'static str, [left, top, width, height]: [String; 4], strength: f32) -> AnyView {
    view! {
        <span
            class=class
            style:left=left
            style:top=top
            style:width=width
            style:height=height
            style:opacity=format!("{strength:.2}")
            aria-hidden="true"
        ></span>
    }
    .into_any()
}

fn of_view<T>(state: NeocognitronState, of: impl Fn(&NeocognitronView) -> Option<T>) -> Option<T> {
    state.look.answer.with(|view| view.as_ref().and_then(|view| of(view)))
}

fn sheet(state: NeocognitronState, at: usize, layer: CellLayer) -> AnyView {
    let ground = NodeRef::<Div>::new();
    let pixels =
        Signal::derive(move || of_view(state, |view| Some(tiled(view.layers.get(at)?))).unwrap_or_else(no_pixels));
    let marks = move || {
        let chosen = state.chosen.get();
        let all = of_view(state, |view| {
            let sheet = view.layers.get(at)?;
            let largest = view.winners.get(at)?.first().map_or(1.0, |cell| cell.share);
            let cell = |cell: &WinningCell| {
                let place = [f64::from(cell.row), f64::from(cell.column)];
                let strength = (cell.share / largest).sqrt().max(0.35);
                mark("brain-winner", box_of(sheet, cell.plane as usize, place, 1.0), strength)
            };
            let winners: Vec<AnyView> = view.winners.get(at)?.iter().map(cell).collect();
            let is_here = chosen[0] == at && chosen[1] < sheet.planes as usize;
            let own =
                is_here.then(|| mark("brain-chosen", box_of(sheet, chosen[1], [0.0; 2], f64::from(sheet.side)), 1.0));
            Some(view! { {winners} {own} }.into_any())
        });
        all.unwrap_or_else(|| ().into_any())
    };
    let said = move || {
        of_view(state, |view| {
            let sheet = view.layers.get(at)?;
            Some(say!(brain.layer_size, planes = sheet.planes, side = sheet.side))
        })
    };
    let press = move |event: MouseEvent| {
        let Some(ground) = ground.get_untracked() else { return };
        let [across, down] = share_at(&ground, &event);
        let found = untrack(|| {
            of_view(state, |view| {
                let sheet = view.layers.get(at)?;
                let ([width, height], each) = (extent(sheet), sheet.side as usize + GAP);
                let cell = |share: f64, of: usize| (share * of as f64).max(0.0) as usize / each;
                let plane = cell(down, height) * columns(sheet) + cell(across, width);
                (plane < sheet.planes as usize).then_some(plane)
            })
        });
        found.into_iter().for_each(|plane| state.chosen.set([at, plane]));
    };
    let key = move |event: KeyboardEvent| {
        let Some([across, down]) = arrow(&event) else { return };
        let found = untrack(|| {
            of_view(state, |view| {
                let sheet = view.layers.get(at)?;
                let [layer, plane] = state.chosen.get();
                let here = if layer == at { plane as i64 } else { 0 };
                let next = here + across as i64 + down as i64 * columns(sheet) as i64;
                Some(next.clamp(0, i64::from(sheet.planes) - 1) as usize)
            })
        });
        found.into_iter().for_each(|plane| state.chosen.set([at, plane]));
    };
    view! {
        <figure>
            <figcaption>
                <b>{title(layer)()}</b>
                " "
                <span class="hint">{live::maybe(said)}</span>
            </figcaption>
            <div
                class="brain-planes"
                node_ref=ground
                tabindex="0"
                role="application"
                aria-label=title(layer)
                data-testid=format!("brain-layer-{at}")
                on:click=press
                on:keydown=key
            >
                <PixelsView pixels />
                {live::view(marks)}
            </div>
        </figure>
    }
    .into_any()
}

/// The plane that is chosen: what it answers, and what it has learnt.
fn plane(state: NeocognitronState) -> AnyView {
    let answers = Signal::derive(move || {
        let [layer, plane] = state.chosen.get();
        let found = of_view(state, |view| {
            let sheet = view.layers.get(layer)?;
            let cells = (sheet.side * sheet.side) as usize;
            let values = sheet.values.get(plane * cells..(plane + 1) * cells)?;
            Some(painted(sheet.side, values.iter().map(|&value| [value, value, value, 255])))
        });
        found.unwrap_or_else(no_pixels)
    });
    let learnt = Signal::derive(move || {
        let [layer, plane] = state.chosen.get();
        let found = state.report.with(|report| {
            let drawings = report.as_ref()?.progress.drawings.get(stage_of(layer)?)?;
            let values = drawings.planes.get(plane)?;
            Some(painted(drawings.side, values.iter().map(|&value| [value, value, value, 255])))
        });
        found.unwrap_or_else(no_pixels)
    });
    let has_learnt = Memo::new(move |_| stage_of(state.chosen.get()[0]).is_some());
    let said = move || {
        let [layer, plane] = state.chosen.get();
        let (name, largest, share) = of_view(state, |view| {
            let sheet = view.layers.get(layer)?;
            let cells = (sheet.side * sheet.side) as usize;
            let values = sheet.values.get(plane * cells..(plane + 1) * cells)?;
            let largest = f32::from(values.iter().copied().max()?) / 255.0 * sheet.largest;
            let mine = view.winners.get(layer)?.iter().filter(|cell| cell.plane as usize == plane);
            Some((sheet.layer, largest, mine.map(|cell| cell.share).sum::<f32>()))
        })?;
        let class = state.report.with(|report| {
            let report = report.as_ref()?;
            let class = report.progress.classes.get(plane).filter(|_| name == CellLayer::S3)?;
            report.names.get(*class as usize).cloned()
        });
        let (largest, share) = (number::digits(largest), number::percent(share));
        Some(match class {
            Some(class) => {
                say!(brain.plane_of_class, plane = plane + 1, class = class, largest = largest, share = share)
            }
            None => say!(brain.plane_said, plane = plane + 1, largest = largest, share = share),
        })
    };
    let layer = move || CellLayer::ALL.get(state.chosen.get()[0]).map(|layer| title(*layer)());
    view! {
        <aside class="brain-plane" data-testid="brain-plane" data-plane=live::text(move || state.chosen.get()[1].to_string())>
            <h3>{live::view(move || layer().into_any())}</h3>
            <p aria-live="polite">{live::maybe(said)}</p>
            <figure>
                <PixelsView pixels=answers />
                <figcaption class="hint">{words!(brain.plane_answers)}</figcaption>
            </figure>
            <figure class:gone=live::flag(move || !has_learnt.get())>
                <PixelsView pixels=learnt />
                <figcaption class="hint">{words!(brain.plane_learnt)}</figcaption>
            </figure>
        </aside>
    }
    .into_any()
}

/// The stage whose S-cells a layer has, or gathers.
fn stage_of(layer: usize) -> Option<usize> {
    layer.checked_sub(1).map(|after| after / 2)
}
