//! The code map: a dot for each picture, coloured by its class, and what the decoder makes of the place under the pointer.

use super::state::{CodePage, planes};
use crate::protocol::Pixels;
use crate::ui::page::represent::plane::{COLOURS, MapExtents, PARTS, class_legend, extents_of, share_of};
use crate::ui::page::represent::settings::RepresentSettings;
use crate::ui::widget::{Card, PixelsView, arrow, no_pixels, progress_of, share_at, trouble_box};
use crate::ui::{live, number};
use leptos::html::Div;
use leptos::prelude::*;
use web_sys::{KeyboardEvent, PointerEvent};

/// Sides of the drawing.
const SIDE: f32 = 1000.0;

fn place_of(extents: &MapExtents, [x, y]: [f32; 2]) -> [f32; 2] {
    let at = |axis: usize, share: f32| extents[axis][0] + share * (extents[axis][1] - extents[axis][0]);
    [at(0, x.clamp(0.0, 1.0)), at(1, 1.0 - y.clamp(0.0, 1.0))]
}

pub(super) fn map_card(page: CodePage) -> AnyView {
    let is_waiting = Memo::new(move |_| page.board.with(Option::is_none));
    view! {
        <Card id="represent-code" title=words!(represent.code_map) hint=words!(represent.code_map_hint) of=page.learn.asking>
            <div class="fields">{controls!(RepresentSettings, "pictures", "by", "code")}</div>
            {verdict(page)}
            {live::view(move || is_waiting.get().then(|| view! { <p class="represent-empty">{words!(represent.code_waiting)}</p> }).into_any())}
            <div class="code-board" class:gone=live::flag(move || is_waiting.get())>
                <div>
                    {sheet(page)}
                    {class_legend("code-legend", move || {
                        page.examples.with(|examples| examples.as_ref().map(|examples| examples.classes.clone()))
                    })}
                </div>
                {beside(page)}
            </div>
            <div class:gone=live::flag(move || is_waiting.get())>{again(page)}</div>
            {progress_of(page.learn.asking, words!(represent.learning))}
            {trouble_box(move || page.decode.trouble())}
        </Card>
    }
    .into_any()
}

/// What has come of learning, first and large.
fn verdict(page: CodePage) -> AnyView {
    let error = Memo::new(move |_| page.progress.with(|known| known.as_ref()?.measured.last()?.1.first().copied()));
    let said = move || {
        let step = page.progress.with(|known| known.as_ref().map(|known| number::count(known.step)))?;
        let code = page.settings.with(|settings| number::count(settings.code.code));
        let error = number::digits(error.get()? as f32);
        Some(match page.components_error.get() {
            Some(of) => {
                let components = number::digits(of as f32);
                say!(represent.code_verdict, step = step, code = code, error = error, components = components)
            }
            None => say!(represent.code_verdict_alone, step = step, code = code, error = error),
        })
    };
    let told = move || error.get().map(|error| error.to_string());
    let components = move || page.components_error.get().map(|error| error.to_string());
    view! {
        <p
            class="represent-verdict"
            data-testid="represent-code-verdict"
            data-error=live::maybe(told)
            data-components=live::maybe(components)
        >
            {live::maybe(said)}
        </p>
    }
    .into_any()
}

/// Dots as one path for each class.
fn paths(page: CodePage, extents: &MapExtents) -> Vec<String> {
    let mut paths = vec![String::new(); COLOURS];
    page.examples.with(|examples| {
        let labels = examples.as_ref().map_or(&[] as &[u32], |examples| &examples.labels);
        page.board.with(|board| {
            for (at, place) in board.iter().flat_map(|board| &board.places).enumerate() {
                let [x, y] = share_of(extents, *place);
                let class = labels.get(at).map_or(0, |label| *label as usize % COLOURS);
                let [x, y] = [x, y].map(|share| (SIDE * share).round() as i32);
                paths[class] += &format!("M{x} {y}h0");
            }
        });
    });
    paths
}

