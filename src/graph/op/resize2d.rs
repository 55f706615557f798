//! Pictures at another size: nearest neighbour, and bilinear as PyTorch's `interpolate` (without antialiasing).

use super::{Case, Given, Host, KernelRule, Launch, Rule, ShapeError, Spec, Tensor, Traits, computed};
use candle_core::WithDType;

/// How a pixel of the result is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResizeFn {
    /// Output `o` is input `⌊o · from / to⌋`.
    Nearest,
    /// Weights by distance; pixels are squares whose outer edges coincide.
    Bilinear,
    /// Weights by distance; the centres of the corner pixels coincide.
    BilinearAligned,
}

/// Which of a linear map and its transpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Resizes.
    Forward,
    /// The transpose of resizing: its gradient.
    Transposed,
}

/// From `[batch, channels, height, width]` to height and width `size`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resize2d {
    /// How a pixel of the result is computed.
    pub resize: ResizeFn,
    /// Whether it resizes, or computes the gradient of resizing.
    pub direction: Direction,
    /// Height and width of the result.
    pub size: [usize; 2],
}

/// Where one axis reads: output `o` lies at `(max(o · mul + add, sub) - sub) / div`. Whole numbers, so that the CPU and the GPU
/// agree on the pixel.
#[derive(Clone, Copy, Debug)]
struct Axis {
    mul: usize,
    add: usize,
    sub: usize,
    div: usize,
    /// Extents of what resizing reads and of what it writes.
    from: usize,
    to: usize,
}

impl Axis {
    fn new(resize: ResizeFn, from: usize, to: usize) -> Self {
        let axis = |mul, add: usize, sub, div| Axis { mul, add, sub, div, from, to };
        match resize {
            ResizeFn::Nearest => axis(from, 0, 0, to),
            // (o + 1/2) · from / to - 1/2
            ResizeFn::Bilinear => axis(2 * from, from, to, 2 * to),
            ResizeFn::BilinearAligned if to > 1 => axis(from - 1, 0, 0, to - 1),
            ResizeFn::BilinearAligned => axis(0, 0, 0, 1),
        }
    }

    /// The two inputs of each output, and their weights.
    fn taps(&self, resize: ResizeFn) -> Vec<[(usize, f64); 2]> {
        let taps = (0..self.to).map(|o| {
            let at = (o * self.mul + self.add).max(self.sub) - self.sub;
            let lower = at / self.div;
            let share = if resize == ResizeFn::Nearest { 0.0 } else { (at % self.div) as f64 / self.div as f64 };
            [(lower, 1.0 - share), ((lower + 1).min(self.from - 1), share)]
        });
        taps.collect()
    }
}

impl Resize2d {
    /// The axes of the forward map between the inner sizes of `x` and `y`.
    fn axes(&self, x: &[usize], y: &[usize]) -> [Axis; 2] {
        [2, 3].map(|d| match self.direction {
            Direction::Forward => Axis::new(self.resize, x[d], y[d]),
            Direction::Transposed => Axis::new(self.resize, y[d], x[d]),
        })
    }

    fn typed<T: WithDType>(&self, x: &[Host], y: &Spec) -> candle_core::Result<Host> {
        let [rows, columns] = self.axes(x[0].dims(), &y.shape).map(|axis| axis.taps(self.resize));
        let (w_x, w_y) = (x[0].dims()[3], y.shape[3]);
        let (plane_x, plane_y) = (x[0].dims()[2] * w_x, y.shape[2] * w_y);
        computed(x, y, |x: &[&[T]]| {
            let mut out = vec![T::zero(); y.elem_count()];
            for (x, y) in x[0].chunks_exact(plane_x).zip(out.chunks_exact_mut(plane_y)) {
                for (i, row) in rows.iter().enumerate() {
                    for (j, column) in columns.iter().enumerate() {
                        for &(r, down) in row {
                            for &(q, across) in column {
                                // NaN beside the sampled pixel is no part of it.
                                if down * across == 0.0 {
                                    continue;
                                }
                                let weight = T::from_f64(down * across);
                                match self.direction {
                                    Direction::Forward => y[i * w_y + j] += weight * x[r * w_x + q],
                                    Direction::Transposed => y[r * w_y + q] += weight * x[i * w_x + j],
                                }
                            }
                        }
                    }
                }
            }
            out
        })
    }
}

impl Rule for Resize2d {
    const NAME: &'static str = "resize2d";

    fn spec(&self, x: &[&Spec]) -> Result<Spec, ShapeError> {
        x[0].planes(Self::NAME, "resized", self.size)
    }

    rules! { form: kernel, cost: bytes }

