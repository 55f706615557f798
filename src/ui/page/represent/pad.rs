//! The first chain, large: whoever draws on it holds pixels, and the machine goes on with the others.

use super::state::RepresentState;
use crate::ui::live;
use crate::ui::widget::{Button, PixelsView, Segments, arrow, no_pixels, painted, share_at};
use leptos::html::Div;
use leptos::prelude::*;
use web_sys::{KeyboardEvent, PointerEvent};

/// What the pen does to a pixel.
#[derive(Clone, Copy, Debug, PartialEq)]
enum HoldPen {
    On,
    Off,
    Free,
}

choices! {
    HoldPen {
        On = ("on", words!(represent.pen_on)),
        Off = ("off", words!(represent.pen_off)),
        Free = ("free", words!(represent.pen_free)),
    }
}

/// Pixels that are held, on and off; the light and the dark theme's pictures are the same.
const HELD_ON: [u8; 3] = [143, 168, 255];
const HELD_OFF: [u8; 3] = [38, 52, 110];
/// Wider pictures have a pen of more than one pixel.
const FINE: usize = 12;

#[derive(Clone, Copy)]
struct Sheet {
    state: RepresentState,
    pen: RwSignal<HoldPen>,
    cursor: RwSignal<Option<[usize; 2]>>,
}

impl Sheet {
    /// Height and width.
    fn shape(self) -> [usize; 2] {
        self.state
            .progress
            .with(|known| known.as_ref().map_or([0; 2], |k| [k.height, k.width].map(|side| side as usize)))
    }

    /// Column and row under a share of the width and height.
    fn cell(self, [across, down]: [f64; 2]) -> [usize; 2] {
        let [height, width] = untrack(|| self.shape());
        let at = |share: f64, count: usize| ((share * count as f64).max(0.0) as usize).min(count.saturating_sub(1));
        [at(across, width), at(down, height)]
    }

    fn hold(self, [column, row]: [usize; 2]) {
        let [height, width] = untrack(|| self.shape());
        let reach = usize::from(width > FINE);
        let value = match self.pen.get_untracked() {
            HoldPen::Free => 0,
            HoldPen::Off => 1,
            HoldPen::On => 2,
        };
        self.state.held.update(|held| {
            held.resize(height * width, 0);
            for row in row.saturating_sub(reach)..=(row + reach).min(height.saturating_sub(1)) {
                for column in column.saturating_sub(reach)..=(column + reach).min(width.saturating_sub(1)) {
                    if let Some(pixel) = held.get_mut(row * width + column) {
                        *pixel = value;
                    }
                }
            }
        });
        self.state.go_on(1);
    }

    /// The upper half of an example, one after the other.
    fn hold_half(self, count: usize) {
        let half = self.state.progress.with_untracked(|known| {
            let known = known.as_ref()?;
            let example = known.shown.get(count % known.shown.len().max(1))?;
            let upper = (known.height.div_ceil(2) * known.width) as usize;
            Some(example.iter().enumerate().map(|(at, on)| if at < upper { on + 1 } else { 0 }).collect())
        });
        self.state.held.set(half.unwrap_or_default());
        self.state.toss();
    }
}

