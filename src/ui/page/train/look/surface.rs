//! Of points in a plane: what the network answers everywhere, with the data over it, and what each hidden unit sees there.
//! A unit under the pointer, or with the focus, is shown large (after TensorFlow Playground, Smilkov et al. 2017).

use super::ask::Panel;
use super::heat::{class_colour, output_of, signed};
use super::{LookPanel, classes_of};
use crate::protocol::{Look, Looked, Pixels, SurfaceLayer, SurfacePoint};
use crate::ui::widget::{PixelsView, no_pixels};
use crate::ui::live;
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
                <Plane panel here />
                <HiddenUnits panel here />
            </div>
        </LookPanel>
    }
}

/// The hidden layers' names and numbers of units.
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

#[component]
fn Plane(panel: Panel, here: RwSignal<Option<Unit>>) -> impl IntoView {
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
    let legend = move || {
        let entry = |(class, name): (String, String)| view! { <li><i class=class></i>{name}</li> };
        let entries: Vec<(String, String)> = match here.get() {
            Some(_) => vec![
                (class_colour(0), say!(train.negative).to_owned()),
                (class_colour(1), say!(train.positive).to_owned()),
            ],
            None => classes.get().into_iter().enumerate().map(|(place, name)| (class_colour(place), name)).collect(),
        };
        entries.into_iter().map(entry).collect_view().into_any()
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
                <ul class="legend dots">{live::view(legend)}</ul>
            </figcaption>
        </figure>
    }
}

fn dot(point: SurfacePoint) -> impl IntoView {
    // In percent of the square, rows from the top.
    let place = |value: f32| format!("{:.2}", 50.0 * (1.0 + value / EDGE));
    view! { <circle class=class_colour(point.class as usize) cx=place(point.x) cy=place(-point.y) r="1.1"></circle> }
}

#[component]
fn HiddenUnits(panel: Panel, here: RwSignal<Option<Unit>>) -> impl IntoView {
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
