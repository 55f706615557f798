//! Transposed 2-D convolution: the input gradient of [`Conv2d`], a map in its own right (Dumoulin & Visin 2016, §4).

mod cpu;
mod gpu;

use super::conv2d::{self, Padding, case_extents};
use super::{
    Case, Conv2d, Conv2dWeight, Cost, Given, Host, KernelRule, Launch, Rule, ShapeError, Spec, Tensor, Traits, bytes_of,
};

/// From `dy [batch, c_out, oh, ow]` and `w [c_out, c_in / groups, kh, kw]` of the convolution `conv` to `dx [batch, c_in, h, w]`:
/// each element of `dy` adds its filter, scaled, to the pixels that it was computed from.
///
/// `dx[n, c, r, q] = Σ_{o, u, v} w[o, c, u, v] · dy[n, o, i, j]` over all (i, j) with `i·stride + u·dilation - top = r`, ….
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConvTranspose2d {
    /// The convolution whose input it gives.
    pub conv: Conv2d,
    /// Height and width of the result; a stride leaves a choice.
    pub size: [usize; 2],
}

impl Rule for ConvTranspose2d {
    const NAME: &'static str = "conv_transpose2d";

    fn spec(&self, x: &[&Spec]) -> Result<Spec, ShapeError> {
        let [batch, c_out, ..] = x[0].float_nchw(Self::NAME)?;
        let [filters, c_group, ..] = x[1].nchw(Self::NAME)?;
        let dx = Spec::new([batch, c_group * self.conv.groups, self.size[0], self.size[1]], x[0].dtype);
        if c_out != filters || self.conv.spec(&[&dx, x[1]])? != *x[0] {
            return Err(ShapeError::mismatch(Self::NAME, &x[0].shape, &x[1].shape));
        }
        Ok(dx)
    }

    rules! { form: kernel }

    fn vjp(&self, x: &[Tensor], _: &Tensor, g: &Tensor) -> Result<Vec<Option<Tensor>>, ShapeError> {
        let (dy, w) = (&x[0], &x[1]);
        // ⟨g, Tᵀ(dy, w)⟩ = ⟨conv2d(g, w), dy⟩, and the weight gradient of that is linear in both g and dy.
        let d_dy = g.conv2d_padded(w, self.conv.clone())?;
        let dw = g.then(Conv2dWeight { conv: self.conv.clone(), kernel: [w.dims()[2], w.dims()[3]] }, &[dy])?;
        Ok(vec![Some(d_dy), Some(dw)])
    }

    fn cost(&self, x: &[&Spec], y: &Spec) -> Cost {
        let depth = x[1].shape[1..].iter().product::<usize>();
        Cost { macs: (x[0].elem_count() * depth) as u64, bytes: bytes_of(x, y) }
    }

    fn cases() -> Vec<Case> {
        let cases = case_extents().into_iter().filter_map(|(x, w, conv)| {
            let dy: [usize; 4] = conv.spec(&[&Spec::f32(x), &Spec::f32(w)]).ok()?.shape.try_into().ok()?;
            let op = ConvTranspose2d { conv: conv.clone(), size: [x[2], x[3]] };
            Some(Case::new(op, [Given::signed(dy), Given::signed(w)], move |given| {
                // Group by group without padding; then the padding is cut off, and what no filter reached is zero.
                let Conv2d { padding: p, stride, dilation, groups } = conv;
                let parts = given[0].chunk(groups, 1)?.into_iter().zip(given[1].chunk(groups, 0)?);
                let parts =
                    parts.map(|(dy, w)| dy.contiguous()?.conv_transpose2d(&w.contiguous()?, 0, 0, stride, dilation));
                let whole = Host::cat(&parts.collect::<candle_core::Result<Vec<_>>>()?, 1)?;
                let rest = |d: usize, before: usize| (x[d] + before).saturating_sub(whole.dims()[d]);
                whole
                    .pad_with_zeros(2, 0, rest(2, p.top))?
                    .pad_with_zeros(3, 0, rest(3, p.left))?
                    .narrow(2, p.top, x[2])?
                    .narrow(3, p.left, x[3])?
                    .contiguous()
            }))
        });
        cases.collect()
    }
}

impl KernelRule for ConvTranspose2d {
    rules! { epilogue: taken, cpu: floats }

    fn gpu(&self, x: &[&Spec], y: &Spec, device: &Traits) -> Vec<Launch> {
        gpu::launches(&self.conv, &self.conv.extents(y, x[1], x[0]), device)
    }

    fn macs(&self, x: &[&Spec], y: &Spec, _: &[bool], gpu: Option<&Traits>) -> Option<u64> {
        // The CPU gathers columns.
        let device = gpu.filter(|_| self.conv.stride == 1)?;
        let (conv, e) = gpu::turned(&self.conv, &self.conv.extents(y, x[1], x[0]));
        conv2d::gpu::macs(&conv, &e, device)
    }
}

impl Tensor {
    /// `[batch, c_in, h, w]` with filters `[c_in, c_out / groups, kh, kw]` to `(h - 1) · stride + dilation · (kh - 1) + 1 +
    /// output_padding - 2 · padding` rows, and so for columns. `output_padding` is less than `stride`.
    pub fn conv_transpose2d(
        &self,
        kernel: &Tensor,
        padding: usize,
        output_padding: usize,
        stride: usize,
        dilation: usize,
        groups: usize,
    ) -> Result<Tensor, ShapeError> {
        const OP: &str = ConvTranspose2d::NAME;
        let ([_, _, h, w], [_, _, kh, kw]) = (self.spec().nchw(OP)?, kernel.spec().nchw(OP)?);
        let extent = |size: usize, k: usize| {
            let full = size.checked_sub(1)? * stride + dilation * k.checked_sub(1)? + 1 + output_padding;
            full.checked_sub(2 * padding).filter(|&size| size > 0)
        };
        let (Some(h), Some(w)) = (extent(h, kh), extent(w, kw)) else {
            return Err(ShapeError::bad(OP, format!("a padding of {padding} leaves nothing"), self.dims()));
        };
        let conv = Conv2d { padding: Padding::even(padding), stride, dilation, groups };
        self.then(ConvTranspose2d { conv, size: [h, w] }, &[kernel])
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::Graph;

    #[test]
    fn extents_are_pytorchs() {
        let graph = Graph::new();
        let (x, w) =
            (graph.input("x", super::Spec::f32([1, 4, 5, 6])), graph.input("w", super::Spec::f32([4, 3, 3, 3])));
        assert_eq!(x.conv_transpose2d(&w, 1, 1, 2, 1, 1).unwrap().dims(), [1, 3, 10, 12]);
        assert_eq!(x.conv_transpose2d(&w, 0, 0, 3, 2, 2).unwrap().dims(), [1, 6, 17, 20]);
        // Such a result could not have given this many outputs; nothing is left; no such filters.
        assert!(x.conv_transpose2d(&w, 1, 2, 2, 1, 1).is_err());
        assert!(x.conv_transpose2d(&w, 9, 0, 2, 1, 1).is_err());
        assert!(x.conv_transpose2d(&w, 0, 0, 2, 1, 3).is_err());
    }
}
