//! The weight gradient of [`Conv2d`]: the correlation of its input with the gradient of its output.

mod cpu;
mod gpu;

use super::conv2d::case_extents;
use super::{
    Case, Conv2d, ConvTranspose2d, Cost, Given, Host, KernelRule, Launch, Rule, ShapeError, Spec, Tensor, Traits,
    bytes_of,
};

/// From `x [batch, c_in, h, w]` and `dy [batch, c_out, oh, ow]` of the convolution `conv` to `dw [c_out, c_in / groups, kh, kw]`:
///
/// `dw[o, c, u, v] = Σ_{n, i, j} dy[n, o, i, j] · x[n, c, i·stride + u·dilation - top, …]`, within each group of channels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conv2dWeight {
    /// The convolution whose weights they are.
    pub conv: Conv2d,
    /// Height and width of the filters.
    pub kernel: [usize; 2],
}

impl Rule for Conv2dWeight {
    const NAME: &'static str = "conv2d_weight";

    fn spec(&self, x: &[&Spec]) -> Result<Spec, ShapeError> {
        let ([_, c_in, ..], [_, c_out, ..]) = (x[0].float_nchw(Self::NAME)?, x[1].nchw(Self::NAME)?);
        let [kh, kw] = self.kernel;
        if self.conv.groups == 0 || kh == 0 || kw == 0 {
            return Err(ShapeError::bad(Self::NAME, "groups and kernel must be positive", &self.kernel));
        }
        let dw = Spec::new([c_out, c_in / self.conv.groups, kh, kw], x[0].dtype);
        if self.conv.spec(&[x[0], &dw])? != *x[1] {
            return Err(ShapeError::mismatch(Self::NAME, &x[0].shape, &x[1].shape));
        }
        Ok(dw)
    }

    rules! { form: kernel }

    fn vjp(&self, x: &[Tensor], _: &Tensor, g: &Tensor) -> Result<Vec<Option<Tensor>>, ShapeError> {
        let (x, dy) = (&x[0], &x[1]);
        // ⟨g, W(x, dy)⟩ = ⟨conv2d(x, g), dy⟩: linear in x with filters g, and in dy.
        let dx = dy.then(ConvTranspose2d { conv: self.conv.clone(), size: [x.dims()[2], x.dims()[3]] }, &[g])?;
        let d_dy = x.conv2d_padded(g, self.conv.clone())?;
        Ok(vec![Some(dx), Some(d_dy)])
    }

    fn cost(&self, x: &[&Spec], y: &Spec) -> Cost {
        let depth = y.shape[1..].iter().product::<usize>();
        Cost { macs: (x[1].elem_count() * depth) as u64, bytes: bytes_of(x, y) }
    }

    fn cases() -> Vec<Case> {
        let cases = case_extents().into_iter().filter_map(|(x, w, conv)| {
            let dy: [usize; 4] = conv.spec(&[&Spec::f32(x), &Spec::f32(w)]).ok()?.shape.try_into().ok()?;
            let op = Conv2dWeight { conv: conv.clone(), kernel: [w[2], w[3]] };
            Some(Case::new(op, [Given::signed(x), Given::signed(dy)], move |given| plain_loops(&conv, w, given)))
        });
        cases.collect()
    }
}

/// candle has no op of this kind: the sum as it is written above, in f64.
fn plain_loops(conv: &Conv2d, w: [usize; 4], given: &[Host]) -> candle_core::Result<Host> {
    let flat = |host: &Host| host.flatten_all()?.to_dtype(candle_core::DType::F64)?.to_vec1::<f64>();
    let ([x, dy], [filters, c_group, kh, kw]) = ([flat(&given[0])?, flat(&given[1])?], w);
    let ((batch, c_in, height, width), (_, _, oh, ow)) = (given[0].dims4()?, given[1].dims4()?);
    let mut dw = Vec::with_capacity(filters * c_group * kh * kw);
    for (o, c) in (0..filters).flat_map(|o| (0..c_group).map(move |c| (o, c))) {
        let channel = o / (filters / conv.groups) * c_group + c;
        for (u, v) in (0..kh).flat_map(|u| (0..kw).map(move |v| (u, v))) {
            let mut sum = 0.0;
            for n in 0..batch {
                for (i, j) in (0..oh).flat_map(|i| (0..ow).map(move |j| (i, j))) {
                    let r = (i * conv.stride + u * conv.dilation).wrapping_sub(conv.padding.top);
                    let q = (j * conv.stride + v * conv.dilation).wrapping_sub(conv.padding.left);
                    if r < height && q < width {
                        sum += dy[((n * filters + o) * oh + i) * ow + j]
                            * x[((n * c_in + channel) * height + r) * width + q];
                    }
                }
            }
            dw.push(sum);
        }
    }
    Host::from_vec(dw, &w, given[0].device())?.to_dtype(given[0].dtype())
}

impl KernelRule for Conv2dWeight {
    rules! { epilogue: taken, cpu: floats }

    fn gpu(&self, x: &[&Spec], y: &Spec, device: &Traits) -> Vec<Launch> {
        gpu::launches(&self.conv, &self.conv.extents(x[0], y, x[1]), device)
    }
}
