//! Tiny Darknet (Redmon 2016): 3×3 convolutions between 1×1 ones that narrow. Names: `convs.<i>`, `bns.<i>`, `head`.

use super::conv_norm;
use crate::graph::op::conv2d::{Conv2d, Padding};
use crate::graph::{ShapeError, Tensor};
use crate::nn::{VarBuilder, config, conv2d};

const EPS: f64 = 1e-3;
const SLOPE: f64 = 0.1;

/// Among the layers.
const POOL: (usize, usize) = (0, 0);

/// Channels and kernel of each convolution.
const LAYERS: [(usize, usize); 19] = [
    (16, 3),
    POOL,
    (32, 3),
    POOL,
    (16, 1),
    (128, 3),
    (16, 1),
    (128, 3),
    POOL,
    (32, 1),
    (256, 3),
    (32, 1),
    (256, 3),
    POOL,
    (64, 1),
    (512, 3),
    (64, 1),
    (512, 3),
    (128, 1),
];

/// There is one size.
pub(super) fn forward(_: usize, x: &Tensor, classes: usize, vb: VarBuilder) -> Result<Tensor, ShapeError> {
    let mut y = x.clone();
    let mut index = 0;
    for layer in LAYERS {
        y = match layer {
            POOL => y.max_pool2d(2)?,
            (out, kernel) => {
                let conv = Conv2d { padding: Padding::even(kernel / 2), ..config() };
                let vbs = [vb.pp("convs").pp(index), vb.pp("bns").pp(index)];
                index += 1;
                conv_norm(&y, out, kernel, conv, EPS, vbs)?.leaky_relu(SLOPE)?
            }
        };
    }
    conv2d(128, classes, 1, config(), vb.pp("head"))?.forward(&y)?.global_avg_pool2d()
}
