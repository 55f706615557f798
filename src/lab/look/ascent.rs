//! The search for what excites a unit, keeps a layer's answer or exaggerates it. Which unit is asked, the strengths of the penalties
//! and the shift are inputs: another one compiles nothing.

use super::model::NetworkValues;
use super::parametrisation::{PAINT, Parametrisation};
use super::search::{Objective, SearchGraph, Searcher, rows, variation};
use crate::graph::{Graph, Host as HostTensor, Init, Program, ShapeError, Spec, Tensor};
use crate::lab::LabError;
use crate::lab::device::{CompiledProgram, Device};
use crate::lab::layer::layer_named;
use crate::models::Network;
use crate::protocol::OptimalGoal;
use candle_core::Device as HostDevice;

/// Inputs of a step: which unit each picture is for; the matrices of the shift; weights of the squares, of the total variation and of
/// the similarity of pictures.
const UNITS: &str = "units";
const ROWS: &str = "rows";
const COLUMNS: &str = "columns";
const PENALTIES: &str = "penalties";
/// The layer's answer to the person's picture.
const TARGET: &str = "target";

/// Less than any logit.
const OUT_OF_SUM: f64 = -1e4;
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
    /// The layer whose Gram matrices are to differ from picture to picture.
    pub(super) apart: Option<String>,
}

/// On a device, with the picture there.
pub(super) struct Ascender {
    searcher: Searcher,
    blur: Option<CompiledProgram>,
    /// Of [`UNITS`].
    pub(super) units: usize,
}

/// What a step is given.
pub(super) struct StepInputs {
    /// `[B, units]`.
    pub(super) units: HostTensor,
    pub(super) rows: HostTensor,
    pub(super) columns: HostTensor,
    /// Of the squares, of the total variation, and of the similarity of pictures.
    pub(super) penalties: [f32; 3],
}

impl Ascent {
    pub(super) async fn compile(
        &self,
        network: &Network,
        values: &NetworkValues,
        device: &Device,
    ) -> Result<Ascender, LabError> {
        let graph = SearchGraph::new(&self.space)?;
        let (objective, units) = self.objective(&graph.picture, network)?;
        let searcher = graph.searcher(&objective, values, device).await?;
        let blur =
            if self.space.is_pixels() { Some(searcher.state().compile(self.blur_program()?).await?) } else { None };
        Ok(Ascender { searcher, blur, units })
    }

