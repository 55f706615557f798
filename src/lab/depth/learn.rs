//! A network of rectifiers learns points, and its regions are cut anew again and again.

use super::map::regions_of;
use super::regions::{DenseLayer, ReluNet};
use crate::data::dataset::{Dataset, Examples, Part};
use crate::lab::device::{Device, choose};
use crate::lab::train::{Trainer, dataset_of};
use crate::lab::trainer::{Driver, TrainingLoop};
use crate::lab::{Host, LabError};
use crate::protocol::{BackendUsed, Optimiser, RegionMap, RegionRun, Rule, Schedule, ScheduleKind, Setup};
use std::rc::Rc;

/// Times that the regions are looked at while it learns.
const LOOKS: u32 = 150;
const BATCH: u32 = 64;
/// Points that are shown at most.
const SHOWN: usize = 600;

/// Trains, and tells of the regions now and then.
///
/// # Errors
/// [`LabError::Setup`] of figures out of their limits, of data that are no points, and of too many regions.
pub(super) async fn learn(job: &RegionRun, host: &impl Host, tell: &impl Fn(RegionMap)) -> Result<RegionMap, LabError> {
    check(job)?;
    let data = dataset_of(&job.data, None, host).await?;
    let points = points_of(&data)?;
    let sample = async |device: &Device| trainer(job, &data, device).await?.step_millis(host).await;
    let gpu = host.gpu().await?;
    let (device, backend) = choose(job.backend, &gpu, sample).await?;
    let trainer = trainer(job, &data, &device).await?;
    let of = job.steps;
    let mut learning = Learning { map: map_of(&trainer, &points).await?, trainer, of, points, tell };
    learning.map.of = of;
    let mut driver = Driver::new(host, &gpu, job.backend, backend);
    driver.drive(&mut learning).await?;
    let (backend, seconds) = (driver.backend().clone(), driver.seconds());
    learning.is_at(&backend, seconds);
    Ok(learning.map)
}

fn check(job: &RegionRun) -> Result<(), LabError> {
    let RegionRun { layers, width, steps, rate, .. } = *job;
    let known = RegionRun::LAYERS;
    ensure!(known.holds(layers), "a network of {layers} layers of rectifiers is not looked at; choose {known}");
    let known = RegionRun::WIDTH;
    ensure!(known.holds(width), "layers of {width} rectifiers are not looked at; choose {known}");
    let known = RegionRun::STEPS;
    ensure!(known.holds(steps), "{steps} steps cannot be trained; choose {known}");
    let known = RegionRun::RATE;
    ensure!(known.holds(rate), "a learning rate of {rate} cannot train; choose {known}");
    Ok(())
}

/// Those that are learnt from, and their classes.
fn points_of(data: &Dataset) -> Result<Vec<([f32; 2], u32)>, LabError> {
    let Examples::Points(points) = &data.examples else {
        return Err(bad_setup!("{} has no points of a plane; choose a set of points, such as spirals", data.name));
    };
    let of = |at: usize| ([points[2 * at], points[2 * at + 1]], data.labels[at]);
    Ok(data.split.range(Part::Train).take(SHOWN).map(of).collect())
}

async fn trainer(job: &RegionRun, data: &Rc<Dataset>, device: &Device) -> Result<Trainer, LabError> {
    let RegionRun { layers, width, steps, rate, seed, .. } = *job;
    let count = data.split.range(Part::Train).len() as u32;
    let batch = BATCH.min(count);
    let setup = Setup {
        data: job.data.clone(),
        network: format!("init he\nflatten\nrepeat {layers}\n  linear {width}\n  relu\nend\nlinear classes"),
        optimiser: Optimiser { rule: Rule::Adam, rate, ..Optimiser::default() },
        schedule: Schedule { kind: ScheduleKind::Cosine, warmup_steps: 0 },
        batch,
        // Of whole epochs there are enough for these steps.
        epochs: steps.div_ceil((count / batch).max(1)).max(1),
        seed,
        ..Setup::default()
    };
    Trainer::new(setup, data.clone(), device).await
}

/// The weights as they are, in double precision.
async fn net_of(trainer: &Trainer) -> Result<ReluNet, LabError> {
    let values = trainer.values(false).await?;
    let mut layers = Vec::new();
    for name in trainer.parameters() {
        let value = &values[name];
        let wide = |row: Vec<f32>| row.into_iter().map(f64::from).collect::<Vec<_>>();
        match (value.rank(), layers.last_mut()) {
            (2, _) => {
                let weight: Vec<Vec<f64>> = value.to_vec2::<f32>()?.into_iter().map(wide).collect();
                layers.push(DenseLayer { bias: vec![0.0; weight.len()], weight });
            }
            (_, Some(layer)) => layer.bias = wide(value.flatten_all()?.to_vec1()?),
            (_, None) => {}
        }
    }
    ReluNet::new(layers)
}

async fn map_of(trainer: &Trainer, points: &[([f32; 2], u32)]) -> Result<RegionMap, LabError> {
    let reach = RegionRun::REACH;
    regions_of(&net_of(trainer).await?, [-reach, -reach, reach, reach], points)
}

struct Learning<'a, T> {
    trainer: Trainer,
    of: u32,
    points: Vec<([f32; 2], u32)>,
    map: RegionMap,
    tell: &'a T,
}

impl<T> Learning<'_, T> {
    fn is_at(&mut self, backend: &BackendUsed, seconds: f64) {
        self.map.steps_per_second = self.map.step as f32 / seconds.max(1e-3) as f32;
        self.map.elapsed_ms = 1e3 * seconds;
        self.map.backend = Some(backend.clone());
    }

    /// The regions of the network as it is.
    async fn look(&mut self) -> Result<(), LabError> {
        let point = self.trainer.point().await?;
        let mut map = map_of(&self.trainer, &self.points).await?;
        (map.step, map.of) = (self.trainer.step(), self.of);
        (map.loss, map.accuracy) = match point {
            Some(point) => (Some(point.loss), Some(point.accuracy)),
            None => (self.map.loss, self.map.accuracy),
        };
        self.map = map;
        Ok(())
    }
}

impl<T: Fn(RegionMap)> TrainingLoop for Learning<'_, T> {
    type End = ();

    fn step(&self) -> u32 {
        self.trainer.step()
    }

    async fn turn(&mut self) -> Result<Option<()>, LabError> {
        if self.trainer.step() >= self.of {
            self.look().await?;
            return Ok(Some(()));
        }
        self.trainer.advance()?;
        if self.trainer.step().is_multiple_of(self.of.div_ceil(LOOKS)) || self.trainer.is_full() {
            self.look().await?;
        }
        Ok(None)
    }

    async fn keep(&mut self) -> Result<(), LabError> {
        self.trainer.keep().await
    }

    async fn recover(&mut self, device: &Device) -> Result<(), LabError> {
        self.trainer.recover(device).await.map(drop)
    }

    fn report(&mut self, backend: &BackendUsed, seconds: f64) {
        self.is_at(backend, seconds);
        (self.tell)(self.map.clone());
    }
}
