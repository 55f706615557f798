//! The middle unit of each channel of a layer, on a device: its answers to many pictures, and its derivative by them.

use crate::graph::{Host as HostTensor, Program, ShapeError, Spec, Tensor, vjp};
use crate::lab::channels::AskedLayer;
use crate::lab::device::{Batched, CompiledProgram, Device};
use crate::lab::layer::layer_named;
use crate::lab::{LabError, Weights};
use crate::models::NetworkGraph;
use candle_core::Device as HostDevice;

/// The input of a program that says which unit is asked about.
const UNIT: &str = "unit";
/// Pictures at once, where so many values fit.
const MOST_BATCH: usize = 32;
const BATCH_VALUES: usize = 1 << 19;

pub(super) struct UnitModel {
    answers: Batched,
    slopes: CompiledProgram,
    input: [usize; 3],
    channels: usize,
    /// Of derivatives.
    batch: usize,
}

/// `[batch, channels]`.
fn middle(weights: &Weights, layer: &AskedLayer, graph: &NetworkGraph) -> Result<Tensor, LabError> {
    let node = layer_named(weights.network(), graph, &layer.path)?;
    let y = graph.input.graph().tensor(node.output);
    let cut = |y: Tensor, dim: usize| -> Result<Tensor, ShapeError> { y.narrow(dim, y.dims()[dim] / 2, 1) };
    Ok(match y.rank() {
        4 => cut(cut(y, 2)?, 3)?.flatten_from(1)?,
        3 => cut(y, 1)?.flatten_from(1)?,
        _ => y,
    })
}

impl UnitModel {
    pub(super) async fn new(weights: &Weights, layer: &AskedLayer, device: &Device) -> Result<Self, LabError> {
        let input = weights.network().input;
        let batch = (BATCH_VALUES / input.iter().product::<usize>().max(1)).clamp(1, MOST_BATCH);
        let graph = weights.network().layered(batch)?;
        let y = middle(weights, layer, &graph)?;
        let answers = Batched::new(Program::inference(&[&y], &|name| weights.value(name))?, device).await?;
        let batch = batch.div_ceil(4);
        let graph = weights.network().layered(batch)?;
        let y = middle(weights, layer, &graph)?;
        let unit = y.graph().input(UNIT, Spec::f32(y.dims().to_vec()));
        let slope = vjp(&y, &unit, &[&graph.input])?.remove(0);
        let slopes = device.compile(Program::inference(&[&slope], &|name| weights.value(name))?).await?;
        Ok(Self { answers, slopes, input, channels: layer.channels, batch })
    }

    pub(super) fn batch(&self) -> usize {
        self.answers.batch()
    }

    pub(super) fn slope_batch(&self) -> usize {
        self.batch
    }

    /// Of all channels to each of up to [`Self::batch`] pictures.
    pub(super) async fn answers(&mut self, pictures: &[Vec<f32>]) -> Result<Vec<Vec<f32>>, LabError> {
        self.answers.rows(pictures).await
    }

    /// The derivative of one channel at a picture, by the values that the network reads, for each of up to [`Self::slope_batch`].
    pub(super) async fn slopes(&mut self, asked: &[(usize, Vec<f32>)]) -> Result<Vec<Vec<f32>>, LabError> {
        let mut units = vec![0.0_f32; self.batch * self.channels];
        let mut pictures = Vec::with_capacity(self.batch * self.input.iter().product::<usize>());
        for (at, (channel, picture)) in asked.iter().enumerate() {
            units[at * self.channels + channel] = 1.0;
            pictures.extend_from_slice(picture);
        }
        let [channels, height, width] = self.input;
        pictures.resize(self.batch * channels * height * width, 0.0);
        let units = HostTensor::from_vec(units, (self.batch, self.channels), &HostDevice::Cpu)?;
        let x = HostTensor::from_vec(pictures, (self.batch, channels, height, width), &HostDevice::Cpu)?;
        let found = self.slopes.run(|name| if name == UNIT { units.clone() } else { x.clone() }).await?;
        let mut rows: Vec<Vec<f32>> = found[0].reshape((self.batch, ()))?.to_vec2()?;
        rows.truncate(asked.len());
        Ok(rows)
    }
}
