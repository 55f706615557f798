//! Values over the plane as colours: signed ones blue below nothing and orange above, classes each in a colour of its own.

use crate::protocol::{Pixels, SurfaceLayer};
use crate::ui::widget::{self, BLUE, ORANGE, painted};

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
