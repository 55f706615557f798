//! Try it by hand: a pad to draw a digit on, with mouse, pen, finger or arrow keys, white on black as MNIST is, or the chosen
//! picture of the tray; with the network's answer at once.

use super::ask::Panel;
use super::{LookPanel, classes_of};
use crate::protocol::{Look, Looked, Pixels};
use crate::ui::widget::{Button, PixelsView, arrow, no_pixels};
use crate::ui::{app, live, number};
use js_sys::{Object, Reflect};
use leptos::html::Canvas;
use leptos::prelude::*;
use serde_bytes::ByteBuf;
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData, KeyboardEvent, PointerEvent};

/// More bars than this are a list to scroll, not an answer.
const BARS: usize = 20;

/// `draws`: there is a pad; else the tray's picture is tried.
#[component]
pub(super) fn Pad(draws: bool) -> impl IntoView {
    let panel = Panel::new();
    if !draws {
        app().want_tray();
    }
    let drawn = RwSignal::new(None::<Pixels>);
    let wanted = Memo::new(move |_| match draws {
        true => drawn.get(),
        false => app().chosen_item().map(|item| pixels_of(&item.preview)),
    });
    let classes = classes_of();
    let probabilities = Signal::derive(move || match (wanted.with(Option::is_some), panel.answer.get()) {
        (true, Some(Looked::Try { probabilities, .. })) => probabilities,
        _ => Vec::new(),
    });
    let seen = Signal::derive(move || match panel.answer.get() {
        Some(Looked::Try { seen, .. }) => seen,
        _ => no_pixels(),
    });
    let is_seen = Memo::new(move |_| !probabilities.with(Vec::is_empty));
    view! {
        <LookPanel
            id="try"
            title=if draws { words!(train.pad) } else { words!(train.try_picture) }
            hint=if draws { words!(train.pad_hint) } else { words!(train.try_hint) }
            open=true
            look=move || wanted.get().map(|pixels| Look::Try { pixels })
            panel
        >
            <div class="try-it">
                <div class="try-from">
                    {draws.then(|| view! { <Draw drawn /> })}
                    <figure class="seen-as" class:waits=live::flag(move || !is_seen.get())>
                        <PixelsView pixels=seen />
                        <figcaption class="hint">{words!(train.seen_as)}</figcaption>
                    </figure>
                </div>
                {live::view(move || view! { <Guesses probabilities classes=classes.get() /> }.into_any())}
            </div>
        </LookPanel>
    }
}

#[component]
fn Guesses(probabilities: Signal<Vec<f32>>, classes: Vec<String>) -> impl IntoView {
    let best = Memo::new(move |_| {
        probabilities.with(|found| {
            found.iter().enumerate().max_by(|(_, one), (_, other)| one.total_cmp(other)).map(|(place, _)| place)
        })
    });
    let row = |(place, name): (usize, &String)| {
        let probability = move || probabilities.with(|found| found.get(place).copied());
        view! {
            <li class:best=live::flag(move || best.get() == Some(place))>
                <span>{name.clone()}</span>
                <span class="bar" aria-hidden="true">
                    <i style:width=live::text(move || format!("{:.1}%", 100.0 * probability().unwrap_or(0.0)))></i>
                </span>
                <span class="figure">{live::maybe(move || probability().map(number::percent))}</span>
            </li>
        }
    };
    let rows = classes.iter().enumerate().take(BARS).map(row).collect_view();
    let said = move || best.get().and_then(|best| classes.get(best).cloned());
    let shown = said.clone();
    view! {
        <ol class="guesses" data-testid="guesses" data-best=live::maybe(shown)>{rows}</ol>
        <p class="unseen" role="status">{live::maybe(said)}</p>
    }
}

/// Four times MNIST's: lines stay smooth when the engine makes them small.
const SIDE: u32 = 112;
const LENGTH: f64 = SIDE as f64;
/// As thick as MNIST's pens.
const PEN: f64 = 10.0;
/// Of an arrow key.
const STRIDE: f64 = 6.0;

/// Where the arrow keys have moved the pen, and whether it draws there.
#[derive(Clone, Copy, PartialEq)]
struct Cursor {
    at: [f64; 2],
    draws: bool,
}

