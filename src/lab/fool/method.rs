//! The table of attacks: one row each, one file each.

use super::super::softmax::argmax;
use super::super::{LabError, Monitor};
use super::deepfool::Border;
use super::model_runner::{GraphKind, ModelRunner};
use super::schedule::{Aim, AttackSchedule, AttackTask, Until, walk};
use super::{bim, deepfool, fgsm, lbfgs, pgd};
use crate::protocol::{Attack, Method};

/// How an attack proceeds.
#[derive(Clone, Copy)]
pub(super) enum How {
    /// In a ball of ε, all steps on the device.
    Walk(fn(&Attack) -> AttackSchedule),
    /// Step by step, led from the host.
    Deepfool,
    Lbfgs,
}

pub(super) fn how(method: Method) -> How {
    match method {
        Method::Fgsm => How::Walk(fgsm::schedule),
        Method::Bim => How::Walk(bim::schedule),
        Method::PgdLinf => How::Walk(pgd::linf),
        Method::PgdL2 => How::Walk(pgd::l2),
        Method::Deepfool => How::Deepfool,
        Method::Lbfgs => How::Lbfgs,
    }
}

/// One picture changed, and the plan that did it, with its batch.
pub(super) struct Done {
    pub(super) x: Vec<f32>,
    pub(super) form: (GraphKind, usize),
}

/// Changes one picture that is taken for `own`. `hear` is told a step, of how many, and the logits there.
pub(super) async fn change(
    runner: &mut ModelRunner,
    x: &[f32],
    logits: &[f32],
    attack: &Attack,
    watch: &impl Monitor,
    mut hear: impl FnMut(u32, u32, &[f32]),
) -> Result<Done, LabError> {
    let own = argmax(logits);
    let (aim, class) = match attack.target {
        Some(target) => (Aim::Reach, target as usize),
        None => (Aim::Leave, own),
    };
    match how(attack.method) {
        How::Walk(schedule) => {
            let schedule = schedule(attack);
            let task = [AttackTask { x, class, epsilon: attack.epsilon }];
            let mut hear = |step, logits: &[Vec<f32>]| hear(step, schedule.steps, &logits[0]);
            let found = walk(runner, &task, aim, &schedule, Until::Done, watch, &mut hear).await?;
            let x = found.into_iter().next().unwrap_or_else(|| x.to_vec());
            Ok(Done { x, form: (GraphKind::Walk(schedule.ball), 1) })
        }
        How::Deepfool => {
            let mut hear = |step, logits: &[Vec<f32>]| hear(step, attack.steps, &logits[0]);
            deepfool::run(runner, x, Border { own, class, aim }, attack.steps, watch, &mut hear).await
        }
        How::Lbfgs => {
            // The paper's is targeted: without one, the class that is nearest in the network's own mind.
            let class = match aim {
                Aim::Reach => class,
                Aim::Leave => runner_up(logits, own),
            };
            let of = lbfgs::evaluations(attack.steps);
            let mut hear = |step, logits: &[Vec<f32>]| hear(step, of, &logits[0]);
            let x = lbfgs::run(runner, x, class, attack.steps, watch, &mut hear).await?;
            Ok(Done { x, form: (GraphKind::Vjp, 1) })
        }
    }
}

fn runner_up(logits: &[f32], own: usize) -> usize {
    let others = (0..logits.len()).filter(|&class| class != own);
    others.max_by(|&a, &b| logits[a].total_cmp(&logits[b])).unwrap_or(own)
}
