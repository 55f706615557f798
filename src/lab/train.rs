//! Train: a network as text, examples, an optimiser; every step one plan of forward, backward and update.
//!
//! Invariants:
//! - All that a run does follows from its [`Setup`], its examples and the device: the order of the examples, augmentation,
//!   dropout and first weights are drawn from the seed and the number of the step, never from a state.
//! - So a run that is saved after some step and taken up again goes on as if it had not stopped.

mod choice;
mod evaluate;
mod fault;
mod look;
pub(in crate::lab) mod matching;
mod out;
mod run;
pub(in crate::lab) mod save;
mod score;
mod session;
mod task;
mod times;

pub use super::trainer::{RING, TrainConfig, Trainer, op_of};
pub use choice::{data_report, dataset_of, options};
pub(in crate::lab) use evaluate::classes_in;
pub use evaluate::{EvaluatedNetwork, evaluate};
pub use run::{Saved, TrainingRun, Turned};
pub use save::{WeightsFile, answers_of};
pub use session::TrainSession;
pub use task::Classification;

use super::LabError;
use super::batch::Batches;
use super::device::{AVAILABLE_BYTES, Device};
use super::trainer::check_optimiser;
use crate::data::dataset::{Dataset, Examples, Part};
use crate::graph::Host;
use crate::lab::Monitor;
use crate::models::spec::NetworkSpec;
use crate::nn::Normalise;
use crate::protocol::{Augment, CurvePoint, Loss, Measured, Mix, ScheduleKind, Setup};
use candle_core::Device as HostDevice;
use score::{Row, Scores};
use std::rc::Rc;
use task::{ClassifierProgram, too_large};

/// How a setup trains examples of which so many steps make an epoch.
pub fn config_of(setup: &Setup, steps_per_epoch: u32) -> TrainConfig {
    let Setup { optimiser, schedule, seed, epochs, .. } = setup;
    TrainConfig {
        optimiser: optimiser.clone(),
        schedule: schedule.clone(),
        seed: *seed,
        steps_per_epoch,
        epochs: *epochs,
    }
}

impl Trainer<Classification> {
    /// Compiles, and starts with first weights.
    ///
    /// # Errors
    /// [`LabError::Network`] with the first wrong line, [`LabError::Setup`] for a batch larger than the set and for figures
    /// that make no sense, and what a device refuses.
    pub async fn new(setup: Setup, data: impl Into<Rc<Dataset>>, device: &Device) -> Result<Self, LabError> {
        Self::made(setup, data.into(), None, None, device).await
    }

    /// Of a network that has weights already, which [`Self::take_weights`] gives it, and reads pixels normalised by this.
    ///
    /// # Errors
    /// As of [`Self::new`].
    pub async fn from_weights(
        setup: Setup,
        data: impl Into<Rc<Dataset>>,
        normalise: Normalise,
        device: &Device,
    ) -> Result<Self, LabError> {
        Self::made(setup, data.into(), Some(normalise), None, device).await
    }

    /// Of a student: `soft` holds a teacher's logits for every example of the part for training,
    /// `[examples, classes]`.
    pub async fn student(
        setup: Setup,
        data: impl Into<Rc<Dataset>>,
        soft: &Host,
        mix: Mix,
        device: &Device,
    ) -> Result<Self, LabError> {
        let mut made = Self::made(setup, data.into(), None, Some(soft), device).await?;
        made.set_mix(mix)?;
        Ok(made)
    }