    /// With the number of units that can be asked.
    fn objective(&self, picture: &Tensor, network: &Network) -> Result<(Objective, usize), LabError> {
        let (graph, batch) = (picture.graph(), self.space.batch);
        let shown = if self.is_shifted { self.shifted(picture)? } else { picture.clone() };
        let layered = network.layered(batch)?;
        let asked = match &self.layer {
            Some(path) => layered.input.graph().tensor(layer_named(network, &layered, path)?.output),
            None => layered.logits.clone(),
        };
        let apart = match &self.apart {
            Some(path) => Some(layered.input.graph().tensor(layer_named(network, &layered, path)?.output)),
            None => None,
        };
        let wanted: Vec<&Tensor> = [&asked].into_iter().chain(&apart).collect();
        let mut answers = layered.onto(&shown, &wanted)?;
        let answer = answers.remove(0);
        let responses = responses(&answer)?;
        let units = responses.dims()[1];
        let value = match self.goal {
            OptimalGoal::Units | OptimalGoal::Wall => {
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
        let penalties = graph.input(PENALTIES, Spec::f32([3]));
        let weight = |at: usize| penalties.narrow(0, at, 1)?.reshape([1, 1]);
        let squares = rows(&picture.sqr()?)?.sum_keepdim(1)?.broadcast_mul(&weight(0)?)?;
        let variation = variation(picture)?.broadcast_mul(&weight(1)?)?;
        let loss = squares.add(&variation)?.sub(&value)?.sum_all()?;
        let Some(answer) = answers.pop() else { return Ok((Objective { loss, told: value }, units)) };
        let alike = similarity(&answer)?;
        let loss = loss.add(&alike.mul(&weight(2)?)?.sum_all()?)?;
        Ok((Objective { loss, told: Tensor::cat(&[&value, &alike], 0)? }, units))
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

/// Each plane with its columns, then its rows, made of others.
fn resized(picture: &Tensor, planes: usize, rows: &Tensor, columns: &Tensor) -> Result<Tensor, ShapeError> {
    let (height, width) = (rows.dims()[0], columns.dims()[0]);
    let across = picture.reshape([planes * height, width])?.matmul(columns)?.reshape([planes, height, width])?;
    let turned = across.transpose(1, 2)?.reshape([planes * width, height])?.matmul(rows)?;
    turned.reshape([planes, width, height])?.transpose(1, 2)
}

/// The mean cosine similarity of the Gram matrices `F Fᵀ` of two of a batch of pictures, over all pairs: `[1, 1]`.
fn similarity(answer: &Tensor) -> Result<Tensor, LabError> {
    let batch = answer.dims()[0];
    let features = match *answer.dims() {
        [_, channels, height, width] => answer.reshape([batch, channels, height * width])?,
        [_, _, _] => answer.transpose(1, 2)?,
        _ => return Err(bad_setup!("a layer of shape {:?} has no places, so no Gram matrix", answer.dims())),
    };
    let places = (features.dims()[1] * features.dims()[2]) as f64;
    let grams = rows(&features.matmul(&features.transpose(1, 2)?)?.affine(1.0 / places, 0.0)?)?;
    // Of a layer that answers nothing the length has no slope.
    let lengths = grams.sqr()?.sum_keepdim(1)?.affine(1.0, 1e-12)?.sqrt()?;
    let products = lengths.matmul(&lengths.transpose(0, 1)?)?;
    let cosines = grams.matmul(&grams.transpose(0, 1)?)?.div(&products)?;
    let pairs = (batch * (batch - 1)) as f64;
    let apart: Vec<f64> = (0..batch * batch).map(|at| if at % (batch + 1) == 0 { 0.0 } else { 1.0 / pairs }).collect();
    let apart = answer.graph().constant_of("pairs", &apart, &Spec::f32([batch, batch]))?;
    Ok(cosines.mul(&apart)?.sum_all()?.reshape([1, 1])?)
}

/// The mean of each channel over all places: `[B, C]`. A transformer's layers are `[B, tokens, C]`.
pub(super) fn responses(answer: &Tensor) -> Result<Tensor, LabError> {
    Ok(match *answer.dims() {
        [_, _] => answer.clone(),
        [batch, _, channels] => answer.mean_keepdim(1)?.reshape([batch, channels])?,
        [batch, channels, height, width] => {
            answer.reshape([batch, channels, height * width])?.mean_keepdim(2)?.reshape([batch, channels])?
        }
        _ => return Err(bad_setup!("a layer of shape {:?} has no channels to ask", answer.dims())),
    })
}

impl Ascender {
    /// A new search from these values.
    pub(super) fn begin(&mut self, start: &HostTensor, target: Option<&HostTensor>, rate: f64) -> Result<(), LabError> {
        let targets: Vec<(&str, &HostTensor)> = target.map(|target| (TARGET, target)).into_iter().collect();
        self.searcher.begin(start, &targets, rate)
    }

    /// A step with the number `step`, from 0, of so many. What is to be large, of each picture, is read back where `is_told`.
    pub(super) async fn step(
        &mut self,
        step: u32,
        of: u32,
        inputs: &StepInputs,
        is_told: bool,
    ) -> Result<Option<Vec<f32>>, LabError> {
        let penalties = HostTensor::new(&inputs.penalties, &HostDevice::Cpu)?;
        let value = |name: &str| match name {
            UNITS => inputs.units.clone(),
            ROWS => inputs.rows.clone(),
            COLUMNS => inputs.columns.clone(),
            _ => penalties.clone(),
        };
        self.searcher.step([step, of], is_told, value).await
    }

    pub(super) fn blur(&mut self, rows: &HostTensor, columns: &HostTensor) -> Result<(), LabError> {
        match &mut self.blur {
            Some(blur) => blur.step(|name| if name == ROWS { rows.clone() } else { columns.clone() }),
            None => Ok(()),
        }
    }

    /// As the network reads them, picture by picture.
    pub(super) async fn pictures(&mut self) -> Result<Vec<Vec<f32>>, LabError> {
        self.searcher.pictures().await
    }
}
