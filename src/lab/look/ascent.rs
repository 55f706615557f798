//! The search for a picture as one program: the picture from what it is made of, its shift, the network, what is to be large, the
//! gradient, and a step of Adam. Which unit is asked, the strengths of the penalties and the shift are inputs: another one compiles
//! nothing.

use super::model::NetworkValues;
use super::parametrisation::{PAINT, Parametrisation};
use crate::graph::op::optimiser_step::Figures;
use crate::graph::{Graph, Host as HostTensor, Init, Program, ShapeError, Spec, Tensor, grad};
use crate::lab::LabError;
use crate::lab::device::{CompiledProgram, Device, DeviceState};
use crate::lab::layer::layer_named;
use crate::lab::trainer::{figures_of, optimiser_step};
use crate::models::Network;
use crate::protocol::{OptimalGoal, Optimiser, Rule};
use candle_core::Device as HostDevice;

/// Inputs of a step: the optimiser's figures; which unit each picture is for; the matrices of the shift; weights of the squares and
/// of the total variation.
const FIGURES: &str = "figures";
const UNITS: &str = "units";
const ROWS: &str = "rows";
const COLUMNS: &str = "columns";
const PENALTIES: &str = "penalties";
/// The layer's answer to the person's picture.
const TARGET: &str = "target";

/// Less than any logit.
const OUT_OF_SUM: f64 = -1e4;
/// What the optimiser keeps.
const OPTIMISER: &str = "adam";
const SLOTS: [&str; 2] = ["adam.slot0", "adam.slot1"];

/// Below this a caricature's likeness does not count, so that there is a way up from a picture of nothing.
const LEAST_LIKENESS: f64 = 0.1;

/// What a search is compiled for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ascent {
    pub(super) space: Parametrisation,
    pub(super) goal: OptimalGoal,
    /// The path of the layer that is asked; of the classes none.
    pub(super) layer: Option<String>,
    /// Of classes: no other one is to be likely.
    pub(super) is_alone: bool,
    pub(super) is_shifted: bool,
}

/// On a device, with the picture there.
pub(super) struct Ascender {
    state: DeviceState,
    step: CompiledProgram,
    /// The picture as the network reads it.
    show: CompiledProgram,
    blur: Option<CompiledProgram>,
    /// Of [`UNITS`].
    pub(super) units: usize,
    /// Elements of a slot of the optimiser: the picture's, rounded up.
    slot: usize,
    optimiser: Optimiser,
}

/// What a step is given.
pub(super) struct StepInputs {
    /// `[B, units]`.
    pub(super) units: HostTensor,
    pub(super) rows: HostTensor,
    pub(super) columns: HostTensor,
    /// Of the squares, and of the total variation.
    pub(super) penalties: [f32; 2],
}

impl Ascent {
    pub(super) async fn compile(
        &self,
        network: &Network,
        values: &NetworkValues,
        device: &Device,
    ) -> Result<Ascender, LabError> {
        let (program, units, slot) = self.step_program(network, values)?;
        let state = device.state(&program)?;
        let step = state.compile(program).await?;
        let graph = Graph::new();
        let paint = graph.variable(PAINT, Spec::f32(self.space.shape()), Init::Const(0.0))?;
        let show = state.compile(Program::step(&[&self.space.picture(&paint)?], &[])?).await?;
        let blur = if self.space.is_pixels() { Some(state.compile(self.blur_program()?).await?) } else { None };
        Ok(Ascender { state, step, show, blur, units, slot, optimiser: adam() })
    }

