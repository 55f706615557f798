//! Results of inputs with NaN and infinities among them.

use candle_core::{DType, Tensor};

/// Ops whose kernels may give NaN beside where it belongs, by a transform, a sum that slides, or a weight of zero.
pub(crate) const SPREADING: [&str; 6] = ["conv2d", "conv2d_weight", "conv_transpose2d", "lrn", "matmul", "resize2d"];

/// What such an op should give: of two ways to compute it the number, where one of them has a number.
pub(crate) fn least(a: &Tensor, b: &Tensor) -> Tensor {
    let flat = |t: &Tensor| t.to_dtype(DType::F32).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
    let least = flat(a).into_iter().zip(flat(b)).map(|(a, b)| if a.is_finite() { a } else { b }).collect();
    Tensor::from_vec(least, a.shape(), a.device()).unwrap()
}

/// Largest difference of the finite results, relative to the largest of those (at least 1); infinite where a result that should be
/// NaN or infinite is a number. With `both` also where one that should be a number is none.
pub(crate) fn difference(got: &Tensor, want: &Tensor, both: bool) -> f64 {
    let flat = |t: &Tensor| t.to_dtype(DType::F64).unwrap().flatten_all().unwrap().to_vec1::<f64>().unwrap();
    let (got, want) = (flat(got), flat(want));
    // Of doubles made of singles, what a single does not hold is infinite.
    let is_number = |v: f64| (v as f32).is_finite();
    let scale = want.iter().filter(|v| is_number(**v)).fold(1.0_f64, |m, v| m.max(v.abs()));
    got.iter().zip(&want).fold(0.0, |worst: f64, (&g, &w)| match (is_number(g), is_number(w)) {
        (true, true) => worst.max((g - w).abs() / scale),
        (false, true) if !both => worst,
        (false, false) => worst,
        _ => f64::INFINITY,
    })
}
