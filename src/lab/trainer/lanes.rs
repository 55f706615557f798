//! Several networks that are trained together: they take turns, so that all curves grow at once.

use super::{Driver, Task, Trainer, TrainingLoop};
use crate::lab::device::Device;
use crate::lab::{LabError, Monitor};
use crate::protocol::BackendUsed;

/// What is told of one of the networks.
pub(in crate::lab) trait LaneReport: Clone {
    type Task: Task;

    /// The loss is no number any more: this lane has ended alone.
    fn has_diverged(&self) -> bool;

    /// Reads what is due after the trainer's last step; the curve has a point after `every` steps, and at the end.
    async fn read(&mut self, trainer: &mut Trainer<Self::Task>, every: u32, is_last: bool) -> Result<(), LabError>;

    /// Keeps the points of those numbers of steps that are wanted.
    fn retain(&mut self, wanted: impl Fn(u32) -> bool);
}

/// Points of each curve at the end, at most.
const POINTS: u32 = 240;

struct Lane<N: LaneReport> {
    trainer: Trainer<N::Task>,
    news: N,
    /// All points up to this step were told.
    told: u32,
}

struct Lanes<N: LaneReport, T> {
    lanes: Vec<Lane<N>>,
    steps: u32,
    tell: T,
}

/// Trains all networks for so many steps, and gives what there is to tell of each. `tell` hears now and then how many steps all
/// have done, what is new of each, where they run, and the seconds since the beginning.
pub(in crate::lab) async fn drive_lanes<N: LaneReport>(
    driver: &mut Driver<'_, impl Monitor>,
    lanes: Vec<(Trainer<N::Task>, N)>,
    steps: u32,
    tell: impl FnMut(u32, Vec<N>, &BackendUsed, f64),
) -> Result<Vec<N>, LabError> {
    let lanes = lanes.into_iter().map(|(trainer, news)| Lane { trainer, news, told: 0 }).collect();
    let mut all = Lanes { lanes, steps, tell };
    driver.drive(&mut all).await?;
    Ok(all.lanes.into_iter().map(|lane| lane.news).collect())
}

impl<N: LaneReport> Lane<N> {
    /// Steps done; `None` where it has ended alone.
    fn step(&self) -> Option<u32> {
        (!self.news.has_diverged()).then(|| self.trainer.step())
    }

    fn new_points(&mut self) -> N {
        let told = self.told;
        self.told = told.max(self.trainer.step());
        let mut news = self.news.clone();
        news.retain(|step| step > told);
        news
    }
}

impl<N: LaneReport, T> Lanes<N, T> {
    fn running(&mut self) -> impl Iterator<Item = &mut Lane<N>> {
        self.lanes.iter_mut().filter(|lane| lane.step().is_some())
    }
}

impl<N: LaneReport, T: FnMut(u32, Vec<N>, &BackendUsed, f64)> TrainingLoop for Lanes<N, T> {
    type End = ();

    fn step(&self) -> u32 {
        self.lanes.iter().filter_map(Lane::step).min().unwrap_or(self.steps)
    }

    /// A step of the lane that is behind.
    async fn turn(&mut self) -> Result<Option<()>, LabError> {
        let steps = self.steps;
        if let Some(lane) = self.running().min_by_key(|lane| lane.step()) {
            lane.trainer.advance()?;
            let is_last = lane.trainer.step() == steps;
            lane.news.read(&mut lane.trainer, steps.div_ceil(POINTS), is_last).await?;
        }
        Ok((self.step() >= self.steps).then_some(()))
    }

    async fn keep(&mut self) -> Result<(), LabError> {
        for lane in self.running() {
            lane.trainer.keep().await?;
        }
        Ok(())
    }

    async fn recover(&mut self, device: &Device) -> Result<(), LabError> {
        for lane in self.running() {
            lane.trainer.recover(device).await?;
            let last = lane.trainer.step();
            lane.news.retain(|step| step <= last);
        }
        Ok(())
    }

    fn report(&mut self, backend: &BackendUsed, seconds: f64) {
        let (step, news) = (self.step(), self.lanes.iter_mut().map(Lane::new_points).collect());
        (self.tell)(step, news, backend, seconds);
    }
}