    /// With the number of units that can be asked, and the elements of a slot of the optimiser.
    fn step_program(&self, network: &Network, values: &NetworkValues) -> Result<(Program, usize, usize), LabError> {
        let (graph, batch) = (Graph::new(), self.space.batch);
        let paint = graph.variable(PAINT, Spec::f32(self.space.shape()), Init::Const(0.0))?;
        let picture = self.space.picture(&paint)?;
        let shown = if self.is_shifted { self.shifted(&picture)? } else { picture.clone() };
        let layered = network.layered(batch)?;
        let asked = match &self.layer {
            Some(path) => layered.input.graph().tensor(layer_named(network, &layered, path)?.output),
            None => layered.logits.clone(),
        };
        let answer = layered.onto(&shown, &[&asked])?.remove(0);
        let responses = responses(&answer)?;
        let units = responses.dims()[1];
        let value = match self.goal {
            OptimalGoal::Units => {
                let asked = graph.input(UNITS, Spec::f32([batch, units]));
                let own = responses.mul(&asked)?.sum_keepdim(1)?;
                match self.layer {
                    None if self.is_alone => {
                        // The class itself is taken out of the sum.
                        let others = responses.add(&asked.affine(OUT_OF_SUM, 0.0)?)?.log_sum_exp(1)?;
                        own.sub(&others.reshape([batch, 1])?)?
                    }
                    _ => own,
                }
            }
            OptimalGoal::Dream => rows(&answer.sqr()?)?.mean_keepdim(1)?,
            OptimalGoal::Inversion => {
                let target = graph.variable(TARGET, answer.spec().clone(), Init::Const(0.0))?;
                let apart = rows(&answer.sub(&target)?.sqr()?)?.sum_keepdim(1)?;
                apart.div(&rows(&target.sqr()?)?.sum_keepdim(1)?)?.neg()?
            }
            OptimalGoal::Caricature => {
                let target = graph.variable(TARGET, answer.spec().clone(), Init::Const(0.0))?;
                let of = |a: &Tensor, b: &Tensor| rows(&a.mul(b)?)?.sum_keepdim(1);
                let (dot, own, squares) = (of(&answer, &target)?, of(&target, &target)?, of(&answer, &answer)?);
                let likeness = dot.div(&own.mul(&squares)?.sqrt()?.affine(1.0, 1e-12)?)?;
                dot.div(&own)?.mul(&likeness.clamp(LEAST_LIKENESS, 1.0)?)?
            }
        };
        let penalties = graph.input(PENALTIES, Spec::f32([2]));
        let weight = |at: usize| penalties.narrow(0, at, 1)?.reshape([1, 1]);
        let squares = rows(&picture.sqr()?)?.sum_keepdim(1)?.broadcast_mul(&weight(0)?)?;
        let variation = variation(&picture)?.broadcast_mul(&weight(1)?)?;
        let loss = squares.add(&variation)?.sub(&value)?.sum_all()?;
        let gradient = grad(&loss, &[&paint])?;
        let figures = graph.input(FIGURES, Spec::f32([Figures::COUNT]));
        let update = optimiser_step(&graph, OPTIMISER, &adam(), &figures, &[&paint], &[&gradient[0]])?;
        let program = Program::step_with(&[&value], &[(&update.state, &update.value)], &**values)?;
        Ok((program, units, update.state.elem_count() / (1 + update.slots.len())))
    }

    fn shifted(&self, picture: &Tensor) -> Result<Tensor, ShapeError> {
        let [channels, height, width] = self.space.input;
        let planes = self.space.batch * channels;
        let graph = picture.graph();
        let rows = graph.input(ROWS, Spec::f32([height, height]));
        let columns = graph.input(COLUMNS, Spec::f32([width, width]));
        resized(picture, planes, &rows, &columns)?.reshape(picture.dims().to_vec())
    }

    fn blur_program(&self) -> Result<Program, LabError> {
        let [channels, height, width] = self.space.input;
        let graph = Graph::new();
        let paint = graph.variable(PAINT, Spec::f32(self.space.shape()), Init::Const(0.0))?;
        let rows = graph.input(ROWS, Spec::f32([height, height]));
        let columns = graph.input(COLUMNS, Spec::f32([width, width]));
        let blurred = resized(&paint, self.space.batch * channels, &rows, &columns)?.reshape(self.space.shape())?;
        Ok(Program::step(&[], &[(&paint, &blurred)])?)
    }
}

fn adam() -> Optimiser {
    Optimiser { rule: Rule::Adam, weight_decay: 0.0, clip: 0.0, ..Optimiser::default() }
}