pub(super) fn pad(state: RepresentState) -> AnyView {
    let sheet = Sheet { state, pen: RwSignal::new(HoldPen::On), cursor: RwSignal::new(None) };
    let ground = NodeRef::<Div>::new();
    let last = StoredValue::new(None::<[f64; 2]>);
    let halves = StoredValue::new(0_usize);
    let pixels = Signal::derive(move || {
        let held = state.held.get();
        state.chains.with(|chains| {
            let Some((chains, first)) = chains.as_ref().and_then(|all| Some((all, all.chains.first()?))) else {
                return no_pixels();
            };
            let colour = |(at, &pixel): (usize, &u8)| {
                let [red, green, blue] = match held.get(at) {
                    Some(2) => HELD_ON,
                    Some(1) => HELD_OFF,
                    _ => [pixel; 3],
                };
                [red, green, blue, 255]
            };
            painted(chains.width, first.visible.iter().enumerate().map(colour))
        })
    });
    let place = move |event: &PointerEvent| ground.get_untracked().map(|ground| share_at(&ground, event));
    let down = move |event: PointerEvent| {
        event.prevent_default();
        if let Some(ground) = ground.get_untracked() {
            // Refused where the pointer has gone already.
            let _ = ground.set_pointer_capture(event.pointer_id());
        }
        sheet.cursor.set(None);
        if let Some(at) = place(&event) {
            sheet.hold(sheet.cell(at));
            last.set_value(Some(at));
        }
    };
    let moved = move |event: PointerEvent| {
        let (Some(from), Some(to)) = (last.get_value(), place(&event)) else { return };
        let [_, width] = untrack(|| sheet.shape());
        let length = (to[0] - from[0]).hypot(to[1] - from[1]) * width as f64;
        let count = length.ceil().max(1.0) as usize;
        for step in 1..=count {
            let part = step as f64 / count as f64;
            sheet.hold(sheet.cell([0, 1].map(|axis| from[axis] + part * (to[axis] - from[axis]))));
        }
        last.set_value(Some(to));
    };
    let key = move |event: KeyboardEvent| {
        let [height, width] = untrack(|| sheet.shape());
        let here = sheet.cursor.get_untracked().unwrap_or([width / 2, height / 2]);
        if event.key() == " " {
            event.prevent_default();
            sheet.cursor.set(Some(here));
            return sheet.hold(here);
        }
        let Some([x, y]) = arrow(&event) else { return };
        let step =
            |at: usize, by: f64, count: usize| (at as f64 + by).clamp(0.0, count.saturating_sub(1) as f64) as usize;
        sheet.cursor.set(Some([step(here[0], x, width), step(here[1], y, height)]));
    };
    let cursor = move || {
        let [height, width] = sheet.shape();
        let box_of = |[column, row]: [usize; 2]| {
            let share = |at: usize, of: usize| format!("{:.3}%", 100.0 * at as f64 / of.max(1) as f64);
            let (left, top) = (share(column, width), share(row, height));
            let (wide, high) = (share(1, width), share(1, height));
            view! { <i class="hold-cursor" style:left=left style:top=top style:width=wide style:height=high></i> }
        };
        sheet.cursor.get().map(box_of).into_any()
    };
    let count = move || state.held.with(|held| held.iter().filter(|held| **held != 0).count());
    view! {
        <div class="dream">
            <div
                node_ref=ground
                class="dream-sheet"
                data-testid="represent-pad"
                data-held=live::text(move || count().to_string())
                role="img"
                tabindex="0"
                aria-label=words!(represent.pad_label)
                on:pointerdown=down
                on:pointermove=moved
                on:pointerup=move |_| last.set_value(None)
                on:pointercancel=move |_| last.set_value(None)
                on:keydown=key
                on:blur=move |_| sheet.cursor.set(None)
            >
                <PixelsView pixels />
                {live::view(cursor)}
            </div>
            {hidden_units(state)}
            <Segments name="represent-pen" label=words!(represent.pen) chosen=sheet.pen on_choose=move |pen| sheet.pen.set(pen) />
            <div class="row-acts wraps">
                <Button
                    id="represent-half"
                    words=words!(represent.half)
                    off=move || state.progress.with(Option::is_none)
                    on_press=move |()| {
                        sheet.hold_half(halves.get_value());
                        halves.update_value(|count| *count += 1);
                    }
                />
                <Button
                    id="represent-free"
                    words=words!(represent.free)
                    off=move || count() == 0
                    on_press=move |()| {
                        state.held.set(Vec::new());
                        state.go_on(1);
                    }
                />
            </div>
        </div>
    }
    .into_any()
}

/// In rows of at most so many.
const HIDDEN_ROW: u32 = 32;

fn hidden_units(state: RepresentState) -> AnyView {
    let units = Memo::new(move |_| {
        state.chains.with(|chains| {
            chains.as_ref().and_then(|all| all.chains.first()).map(|first| first.hidden.to_vec()).unwrap_or_default()
        })
    });
    let columns = Memo::new(move |_| units.with(|units| (units.len() as u32).min(HIDDEN_ROW)));
    let dots = move || {
        units.with(|units| units.iter().map(|on| view! { <i class:on=*on == 1></i> }).collect_view().into_any())
    };
    view! {
        <p class="hint">{words!(represent.hidden_now)}</p>
        <div class="hidden-units" aria-hidden="true" style=("--columns", live::text(move || columns.get().to_string()))>
            {live::view(dots)}
        </div>
    }
    .into_any()
}
