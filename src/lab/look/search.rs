//! The engine room of all searches for a picture, as one program: the picture from what it is made of, a loss of it, its gradient,
//! and a step of Adam. What the loss is made of, its targets and its weights, are variables and inputs: others compile nothing.

use super::model::NetworkValues;
use super::parametrisation::{PAINT, Parametrisation};
use crate::graph::op::optimiser_step::Figures;
use crate::graph::pass::Values;
use crate::graph::{Graph, Host as HostTensor, Init, Program, ShapeError, Spec, Tensor, grad};
use crate::lab::LabError;
use crate::lab::device::{CompiledProgram, Device, DeviceState};
use crate::lab::trainer::{figures_of, optimiser_step};
use crate::protocol::{Optimiser, Rule};
use candle_core::Device as HostDevice;

/// The input of a step that has the optimiser's figures.
const FIGURES: &str = "figures";
/// What the optimiser keeps.
const OPTIMISER: &str = "adam";
const SLOTS: [&str; 2] = ["adam.slot0", "adam.slot1"];

/// The graph of a search, with the picture in it that a loss is made of.
pub(super) struct SearchGraph {
    space: Parametrisation,
    paint: Tensor,
    /// What the network reads.
    pub(super) picture: Tensor,
}

/// What is made small, and what is told of it.
pub(super) struct Objective {
    pub(super) loss: Tensor,
    pub(super) told: Tensor,
}

/// A search on a device, with the picture there.
pub(super) struct Searcher {
    state: DeviceState,
    step: CompiledProgram,
    show: CompiledProgram,
    /// Elements of a slot of the optimiser: the picture's, rounded up.
    slot: usize,
    optimiser: Optimiser,
}

/// A loss and its gradient at pictures that are given, pixel by pixel.
pub(super) struct Slopes {
    state: DeviceState,
    program: CompiledProgram,
    shape: Vec<usize>,
}

/// At one picture.
pub(super) struct Slope {
    pub(super) told: Vec<f32>,
    pub(super) loss: f32,
    pub(super) gradient: Vec<f32>,
    /// As the network reads it.
    pub(super) picture: Vec<f32>,
}

impl SearchGraph {
    pub(super) fn new(space: &Parametrisation) -> Result<Self, LabError> {
        let paint = Graph::new().variable(PAINT, Spec::f32(space.shape()), Init::Const(0.0))?;
        let picture = space.picture(&paint)?;
        Ok(Self { space: space.clone(), paint, picture })
    }

    pub(super) async fn searcher(
        self,
        objective: &Objective,
        values: &NetworkValues,
        device: &Device,
    ) -> Result<Searcher, LabError> {
        let (paint, optimiser) = (&self.paint, adam());
        let gradient = grad(&objective.loss, &[paint])?;
        let figures = paint.graph().input(FIGURES, Spec::f32([Figures::COUNT]));
        let update = optimiser_step(paint.graph(), OPTIMISER, &optimiser, &figures, &[paint], &[&gradient[0]])?;
        let program = Program::step_with(&[&objective.told], &[(&update.state, &update.value)], &**values)?;
        let state = device.state(&program)?;
        let step = state.compile(program).await?;
        let show = SearchGraph::new(&self.space)?.picture;
        let show = state.compile(Program::step(&[&show], &[])?).await?;
        let slot = update.state.elem_count() / (1 + update.slots.len());
        Ok(Searcher { state, step, show, slot, optimiser })
    }

    pub(super) async fn slopes(
        self,
        objective: &Objective,
        values: &NetworkValues,
        device: &Device,
    ) -> Result<Slopes, LabError> {
        let program = self.slope_program(objective, &**values)?;
        let state = device.state(&program)?;
        let program = state.compile(program).await?;
        Ok(Slopes { state, program, shape: self.space.shape() })
    }

    /// Without values, what it costs.
    pub(super) fn slope_program(&self, objective: &Objective, values: Values<'_>) -> Result<Program, LabError> {
        let gradient = grad(&objective.loss, &[&self.paint])?;
        let outputs = [&objective.told, &objective.loss, &gradient[0], &self.picture];
        Ok(Program::step_with(&outputs, &[], values)?)
    }
}