    async fn made(
        setup: Setup,
        data: Rc<Dataset>,
        normalise: Option<Normalise>,
        soft: Option<&Host>,
        device: &Device,
    ) -> Result<Self, LabError> {
        check(&setup, &data)?;
        let network = network_of(&setup.network, data.shape, data.classes.len())?;
        let slots = op_of(setup.optimiser.rule).update.slots();
        let fits = network.totals().fits(setup.batch as usize, slots, AVAILABLE_BYTES);
        fits.map_err(|fault| bad_setup!("{fault}"))?;
        let batches = normalise.map_or_else(|| Batches::new(&data), |by| Batches::normalised(&data, by));
        if let Some(soft) = soft {
            matching::check_soft(soft, &setup, &batches)?;
        }
        let config = config_of(&setup, batches.per_epoch(setup.batch));
        let (soft, mix) = (soft.cloned(), Mix::default());
        let task = Classification { setup, network, data: data.clone(), batches, soft, mix };
        let mut made = Self::of(task, config, device).await.map_err(|error| too_large(error, &data))?;
        // What a device refuses of it is said now, not after the first steps.
        made.extra(ClassifierProgram::Predict).await?;
        Ok(made)
    }

    pub fn setup(&self) -> &Setup {
        &self.task.setup
    }

    pub fn network(&self) -> &NetworkSpec {
        &self.task.network
    }

    /// Rate, schedule and number of epochs from the next step on.
    ///
    /// # Errors
    /// [`LabError::RunDiffers`] where something else differs too, and what [`Self::new`] refuses.
    pub fn adjust(&mut self, setup: Setup) -> Result<(), LabError> {
        if let Some(what) = self.difference(&setup) {
            return Err(LabError::RunDiffers { what: what.to_owned() });
        }
        check(&setup, &self.task.data)?;
        self.config = config_of(&setup, self.steps_per_epoch());
        self.task.setup = setup;
        Ok(())
    }

    /// What else than rate, schedule and number of epochs another setup has otherwise.
    fn difference(&self, setup: &Setup) -> Option<&'static str> {
        let present = self.setup();
        let mut same = setup.clone();
        same.optimiser.rate = present.optimiser.rate;
        same.schedule = present.schedule.clone();
        same.epochs = present.epochs;
        (same != *present).then(|| first_difference(&same, present))
    }

    /// Of a student, from the next step on.
    pub fn set_mix(&mut self, mix: Mix) -> Result<(), LabError> {
        matching::check_mix(mix)?;
        self.task.mix = mix;
        Ok(())
    }

    /// Loss and accuracy of each step since this was last asked, as they came, but at most the last [`RING`].
    pub async fn points(&mut self) -> Result<Vec<CurvePoint>, LabError> {
        let batch = self.setup().batch as f32;
        let numbers = self.numbers().await?;
        let point = |(step, numbers): (u32, Vec<f32>)| {
            let rate = self.config.figures(step - 1).rate as f32;
            CurvePoint { step, loss: numbers[0], accuracy: numbers[1] / batch, rate }
        };
        Ok(numbers.into_iter().map(point).collect())
    }

    /// Mean loss and accuracy of [`Self::points`]; `None` where there are none.
    ///
    /// # Errors
    /// [`LabError::NotFiniteRun`] with the first parameter that is no number any more.
    pub async fn point(&mut self) -> Result<Option<CurvePoint>, LabError> {
        let points = self.points().await?;
        let Some(last) = points.last() else { return Ok(None) };
        let mean = |value: fn(&CurvePoint) -> f32| points.iter().map(value).sum::<f32>() / points.len() as f32;
        let (loss, accuracy) = (mean(|point| point.loss), mean(|point| point.accuracy));
        if !loss.is_finite() {
            let what = self.first_not_finite().await?.unwrap_or_else(|| "the loss".to_owned());
            return Err(LabError::NotFiniteRun { step: self.step(), what });
        }
        Ok(Some(CurvePoint { loss, accuracy, ..*last }))
    }

    /// Loss and errors on a whole part, without augmentation and dropout; `None` where the part is empty.
    pub async fn measure(&mut self, part: Part) -> Result<Option<Measured>, LabError> {
        let mut tally = Tally::new(self.setup().loss);
        let mut batch = 0;
        while self.predict(part, batch, |_, label, row| tally.add(row, label)).await? {
            batch += 1;
        }
        Ok(tally.measured(self.step()))
    }

    /// Logits of every example of a part, row by row.
    pub async fn answers(&mut self, part: Part, watch: &impl Monitor) -> Result<Vec<f32>, LabError> {
        let mut answers = Vec::with_capacity(self.task.batches.len(part) * self.task.batches.classes.len());
        let mut batch = 0;
        while self.predict(part, batch, |_, _, row| answers.extend_from_slice(row.logits())).await? {
            batch += 1;
            watch.rest().await?;
        }
        Ok(answers)
    }

    /// Hands over the logits of the examples in this batch of a part, each with its index and label; whether more follow.
    async fn predict(
        &mut self,
        part: Part,
        batch: usize,
        mut take: impl FnMut(usize, u32, Row<'_>),
    ) -> Result<bool, LabError> {
        let Some(examples) = self.task.batches.measured(part, batch) else { return Ok(false) };
        let first = Host::new(&[examples.start as u32], &HostDevice::Cpu)?;
        let logits = self.extra(ClassifierProgram::Predict).await?.run(|_| first.clone()).await?.swap_remove(0);
        let (scores, data) = (Scores::of(&logits)?, &self.task.data);
        scores.rows().zip(examples.clone()).for_each(|(row, example)| take(example, data.labels[example], row));
        Ok(examples.end < data.split.range(part).end)
    }
}

