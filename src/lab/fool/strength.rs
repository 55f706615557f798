//! How strong must it be? Success and confidence by ε: many pictures and many ε in one batch.

use super::super::softmax::{argmax, probabilities};
use super::super::{LabError, Monitor, seen};
use super::method::{How, how};
use super::model_runner::ModelRunner;
use super::picture::{norms, values_of};
use super::schedule::{Aim, AttackTask, Until, walk};
use crate::data::Rgb;
use crate::protocol::{Attack, Stage, Strength, StrengthLine, StrengthPoint};
use std::rc::Rc;

const MOST_POINTS: usize = 20_000;
/// Pictures in a batch, and values: a batch is computed at once, activations and all.
const BATCH: usize = 8;
const BATCH_VALUES: usize = 450_000;

pub(super) fn check(job: &Strength) -> Result<(), LabError> {
    let points = job.pictures.len() * job.methods.len() * job.epsilons.len();
    ensure!(points > 0, "there is nothing to measure; choose pictures, methods and ε");
    ensure!(points <= MOST_POINTS, "{points} attacks are too many; choose at most {MOST_POINTS}");
    for epsilon in &job.epsilons {
        ensure!(
            (0.0..=1.0).contains(epsilon),
            "an ε of {epsilon} is not between 0 and 1, the range of a pixel's values"
        );
    }
    for method in &job.methods {
        ensure!(method.is_bounded(), "{method:?} keeps to no ε; choose FGSM, BIM or PGD");
    }
    Ok(())
}

pub(super) async fn measure(
    job: &Strength,
    runner: &mut ModelRunner,
    pictures: &[Rc<Rgb>],
    watch: &impl Monitor,
) -> Result<Vec<StrengthLine>, LabError> {
    let network = runner.victim.network.clone();
    let look = |picture: &Rc<Rgb>| values_of(&seen(picture, &network, job.attack.fit)?, network.input[0]);
    let pictures: Vec<Vec<f32>> = pictures.iter().map(look).collect::<Result<_, _>>()?;
    let mut own = Vec::new();
    for batch in batches(&pictures, runner.victim.len()) {
        let found = runner.look(&batch.iter().collect::<Vec<_>>()).await?;
        own.extend(found.iter().map(|logits| argmax(logits)));
    }
    let own = own.into_iter().take(pictures.len()).collect::<Vec<usize>>();
    let (aim, target) = (job.attack.target.map_or(Aim::Leave, |_| Aim::Reach), job.attack.target);
    let class = |picture: usize| target.map_or(own[picture], |target| target as usize);
    let until = if job.until_fooled { Until::Fooled } else { Until::Done };
    let total = job.methods.len() as u64 * chunks(pictures.len() * job.epsilons.len(), runner.victim.len()).0 as u64;
    let mut done = 0;
    let mut lines = Vec::new();
    for &method in &job.methods {
        let How::Walk(schedule) = how(method) else { continue };
        let all: Vec<(usize, usize)> =
            (0..pictures.len()).flat_map(|picture| (0..job.epsilons.len()).map(move |at| (picture, at))).collect();
        let point =
            |&epsilon: &f64| StrengthPoint { epsilon, pictures: 0, fooled: 0, confidence: 0.0, linf: 0.0, l0: 0 };
        let mut points: Vec<StrengthPoint> = job.epsilons.iter().map(point).collect();
        let mut left = all.len();
        for batch in batches(&all, runner.victim.len()) {
            let tasks: Vec<AttackTask<'_>> = batch
                .iter()
                .map(|&&(picture, at)| AttackTask {
                    x: &pictures[picture],
                    class: class(picture),
                    epsilon: job.epsilons[at],
                })
                .collect();
            // A step of a length of its own has another part of each ε: the method's, in units of ε, is the same for all.
            let schedule = schedule(&Attack { step: None, ..job.attack.clone() });
            watch.step(Stage::Run, done, total).await?;
            let found = walk(runner, &tasks, aim, &schedule, until, watch, &mut |_, _| {}).await?;
            let logits = runner.look(&found).await?;
            done += 1;
            for ((&&(picture, at), changed), logits) in batch.iter().zip(&found).zip(&logits).take(left) {
                let point = &mut points[at];
                let by = norms(&pictures[picture], changed);
                let best = argmax(logits);
                let is_fooled = match aim {
                    Aim::Leave => best != own[picture],
                    Aim::Reach => best == class(picture),
                };
                point.pictures += 1;
                point.fooled += u32::from(is_fooled);
                point.confidence += probabilities(logits)[class(picture)];
                point.linf = point.linf.max(by.linf);
                point.l0 += by.l0;
            }
            left = left.saturating_sub(batch.len());
        }
        points.iter_mut().for_each(|point| point.confidence /= point.pictures.max(1) as f32);
        lines.push(StrengthLine { method, points });
    }
    Ok(lines)
}

/// How many batches, and of how many.
fn chunks(count: usize, values: usize) -> (usize, usize) {
    let most = (BATCH_VALUES / values.max(1)).clamp(1, BATCH);
    let chunks = count.div_ceil(most).max(1);
    (chunks, count.div_ceil(chunks).max(1))
}

/// Batches of one size, for one plan: the last is filled up with its last.
fn batches<T>(all: &[T], values: usize) -> Vec<Vec<&T>> {
    let (_, size) = chunks(all.len(), values);
    let filled = |batch: &[T]| -> usize { size - batch.len() };
    all.chunks(size)
        .map(|batch| batch.iter().chain(std::iter::repeat_n(&batch[batch.len() - 1], filled(batch))).collect())
        .collect()
}
