//! Functions that stand below a network that needs them, for what candle lacks and what can be said with what it has.

/// Name and source.
pub(super) const FUNCTIONS: [(&str, &str); 4] = [
    ("counted_avg_pool2d", COUNTED_AVG_POOL2D),
    ("adaptive_avg_pool2d", ADAPTIVE_AVG_POOL2D),
    ("adaptive_max_pool2d", ADAPTIVE_MAX_POOL2D),
    ("local_response_norm", LOCAL_RESPONSE_NORM),
];

const COUNTED_AVG_POOL2D: &str = "
/// Padding is above, below, left and right. Of a window's mean only what lies within `counted` is a part.
fn counted_avg_pool2d(
    x: &Tensor,
    kernel: (usize, usize),
    stride: (usize, usize),
    counted: [usize; 4],
    beyond: [usize; 4],
) -> Result<Tensor> {
    let padded = |x: &Tensor, [top, bottom, left, right]: [usize; 4]| {
        x.pad_with_zeros(2, top, bottom)?.pad_with_zeros(3, left, right)
    };
    let x = padded(x, counted)?;
    let share = padded(&x.ones_like()?, beyond)?.avg_pool2d_with_stride(kernel, stride)?;
    padded(&x, beyond)?.avg_pool2d_with_stride(kernel, stride)?.div(&share)
}
";

const ADAPTIVE_AVG_POOL2D: &str = "
/// Means of as many windows down and across, which together cover the picture.
fn adaptive_avg_pool2d(x: &Tensor, size: [usize; 2]) -> Result<Tensor> {
    let along = |x: &Tensor, dim: usize, to: usize| {
        let from = x.dim(dim)?;
        let window = |at: usize| {
            let start = at * from / to;
            x.narrow(dim, start, ((at + 1) * from).div_ceil(to) - start)?.mean_keepdim(dim)
        };
        Tensor::cat(&(0..to).map(window).collect::<Result<Vec<_>>>()?, dim)
    };
    along(&along(x, 2, size[0])?, 3, size[1])
}
";

const ADAPTIVE_MAX_POOL2D: &str = "
/// The largest values of as many windows down and across, which together cover the picture.
fn adaptive_max_pool2d(x: &Tensor, size: [usize; 2]) -> Result<Tensor> {
    let along = |x: &Tensor, dim: usize, to: usize| {
        let from = x.dim(dim)?;
        let window = |at: usize| {
            let start = at * from / to;
            x.narrow(dim, start, ((at + 1) * from).div_ceil(to) - start)?.max_keepdim(dim)
        };
        Tensor::cat(&(0..to).map(window).collect::<Result<Vec<_>>>()?, dim)
    };
    along(&along(x, 2, size[0])?, 3, size[1])
}
";

const LOCAL_RESPONSE_NORM: &str = "
/// PyTorch's: each value by a power of the squares of `size` channels around it.
fn local_response_norm(x: &Tensor, size: usize, alpha: f64, beta: f64, k: f64) -> Result<Tensor> {
    let channels = x.dim(1)?;
    let squares = x.sqr()?.pad_with_zeros(1, size / 2, (size - 1) / 2)?;
    let mut sum = squares.narrow(1, 0, channels)?;
    for start in 1..size {
        sum = sum.add(&squares.narrow(1, start, channels)?)?;
    }
    x.div(&sum.affine(alpha / size as f64, k)?.powf(beta)?)
}
";
