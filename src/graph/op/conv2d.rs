//! 2-D convolution: NCHW input, OIHW weights, zero padding, stride, dilation, groups.

pub(super) mod columns;
mod cpu;
mod depthwise;
pub(super) mod gpu;
mod winograd;

pub(super) use cpu::convolved;

use super::{
    Around, Case, Conv2dWeight, ConvTranspose2d, Cost, DType, FinishRule, Given, Host, KernelRule, Launch, Prepared,
    Rule, ShapeError, Spec, Tensor, Traits, bytes_of,
};

/// `y[n, o, i, j] = Σ_{c, u, v} w[o, c, u, v] · x[n, c, i·stride + u·dilation - top, …]`, within each group of channels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conv2d {
    /// Zeros around the picture.
    pub padding: Padding,
    /// Pixels from one output to the next, in both directions.
    pub stride: usize,
    /// Pixels from one tap of the kernel to the next, in both directions.
    pub dilation: usize,
    /// Groups of channels that do not see each other; as many as channels for a depthwise convolution.
    pub groups: usize,
}

/// Zeros around a picture; TensorFlow's SAME is uneven.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Padding {
    /// Rows above.
    pub top: usize,
    /// Rows below.
    pub bottom: usize,
    /// Columns on the left.
    pub left: usize,
    /// Columns on the right.
    pub right: usize,
}

impl Padding {
    /// The same on all sides.
    pub fn even(padding: usize) -> Self {
        Self { top: padding, bottom: padding, left: padding, right: padding }
    }

    /// TensorFlow's SAME for one kernel extent and stride on a square input: the output has ⌈input / stride⌉ rows, and where
    /// the number of zeros is odd the extra one comes after.
    pub fn same(input: usize, kernel: usize, stride: usize) -> Self {
        let total = ((input.div_ceil(stride) - 1) * stride + kernel).saturating_sub(input);
        let before = total / 2;
        Self { top: before, left: before, bottom: total - before, right: total - before }
    }
}

/// All extents of one convolution, of its input gradient and of its weight gradient.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extents {
    pub(super) batch: usize,
    /// Channels of one group, in and out.
    pub(super) c_in: usize,
    pub(super) c_out: usize,
    pub(super) groups: usize,
    pub(super) h: usize,
    pub(super) w: usize,
    pub(super) kh: usize,
    pub(super) kw: usize,
    pub(super) oh: usize,
    pub(super) ow: usize,
}

impl Extents {
    /// Length of the sum behind each output.
    pub(super) fn depth(&self) -> usize {
        self.c_in * self.kh * self.kw
    }

    /// Output pixels of one picture.
    pub(super) fn pixels(&self) -> usize {
        self.oh * self.ow
    }

    /// Elements of one picture of the input.
    pub(super) fn x_picture(&self) -> usize {
        self.groups * self.c_in * self.h * self.w
    }

    pub(super) fn y_count(&self) -> usize {
        self.batch * self.groups * self.c_out * self.pixels()
    }

    pub(super) fn w_count(&self) -> usize {
        self.groups * self.c_out * self.depth()
    }

    /// The same number for the convolution and both gradients.
    pub(super) fn macs(&self) -> usize {
        self.y_count() * self.depth()
    }
}

impl Conv2d {
    pub(super) fn extents(&self, x: &Spec, w: &Spec, y: &Spec) -> Extents {
        Extents {
            batch: x.shape[0],
            c_in: w.shape[1],
            c_out: w.shape[0] / self.groups,
            groups: self.groups,
            h: x.shape[2],
            w: x.shape[3],
            kh: w.shape[2],
            kw: w.shape[3],
            oh: y.shape[2],
            ow: y.shape[3],
        }
    }

    /// One input pixel per output pixel at the same place: a matrix product.
    pub(super) fn is_pointwise(&self, e: &Extents) -> bool {
        e.kh == 1 && e.kw == 1 && self.stride == 1 && self.padding == Padding::default()
    }

    /// Every channel by itself.
    pub(super) fn is_depthwise(&self, e: &Extents) -> bool {
        e.c_in == 1 && e.c_out == 1
    }

    /// The names under which kernels know all this.
    pub(super) fn constants(&self, e: &Extents) -> [(&'static str, usize); 14] {
        [
            ("BATCH", e.batch),
            ("GROUPS", e.groups),
            ("C_IN", e.c_in),
            ("C_OUT", e.c_out),
            ("H", e.h),
            ("W", e.w),
            ("KH", e.kh),
            ("KW", e.kw),
            ("OH", e.oh),
            ("OW", e.ow),
            ("STRIDE", self.stride),
            ("DILATION", self.dilation),
            ("TOP", self.padding.top),
            ("LEFT", self.padding.left),
        ]
    }
}

impl Rule for Conv2d {
    const NAME: &'static str = "conv2d";

