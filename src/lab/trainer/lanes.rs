//! Several networks that are trained together: they take turns, so that all curves grow at once.

use super::{Task, Trainer, Training};
use crate::lab::LabError;
use crate::lab::device::Device;
use crate::protocol::BackendUsed;

/// One of the networks, with what is told of it.
#[allow(async_fn_in_trait, reason = "used by static dispatch within this crate, on single-threaded executors")]
pub(in crate::lab) trait Lane {
    type Task: Task;

    fn trainer(&mut self) -> &mut Trainer<Self::Task>;

    /// Steps done; `None` where the loss is no number any more: it has ended alone.
    fn step(&self) -> Option<u32>;

    /// What is due after its last step.
    async fn read(&mut self) -> Result<(), LabError>;

    /// Forgets what was read after its present step.
    fn go_back(&mut self);
}

/// `tell` hears of all lanes: the steps that all have done, where they run, and the seconds since the beginning.
pub(in crate::lab) struct Lanes<L, T> {
    pub(in crate::lab) lanes: Vec<L>,
    pub(in crate::lab) steps: u32,
    pub(in crate::lab) tell: T,
}

impl<L: Lane, T> Lanes<L, T> {
    fn running(&mut self) -> impl Iterator<Item = &mut L> {
        self.lanes.iter_mut().filter(|lane| lane.step().is_some())
    }
}

impl<L: Lane, T: FnMut(&mut [L], u32, &BackendUsed, f64)> Training for Lanes<L, T> {
    type End = ();

    fn step(&self) -> u32 {
        self.lanes.iter().filter_map(L::step).min().unwrap_or(self.steps)
    }

    /// A step of the lane that is behind.
    async fn turn(&mut self) -> Result<Option<()>, LabError> {
        if let Some(lane) = self.running().min_by_key(|lane| lane.step()) {
            lane.trainer().advance()?;
            lane.read().await?;
        }
        Ok((self.step() >= self.steps).then_some(()))
    }

    async fn keep(&mut self) -> Result<(), LabError> {
        for lane in self.running() {
            lane.trainer().keep().await?;
        }
        Ok(())
    }

    async fn recover(&mut self, device: &Device) -> Result<(), LabError> {
        for lane in self.running() {
            lane.trainer().recover(device).await?;
            lane.go_back();
        }
        Ok(())
    }

    fn report(&mut self, backend: &BackendUsed, seconds: f64) {
        let step = self.step();
        (self.tell)(&mut self.lanes, step, backend, seconds);
    }
}
