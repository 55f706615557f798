//! AlexNet as torchvision has it: one tower, from "One weird trick for parallelizing convolutional neural networks"
//! (Krizhevsky 2014). Krizhevsky's first one, in two groups, is `bvlcalexnet`.

use super::adaptive_mean;
use super::sequential::Sequential;
use crate::graph::op::conv2d::{Conv2d, Padding};
use crate::graph::{ShapeError, Tensor};
use crate::nn::{VarBuilder, config};

const DROPPED: f64 = 0.5;

/// There is one size.
pub(super) fn forward(_: usize, x: &Tensor, classes: usize, vb: VarBuilder) -> Result<Tensor, ShapeError> {
    let padded = |padding| Conv2d { padding: Padding::even(padding), ..config() };
    let features = Sequential::new(x, vb.pp("features"))
        .conv(64, 11, Conv2d { stride: 4, ..padded(2) })?
        .relu()?
        .max_pool(3, 2)?
        .conv(192, 5, padded(2))?
        .relu()?
        .max_pool(3, 2)?
        .conv(384, 3, padded(1))?
        .relu()?
        .conv(256, 3, padded(1))?
        .relu()?
        .conv(256, 3, padded(1))?
        .relu()?
        .max_pool(3, 2)?
        .end();
    let pooled = vb.pp("avgpool").made(adaptive_mean(&features, 6)?);
    let classifier = Sequential::new(&pooled.flatten_from(1)?, vb.pp("classifier"));
    let classifier = classifier.dropout(DROPPED)?.linear(4096)?.relu()?.dropout(DROPPED)?.linear(4096)?.relu()?;
    Ok(classifier.linear(classes)?.end())
}
