//! The middle unit of each channel of a layer, on a device: its answers to many pictures, and its derivative by them.

use super::frame::UnitFrame;
use crate::graph::{Graph, Host as HostTensor, Program, Spec, Tensor, vjp};
use crate::lab::channels::AskedLayer;
use crate::lab::device::{Batched, CompiledProgram, Device};
use crate::lab::layer::layer_named;
use crate::lab::{LabError, Weights};
use crate::models::{Network, NetworkGraph};
use candle_core::Device as HostDevice;

/// The input of a program that says which unit is asked about.
const UNIT: &str = "unit";
/// Pictures at once, where so many values fit.
const MOST_BATCH: usize = 64;
const BATCH_VALUES: usize = 1 << 19;

pub(super) struct UnitModel {
    answers: Batched,
    slopes: CompiledProgram,
    input: [usize; 3],
    channels: usize,
    /// Of derivatives.
    batch: usize,
}

/// What is read in a frame, and of all channels the unit's answer, `[batch, channels]`.
pub(super) fn middle(
    network: &Network,
    layer: &AskedLayer,
    whole: &NetworkGraph,
    frame: &UnitFrame,
) -> Result<[Tensor; 2], LabError> {
    let y = whole.input.graph().tensor(layer_named(network, whole, &layer.path)?.output);
    let (x, y) = if frame.input == network.input {
        (whole.input.clone(), y)
    } else {
        let shape = [&whole.input.dims()[..1], frame.input.as_slice()].concat();
        let x = Graph::new().input("image", Spec::f32(shape));
        let y = whole.onto(&x, &[&y])?.remove(0);
        (x, y)
    };
    let [row, column] = frame.place;
    let y = match y.rank() {
        4 => y.narrow(2, row, 1)?.narrow(3, column, 1)?.flatten_from(1)?,
        3 => y.narrow(1, column, 1)?.flatten_from(1)?,
        _ => y,
    };
    Ok([x, y])
}

impl UnitModel {
    pub(super) async fn new(
        weights: &Weights,
        layer: &AskedLayer,
        frame: &UnitFrame,
        device: &Device,
    ) -> Result<Self, LabError> {
        let (network, input) = (weights.network(), frame.input);
        let batch = (BATCH_VALUES / input.iter().product::<usize>().max(1)).clamp(1, MOST_BATCH);
        let [_, y] = middle(network, layer, &network.layered(batch)?, frame)?;
        let answers = Batched::new(Program::inference(&[&y], &|name| weights.value(name))?, device).await?;
        let batch = batch.div_ceil(4);
        let [x, y] = middle(network, layer, &network.layered(batch)?, frame)?;
        let unit = y.graph().input(UNIT, Spec::f32(y.dims().to_vec()));
        let slope = vjp(&y, &unit, &[&x])?.remove(0);
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
