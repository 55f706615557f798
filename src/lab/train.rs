//! Train: a network as text, examples, an optimiser; every step one plan of forward, backward and update.
//!
//! Invariants:
//! - All that a run does follows from its [`Setup`], its examples and the device: the order of the examples, augmentation,
//!   dropout and first weights are drawn from the seed and the number of the step, never from a state.
//! - So a run that is saved after some step and taken up again goes on as if it had not stopped.

mod batch;
mod choice;
mod fault;
mod given;
mod look;
mod matching;
mod pace;
mod plans;
mod races;
mod run;
pub(in crate::lab) mod save;
mod schedule;
mod score;

pub use choice::{data_report, dataset_of, options};
pub use given::answers_of;
pub(super) use look::picture;
pub use races::Races;
pub use run::{Run, Saved, Turned};
pub use save::{Kept, evaluate};
pub use schedule::{figures, op_of};

use super::LabError;
use super::device::{Device, timed};
use crate::data::dataset::{Dataset, Examples, Part};
use crate::graph::Host;
use crate::lab::Watch;
use crate::models::spec::NetworkSpec;
use crate::nn::Normalise;
use crate::protocol::{Augment, CurvePoint, Loss, Measured, Mix, Optimiser, ScheduleKind, Setup, Work};
use batch::Batches;
use plans::{Plans, RING};
use score::{Row, Scores};
use std::rc::Rc;

/// More than this is not tried: a tab has 4 GiB of addresses, and its data set wants some too.
const AVAILABLE_BYTES: u64 = if cfg!(target_arch = "wasm32") { 3 << 30 } else { 16 << 30 };

/// Steps between two readings where a device is timed: training does not read each of them either.
const TIMED_STEPS: u32 = 2;

/// A run in memory.
pub struct Trainer {
    setup: Setup,
    network: NetworkSpec,
    data: Rc<Dataset>,
    batches: Batches,
    plans: Plans,
    mix: Mix,
    step: u32,
    /// Steps whose loss was not read yet; of more than [`RING`], only the last can be.
    unread: u32,
}

impl Trainer {
    /// Compiles, and starts with first weights.
    ///
    /// # Errors
    /// [`LabError::Network`] with the first wrong line, [`LabError::Setup`] for a batch larger than the set and for figures
    /// that make no sense, and what a device refuses.
    pub async fn new(setup: Setup, data: impl Into<Rc<Dataset>>, device: &Device) -> Result<Self, LabError> {
        Self::made(setup, data.into(), None, device).await
    }

    /// Of a student: `soft` holds a teacher's logits for every example of the part for training,
    /// `[examples, classes]`.
    ///
    /// # Errors
    /// Those of [`Self::new`], and [`LabError::Setup`] where the logits are of other examples.
    pub async fn student(
        setup: Setup,
        data: impl Into<Rc<Dataset>>,
        soft: &Host,
        mix: Mix,
        device: &Device,
    ) -> Result<Self, LabError> {
        let mut made = Self::made(setup, data.into(), Some(soft), device).await?;
        made.set_mix(mix)?;
        Ok(made)
    }

    async fn made(setup: Setup, data: Rc<Dataset>, soft: Option<&Host>, device: &Device) -> Result<Self, LabError> {
        check(&setup, &data)?;
        let network = network_of(&setup.network, &data)?;
        let slots = schedule::op_of(setup.optimiser.rule).update.slots();
        let fits = network.totals().fits(setup.batch as usize, slots, AVAILABLE_BYTES);
        fits.map_err(|fault| LabError::Setup { detail: fault.to_string() })?;
        let batches = Batches::new(&data);
        if let Some(soft) = soft {
            matching::check_soft(soft, &setup, &batches)?;
        }
        let plans = Plans::new(&network, &setup, &batches, &data, soft, device).await?;
        Ok(Self { setup, network, data, batches, plans, mix: Mix::default(), step: 0, unread: 0 })
    }

    pub fn setup(&self) -> &Setup {
        &self.setup
    }

    pub fn network(&self) -> &NetworkSpec {
        &self.network
    }

    /// Steps done.
    pub fn step(&self) -> u32 {
        self.step
    }

    /// Steps of one epoch: whole batches of the part for training.
    pub fn steps_per_epoch(&self) -> u32 {
        self.batches.per_epoch(self.setup.batch)
    }

    /// Steps of the whole run.
    pub fn steps(&self) -> u32 {
        self.steps_per_epoch().saturating_mul(self.setup.epochs)
    }

    /// GPU dispatches of one step; kernel calls on the CPU.
    pub fn dispatches(&self) -> u32 {
        self.plans.dispatches()
    }

    /// What one step has to do at least.
    pub(in crate::lab) fn work(&self) -> Work {
        self.plans.work()
    }

