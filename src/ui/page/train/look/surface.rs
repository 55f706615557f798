//! Of points in a plane: what the network answers everywhere, with the data over it, and what each hidden unit sees there.
//! A unit under the pointer, or with the focus, is shown large (after TensorFlow Playground, Smilkov et al. 2017).

use super::ask::Panel;
use super::{LookPanel, classes_of};
use crate::protocol::{Look, Looked, Pixels, SurfaceLayer, SurfacePoint};
use crate::ui::live;
use crate::ui::widget::{self, BLUE, ORANGE, PixelsView, legend, no_pixels, painted};
use leptos::prelude::*;

const SIDE: u32 = 60;
/// Of the plane, both ways.
const EDGE: f32 = 1.25;
/// More points than this hide what is below them.
const POINTS: usize = 400;
/// More units of one layer than this are not shown.
const UNITS: usize = 64;

/// A hidden unit: its layer and its place there.
type Unit = (usize, usize);

#[component]
pub(super) fn Surface() -> impl IntoView {
    let panel = Panel::new();
    let here = RwSignal::new(None::<Unit>);
    view! {
        <LookPanel
            id="surface"
            title=words!(train.surface)
            hint=words!(train.surface_hint)
            open=true
            look=|| Some(Look::Surface { side: SIDE })
            panel
        >
            <div class="surface">
                {plane(panel, here)}
                {hidden_units(panel, here)}
            </div>
        </LookPanel>
    }
}

fn hidden_of(answer: Option<&Looked>) -> Vec<(String, usize)> {
    let Some(Looked::Surface { layers, .. }) = answer else {
        return Vec::new();
    };
    let hidden = layers.split_last().map_or(&[] as &[SurfaceLayer], |(_, hidden)| hidden);
    hidden.iter().map(|layer| (layer.layer.clone(), layer.units.len().min(UNITS))).collect()
}

fn unit_of(answer: Option<&Looked>, (layer, unit): Unit) -> Pixels {
    let Some(Looked::Surface { layers, .. }) = answer else {
        return no_pixels();
    };
    let found = layers.get(layer).and_then(|layer| Some((layer.units.get(unit)?, layer.side)));
    found.map_or_else(no_pixels, |(values, side)| signed(values, side))
}

fn plane(panel: Panel, here: RwSignal<Option<Unit>>) -> impl IntoView {
    let pixels = Signal::derive(move || {
        panel.answer.with(|answer| match (answer, here.get()) {
            (answer, Some(unit)) => unit_of(answer.as_ref(), unit),
            (Some(Looked::Surface { layers, .. }), None) => layers.last().map_or_else(no_pixels, output_of),
            _ => no_pixels(),
        })
    });
    // They stay the same over a run, and are many.
    let points = Memo::new(move |_| {
        panel.answer.with(|answer| match answer {
            // The first ones rather than every second: the classes may take turns.
            Some(Looked::Surface { points, .. }) => points.iter().copied().take(POINTS).collect(),
            _ => Vec::new(),
        })
    });
    let classes = classes_of();
    let name = move || {
        let hidden = panel.answer.with(|answer| hidden_of(answer.as_ref()));
        let unit = here.get().and_then(|(layer, unit)| Some((hidden.get(layer)?.0.clone(), unit + 1)));
        match unit {
            Some((layer, unit)) => say!(train.unit_of, layer = layer, unit = unit),
            None => say!(train.output).to_owned(),
        }
    };
    let colours = move || {
        let entries: Vec<(String, String)> = match here.get() {
            Some(_) => vec![
                (class_colour(0), say!(train.negative).to_owned()),
                (class_colour(1), say!(train.positive).to_owned()),
            ],
            None => classes.get().into_iter().enumerate().map(|(place, name)| (class_colour(place), name)).collect(),
        };
        legend(entries)
    };
    view! {
        <figure>
            <div class="plane" data-testid="surface">
                <PixelsView pixels label=say!(train.surface) />
                <svg viewBox="0 0 100 100" aria-hidden="true">
                    {live::view(move || points.get().into_iter().map(dot).collect_view().into_any())}
                </svg>
            </div>
            <figcaption class="plane-foot">
                <span class="figure" role="status">{live::text(name)}</span>
                <div class="dots-legend">{live::view(colours)}</div>
            </figcaption>
        </figure>
    }
}