#[component]
pub(super) fn Draw(drawn: RwSignal<Option<Pixels>>) -> impl IntoView {
    let canvas = NodeRef::<Canvas>::new();
    // Where the pointer is held down.
    let pen = StoredValue::new(None::<[f64; 2]>);
    let cursor = RwSignal::new(None::<Cursor>);
    let context = move || canvas.get_untracked().and_then(|canvas| context_of(&canvas));
    let clear = move || {
        if let Some(context) = context() {
            context.set_fill_style_str("#000");
            context.fill_rect(0.0, 0.0, LENGTH, LENGTH);
        }
        drawn.set(None);
    };
    Effect::new(move |_| {
        if let Some(canvas) = canvas.get() {
            canvas.set_width(SIDE);
            canvas.set_height(SIDE);
            clear();
        }
    });
    let line = move |from: [f64; 2], to: [f64; 2]| {
        if let Some(context) = context() {
            draw_line(&context, from, to);
            drawn.set(context.get_image_data(0.0, 0.0, LENGTH, LENGTH).ok().map(|image| pixels_of(&image)));
        }
    };
    let place = move |event: &PointerEvent| {
        let width = canvas.get_untracked().map_or(1.0, |canvas| f64::from(canvas.client_width().max(1)));
        [event.offset_x(), event.offset_y()].map(|at| f64::from(at) * LENGTH / width)
    };
    let moved = move |event: PointerEvent| {
        if let Some(from) = pen.get_value() {
            let to = place(&event);
            line(from, to);
            pen.set_value(Some(to));
        }
    };
    let down = move |event: PointerEvent| {
        if let Some(canvas) = canvas.get_untracked() {
            // Refused where the pointer has gone already.
            let _ = canvas.set_pointer_capture(event.pointer_id());
        }
        cursor.set(None);
        let at = place(&event);
        line(at, at);
        pen.set_value(Some(at));
    };
    let key = move |event: KeyboardEvent| {
        let before = cursor.get_untracked().unwrap_or(Cursor { at: [LENGTH / 2.0; 2], draws: false });
        let Some(after) = steered(before, &event) else { return };
        cursor.set(Some(after));
        if after.draws {
            line(before.at, after.at);
        }
    };
    view! {
        <div class="pad">
            <div class="pad-ground">
                <canvas
                    node_ref=canvas
                    data-testid="pad"
                    role="img"
                    tabindex="0"
                    aria-label=words!(train.pad_label)
                    on:pointerdown=down
                    on:pointermove=moved
                    on:pointerup=move |_| pen.set_value(None)
                    on:pointercancel=move |_| pen.set_value(None)
                    on:keydown=key
                    on:blur=move |_| cursor.set(None)
                ></canvas>
                {live::view(move || {
                    let percent = |at: f64| format!("{:.1}%", 100.0 * at / LENGTH);
                    cursor
                        .get()
                        .map(|cursor| {
                            let [x, y] = cursor.at.map(percent);
                            view! { <i class="pen" class:draws=cursor.draws style:left=x style:top=y></i> }
                        })
                        .into_any()
                })}
            </div>
            <Button id="pad-clear" words=words!(train.clear) on_press=move |()| clear() />
        </div>
    }
}

/// Arrow keys move the pen, the space bar puts it down and lifts it.
fn steered(cursor: Cursor, event: &KeyboardEvent) -> Option<Cursor> {
    if event.key() == " " {
        event.prevent_default();
        return Some(Cursor { draws: !cursor.draws, ..cursor });
    }
    let [x, y] = arrow(event)?;
    let at = [cursor.at[0] + STRIDE * x, cursor.at[1] + STRIDE * y].map(|at| at.clamp(0.0, LENGTH));
    Some(Cursor { at, ..cursor })
}

/// It is read after every stroke, so it stays in memory rather than on the GPU.
fn context_of(canvas: &HtmlCanvasElement) -> Option<CanvasRenderingContext2d> {
    let options = Object::new();
    Reflect::set(&options, &"willReadFrequently".into(), &true.into()).ok()?;
    canvas.get_context_with_context_options("2d", &options).ok().flatten()?.dyn_into().ok()
}

fn draw_line(context: &CanvasRenderingContext2d, [from_x, from_y]: [f64; 2], [x, y]: [f64; 2]) {
    context.set_stroke_style_str("#fff");
    context.set_line_width(PEN);
    context.set_line_cap("round");
    context.begin_path();
    context.move_to(from_x, from_y);
    // A point is a line of almost no length.
    context.line_to(x + 0.01, y);
    context.stroke();
}

pub(super) fn pixels_of(image: &ImageData) -> Pixels {
    Pixels { width: image.width(), height: image.height(), rgba: ByteBuf::from(image.data().0) }
}
