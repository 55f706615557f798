//! The same network, data and seed under several optimisers; they take turns, so that all curves grow together.

use super::super::device::{Device, MaybeGpu, choose};
use super::super::train::{Trainer, dataset_of};
use super::super::trainer::{Driver, Training};
use super::super::{LabError, Watch};
use crate::data::dataset::Part;
use crate::protocol::{BackendUsed, LaneNews, Optimiser, OptimiserRace, RaceNews, Setup};

const MOST_LANES: usize = 16;
const MOST_STEPS: u32 = 100_000;
/// Points of each curve at the end, at most.
const POINTS: u32 = 240;

struct Lane {
    trainer: Trainer,
    news: LaneNews,
    /// Up to this step all points were told.
    told: u32,
}

/// Runs where the person wants, else where it is faster.
///
/// # Errors
/// [`LabError::Setup`] for a race of nobody or for no steps, what [`Trainer::new`] refuses, [`LabError::Cancelled`]. A lane
/// whose loss stops being a number ends alone.
pub(super) async fn race(
    job: &OptimiserRace,
    gpu: &MaybeGpu,
    watch: &impl Watch,
    tell: &impl Fn(RaceNews),
) -> Result<RaceNews, LabError> {
    check(job)?;
    let choice = job.setup.backend;
    let data = dataset_of(&job.setup.data, None, watch).await?;
    let trainer = async |optimiser: &Optimiser, device: &Device| {
        let setup = Setup { optimiser: optimiser.clone(), ..job.setup.clone() };
        Trainer::new(setup, data.clone(), device).await
    };
    let sample = async |device: &Device| trainer(&job.lanes[0], device).await?.step_millis(watch).await;
    let (device, backend) = choose(choice, gpu, sample).await?;
    let mut lanes = Vec::new();
    for optimiser in &job.lanes {
        lanes.push(Lane { trainer: trainer(optimiser, &device).await?, news: LaneNews::default(), told: 0 });
        watch.pause().await;
    }
    let mut race = Race { lanes, steps: job.steps, examples: data.split.range(Part::Train).len() as u32, tell };
    let mut driver = Driver::new(watch, gpu, choice, backend);
    driver.drive(&mut race).await?;
    let lanes = race.lanes.iter().map(|lane| lane.news.clone()).collect();
    Ok(race.news(job.steps, lanes, driver.backend(), driver.seconds()))
}

struct Race<'a, T> {
    lanes: Vec<Lane>,
    steps: u32,
    examples: u32,
    tell: &'a T,
}

impl<T> Race<'_, T> {
    fn news(&self, step: u32, lanes: Vec<LaneNews>, backend: &BackendUsed, seconds: f64) -> RaceNews {
        let params = self.lanes.first().map_or(0, |lane| lane.trainer.network().totals().params);
        let steps_per_second = (f64::from(step * lanes.len() as u32) / seconds) as f32;
        let (of, examples, backend) = (self.steps, self.examples, backend.clone());
        RaceNews { step, of, lanes, params, examples, steps_per_second, backend }
    }

    /// Those that have not diverged.
    fn running(&mut self) -> impl Iterator<Item = &mut Lane> {
        self.lanes.iter_mut().filter(|lane| lane.news.diverged.is_none())
    }
}

impl<T: Fn(RaceNews)> Training for Race<'_, T> {
    type End = ();

    /// All lanes have done so many.
    fn step(&self) -> u32 {
        let running = self.lanes.iter().filter(|lane| lane.news.diverged.is_none());
        running.map(|lane| lane.trainer.step()).min().unwrap_or(self.steps)
    }

    /// A step of the lane that is behind.
    async fn turn(&mut self) -> Result<Option<()>, LabError> {
        let steps = self.steps;
        let every = steps.div_ceil(POINTS);
        if let Some(lane) = self.running().min_by_key(|lane| lane.trainer.step()) {
            lane.trainer.advance()?;
            let step = lane.trainer.step();
            if step.is_multiple_of(every) || step == steps {
                read(lane).await?;
            }
        }
        Ok((self.step() == steps).then_some(()))
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
            let step = lane.trainer.step();
            lane.news.points.retain(|point| point.step <= step);
        }
        Ok(())
    }

    fn report(&mut self, backend: &BackendUsed, seconds: f64) {
        let lanes = self.lanes.iter_mut().map(Lane::tell).collect();
        (self.tell)(self.news(self.step(), lanes, backend, seconds));
    }
}

async fn read(lane: &mut Lane) -> Result<(), LabError> {
    match lane.trainer.point().await {
        Ok(point) => lane.news.points.extend(point),
        Err(LabError::NotFiniteRun { step, .. }) => lane.news.diverged = Some(step),
        Err(error) => return Err(error),
    }
    Ok(())
}

impl Lane {
    fn tell(&mut self) -> LaneNews {
        let told = self.told;
        let points = self.news.points.iter().copied().filter(|point| point.step > told).collect();
        self.told = told.max(self.trainer.step());
        LaneNews { points, diverged: self.news.diverged }
    }
}

fn check(job: &OptimiserRace) -> Result<(), LabError> {
    let detail = if job.lanes.is_empty() || job.lanes.len() > MOST_LANES {
        format!("{} optimisers cannot race; choose 1 to {MOST_LANES}", job.lanes.len())
    } else if job.steps == 0 || job.steps > MOST_STEPS {
        format!("a race of {} steps cannot be run; choose 1 to {MOST_STEPS}", job.steps)
    } else {
        return Ok(());
    };
    Err(LabError::Setup { detail })
}
