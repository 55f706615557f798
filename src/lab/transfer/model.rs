//! A network on a device, as far as some of its layers, each averaged over its places.

use super::layer::output_of;
use crate::graph::{Host as HostTensor, KnownValue, Program, ShapeError, Tensor};
use crate::lab::device::{Batched, Cache, CompiledProgram, Device, Model};
use crate::lab::{LabError, Monitor, Weights};
use crate::models::Network;
use crate::protocol::FeatureLayer;
use candle_core::Device as HostDevice;
use std::rc::Rc;

/// So many programs stay compiled for a network; each holds its weights.
const KEPT: usize = 3;
/// Pictures at once.
const BATCH: usize = 16;

/// Values of the variables, by name.
type VariableValues = Rc<dyn Fn(&str) -> Option<KnownValue>>;

/// Of one picture, by layer.
pub(super) type PooledLayers = Vec<Vec<f32>>;

pub(super) struct TransferModel {
    network: Network,
    values: VariableValues,
    device: Device,
    /// By the paths of the layers, and the pictures at once.
    programs: Cache<(Vec<String>, usize), CompiledProgram>,
}

impl TransferModel {
    pub(super) fn device(&self) -> &Device {
        &self.device
    }

    /// The most pictures that are asked about at once.
    pub(super) fn batch(&self) -> usize {
        BATCH
    }

    /// Of up to [`Self::batch`] inputs.
    pub(super) async fn features(
        &mut self,
        layers: &[FeatureLayer],
        inputs: &[Vec<f32>],
    ) -> Result<Vec<PooledLayers>, LabError> {
        let batch = if inputs.len() == 1 { 1 } else { BATCH };
        let paths: Vec<String> = layers.iter().map(|layer| layer.path.clone()).collect();
        let Self { network, values, device, programs } = self;
        let make = async || {
            let outputs = pooled(network, &paths, batch)?;
            let outputs: Vec<&Tensor> = outputs.iter().collect();
            device.compile(Program::inference(&outputs, &|name| values(name))?).await
        };
        let program = programs.get((paths.clone(), batch), make).await?;
        let x = input(network, inputs, batch)?;
        let found = program.run(|_| x.clone()).await?;
        let mut pictures = vec![PooledLayers::new(); inputs.len()];
        for (layer, host) in layers.iter().zip(&found) {
            for (picture, row) in pictures.iter_mut().zip(host.to_vec2::<f32>()?) {
                let count = row.iter().filter(|value| !value.is_finite()).count() as u64;
                if count > 0 {
                    let (file, tensor) = (network.title.clone(), layer.path.clone());
                    return Err(LabError::NotFinite { file, tensor, count });
                }
                picture.push(row);
            }
        }
        Ok(pictures)
    }

    /// A layer's answers to one input averaged here, every operation of the network by itself on the CPU.
    pub(super) async fn plain(&self, layer: &FeatureLayer, values: &[f32]) -> Result<Vec<f64>, LabError> {
        let graph = self.network.layered(1)?;
        let output = graph.input.graph().tensor(output_of(&self.network, &graph, &layer.path)?);
        let program = Program::unoptimised(&[&output], &*self.values)?;
        let x = input(&self.network, &[values.to_vec()], 1)?;
        let y = Device::Cpu.compile(program).await?.run(|_| x.clone()).await?.remove(0);
        let y: Vec<f32> = y.flatten_all()?.to_vec1()?;
        let features = layer.features as usize;
        let places = y.len() / features.max(1);
        // Tokens have their channels last, pictures first.
        let at = |feature: usize, place: usize| match layer.shape.len() {
            2 => y[place * features + feature],
            _ => y[feature * places + place],
        };
        let mean = |feature| (0..places).map(|place| f64::from(at(feature, place))).sum::<f64>() / places.max(1) as f64;
        Ok((0..features).map(mean).collect())
    }
}

pub(in crate::lab) fn pooled(network: &Network, paths: &[String], batch: usize) -> Result<Vec<Tensor>, LabError> {
    let graph = network.layered(batch)?;
    let mean = |x: Tensor| -> Result<Tensor, ShapeError> {
        match x.rank() {
            4 => x.global_avg_pool2d(),
            3 => x.mean(1),
            _ => Ok(x),
        }
    };
    let tensor = |path: &String| Ok(mean(graph.input.graph().tensor(output_of(network, &graph, path)?))?);
    paths.iter().map(tensor).collect()
}

fn input(network: &Network, rows: &[Vec<f32>], batch: usize) -> Result<HostTensor, LabError> {
    let [channels, height, width] = network.input;
    let mut values = rows.concat();
    values.resize(batch * channels * height * width, 0.0);
    Ok(HostTensor::from_vec(values, (batch, channels, height, width), &HostDevice::Cpu)?)
}

impl Model for TransferModel {
    type Network = Weights;

    async fn on(weights: &Rc<Weights>, device: &Device) -> Result<Self, LabError> {
        let of = weights.clone();
        let values: VariableValues = Rc::new(move |name: &str| of.value(name));
        Ok(Self { network: weights.network().clone(), values, device: device.clone(), programs: Cache::new(KEPT) })
    }

    async fn sample(weights: &Rc<Weights>, device: &Device, watch: &impl Monitor) -> Result<f64, LabError> {
        Batched::sample(weights, device, watch).await
    }
}
