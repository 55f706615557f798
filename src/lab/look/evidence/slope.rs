//! Whether the gradient is one: on the way from one picture to another the score changes by what the gradients on that way say, and two
//! runs without any gradient say by how much it did.

use super::{Filling, Probe};
use crate::graph::op::random::threefry;
use crate::lab::{LabError, Monitor};
use crate::protocol::{EvidenceCost, EvidenceFact, Stage};

/// Ways that are gone, and gradients on each. They are off the picture itself: where it is plain, maxima are shared and the score has a
/// bend.
const WAYS: u32 = 2;
const GRADIENTS: u32 = 4;
/// Length of a way to either side, as a share of the input's own length.
const STEP: f64 = 1e-3;

/// Ways drawn around the gradient, each value of it times a number between 0 and 2: at right angles to it there would be nothing to
/// measure.
pub(super) async fn check<H: Monitor>(filling: &mut Filling<'_, H>) -> Result<(), LabError> {
    let gradient = filling.probe(Probe::of_picture(1)).await?.gradient;
    let length = |values: &[f32]| values.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>().sqrt();
    if length(&gradient) == 0.0 {
        return Ok(());
    }
    filling.tell();
    let (clean, mut worst) = (filling.clean.clone(), 1.0_f64);
    let [mut answer_ms, mut gradient_ms] = [f64::INFINITY; 2];
    for way in 0..WAYS {
        let unit = |place: usize| f64::from(threefry([17, way], [0, place as u32])[0]) / f64::from(u32::MAX);
        let direction: Vec<f32> = gradient.iter().enumerate().map(|(at, &g)| g * (2.0 * unit(at)) as f32).collect();
        let step = STEP * length(&clean).max(1.0) / length(&direction);
        let moved = |by: f64| -> Vec<f32> {
            clean.iter().zip(&direction).map(|(&x, &d)| (f64::from(x) + by * step * f64::from(d)) as f32).collect()
        };
        let start = filling.host.now_millis();
        let answers = filling.model.answers(1).await?;
        let (ahead, behind) =
            (answers.rows(&[moved(1.0)]).await?.concat(), answers.rows(&[moved(-1.0)]).await?.concat());
        answer_ms = answer_ms.min((filling.host.now_millis() - start) / 2.0);
        let change = f64::from(filling.score(&ahead)) - f64::from(filling.score(&behind));
        let mut predicted = 0.0;
        for at in 0..GRADIENTS {
            filling.host.step(Stage::Run, u64::from(way * GRADIENTS + at), u64::from(WAYS * GRADIENTS)).await?;
            let share = 2.0 / f64::from(GRADIENTS);
            let here = moved((f64::from(at) + 0.5) * share - 1.0);
            let start = filling.host.now_millis();
            let found = filling.probe_at(Probe::of_picture(1), &here).await?;
            gradient_ms = gradient_ms.min(filling.host.now_millis() - start);
            let product: f64 = found.gradient.iter().zip(&direction).map(|(&g, &d)| f64::from(g) * f64::from(d)).sum();
            predicted += share * step * product;
        }
        let ratio = change / predicted;
        if (ratio - 1.0).abs() >= (worst - 1.0).abs() {
            worst = ratio;
        }
    }
    let dispatches = filling.model.dispatches(&Probe::of_picture(1)).await;
    filling.cost = dispatches.map(|[answer_dispatches, gradient_dispatches]| EvidenceCost {
        answer_ms,
        gradient_ms,
        answer_dispatches,
        gradient_dispatches,
    });
    filling.found(EvidenceFact::Slope, 1.0, worst, 0.02);
    Ok(())
}
