//! Integrated gradients (Sundararajan, Taly & Yan 2017): on the straight way from a picture without anything the gradient is summed, and
//! each value gets its own share of the way. The shares add up to the change of the score.

use super::Filling;
use super::gradient::{over_channels, products};
use crate::lab::{LabError, Monitor};
use crate::nn::Normalise;
use crate::protocol::{Baseline, EvidenceFact};

/// A change of the score below this is none: there is nothing to divide by.
const NO_CHANGE: f64 = 1e-3;

pub(super) async fn fill<H: Monitor>(
    steps: usize,
    baseline: Baseline,
    filling: &mut Filling<'_, H>,
) -> Result<(), LabError> {
    filling.stretch_to_pixels();
    let network = filling.weights.network();
    let (clean, places) = (filling.clean.clone(), filling.places());
    let start = start_of(baseline, &clean, network.input, &network.normalise);
    let way: Vec<f32> = clean.iter().zip(&start).map(|(x, from)| x - from).collect();
    let shown = |mean: &[f32]| over_channels(&products(mean, &way), places);
    let mean = filling.mean_gradient(steps, |at| on_the_way(&start, &way, at, steps), shown).await?;
    let shares = products(&mean, &way);
    filling.map.values = over_channels(&shares, places);
    let before = filling.model.answers(1).await?.rows(&[&start]).await?.concat();
    let change = f64::from(filling.score(&filling.logits)) - f64::from(filling.score(&before));
    if change.abs() > NO_CHANGE {
        let sum: f64 = shares.iter().copied().map(f64::from).sum();
        filling.found(EvidenceFact::Completeness, 1.0, sum / change, 0.01);
    }
    Ok(())
}

/// The middle of a step.
pub(in crate::lab::look) fn on_the_way(start: &[f32], way: &[f32], step: usize, of: usize) -> Vec<f32> {
    let share = (step as f32 + 0.5) / of as f32;
    start.iter().zip(way).map(|(from, by)| from + share * by).collect()
}

pub(super) fn start_of(baseline: Baseline, clean: &[f32], shape: [usize; 3], normalise: &Normalise) -> Vec<f32> {
    let [channels, height, width] = shape;
    let plane = height * width;
    match baseline {
        Baseline::Black => (0..channels).flat_map(|of| std::iter::repeat_n(normalise.value(of, 0), plane)).collect(),
        Baseline::Mean => vec![0.0; clean.len()],
        Baseline::Blurred => {
            let reach = (height.min(width) / 10).max(1);
            let blurred =
                |plane: &[f32]| (0..3).fold(plane.to_vec(), |x, _| turned(&turned(&x, width, reach), height, reach));
            clean.chunks(plane).flat_map(blurred).collect()
        }
    }
}

/// The means over `2 · reach + 1` neighbours along rows of this width, at the edges over those that there are; rows become columns.
fn turned(values: &[f32], width: usize, reach: usize) -> Vec<f32> {
    let rows = values.len() / width;
    let mut out = vec![0.0; values.len()];
    for (row, line) in values.chunks(width).enumerate() {
        for at in 0..width {
            let near = &line[at.saturating_sub(reach)..width.min(at + reach + 1)];
            out[at * rows + row] = near.iter().sum::<f32>() / near.len() as f32;
        }
    }
    out
}
