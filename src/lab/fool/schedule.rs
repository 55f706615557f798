//! How an attack walks in its ball: from where, in which steps, and which picture on the way is its answer.

use super::super::device::Pace;
use super::super::{LabError, Monitor};
use super::model_runner::{GraphKind, ModelRunner, rows_of};
use super::walk::{BEST, Ball, CLASS, EPSILON, MARGIN, NO_MARGIN, ORIGIN, X};
use crate::graph::Host;
use crate::graph::op::random::threefry;
use crate::protocol::Attack;
use candle_core::Device as HostDevice;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct AttackSchedule {
    pub(super) ball: Ball,
    pub(super) start: StartPoint,
    pub(super) steps: u32,
    /// Length of a step, in units of ε.
    pub(super) stride: f64,
    pub(super) keep: Final,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StartPoint {
    Picture,
    /// Anywhere in the ball, drawn with this seed.
    Inside(u32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Final {
    Last,
    /// The one furthest beyond the border of its class: an attack that has been there does not come back without it.
    Best,
}

#[derive(Clone, Copy)]
pub(super) struct AttackTask<'a> {
    pub(super) x: &'a [f32],
    /// To leave, or to reach.
    pub(super) class: usize,
    pub(super) epsilon: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Aim {
    Leave,
    Reach,
}

/// When to stop before the last step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Until {
    Done,
    /// All pictures of the batch are fooled; looked at every few steps.
    Fooled,
}

/// Steps between two looks at who is fooled.
const LOOK_EVERY: u32 = 4;

/// The changed pictures, in the order of `tasks`. `hear` is told the number of a step and the logits before it, now and then.
pub(super) async fn walk(
    runner: &mut ModelRunner,
    tasks: &[AttackTask<'_>],
    aim: Aim,
    schedule: &AttackSchedule,
    until: Until,
    watch: &impl Monitor,
    hear: &mut impl FnMut(u32, &[Vec<f32>]),
) -> Result<Vec<Vec<f32>>, LabError> {
    let batch = tasks.len();
    let origin = runner.batch(&tasks.iter().map(|task| task.x).collect::<Vec<_>>())?;
    let starts: Vec<Vec<f32>> = tasks.iter().map(|task| start_of(task, schedule)).collect();
    let x = runner.batch(&starts)?;
    let class = runner.one_hot(&tasks.iter().map(|task| task.class).collect::<Vec<_>>())?;
    let epsilons: Vec<f32> = tasks.iter().map(|task| task.epsilon as f32).collect();
    let epsilon = Host::from_vec(epsilons, (batch, 1, 1, 1), &HostDevice::Cpu)?;
    let margin = Host::full(NO_MARGIN, (batch, 1), &HostDevice::Cpu)?;
    let way = match aim {
        Aim::Leave => 1.0_f32,
        Aim::Reach => -1.0,
    };
    let program = runner.program(GraphKind::Walk(schedule.ball), batch).await?;
    for (name, value) in
        [(ORIGIN, &origin), (X, &x), (BEST, &x), (CLASS, &class), (EPSILON, &epsilon), (MARGIN, &margin)]
    {
        program.write(name, value)?;
    }
    let mut pace = Pace::new(watch);
    let mut runs = 0;
    // One more that goes nowhere: the picture after the last step is looked at too.
    for step in 0..=schedule.steps {
        let stride = if step < schedule.steps { schedule.stride as f32 } else { 0.0 };
        let figures = Host::new(&[stride, way], &HostDevice::Cpu)?;
        runs += 1;
        if step == schedule.steps || pace.is_time_to_tell(watch) {
            let found = program.run(|_| figures.clone()).await?;
            hear(step, &rows_of(found.first())?);
        } else {
            program.step(|_| figures.clone())?;
        }
        pace.rest(watch).await?;
        if until == Until::Fooled && step % LOOK_EVERY == LOOK_EVERY - 1 {
            let margins = rows_of(program.read(&[MARGIN]).await?.first())?;
            if margins.iter().flatten().all(|&margin| margin < 0.0) {
                break;
            }
        }
    }
    let kept = match schedule.keep {
        Final::Last => X,
        Final::Best => BEST,
    };
    let found = rows_of(program.read(&[kept]).await?.first());
    runner.runs += runs;
    found
}

/// The picture, or a place in the ball around it and in [0, 1]. Of one seed, every ball has the same place in its own size.
fn start_of(task: &AttackTask<'_>, schedule: &AttackSchedule) -> Vec<f32> {
    let StartPoint::Inside(seed) = schedule.start else { return task.x.to_vec() };
    let epsilon = task.epsilon;
    let unit = |bits: u32| f64::from(bits >> 8) / 16_777_216.0;
    let drawn: Vec<f64> = match schedule.ball {
        Ball::Linf => {
            let one = |i| epsilon * (2.0 * unit(threefry([seed, KEY], [0, i])[0]) - 1.0);
            (0..task.x.len() as u32).map(one).collect()
        }
        Ball::L2 => {
            // A normal vector has every direction alike; the length is such that every volume is (Muller 1959).
            let normal = |i| {
                let [a, b] = threefry([seed, KEY], [0, i]).map(unit);
                (-2.0 * (1.0 - a).ln()).sqrt() * (std::f64::consts::TAU * b).cos()
            };
            let normals: Vec<f64> = (0..task.x.len() as u32).map(normal).collect();
            let count = normals.len() as f64;
            let length = normals.iter().map(|v| v * v).sum::<f64>().sqrt().max(f64::MIN_POSITIVE);
            let radius = epsilon * count.sqrt() * unit(threefry([seed, KEY], [1, 0])[0]).powf(1.0 / count);
            normals.into_iter().map(|v| v * radius / length).collect()
        }
    };
    // The least that rounding can do is leave the ball: its border is rounded in the same way.
    let border = epsilon as f32;
    let moved = |(&x, &d): (&f32, &f64)| match schedule.ball {
        Ball::Linf => (x + (d as f32).clamp(-border, border)).clamp(0.0, 1.0),
        Ball::L2 => (x + d as f32).clamp(0.0, 1.0),
    };
    task.x.iter().zip(&drawn).map(moved).collect()
}

/// Tells these random numbers from others of the same seed.
const KEY: u32 = 0x666f_6f6c;

/// What the job says, else such that all steps together are `reach` times ε.
pub(super) fn stride(attack: &Attack, reach: f64) -> f64 {
    match attack.step {
        Some(step) if attack.epsilon > 0.0 => step / attack.epsilon,
        _ => reach / f64::from(attack.steps.max(1)),
    }
}
