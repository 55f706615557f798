//! SqueezeNet 1.0 and 1.1 (Iandola et al. 2016), with torchvision's names.

use crate::graph::op::conv2d::{Conv2d, Padding};
use crate::graph::op::pool2d::{Pool2d, PoolFn};
use crate::graph::{ShapeError, Tensor};
use crate::nn::{VarBuilder, config, conv2d, dropout};

/// Among the stages.
const POOL: usize = 0;

/// Version 1.0 is the paper's; 1.1 pools earlier and is as accurate with 2.4 times less work.
pub(super) fn forward(version: usize, x: &Tensor, classes: usize, vb: VarBuilder) -> Result<Tensor, ShapeError> {
    // The entries of `features` from index 2 on: pools, and the widths to which fires squeeze.
    let (stem, kernel, stages) = match version {
        10 => (96, 7, [POOL, 16, 16, 32, POOL, 32, 48, 48, 64, POOL, 64]),
        _ => (64, 3, [POOL, 16, 16, POOL, 32, 32, POOL, 48, 48, 64, 64]),
    };
    let features = vb.pp("features");
    let stride = Conv2d { stride: 2, ..config() };
    let y = conv2d(3, stem, kernel, stride, features.pp(0))?.forward(x)?;
    let mut y = features.pp(1).made(y.relu()?);
    for (index, stage) in (2..).zip(stages) {
        let vb = features.pp(index);
        y = vb.made(match stage {
            POOL => y.pool2d(Pool2d { ceil: true, ..Pool2d::square(PoolFn::Max, 3, 2) })?,
            squeeze => fire(&y, squeeze, 4 * squeeze, vb.clone())?,
        });
    }
    let classifier = vb.pp("classifier");
    let y = dropout(0.5, classifier.pp(0))?.forward(&features.made(y))?;
    let y = conv2d(512, classes, 1, config(), classifier.pp(1))?.forward(&y)?;
    let y = classifier.pp(2).made(y.relu()?);
    Ok(classifier.made(classifier.pp(3).made(y.global_avg_pool2d()?)))
}

/// Squeeze to few channels, expand by 1×1 and 3×3 side by side.
fn fire(x: &Tensor, squeeze: usize, expand: usize, vb: VarBuilder) -> Result<Tensor, ShapeError> {
    let same = Conv2d { padding: Padding::even(1), ..config() };
    let s = conv2d(x.dims()[1], squeeze, 1, config(), vb.pp("squeeze"))?.forward(x)?.relu()?;
    let narrow = conv2d(squeeze, expand, 1, config(), vb.pp("expand1x1"))?.forward(&s)?.relu()?;
    let wide = conv2d(squeeze, expand, 3, same, vb.pp("expand3x3"))?.forward(&s)?.relu()?;
    Tensor::cat(&[&narrow, &wide], 1)
}
