//! The gradient of the score with respect to the picture (Simonyan, Vedaldi & Zisserman 2013), and what each value of the picture
//! contributes by it to first order.

use super::{Filling, Probe, Rectifiers};
use crate::lab::{LabError, Monitor};

/// `by_input`: each value of the gradient times that of what the network gets.
pub(super) async fn fill<H: Monitor>(
    by_input: bool,
    rectifiers: Rectifiers,
    filling: &mut Filling<'_, H>,
) -> Result<(), LabError> {
    let found = filling.probe(Probe { rectifiers, ..Probe::of_picture(1) }).await?;
    filling.stretch_to_pixels();
    let places = filling.places();
    filling.map.values = match by_input {
        true => over_channels(&products(&found.gradient, &filling.clean), places),
        false => over_channels(&found.gradient, places),
    };
    Ok(())
}

pub(super) fn products(a: &[f32], b: &[f32]) -> Vec<f32> {
    a.iter().zip(b).map(|(a, b)| a * b).collect()
}

/// The sum over the channels of a picture, for each place.
pub(super) fn over_channels(values: &[f32], places: usize) -> Vec<f32> {
    (0..places).map(|at| values.iter().skip(at).step_by(places).sum()).collect()
}