/// Each plane with its columns, then its rows, made of others.
fn resized(picture: &Tensor, planes: usize, rows: &Tensor, columns: &Tensor) -> Result<Tensor, ShapeError> {
    let (height, width) = (rows.dims()[0], columns.dims()[0]);
    let across = picture.reshape([planes * height, width])?.matmul(columns)?.reshape([planes, height, width])?;
    let turned = across.transpose(1, 2)?.reshape([planes * width, height])?.matmul(rows)?;
    turned.reshape([planes, width, height])?.transpose(1, 2)
}

/// Of each picture of the batch, all its values in a row.
fn rows(x: &Tensor) -> Result<Tensor, ShapeError> {
    let batch = x.dims()[0];
    x.reshape([batch, x.elem_count() / batch])
}

/// The mean of each channel over all places: `[B, C]`. A transformer's layers are `[B, tokens, C]`.
fn responses(answer: &Tensor) -> Result<Tensor, LabError> {
    Ok(match *answer.dims() {
        [_, _] => answer.clone(),
        [batch, _, channels] => answer.mean_keepdim(1)?.reshape([batch, channels])?,
        [batch, channels, height, width] => {
            answer.reshape([batch, channels, height * width])?.mean_keepdim(2)?.reshape([batch, channels])?
        }
        _ => return Err(bad_setup!("a layer of shape {:?} has no channels to ask", answer.dims())),
    })
}

/// The sum of the squares of differences between neighbours, of each picture: `[B, 1]`.
fn variation(picture: &Tensor) -> Result<Tensor, ShapeError> {
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

impl Ascender {
    /// A new search from these values.
    pub(super) fn begin(&mut self, start: &HostTensor, target: Option<&HostTensor>, rate: f64) -> Result<(), LabError> {
        self.optimiser.rate = rate;
        self.state.write(PAINT, start)?;
        let nothing = HostTensor::from_vec(vec![0.0_f32; self.slot], self.slot, &HostDevice::Cpu)?;
        for slot in SLOTS {
            self.state.write(slot, &nothing)?;
        }
        if let Some(target) = target {
            self.state.write(TARGET, target)?;
        }
        Ok(())
    }

    /// A step with the number `step`, from 0, of so many. What is to be large, of each picture, is read back where `is_told`.
    pub(super) async fn step(
        &mut self,
        step: u32,
        of: u32,
        inputs: &StepInputs,
        is_told: bool,
    ) -> Result<Option<Vec<f32>>, LabError> {
        let mut figures = figures_of(&self.optimiser, step);
        figures.rate *= 0.5 + 0.5 * (std::f64::consts::PI * f64::from(step) / f64::from(of)).cos();
        let figures = HostTensor::new(&figures.elements(), &HostDevice::Cpu)?;
        let penalties = HostTensor::new(&inputs.penalties, &HostDevice::Cpu)?;
        let value = |name: &str| match name {
            FIGURES => figures.clone(),
            UNITS => inputs.units.clone(),
            ROWS => inputs.rows.clone(),
            COLUMNS => inputs.columns.clone(),
            _ => penalties.clone(),
        };
        if !is_told {
            self.step.step(value)?;
            return Ok(None);
        }
        let found = self.step.run(value).await?;
        Ok(Some(found[0].flatten_all()?.to_vec1()?))
    }

    pub(super) fn blur(&mut self, rows: &HostTensor, columns: &HostTensor) -> Result<(), LabError> {
        match &mut self.blur {
            Some(blur) => blur.step(|name| if name == ROWS { rows.clone() } else { columns.clone() }),
            None => Ok(()),
        }
    }

    /// As the network reads them, picture by picture.
    pub(super) async fn pictures(&mut self) -> Result<Vec<Vec<f32>>, LabError> {
        // It has no inputs.
        let nothing = HostTensor::new(&[0.0_f32], &HostDevice::Cpu)?;
        let found = self.show.run(|_| nothing.clone()).await?;
        Ok(found[0].flatten_from(1)?.to_vec2()?)
    }
}