/// What a closer look asks for.
impl Trainer<Classification> {
    /// Logits `[1, classes]` of one example: bytes, channels as planes.
    async fn logits_of(&mut self, bytes: &[u8]) -> Result<Host, LabError> {
        let [channels, height, width] = self.task.data.shape;
        let values: Vec<f32> = bytes.iter().map(|&byte| f32::from(byte)).collect();
        let x = Host::from_vec(values, (1, channels, height, width), &HostDevice::Cpu)?;
        Ok(self.extra(ClassifierProgram::One).await?.run(|_| x.clone()).await?.swap_remove(0))
    }

    /// The first `count` examples of the next step's batch as the network will see them, shuffled, augmented and normalised:
    /// `[count, channels, height, width]`; and their labels. Compiles on first use.
    pub async fn examples(&mut self, count: usize) -> Result<(Host, Vec<u32>), LabError> {
        let counter = self.counter()?;
        let found = self.extra(ClassifierProgram::Batch).await?.run(|_| counter.clone()).await?;
        let count = count.min(self.setup().batch as usize);
        Ok((found[0].narrow(0, 0, count)?.contiguous()?, found[1].narrow(0, 0, count)?.to_vec1()?))
    }

    /// What was done to bytes to make them the network's numbers.
    pub fn normalise(&self) -> Normalise {
        self.task.batches.normalised
    }

    /// Name and value of the weights that come first.
    async fn first_weights(&self) -> Result<Option<(String, Host)>, LabError> {
        let names = self.names(false);
        let Some(name) = names.into_iter().find(|name| name.ends_with(".weight")) else { return Ok(None) };
        Ok(Some((name.to_owned(), self.read(&[name]).await?.swap_remove(0))))
    }

    /// Name, value and gradient of each layer's weights on the batch of the next step.
    async fn weights_and_gradients(&mut self) -> Result<Vec<(String, Host, Host)>, LabError> {
        let counter = self.counter()?;
        let gradients = self.extra(ClassifierProgram::Gradients).await?.run(|_| counter.clone()).await?;
        let wanted: Vec<(&str, Host)> =
            self.parameters().zip(gradients).filter(|(name, _)| name.ends_with(".weight")).collect();
        let values = self.read(&wanted.iter().map(|(name, _)| *name).collect::<Vec<_>>()).await?;
        Ok(wanted.into_iter().zip(values).map(|((name, gradient), value)| (name.to_owned(), value, gradient)).collect())
    }

    /// Name and gradient of each parameter on the batch of a step.
    ///
    /// # Errors
    /// What the device refuses.
    pub(in crate::lab) async fn gradients_at(&mut self, step: u32) -> Result<Vec<(String, Host)>, LabError> {
        let counter = Host::new(&[self.config.seed, step], &HostDevice::Cpu)?;
        let gradients = self.extra(ClassifierProgram::Gradients).await?.run(|_| counter.clone()).await?;
        Ok(self.parameters().map(str::to_owned).zip(gradients).collect())
    }

