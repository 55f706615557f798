//! VGG-11, 13, 16 and 19 (Simonyan & Zisserman 2015), with and without batch norm, with torchvision's names.

use super::adaptive_mean;
use super::naming::{Pair, under};
use super::sequential::Sequential;
use crate::graph::op::conv2d::{Conv2d, Padding};
use crate::graph::{ShapeError, Tensor};
use crate::nn::{VarBuilder, config};

const EPS: f64 = 1e-5;
const DROPPED: f64 = 0.5;

/// Channels of the five stages, each before a pool that halves the picture.
const WIDTHS: [usize; 5] = [64, 128, 256, 512, 512];

/// `depth` counts the layers with weights.
pub(super) fn forward(depth: usize, x: &Tensor, classes: usize, vb: VarBuilder) -> Result<Tensor, ShapeError> {
    network(depth, None, x, classes, vb)
}

/// The same with a batch norm behind each convolution.
pub(super) fn with_norm(depth: usize, x: &Tensor, classes: usize, vb: VarBuilder) -> Result<Tensor, ShapeError> {
    network(depth, Some(EPS), x, classes, vb)
}

fn network(depth: usize, norm: Option<f64>, x: &Tensor, classes: usize, vb: VarBuilder) -> Result<Tensor, ShapeError> {
    // Table 1 of the paper: A, B, D and E.
    let counts = match depth {
        11 => [1, 1, 2, 2, 2],
        13 => [2; 5],
        16 => [2, 2, 3, 3, 3],
        _ => [2, 2, 4, 4, 4],
    };
    let same = || Conv2d { padding: Padding::even(1), ..config() };
    let mut features = Sequential::new(x, vb.pp("features"));
    for (count, width) in counts.into_iter().zip(WIDTHS) {
        for _ in 0..count {
            features = features.conv(width, 3, same())?;
            if let Some(eps) = norm {
                features = features.norm(eps)?;
            }
            features = features.relu()?;
        }
        features = features.max_pool(2, 2)?;
    }
    let pooled = vb.pp("avgpool").made(adaptive_mean(&features.end(), 7)?);
    let classifier = Sequential::new(&pooled.flatten_from(1)?, vb.pp("classifier"));
    let classifier = classifier.linear(4096)?.relu()?.dropout(DROPPED)?.linear(4096)?.relu()?.dropout(DROPPED)?;
    Ok(classifier.linear(classes)?.end())
}

/// timm's names, which has convolutions for the fully connected layers.
pub(super) fn names_of_timm() -> Vec<Pair> {
    under(
        "",
        "",
        &[("pre_logits.fc1", "classifier.0"), ("pre_logits.fc2", "classifier.3"), ("head.fc", "classifier.6")],
    )
}
