//! One attack on one picture, and all there is to know of its result.

use super::super::device::Placed;
use super::super::softmax::{argmax, probabilities};
use super::super::{LabError, Monitor, Weights, check_class, pixels_from_rgb, predictions, seen};
use super::method::{How, change, how};
use super::model_runner::ModelRunner;
use super::picture::{bytes_of, norms, rgb_of, values_of};
use super::walk::Ball;
use crate::data::{Rgb, files::npy_from, png};
use crate::models::Network;
use crate::protocol::{Attack, AttackNews, Attacked};

const TOP: usize = 10;

pub(super) fn check(attack: &Attack, weights: &Weights) -> Result<(), LabError> {
    let Network { title, classes, .. } = weights.network();
    let Attack { epsilon, steps, .. } = *attack;
    ensure!((0.0..=1.0).contains(&epsilon), "an ε of {epsilon} is not between 0 and 1, the range of a pixel's values");
    ensure!(Attack::STEPS.holds(steps), "{steps} steps cannot be taken; choose {}", Attack::STEPS);
    let is_step = attack.step.is_none_or(|step| step > 0.0 && step <= 1.0);
    ensure!(is_step, "a step must be longer than 0 and at most 1");
    check_class(weights.network(), attack.target)?;
    ensure!(*classes > 1, "{title} has a single class; there is nothing to take a picture for instead");
    Ok(())
}

pub(super) async fn attack(
    job: &Attack,
    Placed { network: weights, model: runner, used, .. }: &mut Placed<ModelRunner>,
    picture: &Rgb,
    watch: &impl Monitor,
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
    let limit = match how(job.method) {
        How::Walk(schedule) => Some(match schedule(job).ball {
            Ball::Linf => job.epsilon,
            Ball::L2 => job.epsilon * (x.len() as f64).sqrt(),
        }),
        How::Deepfool | How::Lbfgs => None,
    };
    let delta: Vec<f32> = done.x.iter().zip(&x).map(|(to, from)| to - from).collect();
    Ok(Attacked {
        attack: job.clone(),
        shape,
        original: pixels_from_rgb(&original),
        png_is_exact: None,
        png: png::encode(&result).into(),
        result: pixels_from_rgb(&result),
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
        backend: used.clone(),
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