    fn vjp(&self, x: &[Tensor], _: &Tensor, dy: &Tensor) -> Result<Vec<Option<Tensor>>, ShapeError> {
        // A linear map: its transpose, and that one's transpose is the map itself.
        let direction = match self.direction {
            Direction::Forward => Direction::Transposed,
            Direction::Transposed => Direction::Forward,
        };
        let size = [x[0].dims()[2], x[0].dims()[3]];
        Ok(vec![Some(dy.then(Resize2d { resize: self.resize, direction, size }, &[])?)])
    }

    fn cases() -> Vec<Case> {
        use ResizeFn::{Bilinear, BilinearAligned, Nearest};
        fn plain(resize: ResizeFn, x: &Host, [h, w]: [usize; 2]) -> candle_core::Result<Host> {
            match resize {
                Nearest => x.upsample_nearest2d(h, w),
                Bilinear => x.upsample_bilinear2d(h, w, false),
                BilinearAligned => x.upsample_bilinear2d(h, w, true),
            }
        }
        // Growing, shrinking, both; to and from single pixels; by one pixel.
        let sizes = [
            ([3, 4], [6, 8]),
            ([7, 5], [3, 2]),
            ([2, 9], [7, 4]),
            ([4, 3], [1, 1]),
            ([1, 1], [3, 2]),
            ([8, 9], [9, 8]),
        ];
        let mut cases = Vec::new();
        for resize in [Nearest, Bilinear, BilinearAligned] {
            for (from, to) in sizes {
                let forward = Resize2d { resize, direction: Direction::Forward, size: to };
                cases.push(Case::new(forward, [Given::signed([2, 3, from[0], from[1]])], move |x| {
                    plain(resize, &x[0], to)
                }));
                // Column (r, q) of the matrix is the resized picture with a single one at (r, q).
                let transposed = Resize2d { resize, direction: Direction::Transposed, size: from };
                cases.push(Case::new(transposed, [Given::signed([2, 3, to[0], to[1]])], move |x| {
                    let pixels = from[0] * from[1];
                    let ones: Vec<f32> =
                        (0..pixels * pixels).map(|i| f32::from(u8::from(i % (pixels + 1) == 0))).collect();
                    let ones = Host::from_vec(ones, (1, pixels, from[0], from[1]), x[0].device())?;
                    let columns = plain(resize, &ones, to)?.reshape((pixels, to[0] * to[1]))?;
                    x[0].reshape((6, to[0] * to[1]))?.matmul(&columns.t()?)?.reshape((2, 3, from[0], from[1]))
                }));
            }
        }
        cases
    }
}

impl KernelRule for Resize2d {
    rules! { epilogue: taken, cpu: floats }

    fn gpu(&self, x: &[&Spec], y: &Spec, _: &Traits) -> Vec<Launch> {
        let wgsl = match self.direction {
            Direction::Forward => wgsl!("op/resize2d.wgsl"),
            Direction::Transposed => wgsl!("op/resize2d_transposed.wgsl"),
        };
        let [rows, columns] = self.axes(&x[0].shape, &y.shape);
        vec![Launch::each(wgsl, 1, y.elem_count()).constants([
            ("NEAREST", usize::from(self.resize == ResizeFn::Nearest)),
            ("H", rows.from),
            ("OH", rows.to),
            ("MUL_H", rows.mul),
            ("ADD_H", rows.add),
            ("SUB_H", rows.sub),
            ("DIV_H", rows.div),
            ("W", columns.from),
            ("OW", columns.to),
            ("MUL_W", columns.mul),
            ("ADD_W", columns.add),
            ("SUB_W", columns.sub),
            ("DIV_W", columns.div),
        ])]
    }
}

impl Tensor {
    /// To `target_h` × `target_w`, each pixel its nearest neighbour.
    pub fn upsample_nearest2d(&self, target_h: usize, target_w: usize) -> Result<Tensor, ShapeError> {
        self.resize2d(ResizeFn::Nearest, [target_h, target_w])
    }

    /// To `target_h` × `target_w`, bilinear without antialiasing, as PyTorch's `interpolate`. With `align_corners` the centres
    /// of the corner pixels coincide, else the edges of the picture.
    pub fn upsample_bilinear2d(
        &self,
        target_h: usize,
        target_w: usize,
        align_corners: bool,
    ) -> Result<Tensor, ShapeError> {
        let resize = if align_corners { ResizeFn::BilinearAligned } else { ResizeFn::Bilinear };
        self.resize2d(resize, [target_h, target_w])
    }

    /// Any resizing, to any height and width.
    pub fn resize2d(&self, resize: ResizeFn, size: [usize; 2]) -> Result<Tensor, ShapeError> {
        self.then(Resize2d { resize, direction: Direction::Forward, size }, &[])
    }
}