    fn spec(&self, x: &[&Spec]) -> Result<Spec, ShapeError> {
        let [batch, c_in, h, w] = x[0].nchw(Self::NAME)?;
        let [c_out, c_group, kh, kw] = x[1].nchw(Self::NAME)?;
        let bad = |why: &str| ShapeError::bad(Self::NAME, why, &x[1].shape);
        x[1].of_type(Self::NAME, x[0].dtype)?;
        if [self.groups, self.stride, self.dilation, kh, kw].contains(&0) {
            return Err(bad("groups, stride, dilation and the kernel's extents must be positive"));
        }
        if c_group * self.groups != c_in || c_out % self.groups != 0 {
            return Err(ShapeError::mismatch(Self::NAME, &x[0].shape, &x[1].shape));
        }
        let extent = |size: usize, before: usize, after: usize, k: usize| {
            (size + before + after).checked_sub(self.dilation * (k - 1) + 1).map(|room| room / self.stride + 1)
        };
        let p = self.padding;
        match (extent(h, p.top, p.bottom, kh), extent(w, p.left, p.right, kw)) {
            (Some(oh), Some(ow)) => Ok(Spec::new([batch, c_out, oh, ow], x[0].dtype)),
            _ => Err(bad("the kernel is larger than the padded input")),
        }
    }

    rules! { form: kernel }

    fn vjp(&self, x: &[Tensor], _: &Tensor, dy: &Tensor) -> Result<Vec<Option<Tensor>>, ShapeError> {
        let (x, w) = (&x[0], &x[1]);
        // dx[n, c, r, q] = Σ_{o, i, j} w[o, c, u, v] · dy[n, o, i, j] over all taps (u, v) by which (i, j) sees (r, q)
        let dx = dy.then(ConvTranspose2d { conv: self.clone(), size: [x.dims()[2], x.dims()[3]] }, &[w])?;
        // dw[o, c, u, v] = Σ_{n, i, j} dy[n, o, i, j] · x[n, c, i·stride + u·dilation - top, …]
        let dw = x.then(Conv2dWeight { conv: self.clone(), kernel: [w.dims()[2], w.dims()[3]] }, &[dy])?;
        Ok(vec![Some(dx), Some(dw)])
    }

    fn cost(&self, x: &[&Spec], y: &Spec) -> Cost {
        let depth = x[1].shape[1..].iter().product::<usize>();
        Cost { macs: (y.elem_count() * depth) as u64, bytes: bytes_of(x, y) }
    }

    fn cases() -> Vec<Case> {
        let cases = case_extents().into_iter().map(|(x, w, conv)| {
            let Conv2d { padding: p, stride, dilation, groups } = conv;
            Case::new(conv, [Given::signed(x), Given::signed(w)], move |x| {
                let padded = x[0].pad_with_zeros(2, p.top, p.bottom)?.pad_with_zeros(3, p.left, p.right)?;
                padded.conv2d(&x[1], 0, stride, dilation, groups)
            })
        });
        cases.collect()
    }
}

/// Input, weights and convolution of each test case, of the gradients too.
pub(super) fn case_extents() -> Vec<([usize; 4], [usize; 4], Conv2d)> {
    let even = |x, w, padding, stride, dilation, groups| {
        (x, w, Conv2d { padding: Padding::even(padding), stride, dilation, groups })
    };
    let uneven = Padding { top: 0, bottom: 1, left: 0, right: 1 };
    vec![
        even([1, 3, 9, 9], [8, 3, 3, 3], 0, 2, 1, 1),
        even([2, 4, 7, 6], [16, 4, 3, 3], 1, 1, 1, 1),
        even([1, 3, 13, 11], [24, 3, 7, 7], 3, 2, 1, 1),
        even([2, 8, 5, 5], [16, 8, 1, 1], 0, 1, 1, 1),
        even([1, 16, 4, 6], [8, 16, 1, 1], 0, 1, 1, 1),
        even([1, 6, 5, 5], [7, 6, 1, 1], 0, 1, 1, 1),
        even([1, 4, 8, 8], [8, 4, 1, 1], 0, 2, 1, 1),
        even([1, 4, 6, 6], [8, 4, 1, 1], 1, 1, 1, 1),
        even([2, 6, 8, 8], [6, 1, 3, 3], 1, 1, 1, 6),
        even([1, 6, 9, 9], [6, 1, 3, 3], 1, 2, 1, 6),
        even([1, 6, 8, 8], [12, 1, 3, 3], 1, 1, 1, 6),
        even([1, 8, 6, 6], [16, 4, 3, 3], 1, 1, 1, 2),
        even([1, 3, 12, 12], [8, 3, 3, 3], 2, 1, 2, 1),
        even([1, 5, 7, 7], [3, 5, 3, 3], 1, 2, 1, 1),
        // Enough of everything for the tiles of a real GPU, with rests.
        even([2, 20, 9, 10], [72, 20, 3, 3], 1, 1, 1, 1),
        even([1, 24, 18, 17], [40, 24, 3, 3], 1, 2, 1, 1),
        even([1, 40, 17, 18], [24, 40, 3, 3], 1, 2, 1, 1),
        even([1, 40, 9, 8], [36, 40, 3, 3], 1, 1, 1, 1),
        even([1, 80, 7, 6], [72, 40, 3, 3], 0, 2, 1, 2),
        // Enough for Winograd's convolution everywhere, of odd extents and of several pictures.
        even([1, 64, 9, 8], [48, 64, 3, 3], 1, 1, 1, 1),
        even([3, 56, 6, 7], [64, 56, 3, 3], 0, 1, 1, 1),
        // A batch of small pictures, and of many pixels: the sums of the weight gradient are cut.
        even([5, 6, 16, 16], [40, 6, 3, 3], 1, 1, 1, 1),
        even([9, 8, 4, 4], [8, 8, 3, 3], 1, 1, 1, 1),
        even([6, 3, 12, 12], [5, 3, 5, 5], 0, 1, 1, 1),
        even([9, 6, 12, 12], [6, 1, 3, 3], 1, 2, 1, 6),
        // Strides and dilations that share no factor, that share one, and taps that no output or no input meets.
        even([2, 8, 11, 10], [8, 8, 3, 3], 1, 3, 1, 1),
        even([1, 8, 13, 12], [16, 8, 3, 3], 2, 2, 3, 1),
        even([1, 8, 12, 13], [16, 8, 3, 3], 2, 2, 2, 1),
        even([1, 16, 9, 9], [8, 16, 1, 1], 0, 3, 1, 1),
        even([1, 2, 3, 3], [3, 2, 2, 2], 2, 1, 1, 1),
        ([1, 3, 8, 8], [8, 3, 3, 3], Conv2d { padding: uneven, stride: 2, dilation: 1, groups: 1 }),
        ([1, 4, 8, 8], [4, 1, 3, 3], Conv2d { padding: uneven, stride: 2, dilation: 1, groups: 4 }),
        ([2, 8, 8, 7], [16, 8, 3, 2], Conv2d { padding: uneven, stride: 2, dilation: 1, groups: 1 }),
        ([1, 8, 8, 7], [16, 4, 3, 2], Conv2d { padding: uneven, stride: 1, dilation: 1, groups: 2 }),
    ]
}

impl KernelRule for Conv2d {
    rules! { epilogue: taken }

