//! One attack on one picture, and all there is to know of its result.

use super::super::softmax::softmax;
use super::super::{LabError, Watch, Weights, predictions, seen};
use super::deepfool::argmax;
use super::method::{How, change, how};
use super::model_runner::ModelRunner;
use super::picture::{bytes_of, norms, pixels_of, rgb_of, values_of};
use super::walk::Ball;
use crate::data::{Rgb, files::npy_from, png};
use crate::protocol::{Attack, AttackNews, Attacked, BackendUsed};

const TOP: usize = 10;

/// # Errors
/// [`LabError::Setup`] for figures and targets that make no sense.
pub(super) fn check(attack: &Attack, weights: &Weights) -> Result<(), LabError> {
    let network = weights.network();
    let wrong = if !(0.0..=1.0).contains(&attack.epsilon) {
        Some(format!("an ε of {} is not between 0 and 1, the range of a pixel's values", attack.epsilon))
    } else if !Attack::STEPS.holds(attack.steps) {
        Some(format!("{} steps cannot be taken; choose {}", attack.steps, Attack::STEPS))
    } else if attack.step.is_some_and(|step| !(step > 0.0 && step <= 1.0)) {
        Some("a step must be longer than 0 and at most 1".to_owned())
    } else if let Some(target) = attack.target.filter(|&target| target as usize >= network.classes) {
        Some(format!("{} has {} classes, 0 the first; there is no class {target}", network.title, network.classes))
    } else if network.classes < 2 {
        Some(format!("{} has a single class; there is nothing to take a picture for instead", network.title))
    } else {
        None
    };
    match wrong {
        Some(detail) => Err(LabError::Setup { detail }),
        None => Ok(()),
    }
}

pub(super) async fn attack(
    job: &Attack,
    runner: &mut ModelRunner,
    weights: &Weights,
    picture: &Rgb,
    used: BackendUsed,
    watch: &impl Watch,
    tell: impl Fn(AttackNews),
) -> Result<Attacked, LabError> {
    let shape = runner.victim.network.input;
    let original = seen(picture, &runner.victim.network, job.fit)?;
    let x = values_of(&original, shape[0])?;
    let first = runner.look_at(&x).await?;
    let (before, _) = predictions(weights, &first, TOP)?;
    let own = argmax(&first);
    let runs_before = runner.runs;
    let start = watch.now_millis();
    let news = |step: u32, of: u32, logits: &[f32]| tell(told(job, own, step, of, logits));
    let done = change(runner, &x, &first, job, watch, news).await?;
    let elapsed_ms = watch.now_millis() - start;
    let runs = runner.runs - runs_before;
    let dispatches = runner.program(done.form.0, done.form.1).await?.dispatches();
    let result = rgb_of(&done.x, shape)?;
    let rounded_x = values_of(&result, shape[0])?;
    let logits = runner.look_at(&done.x).await?;
    let rounded_logits = runner.look_at(&rounded_x).await?;
    let (after, _) = predictions(weights, &logits, TOP)?;
    let (rounded, _) = predictions(weights, &rounded_logits, TOP)?;
    let is_fooled = |logits: &[f32]| match job.target {
        Some(target) => argmax(logits) == target as usize,
        None => argmax(logits) != own,
    };
    let limit = match how(job.method)? {
        How::Walk(route) => Some(match route(job).ball {
            Ball::Linf => job.epsilon,
            Ball::L2 => job.epsilon * (x.len() as f64).sqrt(),
        }),
        How::Deepfool | How::Lbfgs => None,
    };
    let delta: Vec<f32> = done.x.iter().zip(&x).map(|(to, from)| to - from).collect();
    Ok(Attacked {
        attack: job.clone(),
        shape,
        original: pixels_of(&original),
        png_is_exact: None,
        png: png::encode(&result).into(),
        result: pixels_of(&result),
        before,
        after,
        rounded,
        is_fooled: is_fooled(&logits),
        survives: is_fooled(&rounded_logits),
        norms: norms(&x, &done.x),
        rounded_norms: norms(&x, &rounded_x),
        limit,
        runs,
        elapsed_ms,
        backend: used,
        dispatches,
        npy: npy_from(&done.x, &shape).into(),
        delta_npy: npy_from(&delta, &shape).into(),
        delta: bytes_of(&delta).into(),
    })
}

fn told(job: &Attack, own: usize, step: u32, of: u32, logits: &[f32]) -> AttackNews {
    let chances = probabilities(logits);
    let other = job.target.map_or_else(|| argmax(logits), |target| target as usize);
    AttackNews { step, of, own: chances[own], other: chances[other] }
}

pub(super) fn probabilities(logits: &[f32]) -> Vec<f32> {
    softmax(logits.iter().copied().map(f64::from)).into_iter().map(|probability| probability as f32).collect()
}

/// What the platform's decoder makes of the PNG.
pub fn reread(attacked: &mut Attacked, decoded: Option<&Rgb>) {
    let same = decoded.map(|rgb| rgb.to_rgba() == attacked.result.rgba.as_slice());
    attacked.png_is_exact = same;
}