    /// Bytes of intermediate results of one step.
    pub fn planned_bytes(&self) -> usize {
        self.plans.planned_bytes()
    }

    /// Rate, schedule and number of epochs from the next step on.
    ///
    /// # Errors
    /// [`LabError::RunDiffers`] where something else differs too, and what [`Self::new`] refuses.
    pub fn adjust(&mut self, setup: Setup) -> Result<(), LabError> {
        let mut same = setup.clone();
        same.optimiser.rate = self.setup.optimiser.rate;
        same.schedule = self.setup.schedule.clone();
        same.epochs = self.setup.epochs;
        if same != self.setup {
            return Err(LabError::RunDiffers { what: first_difference(&same, &self.setup).to_owned() });
        }
        check(&setup, &self.data)?;
        self.setup = setup;
        Ok(())
    }

    /// Of a student, from the next step on.
    ///
    /// # Errors
    /// [`LabError::Setup`] for figures that make no sense.
    pub fn set_mix(&mut self, mix: Mix) -> Result<(), LabError> {
        matching::check_mix(mix)?;
        self.mix = mix;
        Ok(())
    }

    /// One step. On a GPU it returns when the work is handed over.
    pub fn advance(&mut self) -> Result<(), LabError> {
        let figures = schedule::figures(&self.setup, self.step, self.steps_per_epoch());
        self.plans.train([self.setup.seed, self.step], figures, self.mix)?;
        self.step += 1;
        self.unread += 1;
        Ok(())
    }

    /// Milliseconds of a step, of a run that is thrown away: reading the losses waits until the device is done.
    ///
    /// # Errors
    /// [`LabError::Cancelled`], and what the device refuses.
    pub(in crate::lab) async fn step_millis(&mut self, watch: &impl Watch) -> Result<f64, LabError> {
        let several = async || {
            (0..TIMED_STEPS).try_for_each(|_| self.advance())?;
            self.points().await.map(|_| ())
        };
        Ok(timed(watch, several).await? / f64::from(TIMED_STEPS))
    }

    /// Whether the next step would push a loss out that was not read.
    pub fn is_full(&self) -> bool {
        self.unread as usize >= RING
    }

    /// Loss and accuracy of each step since this was last asked, as they came, but at most the last [`RING`].
    pub async fn points(&mut self) -> Result<Vec<CurvePoint>, LabError> {
        let count = std::mem::take(&mut self.unread).min(RING as u32);
        if count == 0 {
            return Ok(Vec::new());
        }
        let first = self.step - count;
        let rows = self.plans.ring(first, self.step).await?;
        let batch = self.setup.batch as f32;
        let point = |([loss, correct], step): ([f32; 2], u32)| {
            let rate = schedule::figures(&self.setup, step, self.steps_per_epoch()).rate as f32;
            CurvePoint { step: step + 1, loss, accuracy: correct / batch, rate }
        };
        Ok(rows.into_iter().zip(first..).map(point).collect())
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
            let what = self.plans.first_not_finite().await?.unwrap_or_else(|| "the loss".to_owned());
            return Err(LabError::NotFiniteRun { step: self.step, what });
        }
        Ok(Some(CurvePoint { loss, accuracy, ..*last }))
    }

    /// Loss and errors on a whole part, without augmentation and dropout; `None` where the part is empty.
    pub async fn measure(&mut self, part: Part) -> Result<Option<Measured>, LabError> {
        let mut tally = Tally::new(self.setup.loss);
        let mut batch = 0;
        while self.predict(part, batch, |_, label, row| tally.add(row, label)).await? {
            batch += 1;
        }
        Ok(tally.measured(self.step))
    }

    /// Logits of every example of a part, row by row.
    ///
    /// # Errors
    /// [`LabError::Cancelled`], and what the device refuses.
    pub async fn answers(&mut self, part: Part, watch: &impl Watch) -> Result<Vec<f32>, LabError> {
        let mut answers = Vec::with_capacity(self.batches.len(part) * self.batches.classes.len());
        let mut batch = 0;
        while self.predict(part, batch, |_, _, row| answers.extend_from_slice(row.logits())).await? {
            batch += 1;
            watch.pause().await;
            if watch.is_cancelled() {
                return Err(LabError::Cancelled);
            }
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
        let Some(examples) = self.batches.measured(part, batch) else { return Ok(false) };
        let scores = Scores::of(&self.plans.predict(examples.start as u32).await?)?;
        let labels = &self.data.labels;
        scores.rows().zip(examples.clone()).for_each(|(row, example)| take(example, labels[example], row));
        Ok(examples.end < self.data.split.range(part).end)
    }
}

/// What a closer look asks for.
impl Trainer {
    /// Logits `[1, classes]` of one example: bytes, channels as planes.
    async fn logits_of(&mut self, bytes: &[u8]) -> Result<Host, LabError> {
        let [channels, height, width] = self.data.shape;
        let values = bytes.iter().map(|&byte| f32::from(byte)).collect();
        let x = Host::from_vec(values, (1, channels, height, width), &candle_core::Device::Cpu)?;
        self.plans.predict_one(&self.network, &self.batches, &x).await
    }

