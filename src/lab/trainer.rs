//! Training: one trainer for all tasks. A step is one program of forward, backward and update; what it is made of differs by
//! [`Task`], what is done with it does not.
//!
//! Invariants:
//! - A step's inputs follow from the configuration, the seed and the number of the step, never from a state. So a run that is
//!   restored after some step goes on as if it had not stopped.
//! - Losses stay on the device until somebody asks for them.

mod driver;
mod lanes;
mod schedule;
mod step;

pub use driver::{Driver, TrainingLoop};
pub(super) use lanes::{LaneReport, drive_lanes};
pub(super) use schedule::check_optimiser;
pub(crate) use schedule::figures_of;
pub use schedule::{TrainConfig, op_of};
pub(super) use step::COUNTER;
pub use step::NamedVariable;
pub(crate) use step::optimiser_step;

use super::device::{Cache, CompiledProgram, Device, DeviceState, timed};
use super::train::Classification;
use super::{LabError, Monitor};
use crate::graph::{Host, Program, Tensor};
use crate::nn::{VarBuilder, init};
use crate::protocol::Work;
use candle_core::Device as HostDevice;
use std::collections::BTreeMap;
use std::rc::Rc;
use step::{FIGURES, ROW, StepGraph, bound_program, masked_program, step_graph};

/// So many steps can pass before the numbers of the oldest are lost. Step `s` writes row `s % RING`.
pub const RING: usize = 256;

/// Steps between two readings where a device is timed: training does not read each of them either.
const TIMED_STEPS: u32 = 2;

/// Programs of a task beside its step that stay compiled.
const PROGRAMS: usize = 6;

/// What differs between trainings.
pub trait Task {
    /// A program beside the step: it measures, predicts, shows.
    type Extra: PartialEq;

    /// The forward pass in training mode: the loss, then other numbers of the step that are kept with it, of one element each.
    /// `counter` is the seed and the number of the step, U32 `[2]`.
    fn forward(&self, vb: &VarBuilder, counter: &Tensor) -> Result<Vec<Tensor>, LabError>;

    /// Further numbers of a step, from the gradients of the parameters.
    fn of_gradients(&self, _: &[Tensor]) -> Result<Vec<Tensor>, LabError> {
        Ok(Vec::new())
    }

    /// Variables that no step changes: they lie on the device and are not saved.
    fn constants(&self) -> Result<Vec<(&'static str, Host)>, LabError> {
        Ok(Vec::new())
    }

    /// Names of variables that stay as they are. They lie on the device and are saved with the weights.
    fn frozen(&self) -> Rc<[String]> {
        Rc::default()
    }

    /// By what the learning rate of a parameter is multiplied. Those of one factor are a group: where there are several, each is clipped
    /// by itself.
    fn rate_factor(&self, _: &str) -> f64 {
        1.0
    }

    /// Values of the task's own inputs at the step with this number, from 0.
    fn inputs(&mut self, step: u32) -> Result<Vec<(&'static str, Host)>, LabError>;

    /// What a weight starts from.
    fn first_value(&self, (name, shape, start): &NamedVariable, seed: u32) -> Result<Host, LabError> {
        Ok(init::value(*start, shape, u64::from(seed), name)?)
    }

    /// A program over the same variables.
    fn program(&self, extra: &Self::Extra) -> Result<Program, LabError>;
}

/// A network under training on a device.
pub struct Trainer<T: Task = Classification> {
    pub(super) task: T,
    pub(super) config: TrainConfig,
    compiled: Compiled<T::Extra>,
    step: u32,
    /// Steps whose numbers were not read yet; of more than [`RING`], only the last can be.
    unread: u32,
    /// The state to go on from where the device is lost.
    kept: Option<Snapshot>,
    /// What weights are multiplied with after each step, by name.
    masks: BTreeMap<String, Host>,
}

/// What lies on the device.
struct Compiled<E> {
    state: DeviceState,
    train: CompiledProgram,
    /// After each step, where weights have a largest norm.
    bound: Option<CompiledProgram>,
    /// After each step, where weights are masked.
    mask: Option<CompiledProgram>,
    extras: Cache<E, CompiledProgram>,
    /// Parameters, then running statistics.
    weights: Vec<NamedVariable>,
    /// How many of them are parameters.
    parameters: usize,
    slots: Vec<String>,
}

/// All that changes from step to step.
struct Snapshot {
    step: u32,
    unread: u32,
    values: BTreeMap<String, Host>,
}

impl<T: Task> Trainer<T> {
    /// Compiles, and starts from first weights.
    pub(super) async fn of(task: T, config: TrainConfig, device: &Device) -> Result<Self, LabError> {
        let masks = BTreeMap::new();
        let compiled = Compiled::of(&task, &config, &masks, device).await?;
        Ok(Self { task, config, compiled, step: 0, unread: 0, kept: None, masks })
    }

    pub fn config(&self) -> &TrainConfig {
        &self.config
    }