fn sheet(page: CodePage) -> AnyView {
    let ground = NodeRef::<Div>::new();
    let extents =
        Memo::new(move |_| page.board.with(|board| extents_of(board.as_ref().map_or(&[], |board| &board.places))));
    let all = Memo::new(move |_| paths(page, &extents.get()));
    let point = move |event: PointerEvent| {
        if let Some(ground) = ground.get_untracked() {
            let share = share_at(&ground, &event).map(|share| share as f32);
            page.pointed.set(Some(place_of(&extents.get_untracked(), share)));
        }
    };
    let key = move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            return page.pointed.set(None);
        }
        let Some([right, down]) = arrow(&event) else { return };
        let extents = extents.get_untracked();
        let [x, y] = untrack(|| page.place()).map_or([0.5; 2], |place| share_of(&extents, place));
        let share = [x + right as f32 / PARTS, y + down as f32 / PARTS];
        page.pointed.set(Some(place_of(&extents, share)));
    };
    let path = move |class: usize| {
        view! { <path class=format!("code-{class}") d=live::text(move || all.with(|all| all[class].clone()))></path> }
    };
    let mark = move || {
        let [x, y] = page.place().map(|place| share_of(&extents.get(), place))?;
        let [left, top] = [x, y].map(|share| format!("{:.2}%", 100.0 * share));
        Some(view! { <i class="code-mark" style:left=left style:top=top></i> })
    };
    let steps = move || page.board.with(|board| board.as_ref().map_or(0, |board| board.step)).to_string();
    let dots = move || page.board.with(|board| board.as_ref().map_or(0, |board| board.places.len())).to_string();
    view! {
        <div
            node_ref=ground
            class="code-sheet"
            data-testid="represent-code-map"
            data-step=live::text(steps)
            data-dots=live::text(dots)
            role="img"
            tabindex="0"
            aria-label=words!(represent.code_map_label)
            on:pointermove=point
            on:pointerdown=point
            on:keydown=key
        >
            <svg viewBox=format!("0 0 {SIDE} {SIDE}") preserveAspectRatio="none" aria-hidden="true">
                {(0..COLOURS).map(path).collect_view()}
            </svg>
            {live::view(move || mark().into_any())}
        </div>
    }
    .into_any()
}

/// The place that is looked at: the decoder's picture of it, and the nearest of those that were given.
fn beside(page: CodePage) -> AnyView {
    let made = Signal::derive(move || {
        page.decoded.with(|found| found.as_ref().map_or_else(no_pixels, |found| planes(found.shape, &found.pixels, 0)))
    });
    let nearest = Memo::new(move |_| page.nearest());
    let given = Signal::derive(move || nearest.get().map_or_else(no_pixels, |at| page.original(at)));
    let at = move || {
        let [x, y] = page.place()?.map(number::digits);
        Some(say!(represent.code_at, x = x, y = y))
    };
    let class = move || Some(say!(represent.code_nearest, class = page.class_of(nearest.get()?)?));
    let place = move || page.pointed.get().map(|[x, y]| format!("{x} {y}"));
    let bright = move || made.with(brightness).to_string();
    view! {
        <div class="code-beside">
            <figure data-testid="represent-decoded" data-place=live::maybe(place) data-bright=live::text(bright)>
                <PixelsView pixels=made />
                <figcaption>{words!(represent.code_made)} " " <span class="figure">{live::maybe(at)}</span></figcaption>
            </figure>
            <figure>
                <PixelsView pixels=given />
                <figcaption data-testid="represent-nearest">{live::maybe(class)}</figcaption>
            </figure>
        </div>
    }
    .into_any()
}

/// The sum of a picture's red values: tests see by it that another picture is shown.
fn brightness(pixels: &Pixels) -> u32 {
    pixels.rgba.iter().step_by(4).map(|&value| u32::from(value)).sum()
}

/// Pictures as they were given, and again.
fn again(page: CodePage) -> AnyView {
    let shown = Memo::new(move |_| page.board.with(|board| board.as_ref().map_or(0, |board| board.codes.len())));
    let pair = move |at: usize| {
        let given = Signal::derive(move || page.original(at));
        let made = Signal::derive(move || {
            let shape = page.examples.with(|examples| examples.as_ref().map_or([0; 3], |examples| examples.shape));
            page.board.with(|board| board.as_ref().map_or_else(no_pixels, |board| planes(shape, &board.again, at)))
        });
        view! { <li data-testid="represent-again"><PixelsView pixels=given /><PixelsView pixels=made /></li> }
    };
    view! {
        <h3>{words!(represent.code_again)}</h3>
        <ul class="code-again" role="img" aria-label=words!(represent.code_again)>
            {live::view(move || (0..shown.get()).map(pair).collect_view().into_any())}
        </ul>
    }
    .into_any()
}
