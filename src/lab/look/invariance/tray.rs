//! A set of few pictures, each a class of its own: what varies within a class is drawn at random.

use super::transformed;
use crate::data::Rgb;
use crate::data::dataset::{Dataset, Examples, Split};
use crate::lab::LabError;
use crate::lab::dice::Dice;
use crate::protocol::{Invariance, Transformation};

/// Of all pictures together.
const MOST_BYTES: usize = 512 << 20;
const SEED: u32 = 1;

/// So many pictures, the classes taking turns; the first of each class is as it is.
pub(super) fn varied(pictures: &[Rgb], count: u32) -> Result<Dataset, LabError> {
    let classes = pictures.len();
    ensure!(
        classes > 1,
        "the tray holds {classes} pictures, and a single class cannot be told from others; add pictures"
    );
    let [width, height] = [pictures[0].width() as usize, pictures[0].height() as usize];
    let plane = width * height;
    let bytes = 3 * plane * count as usize;
    ensure!(bytes <= MOST_BYTES, "{count} pictures of {width} × {height} pixels take too much memory; choose fewer");
    let mut dice = Dice::new(SEED);
    let mut all = Vec::with_capacity(bytes);
    for at in 0..count as usize {
        let mut picture = pictures[at % classes].clone();
        if at >= classes {
            for by in [Transformation::Scale, Transformation::Turn, Transformation::Shift, Transformation::Light] {
                // From one end of the range to the other.
                let share = 2.0 * f64::from(dice.unit()) - 1.0;
                let value = match by {
                    Transformation::Scale => 1.25_f64.powf(share),
                    Transformation::Turn => 15.0 * share,
                    Transformation::Light => 1.5_f64.powf(share),
                    _ => width as f64 / 10.0 * share,
                };
                picture = transformed(&picture, by, value)?;
            }
        }
        let pixels = picture.pixels();
        all.extend((0..3).flat_map(|channel| pixels.iter().skip(channel).step_by(3)));
    }
    let names = (0..classes).map(|class| class.to_string()).collect();
    let labels = (0..count).map(|at| at % classes as u32).collect();
    let split = Split::of_tenths(count as usize);
    Ok(Dataset::new(Invariance::TRAY, [3, height, width], names, Examples::Bytes(all), labels, split)?)
}
