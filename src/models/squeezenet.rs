//! SqueezeNet 1.0 and 1.1 (Iandola et al. 2016), with torchvision's names.

use crate::graph::op::pool2d::{Pool2d, PoolFn};
use crate::graph::{ShapeError, Tensor};
use crate::nn::{VarBuilder, config, conv2d};

/// The two that were published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// As in the paper.
    V1_0,
    /// Pools earlier: 2.4 times less work, as accurate.
    V1_1,
}

/// One entry of `features`, at its index there.
enum Stage {
    Pool,
    /// Squeeze and expand widths.
    Fire(usize, usize),
}

pub(super) fn forward(version: Version, x: &Tensor, classes: usize, vb: VarBuilder) -> Result<Tensor, ShapeError> {
    use Stage::{Fire, Pool};
    let (stem, kernel, stages) = match version {
        Version::V1_0 => {
            let stages = [
                Pool,
                Fire(16, 64),
                Fire(16, 64),
                Fire(32, 128),
                Pool,
                Fire(32, 128),
                Fire(48, 192),
                Fire(48, 192),
                Fire(64, 256),
                Pool,
                Fire(64, 256),
            ];
            (96, 7, stages)
        }
        Version::V1_1 => {
            let stages = [
                Pool,
                Fire(16, 64),
                Fire(16, 64),
                Pool,
                Fire(32, 128),
                Fire(32, 128),
                Pool,
                Fire(48, 192),
                Fire(48, 192),
                Fire(64, 256),
                Fire(64, 256),
            ];
            (64, 3, stages)
        }
    };
    let features = vb.pp("features");
    let stride = crate::graph::op::conv2d::Conv2d { stride: 2, ..config() };
    let mut y = conv2d(3, stem, kernel, stride, features.pp(0))?.forward(x)?.relu()?;
    for (index, stage) in (2..).zip(stages) {
        y = match stage {
            Pool => {
                y.pool2d(Pool2d { pool: PoolFn::Max, kernel: [3; 2], stride: [2; 2], padding: [0; 2], ceil: true })?
            }
            Fire(squeeze, expand) => fire(&y, squeeze, expand, features.pp(index))?,
        };
    }
    let y = conv2d(512, classes, 1, config(), vb.pp("classifier").pp(1))?.forward(&y)?.relu()?;
    y.global_avg_pool2d()
}

/// Squeeze to few channels, expand by 1×1 and 3×3 side by side.
fn fire(x: &Tensor, squeeze: usize, expand: usize, vb: VarBuilder) -> Result<Tensor, ShapeError> {
    let same = crate::graph::op::conv2d::Conv2d { padding: crate::graph::op::conv2d::Padding::even(1), ..config() };
    let s = conv2d(x.dims()[1], squeeze, 1, config(), vb.pp("squeeze"))?.forward(x)?.relu()?;
    let narrow = conv2d(squeeze, expand, 1, config(), vb.pp("expand1x1"))?.forward(&s)?.relu()?;
    let wide = conv2d(squeeze, expand, 3, same, vb.pp("expand3x3"))?.forward(&s)?.relu()?;
    Tensor::cat(&[&narrow, &wide], 1)
}