    pub fn device(&self) -> &Device {
        self.compiled.state.device()
    }

    pub fn step(&self) -> u32 {
        self.step
    }

    /// Steps of the whole run.
    pub fn steps(&self) -> u32 {
        self.config.steps()
    }

    pub fn steps_per_epoch(&self) -> u32 {
        self.config.steps_per_epoch
    }

    /// GPU dispatches of one step; kernel calls on the CPU.
    pub fn dispatches(&self) -> u32 {
        self.compiled.train.dispatches()
    }

    /// What one step has to do at least.
    pub(super) fn work(&self) -> Work {
        self.compiled.train.work()
    }

    /// Bytes of intermediate results of one step.
    pub fn planned_bytes(&self) -> usize {
        self.compiled.train.memory_bytes().0
    }

    /// Numbers that are learnt, running statistics among them.
    pub fn params(&self) -> u64 {
        self.compiled.weights.iter().map(|(_, shape, _)| shape.iter().product::<usize>() as u64).sum()
    }

    /// One step. On a GPU it returns when the work is handed over.
    pub fn advance(&mut self) -> Result<(), LabError> {
        let own = self.task.inputs(self.step)?;
        let figures = Host::new(&self.config.figures(self.step).elements(), &HostDevice::Cpu)?;
        let row = Host::new(&[[(self.step as usize % RING) as f32]], &HostDevice::Cpu)?;
        let counter = self.counter()?;
        let value = |name: &str| match name {
            FIGURES => figures.clone(),
            ROW => row.clone(),
            COUNTER => counter.clone(),
            name => {
                own.iter().find(|(own, _)| *own == name).map_or_else(|| counter.clone(), |(_, value)| value.clone())
            }
        };
        self.compiled.train.step(value)?;
        if let Some(bound) = &mut self.compiled.bound {
            bound.step(|_| counter.clone())?;
        }
        if let Some(mask) = &mut self.compiled.mask {
            mask.step(|_| counter.clone())?;
        }
        self.step += 1;
        self.unread += 1;
        Ok(())
    }

    /// Multiplies these weights after each step from now on: those whose mask is 0 stay zero.
    pub(super) async fn hold_masked(&mut self, masks: BTreeMap<String, Host>) -> Result<(), LabError> {
        self.masks = masks;
        self.compiled.mask = self.compiled.masked(&self.masks).await?;
        Ok(())
    }

    /// Seed and number of the next step.
    pub(super) fn counter(&self) -> Result<Host, LabError> {
        Ok(Host::new(&[self.config.seed, self.step], &HostDevice::Cpu)?)
    }

    /// Milliseconds of a step, of a run that is thrown away: reading waits until the device is done.
    pub(super) async fn step_millis(&mut self, watch: &impl Monitor) -> Result<f64, LabError> {
        let several = async || {
            (0..TIMED_STEPS).try_for_each(|_| self.advance())?;
            self.numbers().await.map(|_| ())
        };
        Ok(timed(watch, several).await? / f64::from(TIMED_STEPS))
    }

    /// Whether the next step would push numbers out that were not read.
    pub fn is_full(&self) -> bool {
        self.unread as usize >= RING
    }

    /// Each step since this was last asked (from 1), at most the last [`RING`], with its loss and the task's other numbers.
    pub(super) async fn numbers(&mut self) -> Result<Vec<(u32, Vec<f32>)>, LabError> {
        let count = std::mem::take(&mut self.unread).min(RING as u32);
        if count == 0 {
            return Ok(Vec::new());
        }
        let rows = self.read(&[step::RING_NAME]).await?.remove(0).to_vec2::<f32>()?;
        let steps = self.step - count..self.step;
        Ok(steps.map(|step| (step + 1, rows[step as usize % RING].clone())).collect())
    }

    /// The same for those that go on only with a loss that is a number.
    ///
    /// # Errors
    /// [`LabError::NotFiniteRun`] where a loss is no number.
    pub async fn losses(&mut self) -> Result<Vec<(u32, Vec<f32>)>, LabError> {
        let numbers = self.numbers().await?;
        match numbers.iter().find(|(_, numbers)| !numbers[0].is_finite()) {
            Some((step, _)) => Err(LabError::NotFiniteRun { step: *step, what: "the loss".to_owned() }),
            None => Ok(numbers),
        }
    }

    /// A program of the task, compiled on first use.
    pub(super) async fn extra(&mut self, extra: T::Extra) -> Result<&mut CompiledProgram, LabError> {
        let Self { task, compiled, .. } = self;
        let program = task.program(&extra);
        let state = &compiled.state;
        compiled.extras.get(extra, async || state.compile(program?).await).await
    }

    /// The first weight that is no number any more.
    pub(super) async fn first_not_finite(&self) -> Result<Option<String>, LabError> {
        for (name, ..) in &self.compiled.weights {
            let values = self.read(&[name]).await?.remove(0).flatten_all()?.to_vec1::<f32>()?;
            if values.iter().any(|v| !v.is_finite()) {
                return Ok(Some(name.clone()));
            }
        }
        Ok(None)
    }

