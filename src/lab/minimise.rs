//! L-BFGS with box constraints: limited-memory BFGS (Nocedal 1980) on the variables that are free, each step projected into the
//! box (Bertsekas, Projected Newton methods for optimization problems with simple constraints, 1982). In f64, on the host.

use super::LabError;
use std::collections::VecDeque;

/// Pairs of steps and differences of gradients that are remembered.
const MEMORY: usize = 10;
/// Sufficient decrease (Armijo 1966).
const DECREASE: f64 = 1e-4;
/// Halvings of a step before it is given up.
const HALVINGS: u32 = 12;

/// The box `low ≤ x ≤ high`, the same for every variable.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) low: f64,
    pub(super) high: f64,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    pub(super) evaluations: u32,
    /// Euclidean length of the first step.
    pub(super) first_step: f64,
    /// Ends where a step lowers the value by less than this part of it.
    pub(super) tolerance: f64,
}

/// From `x` to where `f` (value and gradient) has a minimum in the box, as far as the budget goes.
pub(super) async fn minimise(
    x: Vec<f64>,
    bounds: Bounds,
    budget: Budget,
    mut f: impl AsyncFnMut(&[f64]) -> Result<(f64, Vec<f64>), LabError>,
) -> Result<Vec<f64>, LabError> {
    let Bounds { low, high } = bounds;
    let mut x = x;
    let (mut value, mut gradient) = f(&x).await?;
    let mut used = 1;
    let mut memory: VecDeque<(Vec<f64>, Vec<f64>)> = VecDeque::new();
    while used < budget.evaluations {
        // At a bound that the gradient leans on, a variable stays.
        let is_free: Vec<bool> =
            x.iter().zip(&gradient).map(|(&x, &g)| !((x <= low && g > 0.0) || (x >= high && g < 0.0))).collect();
        let reduced: Vec<f64> = gradient.iter().zip(&is_free).map(|(&g, &free)| if free { g } else { 0.0 }).collect();
        let size = dot(&reduced, &reduced).sqrt();
        if size == 0.0 || !size.is_finite() {
            break;
        }
        let mut direction = two_loops(&reduced, &memory);
        direction.iter_mut().zip(&is_free).filter(|(_, free)| !**free).for_each(|(d, _)| *d = 0.0);
        if memory.is_empty() || dot(&direction, &reduced) >= 0.0 {
            memory.clear();
            direction = reduced.iter().map(|g| -g * budget.first_step / size).collect();
        }
        let mut part = 1.0;
        let mut moved = None;
        for _ in 0..HALVINGS {
            let there: Vec<f64> = x.iter().zip(&direction).map(|(x, d)| (x + part * d).clamp(low, high)).collect();
            let (new_value, new_gradient) = f(&there).await?;
            used += 1;
            let slope: f64 = gradient.iter().zip(there.iter().zip(&x)).map(|(g, (to, from))| g * (to - from)).sum();
            if new_value <= value + DECREASE * slope {
                moved = Some((there, new_value, new_gradient));
                break;
            }
            if used >= budget.evaluations {
                break;
            }
            part *= 0.5;
        }
        let Some((there, new_value, new_gradient)) = moved else { break };
        let step: Vec<f64> = there.iter().zip(&x).map(|(to, from)| to - from).collect();
        let change: Vec<f64> = new_gradient.iter().zip(&gradient).map(|(to, from)| to - from).collect();
        let fell = value - new_value;
        if dot(&step, &change) > 1e-12 * dot(&step, &step) {
            memory.push_back((step, change));
            if memory.len() > MEMORY {
                memory.pop_front();
            }
        }
        (x, value, gradient) = (there, new_value, new_gradient);
        if fell <= budget.tolerance * value.abs() {
            break;
        }
    }
    Ok(x)
}

/// `-H · g` by the pairs in memory (Nocedal & Wright, Numerical optimization, algorithm 7.4).
fn two_loops(gradient: &[f64], memory: &VecDeque<(Vec<f64>, Vec<f64>)>) -> Vec<f64> {
    let mut q: Vec<f64> = gradient.iter().map(|g| -g).collect();
    let mut alphas = Vec::with_capacity(memory.len());
    for (s, y) in memory.iter().rev() {
        let alpha = dot(s, &q) / dot(s, y);
        q.iter_mut().zip(y).for_each(|(q, y)| *q -= alpha * y);
        alphas.push(alpha);
    }
    if let Some((s, y)) = memory.back() {
        let scale = dot(s, y) / dot(y, y);
        q.iter_mut().for_each(|q| *q *= scale);
    }
    for ((s, y), alpha) in memory.iter().zip(alphas.into_iter().rev()) {
        let beta = dot(y, &q) / dot(s, y);
        q.iter_mut().zip(s).for_each(|(q, s)| *q += (alpha - beta) * s);
    }
    q
}

pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
