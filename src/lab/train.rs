//! Train: a network as text, examples, an optimiser; every step one plan of forward, backward and update.
//!
//! Invariants:
//! - All that a run does follows from its [`Setup`], its examples and the device: the order of the examples, augmentation,
//!   dropout and first weights are drawn from the seed and the number of the step, never from a state.
//! - So a run that is saved after some step and taken up again goes on as if it had not stopped.

mod batch;
mod plans;
mod save;
mod schedule;

pub use plans::Device;
pub use save::{Kept, evaluate};
pub use schedule::{figures, op_of};

use super::LabError;
use crate::data::dataset::{Dataset, Part};
use crate::models::spec::NetworkSpec;
use crate::protocol::{CurvePoint, Measured, Setup};
use batch::Batches;
use plans::Plans;

/// More than this is not tried: a tab has 4 GiB of addresses, and its data set wants some too.
const AVAILABLE_BYTES: u64 = if cfg!(target_arch = "wasm32") { 3 << 30 } else { 16 << 30 };

/// A run in memory.
pub struct Trainer {
    setup: Setup,
    network: NetworkSpec,
    batches: Batches,
    plans: Plans,
    step: u32,
    /// Steps since the device's sums were last read.
    unread: u32,
}

impl Trainer {
    /// Compiles, and starts with first weights.
    ///
    /// # Errors
    /// [`LabError::Network`] with the first wrong line, [`LabError::Setup`] for a batch larger than the set and for figures
    /// that make no sense, and what a device refuses.
    pub async fn new(setup: Setup, data: Dataset, device: &Device) -> Result<Self, LabError> {
        check(&setup, &data)?;
        let network = network_of(&setup.network, &data)?;
        let slots = schedule::op_of(setup.optimiser.rule).update.slots();
        let fits = network.totals().fits(setup.batch as usize, slots, AVAILABLE_BYTES);
        fits.map_err(|fault| LabError::Setup { detail: fault.to_string() })?;
        let plans = Plans::new(&network, &setup, device).await?;
        let batches = Batches::new(data, &setup);
        Ok(Self { setup, network, batches, plans, step: 0, unread: 0 })
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
        self.batches.per_epoch()
    }

    /// Steps of the whole run.
    pub fn steps(&self) -> u32 {
        self.steps_per_epoch().saturating_mul(self.setup.epochs)
    }

    /// GPU dispatches of one step; kernel calls on the CPU.
    pub fn dispatches(&self) -> usize {
        self.plans.dispatches()
    }

    /// One step.
    pub fn advance(&mut self) -> Result<(), LabError> {
        let feed = self.batches.training(self.step)?;
        let figures = schedule::figures(&self.setup, self.step, self.steps_per_epoch());
        self.plans.train(feed, [self.setup.seed, self.step], figures)?;
        self.step += 1;
        self.unread += 1;
        Ok(())
    }

    /// Mean loss and accuracy of the steps since this was last asked; `None` if there were none.
    ///
    /// # Errors
    /// [`LabError::NotFiniteRun`] with the first parameter that is no number any more.
    pub async fn point(&mut self) -> Result<Option<CurvePoint>, LabError> {
        let steps = std::mem::take(&mut self.unread);
        if steps == 0 {
            return Ok(None);
        }
        let [loss, correct] = self.plans.take_totals().await?;
        let (loss, accuracy) = (loss / steps as f32, correct / (steps * self.setup.batch) as f32);
        if !loss.is_finite() {
            let what = self.plans.first_not_finite().await?.unwrap_or_else(|| "the loss".to_owned());
            return Err(LabError::NotFiniteRun { step: self.step, what });
        }
        let rate = schedule::figures(&self.setup, self.step.saturating_sub(1), self.steps_per_epoch()).rate as f32;
        Ok(Some(CurvePoint { step: self.step, loss, accuracy, rate }))
    }

    /// Loss and errors on a whole part, without augmentation and dropout; `None` where the part is empty.
    pub async fn measure(&mut self, part: Part) -> Result<Option<Measured>, LabError> {
        let mut tally = Tally::default();
        for feed in self.batches.whole(part) {
            tally.add(self.plans.measure(feed?).await?);
        }
        Ok(tally.measured(self.step, self.batches.len(part)))
    }
}

/// Loss and right answers, summed over the batches of a part.
#[derive(Default)]
struct Tally([f64; 2]);

impl Tally {
    fn add(&mut self, sums: [f32; 2]) {
        self.0.iter_mut().zip(sums).for_each(|(sum, some)| *sum += f64::from(some));
    }

    /// Of `of` examples; `None` where there are none.
    fn measured(self, step: u32, of: usize) -> Option<Measured> {
        let ([loss, correct], count) = (self.0, of as f64);
        let errors = of as u32 - correct.round() as u32;
        let (loss, accuracy) = ((loss / count) as f32, (correct / count) as f32);
        (of > 0).then_some(Measured { step, loss, accuracy, errors, of: of as u32 })
    }
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
    let o = &setup.optimiser;
    let sound = |value: f64| value.is_finite() && value >= 0.0;
    let wrong = if !sound(o.rate) || o.rate == 0.0 {
        Some(format!("a learning rate of {} cannot train; choose one above 0", o.rate))
    } else if ![o.momentum, o.beta1, o.beta2].into_iter().all(|beta| (0.0..1.0).contains(&beta)) {
        Some("momentum and the betas must be at least 0 and less than 1".to_owned())
    } else if ![o.eps, o.weight_decay, o.clip].into_iter().all(sound) {
        Some("epsilon, weight decay and the clipping norm must not be negative".to_owned())
    } else if setup.epochs == 0 {
        Some("0 epochs train nothing; choose 1 or more".to_owned())
    } else if !(0.0..1.0).contains(&setup.label_smoothing) {
        Some(format!("a label smoothing of {} is not between 0 and 1", setup.label_smoothing))
    } else {
        None
    };
    wrong.map_or(Ok(()), |detail| Err(LabError::Setup { detail }))
}
