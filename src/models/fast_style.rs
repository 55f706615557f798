//! A network that paints any picture in the one style that it was trained for (Johnson, Alahi & Fei-Fei 2016, with instance norm by
//! Ulyanov et al. 2016), as fast-style-transfer has it: TensorFlow's SAME padding, and after each convolution an instance norm,
//! `norm_scale` and `norm_shift`.

use crate::graph::op::ConvTranspose2d;
use crate::graph::op::conv2d::{Conv2d, Padding};
use crate::graph::{Init, ShapeError, Tensor};
use crate::nn::{VarBuilder, config, conv2d_no_bias};

const EPS: f64 = 1e-3;
/// Blocks of two convolutions and a shortcut.
const BLOCKS: usize = 5;

/// There is one size. Red, green and blue from 0 to 255 at both ends; height and width are multiples of 4.
pub(super) fn forward(_: usize, x: &Tensor, _: usize, vb: VarBuilder) -> Result<Tensor, ShapeError> {
    let mut y = conv(x, 32, 9, 1, &vb.pp("conv1"))?.relu()?;
    y = conv(&y, 64, 3, 2, &vb.pp("conv2"))?.relu()?;
    y = conv(&y, 128, 3, 2, &vb.pp("conv3"))?.relu()?;
    for block in 1..=BLOCKS {
        let vb = vb.pp(format!("res{block}"));
        let inner = conv(&y, 128, 3, 1, &vb.pp("conv1"))?.relu()?;
        y = vb.made(y.add(&conv(&inner, 128, 3, 1, &vb.pp("conv2"))?)?);
    }
    y = deconv(&y, 64, &vb.pp("deconv1"))?.relu()?;
    y = deconv(&y, 32, &vb.pp("deconv2"))?.relu()?;
    conv(&y, 3, 9, 1, &vb.pp("conv4"))?.tanh()?.affine(150.0, 127.5)?.clamp(0.0, 255.0)
}

fn conv(x: &Tensor, out: usize, kernel: usize, stride: usize, vb: &VarBuilder) -> Result<Tensor, ShapeError> {
    let [_, channels, height, width] = extents(x)?;
    let (down, across) = (Padding::same(height, kernel, stride), Padding::same(width, kernel, stride));
    let padding = Padding { left: across.left, right: across.right, ..down };
    let how = Conv2d { padding, stride, ..config() };
    instance_norm(&conv2d_no_bias(channels, out, kernel, how, vb.clone())?.forward(x)?, vb)
}

/// To twice the height and width: of the transposed convolution the first rows and columns. Its filters are `[in, out, 3, 3]`.
fn deconv(x: &Tensor, out: usize, vb: &VarBuilder) -> Result<Tensor, ShapeError> {
    let [_, channels, height, width] = extents(x)?;
    let filters = vb.get_with_hints([channels, out, 3, 3], "weight", vb.weight_init())?;
    let conv = Conv2d { padding: Padding { bottom: 1, right: 1, ..Padding::default() }, stride: 2, ..config() };
    let y = x.graph().apply(ConvTranspose2d { conv, size: [2 * height, 2 * width] }, &[x, &filters])?;
    instance_norm(&y, vb)
}

/// Each channel of each picture to mean 0 and variance 1, then its own scale and shift.
fn instance_norm(x: &Tensor, vb: &VarBuilder) -> Result<Tensor, ShapeError> {
    let [batch, channels, height, width] = extents(x)?;
    let flat = x.reshape([batch, channels, height * width])?;
    let centred = flat.broadcast_sub(&flat.mean_keepdim(2)?)?;
    let deviation = centred.sqr()?.mean_keepdim(2)?.affine(1.0, EPS)?.sqrt()?;
    let unit = centred.broadcast_div(&deviation)?.reshape([batch, channels, height, width])?;
    let part =
        |name: &str, start: f64| vb.get_with_hints([channels], name, Init::Const(start))?.reshape([1, channels, 1, 1]);
    let scaled = unit.broadcast_mul(&part("norm_scale", 1.0)?)?;
    Ok(vb.made(scaled.broadcast_add(&part("norm_shift", 0.0)?)?))
}

fn extents(x: &Tensor) -> Result<[usize; 4], ShapeError> {
    x.spec().float_nchw("fast_style")
}
