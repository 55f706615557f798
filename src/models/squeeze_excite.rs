//! Squeeze and excitation (Hu, Shen & Sun 2018): a weight for each channel, from the mean of all channels.

use crate::graph::{ShapeError, Tensor};
use crate::nn::{VarBuilder, config, conv2d};

type Function = fn(&Tensor) -> Result<Tensor, ShapeError>;

/// Two 1×1 convolutions on the means, torchvision's `fc1` and `fc2`: to `squeezed` channels and `inside`, and back and `gate`.
pub(super) fn squeeze_excite(
    x: &Tensor,
    squeezed: usize,
    [inside, gate]: [Function; 2],
    vb: VarBuilder,
) -> Result<Tensor, ShapeError> {
    let channels = x.dims()[1];
    let means = x.global_avg_pool2d()?.unsqueeze(2)?.unsqueeze(3)?;
    let y = inside(&conv2d(channels, squeezed, 1, config(), vb.pp("fc1"))?.forward(&means)?)?;
    let weights = gate(&conv2d(squeezed, channels, 1, config(), vb.pp("fc2"))?.forward(&y)?)?;
    Ok(vb.made(x.broadcast_mul(&weights)?))
}
