//! Networks with many regions, made by hand: each layer but the last folds the square onto itself (Montúfar et al. 2014, section 3.1).

use super::regions::{DenseLayer, ReluNet};
use crate::lab::LabError;

/// `width / 2` rectifiers fold each of the two coordinates into as many parts; those of the last layer are lines in general position, all
/// of whose crossings lie in the square. So [`super::montufar`]'s bound is attained over [0, 1]².
///
/// # Errors
/// [`LabError::Setup`] of fewer than two units in a layer, or none.
pub fn folding(widths: &[usize]) -> Result<ReluNet, LabError> {
    let narrow = widths.iter().find(|width| **width < 2);
    ensure!(narrow.is_none() && !widths.is_empty(), "a plane is folded by layers of two units or more");
    let (last, folds) = widths.split_last().map_or((2, &[][..]), |(last, folds)| (*last, folds));
    let mut layers = Vec::new();
    // How many parts the layer before made of each coordinate; nothing before the first.
    let mut parts = None;
    for &width in folds {
        let half = width / 2;
        let (mut weight, mut bias) = (Vec::new(), Vec::new());
        for unit in 0..width {
            let (axis, step) = ((unit / half).min(1), unit % half);
            // A unit that is left over, where the width is odd, is never active over the square.
            let idle = unit >= 2 * half;
            let (slope, shift) = match (idle, step) {
                (true, _) => (0.0, -1.0),
                (false, 0) => (half as f64, 0.0),
                (false, step) => (2.0 * half as f64, -2.0 * step as f64),
            };
            weight.push(folded(parts, axis, slope));
            bias.push(shift);
        }
        layers.push(DenseLayer { weight, bias });
        parts = Some((half, width));
    }
    let (mut weight, mut bias) = (Vec::new(), Vec::new());
    for line in 0..last {
        // Tangents of a small circle around the middle: no two are parallel, no three meet.
        let angle = std::f64::consts::PI * (line as f64 + 0.35) / last as f64;
        let [across, up] = [angle.cos(), angle.sin()];
        weight.push(folded(parts, 0, across).iter().zip(folded(parts, 1, up)).map(|(a, b)| a + b).collect());
        bias.push(-(across + up) / 2.0 - 0.02 - 0.003 * line as f64);
    }
    layers.push(DenseLayer { weight, bias });
    layers.push(DenseLayer { weight: vec![vec![1.0; last]], bias: vec![0.0] });
    ReluNet::new(layers)
}

/// The weights by which a unit reads a coordinate, folded by the layer before: its rectifiers with signs in turn.
fn folded(parts: Option<(usize, usize)>, axis: usize, slope: f64) -> Vec<f64> {
    let Some((half, width)) = parts else {
        return (0..2).map(|at| if at == axis { slope } else { 0.0 }).collect();
    };
    let weight = |unit: usize| match unit / half == axis && unit < 2 * half {
        true if (unit % half).is_multiple_of(2) => slope,
        true => -slope,
        false => 0.0,
    };
    (0..width).map(weight).collect()
}

/// The tent map `depth` times behind itself, of the first coordinate (Telgarsky 2016): `2^depth` linear pieces over [0, 1] with two rectifiers
/// in a layer.
///
/// # Errors
/// [`LabError::Setup`] of no layer.
pub fn tent(depth: usize) -> Result<ReluNet, LabError> {
    ensure!(depth > 0, "a tent has one layer or more");
    let mut layers = vec![DenseLayer { weight: vec![vec![2.0, 0.0], vec![4.0, 0.0]], bias: vec![0.0, -2.0] }];
    for _ in 1..depth {
        layers.push(DenseLayer { weight: vec![vec![2.0, -2.0], vec![4.0, -4.0]], bias: vec![0.0, -2.0] });
    }
    layers.push(DenseLayer { weight: vec![vec![1.0, -1.0]], bias: vec![0.0] });
    ReluNet::new(layers)
}