    fn cpu(&self, x: &[Host], y: &Spec) -> candle_core::Result<Host> {
        self.cpu_finished(x, y, &Around::default())
    }

    fn gpu(&self, x: &[&Spec], y: &Spec, device: &Traits) -> Vec<Launch> {
        gpu::launches(self, &self.extents(x[0], x[1], y), gpu::Filters::Straight, device)
    }

    fn finishing(&self) -> Option<&dyn FinishRule> {
        Some(self)
    }

    fn macs(&self, x: &[&Spec], y: &Spec, known: &[bool], gpu: Option<&Traits>) -> Option<u64> {
        let e = self.extents(x[0], x[1], y);
        match gpu {
            Some(device) => gpu::macs(self, &e, device),
            None => cpu::macs(self, &e, known[1] && y.dtype == DType::F32),
        }
    }
}

impl FinishRule for Conv2d {
    fn prepare(&self, x: &[Option<&Host>], specs: &[&Spec], y: &Spec) -> candle_core::Result<Option<Prepared>> {
        x[1].map_or(Ok(None), |w| cpu::prepare(self, specs[0], w, y))
    }

    fn cpu_finished(&self, x: &[Host], y: &Spec, around: &Around<'_>) -> candle_core::Result<Host> {
        for_float!(Self::NAME, y.dtype, T => cpu::run::<T>(self, x, y, around))
    }
}

impl Tensor {
    /// Convolution of `[batch, c_in, h, w]` with `kernel [c_out, c_in / groups, kh, kw]`, in both directions alike: `[batch,
    /// c_out, oh, ow]` with `oh = (h + 2·padding - dilation·(kh - 1) - 1) / stride + 1`.
    ///
    /// # Errors
    /// Where the shapes do not fit, or a setting is zero that must not be.
    pub fn conv2d(
        &self,
        kernel: &Tensor,
        padding: usize,
        stride: usize,
        dilation: usize,
        groups: usize,
    ) -> Result<Tensor, ShapeError> {
        self.then(Conv2d { padding: Padding::even(padding), stride, dilation, groups }, &[kernel])
    }

    /// With any zeros around: TensorFlow's SAME for example.
    pub fn conv2d_padded(&self, kernel: &Tensor, conv: Conv2d) -> Result<Tensor, ShapeError> {
        self.then(conv, &[kernel])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_padding_is_tensorflows() {
        assert_eq!(Padding::same(224, 3, 2), Padding { top: 0, left: 0, bottom: 1, right: 1 });
        assert_eq!(Padding::same(112, 3, 1), Padding::even(1));
        assert_eq!(Padding::same(7, 3, 2), Padding::even(1));
    }

    #[test]
    fn operations_of_alexnets_first_layer() {
        // 96 filters of 11×11×3 at 55×55 places.
        let (x, w) = (Spec::f32([1, 3, 227, 227]), Spec::f32([96, 3, 11, 11]));
        let op = Conv2d { padding: Padding::default(), stride: 4, dilation: 1, groups: 1 };
        let y = op.spec(&[&x, &w]).unwrap();
        assert_eq!(y.shape, [1, 96, 55, 55]);
        assert_eq!(op.cost(&[&x, &w], &y).macs, 105_415_200);
    }
}