fn dot(point: SurfacePoint) -> impl IntoView {
    // In percent of the square, rows from the top.
    let place = |value: f32| format!("{:.2}", 50.0 * (1.0 + value / EDGE));
    view! { <circle class=class_colour(point.class as usize) cx=place(point.x) cy=place(-point.y) r="1.1"></circle> }
}

fn hidden_units(panel: Panel, here: RwSignal<Option<Unit>>) -> impl IntoView {
    // The list is made anew only when this changes; otherwise each unit is painted in its place.
    let frame = Memo::new(move |_| panel.answer.with(|answer| hidden_of(answer.as_ref())));
    let unit = move |layer: usize, place: usize, name: &str| {
        let at = (layer, place);
        let pixels = Signal::derive(move || panel.answer.with(|answer| unit_of(answer.as_ref(), at)));
        let name = name.to_owned();
        view! {
            <li>
                <button
                    type="button"
                    class="unit"
                    class:on=live::flag(move || here.get() == Some(at))
                    aria-label=live::text(move || say!(train.unit_of, layer = name, unit = place + 1))
                    on:pointerenter=move |_| here.set(Some(at))
                    on:pointerleave=move |_| here.set(None)
                    on:focus=move |_| here.set(Some(at))
                    on:blur=move |_| here.set(None)
                >
                    <PixelsView pixels />
                </button>
            </li>
        }
    };
    let layer = move |(layer, (name, units)): (usize, (String, usize))| {
        view! {
            <div>
                <span class="figure">{name.clone()}</span>
                <ul class="units">{(0..units).map(|place| unit(layer, place, &name)).collect_view()}</ul>
            </div>
        }
    };
    view! {
        <div class="hidden-units">
            {live::view(move || frame.get().into_iter().enumerate().map(layer).collect_view().into_any())}
        </div>
    }
}

/// Of the strongest colours; where nothing is the sheet shows through.
const ALPHA: f32 = 235.0;
/// Of more than two classes; told apart by colour-blind eyes (after Okabe and Ito 2008).
const CLASSES: [[u8; 3]; 6] = [BLUE, ORANGE, [0, 158, 115], [204, 121, 167], [180, 160, 30], [120, 120, 130]];

/// The style sheet's name for the class's colour.
pub(super) fn class_colour(class: usize) -> String {
    format!("class-{}", class % CLASSES.len())
}

/// Two classes: the difference of their outputs, blue for the first and orange for the second. More: the strongest one's
/// colour, as deep as it leads. One: its sign.
pub(super) fn output_of(output: &SurfaceLayer) -> Pixels {
    let SurfaceLayer { side, units, .. } = output;
    match units.as_slice() {
        [one] => signed(one, *side),
        [first, second] => {
            let difference: Vec<f32> = first.iter().zip(second).map(|(first, second)| second - first).collect();
            signed(&difference, *side)
        }
        many => {
            let count = many.iter().map(Vec::len).min().unwrap_or(0);
            let leads: Vec<(usize, f32)> = (0..count).map(|at| leader(many, at)).collect();
            let most = scale_of(leads.iter().map(|(_, lead)| *lead));
            let pixel = |(class, lead): (usize, f32)| {
                let [red, green, blue] = CLASSES[class % CLASSES.len()];
                [red, green, blue, ((lead / most).min(1.0) * ALPHA) as u8]
            };
            painted(*side, leads.into_iter().map(pixel))
        }
    }
}

/// The strongest class at this place, and how far it is ahead of the next.
fn leader(units: &[Vec<f32>], at: usize) -> (usize, f32) {
    let mut best = (0, f32::NEG_INFINITY);
    let mut next = f32::NEG_INFINITY;
    for (class, unit) in units.iter().enumerate() {
        match unit[at] {
            value if value > best.1 => (best, next) = ((class, value), best.1),
            value => next = next.max(value),
        }
    }
    (best.0, best.1 - next)
}

pub(super) fn signed(values: &[f32], side: u32) -> Pixels {
    let most = scale_of(values.iter().copied());
    widget::signed(side, ALPHA, values.iter().map(|value| value / most))
}

/// Typical rather than largest, so that one corner does not pale the rest.
fn scale_of(values: impl Iterator<Item = f32>) -> f32 {
    let (mut sum, mut count) = (0.0_f32, 0.0_f32);
    for value in values.filter(|value| value.is_finite()) {
        (sum, count) = (sum + value.abs(), count + 1.0);
    }
    (1.6 * sum / count.max(1.0)).max(1e-9)
}
