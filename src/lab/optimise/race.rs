//! The same network, data and seed under several optimisers; they take turns, so that all curves grow together.

use super::super::device::{Device, choose};
use super::super::train::{Classification, Trainer, dataset_of};
use super::super::trainer::{Driver, Lane, Lanes};
use super::super::{Host, LabError};
use crate::data::dataset::Part;
use crate::protocol::{BackendUsed, LaneNews, Optimiser, OptimiserRace, RaceNews, Setup};

const MOST_LANES: usize = 16;
/// Points of each curve at the end, at most.
const POINTS: u32 = 240;

struct Runner {
    trainer: Trainer,
    /// Steps between two points of its curve, and of the race.
    every: u32,
    steps: u32,
    news: LaneNews,
    /// Up to this step all points were told.
    told: u32,
}

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
        let (trainer, every) = (trainer(optimiser, &device).await?, job.steps.div_ceil(POINTS));
        lanes.push(Runner { trainer, every, steps: job.steps, news: LaneNews::default(), told: 0 });
        host.pause().await;
    }
    let (of, params) = (job.steps, lanes.first().map_or(0, |lane| lane.trainer.network().totals().params));
    let examples = data.split.range(Part::Train).len() as u32;
    let news = |step: u32, lanes: Vec<LaneNews>, backend: &BackendUsed, seconds: f64| {
        let steps_per_second = (f64::from(step * lanes.len() as u32) / seconds) as f32;
        RaceNews { step, of, lanes, params, examples, steps_per_second, backend: backend.clone() }
    };
    let mut race = Lanes {
        lanes,
        steps: job.steps,
        tell: |lanes: &mut [Runner], step: u32, backend: &BackendUsed, seconds: f64| {
            tell(news(step, lanes.iter_mut().map(Runner::tell).collect(), backend, seconds));
        },
    };
    let mut driver = Driver::new(host, &gpu, choice, backend);
    driver.drive(&mut race).await?;
    let lanes = race.lanes.into_iter().map(|lane| lane.news).collect();
    Ok(news(job.steps, lanes, driver.backend(), driver.seconds()))
}

impl Lane for Runner {
    type Task = Classification;

    fn trainer(&mut self) -> &mut Trainer {
        &mut self.trainer
    }

    fn step(&self) -> Option<u32> {
        self.news.diverged.is_none().then(|| self.trainer.step())
    }

    async fn read(&mut self) -> Result<(), LabError> {
        let step = self.trainer.step();
        if !(step.is_multiple_of(self.every) || step == self.steps) {
            return Ok(());
        }
        match self.trainer.point().await {
            Ok(point) => self.news.points.extend(point),
            Err(LabError::NotFiniteRun { step, .. }) => self.news.diverged = Some(step),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn go_back(&mut self) {
        let step = self.trainer.step();
        self.news.points.retain(|point| point.step <= step);
    }
}

impl Runner {
    fn tell(&mut self) -> LaneNews {
        let told = self.told;
        self.told = told.max(self.trainer.step());
        let points = self.news.points.iter().copied().filter(|point| point.step > told).collect();
        LaneNews { points, diverged: self.news.diverged }
    }
}
