//! The gradient of the score with respect to the picture (Simonyan, Vedaldi & Zisserman 2013), and what each value of the picture
//! contributes by it to first order.

use super::{Filling, slope};
use crate::lab::{Host, LabError};

/// `by_input`: each value of the gradient times that of what the network gets.
pub(super) async fn fill<H: Host>(by_input: bool, filling: &mut Filling<'_, H>) -> Result<(), LabError> {
    let found = filling.probe(None).await?;
    let [_, height, width] = filling.weights.network().input;
    filling.stretch([height, width]);
    filling.map.values = match by_input {
        true => {
            let products: Vec<f32> = found.gradient.iter().zip(&filling.clean).map(|(g, x)| g * x).collect();
            over_channels(&products, height * width)
        }
        false => over_channels(&found.gradient, height * width),
    };
    slope::check(&found.gradient, filling).await
}

/// The sum over the channels of a picture, for each place.
pub(super) fn over_channels(values: &[f32], places: usize) -> Vec<f32> {
    (0..places).map(|at| values.iter().skip(at).step_by(places).sum()).collect()
}