fn adam() -> Optimiser {
    Optimiser { rule: Rule::Adam, weight_decay: 0.0, clip: 0.0, ..Optimiser::default() }
}

impl Searcher {
    pub(super) fn state(&self) -> &DeviceState {
        &self.state
    }

    /// A new search from these values, with these values of the loss's variables.
    pub(super) fn begin(
        &mut self,
        start: &HostTensor,
        targets: &[(&str, &HostTensor)],
        rate: f64,
    ) -> Result<(), LabError> {
        self.optimiser.rate = rate;
        self.state.write(PAINT, start)?;
        let nothing = HostTensor::from_vec(vec![0.0_f32; self.slot], self.slot, &HostDevice::Cpu)?;
        for slot in SLOTS {
            self.state.write(slot, &nothing)?;
        }
        targets.iter().try_for_each(|(name, target)| self.state.write(name, target))
    }

    /// A step with the number `step`, from 0, of so many; `value` gives the inputs of the loss. What is told is read back where
    /// `is_told`; it is from before the step.
    pub(super) async fn step(
        &mut self,
        [step, of]: [u32; 2],
        is_told: bool,
        value: impl Fn(&str) -> HostTensor,
    ) -> Result<Option<Vec<f32>>, LabError> {
        let mut figures = figures_of(&self.optimiser, step);
        figures.rate *= 0.5 + 0.5 * (std::f64::consts::PI * f64::from(step) / f64::from(of)).cos();
        let figures = HostTensor::new(&figures.elements(), &HostDevice::Cpu)?;
        let value = |name: &str| if name == FIGURES { figures.clone() } else { value(name) };
        if !is_told {
            self.step.step(value)?;
            return Ok(None);
        }
        let found = self.step.run(value).await?;
        Ok(Some(found[0].flatten_all()?.to_vec1()?))
    }

    /// As the network reads them, picture by picture.
    pub(super) async fn pictures(&mut self) -> Result<Vec<Vec<f32>>, LabError> {
        // It has no inputs.
        let nothing = HostTensor::new(&[0.0_f32], &HostDevice::Cpu)?;
        let found = self.show.run(|_| nothing.clone()).await?;
        Ok(found[0].flatten_from(1)?.to_vec2()?)
    }
}

impl Slopes {
    pub(super) fn begin(&mut self, targets: &[(&str, &HostTensor)]) -> Result<(), LabError> {
        targets.iter().try_for_each(|(name, target)| self.state.write(name, target))
    }

    pub(super) async fn at(&mut self, paint: &[f32], value: impl Fn(&str) -> HostTensor) -> Result<Slope, LabError> {
        self.state.write(PAINT, &HostTensor::from_slice(paint, self.shape.as_slice(), &HostDevice::Cpu)?)?;
        let found = self.program.run(value).await?;
        let flat = |at: usize| -> Result<Vec<f32>, LabError> { Ok(found[at].flatten_all()?.to_vec1()?) };
        Ok(Slope { told: flat(0)?, loss: flat(1)?[0], gradient: flat(2)?, picture: flat(3)? })
    }
}

/// Of each picture of the batch, all its values in a row.
pub(super) fn rows(x: &Tensor) -> Result<Tensor, ShapeError> {
    let batch = x.dims()[0];
    x.reshape([batch, x.elem_count() / batch])
}

/// The sum of the squares of differences between neighbours, of each picture: `[B, 1]`.
pub(super) fn variation(picture: &Tensor) -> Result<Tensor, ShapeError> {
    let batch = picture.dims()[0];
    let mut sum = picture.graph().full(0.0, Spec::f32([batch, 1]))?;
    for dim in [2, 3] {
        let extent = picture.dims()[dim];
        if extent > 1 {
            let apart = picture.narrow(dim, 1, extent - 1)?.sub(&picture.narrow(dim, 0, extent - 1)?)?;
            sum = sum.add(&rows(&apart.sqr()?)?.sum_keepdim(1)?)?;
        }
    }
    Ok(sum)
}
