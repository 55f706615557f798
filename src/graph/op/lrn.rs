//! Local response normalisation across channels (Krizhevsky, Sutskever & Hinton 2012, §3.3).

use super::{Case, Given, Host, KernelRule, Launch, Rule, ShapeError, Spec, Tensor, Traits, computed, literal};

/// `y_c = x_c / (k + alpha/size · Σ_j x_j²)^beta` over the `size` channels `j` around `c`: PyTorch's `LocalResponseNorm`.
/// So do Caffe and ONNX; the paper writes `alpha` without dividing it by `size`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lrn {
    /// The number of channels in a sum.
    pub size: usize,
    /// α, the weight of the squares.
    pub alpha: f64,
    /// β, the exponent.
    pub beta: f64,
    /// Positive, so that channels of zeros have a quotient.
    pub k: f64,
}

impl Lrn {
    /// Channels before and after `c` that its window holds.
    fn reach(&self) -> [usize; 2] {
        [self.size / 2, (self.size - 1) / 2]
    }

    /// Factor of the sum of squares.
    fn share(&self) -> f64 {
        self.alpha / self.size as f64
    }
}

/// For each channel the sum over those from `before` before it to `after` after it.
fn window_sum(x: &Tensor, [before, after]: [usize; 2]) -> Result<Tensor, ShapeError> {
    let channels = x.dims()[1];
    let padded = x.pad_with_zeros(1, before, after)?;
    let mut sum = padded.narrow(1, 0, channels)?;
    for shift in 1..=before + after {
        sum = sum.add(&padded.narrow(1, shift, channels)?)?;
    }
    Ok(sum)
}

impl Rule for Lrn {
    const NAME: &'static str = "lrn";

    fn spec(&self, x: &[&Spec]) -> Result<Spec, ShapeError> {
        x[0].nchw(Self::NAME)?;
        x[0].floats(Self::NAME)?;
        if self.size == 0 || self.k <= 0.0 || self.alpha < 0.0 {
            return Err(ShapeError::bad(Self::NAME, "size and k must be positive, alpha not negative", &x[0].shape));
        }
        Ok(x[0].clone())
    }

    rules! { form: kernel, cost: bytes }

    fn vjp(&self, x: &[Tensor], y: &Tensor, dy: &Tensor) -> Result<Vec<Option<Tensor>>, ShapeError> {
        // With d_c = k + share Σ_j x_j²:
        // dx_i = dy_i d_i^-beta - 2 share beta x_i Σ_c dy_c y_c / d_c over the channels c whose window holds i.
        let x = &x[0];
        let [before, after] = self.reach();
        let d = window_sum(&x.sqr()?, [before, after])?.affine(self.share(), self.k)?;
        let spread = window_sum(&dy.mul(y)?.div(&d)?, [after, before])?;
        let indirect = x.mul(&spread)?.affine(2.0 * self.share() * self.beta, 0.0)?;
        Ok(vec![Some(dy.mul(&d.powf(-self.beta)?)?.sub(&indirect)?)])
    }

    fn cases() -> Vec<Case> {
        let case = |op: Lrn, shape: [usize; 4]| {
            Case::new(op, [Given::signed(shape)], move |x| {
                let channels = x[0].dim(1)?;
                let padded = x[0].sqr()?.pad_with_zeros(1, op.size / 2, (op.size - 1) / 2)?;
                let mut sum = padded.narrow(1, 0, channels)?;
                for shift in 1..op.size {
                    sum = (sum + padded.narrow(1, shift, channels)?)?;
                }
                x[0].div(&sum.affine(op.alpha / op.size as f64, op.k)?.powf(op.beta)?)
            })
        };
        vec![
            // AlexNet's, with an alpha that shows.
            case(Lrn { size: 5, alpha: 0.5, beta: 0.75, k: 2.0 }, [2, 7, 3, 4]),
            case(Lrn { size: 4, alpha: 2.0, beta: 0.6, k: 1.0 }, [1, 6, 5, 2]),
            // The window is wider than the picture is deep.
            case(Lrn { size: 9, alpha: 1.0, beta: 0.75, k: 1.0 }, [2, 3, 2, 2]),
        ]
    }
}

impl KernelRule for Lrn {
    rules! { epilogue: taken }

    fn cpu(&self, x: &[Host], y: &Spec) -> candle_core::Result<Host> {
        let (channels, plane) = (y.shape[1], y.shape[2] * y.shape[3]);
        let [before, after] = self.reach();
        for_float!(Self::NAME, y.dtype, T => computed(x, y, |x: &[&[T]]| {
            let (k, share, beta) = (self.k as T, self.share() as T, self.beta as T);
            // The usual exponent is three quarters, and two roots are faster than a power.
            let quotient = |v: T, d: T| {
                if self.beta == 0.75 { v / (d.sqrt() * d.sqrt().sqrt()) } else { v * d.powf(-beta) }
            };
            let mut out = Vec::with_capacity(x[0].len());
            let mut sums: Vec<T> = vec![0.0; plane];
            for picture in x[0].chunks_exact(channels * plane) {
                for c in 0..channels {
                    sums.fill(0.0);
                    let window = c.saturating_sub(before) * plane..(c + after + 1).min(channels) * plane;
                    for x in picture[window].chunks_exact(plane) {
                        sums.iter_mut().zip(x).for_each(|(sum, x)| *sum += x * x);
                    }
                    let x = &picture[c * plane..][..plane];
                    out.extend(x.iter().zip(&sums).map(|(&x, sum)| quotient(x, k + share * sum)));
                }
            }
            out
        }))
    }

    fn gpu(&self, _: &[&Spec], y: &Spec, _: &Traits) -> Vec<Launch> {
        let [before, after] = self.reach();
        let mut launch = Launch::each(wgsl!("op/lrn.wgsl"), 1, y.elem_count()).constants([
            ("CHANNELS", y.shape[1]),
            ("PLANE", y.shape[2] * y.shape[3]),
            ("BEFORE", before),
            ("AFTER", after),
        ]);
        let (k, share, beta) = (literal(self.k), literal(self.share()), literal(self.beta));
        let settings = format!("const K = {k};\nconst SHARE = {share};\nconst BETA = {beta};\n");
        launch.slots.push(("settings", settings.into()));
        vec![launch]
    }
}

impl Tensor {
    /// Local response normalisation across channels: `[batch, channels, height, width]`, the same shape back.
    pub fn local_response_norm(&self, lrn: Lrn) -> Result<Tensor, ShapeError> {
        self.then(lrn, &[])
    }
}
