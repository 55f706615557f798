//! Try it by hand: a pad to draw a digit on, or the chosen picture of the tray, with the network's answer at once.

use super::LookPanel;
use super::ask::Panel;
use crate::protocol::{Look, Looked, Pixels};
use crate::ui::desk::Desk;
use crate::ui::widget::PixelsView;
use crate::ui::{live, number};
use leptos::html::Canvas;
use leptos::prelude::*;
use serde_bytes::ByteBuf;
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, ImageData, PointerEvent};

/// Four times MNIST's: lines stay smooth when the engine makes them small.
const SIDE: u32 = 112;
/// As thick as MNIST's pens.
const PEN: f64 = 10.0;

/// `draws`: there is a pad; else the tray's picture is tried.
#[component]
pub(super) fn Pad(draws: bool) -> impl IntoView {
    let desk = Desk::here();
    let panel = Panel::new();
    let drawn = RwSignal::new(None::<Pixels>);
    let wanted = Memo::new(move |_| match draws {
        true => drawn.get(),
        false => desk.chosen_item().map(|item| pixels_of(&item.preview)),
    });
    let answer = move || match (wanted.with(Option::is_some), panel.answer.get()) {
        (true, Some(Looked::Try { probabilities, seen, .. })) => Some((probabilities, seen)),
        _ => None,
    };
    let classes = Memo::new(move |_| {
        let classes = desk.training.current(|run| run.about.as_ref().map(|about| about.data.classes.clone()));
        classes.flatten().unwrap_or_default()
    });
    let hint = if draws { words!(train.pad_hint) } else { words!(train.try_hint) };
    view! {
        <LookPanel
            id="try"
            title=if draws { words!(train.pad) } else { words!(train.try_picture) }
            hint
            open=true
            look=move || wanted.get().map(|pixels| Look::Try { pixels })
            panel
        >
            <div class="try-it">
                {draws.then(|| view! { <Draw drawn /> })}
                {live::view(move || view! { <Probabilities answer=answer() classes=classes.get() /> }.into_any())}
            </div>
        </LookPanel>
    }
}

#[component]
fn Draw(drawn: RwSignal<Option<Pixels>>) -> impl IntoView {
    let canvas = NodeRef::<Canvas>::new();
    let pen = StoredValue::new(None::<[f64; 2]>);
    let context = move || {
        let context = canvas.get_untracked()?.get_context("2d").ok().flatten()?;
        context.dyn_into::<CanvasRenderingContext2d>().ok()
    };
    let clear = move || {
        if let Some(context) = context() {
            context.set_fill_style_str("#000");
            context.fill_rect(0.0, 0.0, f64::from(SIDE), f64::from(SIDE));
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
    let place = move |event: &PointerEvent| {
        let width = canvas.get_untracked().map_or(1.0, |canvas| f64::from(canvas.client_width().max(1)));
        [event.offset_x(), event.offset_y()].map(|at| f64::from(at) * f64::from(SIDE) / width)
    };
    let stroke = move |event: &PointerEvent| {
        let (Some([from_x, from_y]), Some(context)) = (pen.get_value(), context()) else {
            return;
        };
        let [x, y] = place(event);
        context.set_stroke_style_str("#fff");
        context.set_line_width(PEN);
        context.set_line_cap("round");
        context.begin_path();
        context.move_to(from_x, from_y);
        // A point is a line of almost no length.
        context.line_to(x + 0.01, y);
        context.stroke();
        pen.set_value(Some([x, y]));
        if let Ok(image) = context.get_image_data(0.0, 0.0, f64::from(SIDE), f64::from(SIDE)) {
            drawn.set(Some(pixels_of(&image)));
        }
    };
    let down = move |event: PointerEvent| {
        event.prevent_default();
        if let Some(canvas) = canvas.get_untracked() {
            // Refused where the pointer has gone already.
            let _ = canvas.set_pointer_capture(event.pointer_id());
        }
        pen.set_value(Some(place(&event)));
        stroke(&event);
    };
    view! {
        <div class="pad">
            <canvas
                node_ref=canvas
                data-testid="pad"
                aria-label=words!(train.pad)
                role="img"
                on:pointerdown=down
                on:pointermove=move |event| stroke(&event)
                on:pointerup=move |_| pen.set_value(None)
                on:pointercancel=move |_| pen.set_value(None)
            ></canvas>
            <button type="button" class="btn" data-testid="pad-clear" on:click=move |_| clear()>
                {words!(train.clear)}
            </button>
        </div>
    }
}

#[component]
fn Probabilities(answer: Option<(Vec<f32>, Pixels)>, classes: Vec<String>) -> impl IntoView {
    let (probabilities, seen) = answer.map_or((None, None), |(found, seen)| (Some(found), Some(seen)));
    let best = probabilities.as_ref().and_then(|found| {
        found.iter().enumerate().max_by(|(_, one), (_, other)| one.total_cmp(other)).map(|(place, _)| place)
    });
    let row = |(place, name): (usize, &String)| {
        let probability = probabilities.as_ref().and_then(|found| found.get(place).copied());
        view! {
            <li class:best={best == Some(place)}>
                <span>{name.clone()}</span>
                <span class="bar" aria-hidden="true">
                    <i style:width=format!("{:.1}%", 100.0 * probability.unwrap_or(0.0))></i>
                </span>
                <span class="figure">{probability.map(number::percent)}</span>
            </li>
        }
    };
    let rows = classes.iter().enumerate().take(20).map(row).collect_view();
    let said = best.and_then(|best| classes.get(best).cloned());
    view! {
        <ol class="guesses" data-testid="guesses" data-best=said.clone()>{rows}</ol>
        <p class="unseen" role="status">{said}</p>
        <figure class="seen-as">
            {seen.map(|pixels| view! { <PixelsView pixels /> <figcaption class="hint">{words!(train.seen_as)}</figcaption> })}
        </figure>
    }
}

fn pixels_of(image: &ImageData) -> Pixels {
    Pixels { width: image.width(), height: image.height(), rgba: ByteBuf::from(image.data().0) }
}
