//! Of points in a plane: what the network answers everywhere, with the data over it, and what each hidden unit sees there.

use super::LookPanel;
use super::ask::Panel;
use crate::protocol::Pixels;
use crate::protocol::{Look, Looked, SurfaceLayer, SurfacePoint};
use crate::ui::live;
use crate::ui::widget::PixelsView;
use leptos::prelude::*;
use serde_bytes::ByteBuf;

const SIDE: u32 = 60;
/// Of the plane, both ways.
const EDGE: f32 = 1.25;
/// More points than this hide what is below them.
const POINTS: usize = 400;
const UNITS: usize = 64;

/// Between the light and the dark theme's `--neg` and `--pos`: transparent where nothing is, so the sheet shows through.
const BLUE: [u8; 3] = [58, 141, 205];
const ORANGE: [u8; 3] = [224, 122, 59];
/// Of more than two classes; told apart by colour-blind eyes (after Okabe and Ito 2008).
const CLASSES: [[u8; 3]; 6] = [BLUE, ORANGE, [0, 158, 115], [204, 121, 167], [180, 160, 30], [120, 120, 130]];

#[component]
pub(super) fn Surface() -> impl IntoView {
    let panel = Panel::new();
    let found = move || match panel.answer.get() {
        Some(Looked::Surface { layers, points, .. }) => shown(layers, points),
        _ => view! { <div class="plane" aria-hidden="true"></div> }.into_any(),
    };
    view! {
        <LookPanel
            id="surface"
            title=words!(train.surface)
            hint=words!(train.surface_hint)
            open=true
            look=|| Some(Look::Surface { side: SIDE })
            panel
        >
            {live::view(found)}
        </LookPanel>
    }
}

fn shown(mut layers: Vec<SurfaceLayer>, points: Vec<SurfacePoint>) -> AnyView {
    let Some(output) = layers.pop() else {
        return ().into_any();
    };
    let stride = points.len().div_ceil(POINTS).max(1);
    let dot = |point: SurfacePoint| {
        // In percent of the square, rows from the top.
        let place = |value: f32| format!("{:.2}", 50.0 * (1.0 + value / EDGE));
        let class = format!("class-{}", point.class as usize % CLASSES.len());
        view! { <circle class=class cx=place(point.x) cy=place(-point.y) r="1.1"></circle> }
    };
    let dots = points.into_iter().step_by(stride).map(dot).collect_view();
    let hidden = layers.into_iter().map(|layer| {
        let SurfaceLayer { layer, side, units } = layer;
        let units = units.into_iter().take(UNITS);
        let maps = units.map(|unit| view! { <li><PixelsView pixels=signed(&unit, side) /></li> });
        view! {
            <div class="layer-units">
                <span class="figure">{layer}</span>
                <ul class="units">{maps.collect_view()}</ul>
            </div>
        }
    });
    view! {
        <div class="surface">
            <div class="plane" data-testid="surface">
                <PixelsView pixels=output_of(&output) label=say!(train.surface) />
                <svg viewBox="0 0 100 100" aria-hidden="true">{dots}</svg>
            </div>
            <div class="hidden-units">{hidden.collect_view()}</div>
        </div>
    }
    .into_any()
}

/// Two classes: the difference of their outputs, blue for the first and orange for the second. More: the strongest one's
/// colour, as deep as it leads. One: its sign.
fn output_of(output: &SurfaceLayer) -> Pixels {
    let SurfaceLayer { side, units, .. } = output;
    match units.as_slice() {
        [one] => signed(one, *side),
        [first, second] => {
            let difference: Vec<f32> = first.iter().zip(second).map(|(first, second)| second - first).collect();
            signed(&difference, *side)
        }
        many => {
            let count = many.iter().map(Vec::len).min().unwrap_or(0);
            let lead = |at: usize| {
                let mut ranked: Vec<(usize, f32)> = many.iter().map(|unit| unit[at]).enumerate().collect();
                ranked.sort_by(|(_, one), (_, other)| other.total_cmp(one));
                match ranked.as_slice() {
                    [(class, best), (_, next), ..] => (*class, best - next),
                    _ => (0, 0.0),
                }
            };
            let leads: Vec<(usize, f32)> = (0..count).map(lead).collect();
            let most = scale_of(leads.iter().map(|(_, lead)| *lead));
            let colour = |(class, lead): (usize, f32)| (CLASSES[class % CLASSES.len()], lead / most);
            painted(leads.into_iter().map(colour), *side)
        }
    }
}

fn signed(values: &[f32], side: u32) -> Pixels {
    let most = scale_of(values.iter().copied());
    painted(values.iter().map(|value| (if *value < 0.0 { BLUE } else { ORANGE }, value.abs() / most)), side)
}

/// Typical rather than largest, so that one corner does not pale the rest.
fn scale_of(values: impl Iterator<Item = f32>) -> f32 {
    let (mut sum, mut count) = (0.0_f32, 0.0_f32);
    for value in values.filter(|value| value.is_finite()) {
        (sum, count) = (sum + value.abs(), count + 1.0);
    }
    (1.6 * sum / count.max(1.0)).max(1e-9)
}

fn painted(colours: impl Iterator<Item = ([u8; 3], f32)>, side: u32) -> Pixels {
    let mut rgba: Vec<u8> = colours
        .flat_map(|([red, green, blue], strength)| {
            let strength = if strength.is_finite() { strength.clamp(0.0, 1.0) } else { 0.0 };
            [red, green, blue, (strength * 235.0) as u8]
        })
        .collect();
    rgba.resize((side * side * 4) as usize, 0);
    Pixels { width: side, height: side, rgba: ByteBuf::from(rgba) }
}