    /// What each layer makes of a plane's points, and what the layers are called.
    async fn over_plane(&mut self, side: u32) -> Result<(Vec<Host>, Vec<String>), LabError> {
        let x = look::plane(side)?;
        let (_, names) = look::plane_program(self.network(), side)?;
        Ok((self.extra(ClassifierProgram::Plane(side)).await?.run(|_| x.clone()).await?, names))
    }
}

/// Loss and errors, summed over examples.
struct Tally {
    kind: Loss,
    loss: f64,
    errors: u32,
    of: u32,
}

impl Tally {
    fn new(kind: Loss) -> Self {
        Self { kind, loss: 0.0, errors: 0, of: 0 }
    }

    fn add(&mut self, row: Row<'_>, label: u32) {
        self.loss += row.loss(self.kind, label);
        self.errors += u32::from(row.guess() != label);
        self.of += 1;
    }

    /// `None` where there were no examples.
    fn measured(&self, step: u32) -> Option<Measured> {
        let (errors, of) = (self.errors, self.of);
        let loss = (self.loss / f64::from(of)) as f32;
        let accuracy = (f64::from(of - errors) / f64::from(of)) as f32;
        (of > 0).then_some(Measured { step, loss, accuracy, errors, of })
    }
}

/// What makes two setups two runs.
fn first_difference(one: &Setup, other: &Setup) -> &'static str {
    let differs = [
        (one.data != other.data, "data set"),
        (one.network != other.network, "network"),
        (one.batch != other.batch, "batch size"),
        (one.seed != other.seed, "seed"),
        (one.optimiser.rule != other.optimiser.rule, "optimiser"),
        (one.optimiser != other.optimiser, "set of the optimiser's figures"),
        (one.loss != other.loss, "loss"),
        (one.label_smoothing != other.label_smoothing, "label smoothing"),
        (one.augment != other.augment, "augmentation"),
        (one.backend != other.backend, "backend"),
    ];
    differs.into_iter().find(|(differs, _)| *differs).map_or("setup", |(_, what)| what)
}

fn network_of(text: &str, shape: [usize; 3], classes: usize) -> Result<NetworkSpec, LabError> {
    NetworkSpec::parse(text, shape, classes).map_err(|errors| match errors.into_iter().next() {
        Some(error) => LabError::Network { line: error.line as u32, message: error.to_string() },
        None => LabError::Network { line: 1, message: "nothing to train".to_owned() },
    })
}

fn check(setup: &Setup, data: &Dataset) -> Result<(), LabError> {
    let examples = data.split.range(Part::Train).len();
    if setup.batch == 0 || setup.batch as usize > examples {
        return Err(LabError::Batch { batch: setup.batch, examples: examples as u32 });
    }
    check_optimiser(&setup.optimiser)?;
    if let ScheduleKind::Step { factor, .. } = setup.schedule.kind {
        ensure!(factor.is_finite() && factor > 0.0, "the factor of a schedule in steps must be above 0");
    }
    ensure!(setup.epochs > 0, "0 epochs train nothing; choose 1 or more");
    let smoothing = setup.label_smoothing;
    ensure!((0.0..1.0).contains(&smoothing), "a label smoothing of {smoothing} is not between 0 and 1");
    // Changes that would leave nothing of a picture.
    let ([_, height, width], Examples::Bytes(_)) = (data.shape, &data.examples) else { return Ok(()) };
    let (limit, Augment { shift, elastic, .. }) = (height.min(width), setup.augment);
    let is_near = (shift as usize) < limit;
    ensure!(is_near, "a shift of {shift} pixels is not smaller than the pictures' {height}×{width}");
    ensure!(
        (0.0..limit as f32).contains(&elastic),
        "an elastic distortion of {elastic} pixels must be at least 0 and smaller than the pictures' {height}×{width}"
    );
    Ok(())
}
