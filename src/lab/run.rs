//! A run of steps that is watched, kept in a file with a card, and taken up again: what trainings of detectors and of cascades have in
//! common. What such a run learns is a [`RunTask`], what its file says of itself a [`RunCard`].

mod file;
mod watched;

pub(super) use file::run_bytes;
pub use file::{RunCard, RunFile, SaveAs};
pub(super) use watched::{TrainedRun, watch};

use super::LabError;
use super::device::Device;
use super::trainer::{Task, TrainConfig, Trainer, check_optimiser};
use crate::protocol::{Interval, Optimiser, Rule, RunPlan, Schedule, ScheduleKind};

/// One example in so many is not learnt from, the last of each such row.
const HELD_OUT: usize = 5;

/// Whether the example at this place of a person's own set is not learnt from.
pub fn is_held_out(at: usize) -> bool {
    at % HELD_OUT == HELD_OUT - 1
}

/// A task whose runs are watched and kept in files.
#[allow(async_fn_in_trait, reason = "used by static dispatch within this crate, on single-threaded executors")]
pub trait RunTask: Task + Sized {
    type Card: RunCard;

    /// What a batch is of, and how large it may be.
    const EXAMPLES: &'static str;
    const BATCH: Interval;
    const WEIGHT_DECAY: f64;
    /// Steps in which the rate climbs; a quarter of a short run.
    const WARMUP: u32;
    /// Measurements of a watched run.
    const MEASUREMENTS: u32;
    /// Whether there is one after its first step too: where that is what people see.
    const LOOKS_AT_ONCE: bool = false;

    fn batch(&self) -> u32;

    /// Of the run as it is.
    fn card(&self) -> Self::Card;

    /// What else than weights a run goes on with.
    ///
    /// # Errors
    /// [`LabError::RunDiffers`] where it is another run's.
    fn take_up(&mut self, card: &Self::Card) -> Result<(), LabError>;

    /// One step, and what must be known before it.
    async fn learn(trainer: &mut Trainer<Self>) -> Result<(), LabError>;

    /// Shares on examples that are not learnt from; none where there are no such examples.
    async fn measured(trainer: &mut Trainer<Self>) -> Result<Option<Vec<f64>>, LabError>;
}

impl RunPlan {
    /// # Errors
    /// [`LabError::Setup`] of a figure out of its limits.
    fn check<T: RunTask>(&self) -> Result<(), LabError> {
        let Self { steps, batch, rate, .. } = *self;
        let known = Self::STEPS;
        ensure!(known.holds(steps), "{steps} steps cannot be trained; choose {known}");
        let (known, what) = (T::BATCH, T::EXAMPLES);
        ensure!(known.holds(batch), "a batch of {batch} {what} cannot be trained; choose {known}");
        let known = Self::RATE;
        ensure!(known.holds(rate), "a learning rate of {rate} cannot train; choose {known}");
        Ok(())
    }

    /// `AdamW`, with a rate that climbs and then falls to nothing by half a cosine.
    fn config<T: RunTask>(&self) -> TrainConfig {
        let Self { steps, rate, seed, .. } = *self;
        let rule = Rule::Adamw;
        let optimiser = Optimiser { rule, rate, weight_decay: T::WEIGHT_DECAY, clip: 10.0, ..Optimiser::default() };
        let schedule = Schedule { kind: ScheduleKind::Cosine, warmup_steps: T::WARMUP.min(steps / 4) };
        TrainConfig { optimiser, schedule, seed, steps_per_epoch: steps, epochs: 1 }
    }
}

impl<T: RunTask> Trainer<T> {
    pub(super) async fn of_run(task: T, plan: &RunPlan, device: &Device) -> Result<Self, LabError> {
        plan.check::<T>()?;
        let config = plan.config::<T>();
        check_optimiser(&config.optimiser)?;
        Self::of(task, config, device).await
    }

    /// One step, and what must be known before it.
    ///
    /// # Errors
    /// What a device refuses.
    pub async fn learn(&mut self) -> Result<(), LabError> {
        T::learn(self).await
    }
}
