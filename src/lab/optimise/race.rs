//! The same network, data and seed under several optimisers; they take turns, so that all curves grow together.

use super::super::device::{Device, choose};
use super::super::train::{Classification, Trainer, dataset_of};
use super::super::trainer::{Driver, LaneReport, drive_lanes};
use super::super::{Host, LabError};
use crate::data::dataset::Part;
use crate::protocol::{BackendUsed, LaneNews, Optimiser, OptimiserRace, RaceNews, Setup};

const MOST_LANES: usize = 16;
/// Runs where the person wants, else where it is faster.
pub(super) async fn race(
    job: &OptimiserRace,
    host: &impl Host,
    tell: &impl Fn(RaceNews),
) -> Result<RaceNews, LabError> {
    let (count, steps, allowed) = (job.lanes.len(), job.steps, OptimiserRace::STEPS);
    ensure!((1..=MOST_LANES).contains(&count), "{count} optimisers cannot race; choose 1 to {MOST_LANES}");
    ensure!(allowed.holds(steps), "a race of {steps} steps cannot be run; choose {allowed}");
    let (choice, gpu) = (job.setup.backend, host.gpu().await?);
    let data = dataset_of(&job.setup.data, None, host).await?;
    let trainer = async |optimiser: &Optimiser, device: &Device| {
        let setup = Setup { optimiser: optimiser.clone(), ..job.setup.clone() };
        Trainer::new(setup, data.clone(), device).await
    };
    let sample = async |device: &Device| trainer(&job.lanes[0], device).await?.step_millis(host).await;
    let (device, backend) = choose(choice, &gpu, sample).await?;
    let mut lanes = Vec::new();
    for optimiser in &job.lanes {
        lanes.push((trainer(optimiser, &device).await?, LaneNews::default()));
        host.pause().await;
    }
    let (of, params) = (job.steps, lanes.first().map_or(0, |(trainer, _)| trainer.network().totals().params));
    let examples = data.split.range(Part::Train).len() as u32;
    let news = |step: u32, lanes: Vec<LaneNews>, backend: &BackendUsed, seconds: f64| {
        let steps_per_second = (f64::from(step * lanes.len() as u32) / seconds) as f32;
        RaceNews { step, of, lanes, params, examples, steps_per_second, backend: backend.clone() }
    };
    let mut driver = Driver::new(host, &gpu, choice, backend);
    let told = |step, lanes, backend: &BackendUsed, seconds| tell(news(step, lanes, backend, seconds));
    let lanes = drive_lanes(&mut driver, lanes, steps, told).await?;
    Ok(news(steps, lanes, driver.backend(), driver.seconds()))
}

impl LaneReport for LaneNews {
    type Task = Classification;

    fn has_diverged(&self) -> bool {
        self.diverged.is_some()
    }

    async fn read(&mut self, trainer: &mut Trainer, every: u32, is_last: bool) -> Result<(), LabError> {
        if !(trainer.step().is_multiple_of(every) || is_last) {
            return Ok(());
        }
        match trainer.point().await {
            Ok(point) => self.points.extend(point),
            Err(LabError::NotFiniteRun { step, .. }) => self.diverged = Some(step),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn retain(&mut self, wanted: impl Fn(u32) -> bool) {
        self.points.retain(|point| wanted(point.step));
    }
}