    /// Names of the weights; with `all` also what the optimiser keeps.
    pub(super) fn names(&self, all: bool) -> Vec<&str> {
        let slots = self.compiled.slots.iter().filter(|_| all);
        self.compiled.weights.iter().map(|(name, ..)| name).chain(slots).map(String::as_str).collect()
    }

    /// Names of the parameters, in the order in which the network has them.
    pub(super) fn parameters(&self) -> impl Iterator<Item = &str> {
        self.compiled.weights.iter().take(self.compiled.parameters).map(|(name, ..)| name.as_str())
    }

    pub(super) async fn read(&self, names: &[&str]) -> Result<Vec<Host>, LabError> {
        self.compiled.state.read(names).await
    }

    /// Weights by name; with `all` also what is needed to go on.
    pub async fn values(&self, all: bool) -> Result<BTreeMap<String, Host>, LabError> {
        let names = self.names(all);
        let values = self.read(&names).await?;
        Ok(names.into_iter().map(str::to_owned).zip(values).collect())
    }

    /// Goes on after this step with values that [`Self::values`] gave. Where the optimiser's are missing, it begins anew.
    ///
    /// # Errors
    /// [`LabError::RunDiffers`] where a weight is missing or a value has another shape.
    pub fn restore(&mut self, step: u32, value: impl Fn(&str) -> Option<Host>) -> Result<(), LabError> {
        self.take_weights(&value)?;
        for name in &self.compiled.slots {
            value(name).map_or(Ok(()), |value| self.write(name, &value))?;
        }
        (self.step, self.unread) = (step, 0);
        Ok(())
    }

    /// Other weights, as they are after training elsewhere.
    pub fn take_weights(&mut self, value: impl Fn(&str) -> Option<Host>) -> Result<(), LabError> {
        self.compiled.weights.iter().try_for_each(|(name, ..)| {
            let missing = || LabError::RunDiffers { what: "network".to_owned() };
            self.write(name, &value(name).ok_or_else(missing)?)
        })
    }

    fn write(&self, name: &str, value: &Host) -> Result<(), LabError> {
        let differs = |error: LabError| match error {
            error if error.is_of_gpu() => error,
            _ => LabError::RunDiffers { what: "network".to_owned() },
        };
        self.compiled.state.write(name, value).map_err(differs)
    }

    /// Keeps the present state for [`Self::recover`].
    pub async fn keep(&mut self) -> Result<(), LabError> {
        let names: Vec<&str> = self.names(true).into_iter().chain([step::RING_NAME]).collect();
        let values = self.read(&names).await?;
        let values = names.into_iter().map(str::to_owned).zip(values).collect();
        self.kept = Some(Snapshot { step: self.step, unread: self.unread, values });
        Ok(())
    }

    /// On another device, from the state that was kept last, else from the start; returns how many steps are lost.
    pub async fn recover(&mut self, device: &Device) -> Result<u32, LabError> {
        let before = self.step;
        self.begin_anew(device).await?;
        if let Some(kept) = self.kept.take() {
            self.restore(kept.step, |name| kept.values.get(name).cloned())?;
            self.write(step::RING_NAME, &kept.values[step::RING_NAME])?;
            self.unread = kept.unread;
            self.kept = Some(kept);
        }
        Ok(before - self.step)
    }

    /// Once more from first weights.
    pub(super) async fn begin_anew(&mut self, device: &Device) -> Result<(), LabError> {
        self.compiled = Compiled::of(&self.task, &self.config, &self.masks, device).await?;
        (self.step, self.unread) = (0, 0);
        Ok(())
    }
}

impl<E: PartialEq> Compiled<E> {
    async fn of<T: Task<Extra = E>>(
        task: &T,
        config: &TrainConfig,
        masks: &BTreeMap<String, Host>,
        device: &Device,
    ) -> Result<Self, LabError> {
        let StepGraph { program, weights, parameters, slots } = step_graph(task, &config.optimiser)?;
        let state = device.state(&program)?;
        let train = state.compile(program).await?;
        let bound = match config.optimiser.max_norm {
            norm if norm > 0.0 => Some(state.compile(bound_program(&weights[..parameters], norm)?).await?),
            _ => None,
        };
        for (name, value) in task.constants()? {
            state.write(name, &value)?;
        }
        for named in &weights {
            state.write(&named.0, &task.first_value(named, config.seed)?)?;
        }
        let extras = Cache::new(PROGRAMS);
        let mut made = Self { state, train, bound, mask: None, extras, weights, parameters, slots };
        made.mask = made.masked(masks).await?;
        Ok(made)
    }

    async fn masked(&self, masks: &BTreeMap<String, Host>) -> Result<Option<CompiledProgram>, LabError> {
        if masks.is_empty() {
            return Ok(None);
        }
        Ok(Some(self.state.compile(masked_program(&self.weights, masks)?).await?))
    }
}
