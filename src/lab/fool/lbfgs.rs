//! L-BFGS with box constraints (Szegedy, Zaremba, Sutskever, Bruna, Erhan, Goodfellow & Fergus, Intriguing properties of
//! neural networks, 2014): minimises `c · ‖r‖₂² + loss(x + r, target)` for `x + r` in [0, 1], and searches for the `c` whose `r` is
//! the shortest that still reaches the target. (The paper weighs `‖r‖`; its square has a gradient at 0.)

use super::super::device::Pace;
use super::super::softmax::argmax;
use super::super::{LabError, Monitor};
use super::model_runner::ModelRunner;
use crate::lab::minimise::{Bounds, Budget, minimise};

/// The first weight of the length; then it is made ten times larger or smaller until it is between two, and bisected.
const FIRST: f64 = 1.0;
const TIMES: f64 = 10.0;
const SEARCHES: u32 = 5;
/// First step: this part of the length of a picture that is all white.
const FIRST_STEP: f64 = 2e-3;

/// The picture nearest to `x` that was taken for `class`, or where none was, the last one tried.
pub(super) async fn run(
    runner: &mut ModelRunner,
    x: &[f32],
    class: usize,
    steps: u32,
    watch: &impl Monitor,
    hear: &mut impl FnMut(u32, &[Vec<f32>]),
) -> Result<Vec<f32>, LabError> {
    let goal = runner.one_hot(&[class])?;
    let cotangent = goal.zeros_like()?;
    let origin: Vec<f64> = x.iter().map(|&x| f64::from(x)).collect();
    let first_step = FIRST_STEP * (x.len() as f64).sqrt();
    let budget = Budget { evaluations: steps.max(2), first_step, tolerance: 1e-3 };
    let mut best: Option<(f64, Vec<f32>)> = None;
    let mut last = x.to_vec();
    let (mut works, mut fails) = (None::<f64>, None::<f64>);
    let mut weight = FIRST;
    let mut start = origin.clone();
    let mut pace = Pace::new(watch);
    for search in 0..SEARCHES {
        let mut reached = false;
        let mut tried = 0;
        let found = minimise(start.clone(), Bounds { low: 0.0, high: 1.0 }, budget, async |at: &[f64]| {
            let pixels: Vec<f32> = at.iter().map(|&v| v as f32).collect();
            let mut found = runner.vjp(&[&pixels], &goal, &cotangent).await?;
            let square: f64 = at.iter().zip(&origin).map(|(v, o)| (v - o) * (v - o)).sum();
            if argmax(&found.logits[0]) == class {
                reached = true;
                if best.as_ref().is_none_or(|(least, _)| square < *least) {
                    best = Some((square, pixels.clone()));
                }
            }
            last = pixels;
            if pace.is_time_to_tell(watch) {
                hear(search * steps + tried, &found.logits);
            }
            tried = (tried + 1).min(steps.saturating_sub(1));
            pace.rest(watch).await?;
            let gradient = found.gradients.swap_remove(0);
            let slopes = gradient.iter().zip(at.iter().zip(&origin));
            let gradient = slopes.map(|(&g, (v, o))| f64::from(g) + 2.0 * weight * (v - o)).collect();
            Ok((f64::from(found.losses[0]) + weight * square, gradient))
        });
        let found = found.await?;
        match reached {
            // From here on with more weight on the length.
            true => (works, start) = (Some(weight), found),
            false => fails = Some(weight),
        }
        weight = match (works, fails) {
            (Some(works), Some(fails)) => (works * fails).sqrt(),
            (Some(works), None) => works * TIMES,
            (None, _) => weight / TIMES,
        };
    }
    Ok(best.map_or(last, |(_, pixels)| pixels))
}

/// What its progress counts to.
pub(super) fn evaluations(steps: u32) -> u32 {
    SEARCHES * steps.max(2)
}
