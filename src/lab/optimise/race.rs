//! The same network, data and seed under several optimisers; they take turns, so that all curves grow together.

use super::super::device::{Device, Pace};
use super::super::train::{Trainer, dataset_of};
use super::super::{LabError, Watch};
use crate::data::dataset::{Dataset, Part};
use crate::protocol::{BackendUsed, LaneNews, Optimiser, OptimiserRace, RaceNews, Setup};
use std::rc::Rc;

const MOST_LANES: usize = 16;
/// Points of each curve at the end, at most.
const POINTS: u32 = 240;

struct Lane {
    trainer: Trainer,
    news: LaneNews,
    /// Points that were told.
    told: usize,
}

/// # Errors
/// [`LabError::Setup`] for a race of nobody or for no steps, what [`Trainer::new`] refuses, [`LabError::Cancelled`]. A lane
/// whose loss stops being a number ends alone.
pub(super) async fn race(
    job: &OptimiserRace,
    device: &Device,
    backend: BackendUsed,
    watch: &impl Watch,
    tell: &impl Fn(RaceNews),
) -> Result<RaceNews, LabError> {
    check(job)?;
    let data = dataset_of(&job.setup.data, None, watch).await?;
    let examples = data.split.range(Part::Train).len() as u32;
    let mut lanes = Vec::new();
    for optimiser in &job.lanes {
        let trainer = trainer(&job.setup, optimiser, data.clone(), device).await?;
        lanes.push(Lane { trainer, news: LaneNews::default(), told: 0 });
        watch.pause().await;
    }
    let params = lanes.first().map_or(0, |lane| lane.trainer.network().totals().params);
    let every = job.steps.div_ceil(POINTS);
    let mut pace = Pace::new(watch);
    for step in 1..=job.steps {
        for lane in lanes.iter_mut().filter(|lane| lane.news.diverged.is_none()) {
            lane.trainer.advance()?;
            if step % every == 0 || step == job.steps {
                read(lane).await?;
            }
            pace.rest(watch).await?;
        }
        if pace.is_time_to_tell(watch) && step < job.steps {
            let steps_per_second = pace.per_second(watch, step * lanes.len() as u32);
            let told = lanes.iter_mut().map(Lane::tell).collect();
            let backend = backend.clone();
            tell(RaceNews { step, of: job.steps, lanes: told, params, examples, steps_per_second, backend });
        }
    }
    let steps_per_second = pace.per_second(watch, job.steps * lanes.len() as u32);
    let lanes = lanes.into_iter().map(|lane| lane.news).collect();
    Ok(RaceNews { step: job.steps, of: job.steps, lanes, params, examples, steps_per_second, backend })
}

/// The first lane's trainer, to see how fast a device is.
pub(super) async fn sample(job: &OptimiserRace, device: &Device, watch: &impl Watch) -> Result<Trainer, LabError> {
    check(job)?;
    trainer(&job.setup, &job.lanes[0], dataset_of(&job.setup.data, None, watch).await?, device).await
}

async fn trainer(
    setup: &Setup,
    optimiser: &Optimiser,
    data: Rc<Dataset>,
    device: &Device,
) -> Result<Trainer, LabError> {
    Trainer::new(Setup { optimiser: optimiser.clone(), ..setup.clone() }, data, device).await
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
        let points = self.news.points[self.told..].to_vec();
        self.told = self.news.points.len();
        LaneNews { points, diverged: self.news.diverged }
    }
}

fn check(job: &OptimiserRace) -> Result<(), LabError> {
    let detail = if job.lanes.is_empty() || job.lanes.len() > MOST_LANES {
        format!("{} optimisers cannot race; choose 1 to {MOST_LANES}", job.lanes.len())
    } else if !OptimiserRace::STEPS.holds(job.steps) {
        format!("a race of {} steps cannot be run; choose {}", job.steps, OptimiserRace::STEPS)
    } else {
        return Ok(());
    };
    Err(LabError::Setup { detail })
}
