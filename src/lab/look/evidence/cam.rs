//! Class activation maps: the channels of a layer, weighted by what the score makes of them.
//!
//! - Grad-CAM (Selvaraju et al. 2017), without its rectifier, so that what speaks against the class is seen too: `Σ_c mean(G_c) · A_c`.
//! - HiResCAM (Draelos & Carin 2020): `Σ_c G_c · A_c`, place by place.
//! - CAM (Zhou et al. 2016): `Σ_c w_c · A_c`, where the mean over all places and one linear layer follow; their `w_c` is then the
//!   gradient times the number of places, the same at every place and for any activation.

use super::{Filling, Probe, Probed};
use crate::lab::{LabError, Monitor};
use crate::models::WiredNode;
use crate::protocol::{EvidenceFact, EvidenceMethod};

/// How far two gradients may be apart, as a share of the largest value, where they are the same but for rounding.
const SAME: f32 = 1e-4;

pub(super) async fn fill<H: Monitor>(
    method: EvidenceMethod,
    layer: &WiredNode,
    filling: &mut Filling<'_, H>,
) -> Result<(), LabError> {
    let found = filling.probe(Probe { layer: Some(layer.path.clone()), ..Probe::of_picture(1) }).await?;
    let (rows, columns) = (layer.shape[2], layer.shape[3]);
    let places = rows * columns;
    filling.stretch([rows, columns]);
    filling.map.values = match method {
        EvidenceMethod::HiresCam => hires_cam(&found.activation, &found.gradient, places),
        EvidenceMethod::Cam => {
            let head = Probe { from: Some(layer.path.clone()), ..Probe::of_picture(1) };
            let without = match filling.probe_at(head, &vec![0.0; found.activation.len()]).await {
                // Something goes around the layer.
                Err(LabError::Shape(_)) => None,
                without => Some(without?),
            };
            let is_linear = |without: &Probed| are_same(&without.gradient, &found.gradient);
            let without = without.filter(is_linear).ok_or_else(|| refused(layer, filling))?;
            let values = cam(&found.activation, &found.gradient, places).ok_or_else(|| refused(layer, filling))?;
            // What the logit is without any activation.
            let bias = f64::from(filling.score(&without.logits));
            let mean = values.iter().copied().map(f64::from).sum::<f64>() / places as f64;
            let ratio = (mean + bias) / f64::from(filling.score(&filling.logits));
            filling.found(EvidenceFact::CamSum, 1.0, ratio, 1e-4);
            values
        }
        _ => grad_cam(&found.activation, &found.gradient, places),
    };
    Ok(())
}

fn refused<H>(layer: &WiredNode, filling: &Filling<'_, H>) -> LabError {
    bad_setup!(
        "after {} of {} comes more than a mean over its places and one linear layer, which CAM needs; choose the last layer with \
         places, or Grad-CAM, which takes any",
        layer.path,
        filling.weights.network().title
    )
}

/// Of `[channels, places]`.
pub(in crate::lab::look) fn grad_cam(activation: &[f32], gradient: &[f32], places: usize) -> Vec<f32> {
    let means = gradient.chunks(places).map(|channel| channel.iter().sum::<f32>() / places as f32);
    weighted(activation, means, places)
}

pub(in crate::lab::look) fn hires_cam(activation: &[f32], gradient: &[f32], places: usize) -> Vec<f32> {
    let products: Vec<f32> = activation.iter().zip(gradient).map(|(a, g)| a * g).collect();
    weighted(&products, std::iter::repeat(1.0), places)
}

/// `None` where the gradient is not the same at every place.
pub(in crate::lab::look) fn cam(activation: &[f32], gradient: &[f32], places: usize) -> Option<Vec<f32>> {
    let everywhere: Vec<f32> =
        gradient.chunks(places).flat_map(|channel| std::iter::repeat_n(channel[0], channel.len())).collect();
    let weights = gradient.chunks(places).map(|channel| channel[0] * places as f32);
    are_same(gradient, &everywhere).then(|| weighted(activation, weights, places))
}

fn are_same(one: &[f32], other: &[f32]) -> bool {
    let most = one.iter().chain(other).fold(0.0_f32, |most, g| most.max(g.abs()));
    one.iter().zip(other).all(|(one, other)| (one - other).abs() <= SAME * most)
}

fn weighted(activation: &[f32], weights: impl Iterator<Item = f32>, places: usize) -> Vec<f32> {
    let mut sums = vec![0.0_f32; places];
    for (channel, weight) in activation.chunks(places).zip(weights) {
        sums.iter_mut().zip(channel).for_each(|(sum, a)| *sum += weight * a);
    }
    sums
}