    /// The first `count` examples of the next step's batch as the network will see them, shuffled, augmented and normalised:
    /// `[count, channels, height, width]`; and their labels. Compiles on first use.
    pub async fn examples(&mut self, count: usize) -> Result<(Host, Vec<u32>), LabError> {
        let [x, labels] = self.plans.batch(&self.setup, &self.batches, self.step).await?;
        let count = count.min(self.setup.batch as usize);
        Ok((x.narrow(0, 0, count)?.contiguous()?, labels.narrow(0, 0, count)?.to_vec1()?))
    }

    /// What was done to bytes to make them the network's numbers.
    pub fn normalise(&self) -> Normalise {
        self.batches.normalised
    }

    /// Name and value of the weights that come first.
    async fn first_weights(&self) -> Result<Option<(String, Host)>, LabError> {
        let names = self.plans.names(false);
        let Some(name) = names.into_iter().find(|name| name.ends_with(".weight")) else { return Ok(None) };
        Ok(Some((name.to_owned(), self.plans.read(&[name]).await?.swap_remove(0))))
    }

    /// Name, value and gradient of each layer's weights on the batch of the next step.
    async fn weights_and_gradients(&mut self) -> Result<Vec<(String, Host, Host)>, LabError> {
        let gradients = self.plans.gradients(&self.network, &self.setup, &self.batches, self.step).await?;
        let wanted: Vec<(String, Host)> = gradients.into_iter().filter(|(name, _)| name.ends_with(".weight")).collect();
        let names: Vec<&str> = wanted.iter().map(|(name, _)| name.as_str()).collect();
        let values = self.plans.read(&names).await?;
        Ok(wanted.into_iter().zip(values).map(|((name, gradient), value)| (name, value, gradient)).collect())
    }

    /// What each layer makes of a plane's points, and what the layers are called.
    async fn over_plane(&mut self, side: u32) -> Result<(Vec<Host>, Vec<String>), LabError> {
        let x = look::plane(side)?;
        self.plans.over_plane(&self.network, side, &x).await
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

/// The network of a text for these examples.
fn network_of(text: &str, data: &Dataset) -> Result<NetworkSpec, LabError> {
    NetworkSpec::parse(text, data.shape, data.classes.len()).map_err(|errors| match errors.into_iter().next() {
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
    let sound = |value: f64| value.is_finite() && value > 0.0;
    let wrong = if matches!(setup.schedule.kind, ScheduleKind::Step { factor, .. } if !sound(factor)) {
        Some("the factor of a schedule in steps must be above 0".to_owned())
    } else if setup.epochs == 0 {
        Some("0 epochs train nothing; choose 1 or more".to_owned())
    } else if !(0.0..1.0).contains(&setup.label_smoothing) {
        Some(format!("a label smoothing of {} is not between 0 and 1", setup.label_smoothing))
    } else {
        too_far(setup.augment, data)
    };
    wrong.map_or(Ok(()), |detail| Err(LabError::Setup { detail }))
}

/// Changes that would leave nothing of a picture.
fn too_far(Augment { shift, elastic, .. }: Augment, data: &Dataset) -> Option<String> {
    let ([_, height, width], Examples::Bytes(_)) = (data.shape, &data.examples) else { return None };
    let limit = height.min(width);
    if shift as usize >= limit {
        Some(format!("a shift of {shift} pixels is not smaller than the pictures' {height}×{width}"))
    } else if !(0.0..limit as f32).contains(&elastic) {
        Some(format!(
            "an elastic distortion of {elastic} pixels must be at least 0 and smaller than the pictures' {height}×{width}"
        ))
    } else {
        None
    }
}

/// # Errors
/// [`LabError::Setup`] for figures that make no sense.
pub(super) fn check_optimiser(optimiser: &Optimiser) -> Result<(), LabError> {
    let Optimiser { rule: _, rate, momentum, beta1, beta2, eps, weight_decay, clip, max_norm } = *optimiser;
    let sound = |value: f64| value.is_finite() && value >= 0.0;
    let detail = if !sound(rate) || rate == 0.0 {
        format!("a learning rate of {rate} cannot train; choose one above 0")
    } else if ![momentum, beta1, beta2].into_iter().all(|beta| (0.0..1.0).contains(&beta)) {
        "momentum and the betas must be at least 0 and less than 1".to_owned()
    } else if ![eps, weight_decay, clip, max_norm].into_iter().all(sound) {
        "epsilon, weight decay and the norms must not be negative".to_owned()
    } else {
        return Ok(());
    };
    Err(LabError::Setup { detail })
}
