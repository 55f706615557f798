//! A network on a device, with the programs that ask a layer: what it answers to many pictures at once, and what of a picture excites
//! one place of it. They stay from job to job.

use crate::graph::{Host as HostTensor, Op, Program, Spec, Tensor, vjp_with};
use crate::lab::channels::AskedLayer;
use crate::lab::device::{Batched, Cache, CompiledProgram, Device, Model};
use crate::lab::layer::layer_named;
use crate::lab::look::model::NetworkValues;
use crate::lab::look::probe::{Rectifiers, WEIGHTS};
use crate::lab::{LabError, Monitor, Weights};
use crate::models::{Network, NetworkGraph};
use candle_core::Device as HostDevice;
use std::rc::Rc;

/// So many programs of each kind stay compiled for a network; each holds its weights.
const KEPT: usize = 2;
/// Pictures at once, where their answers fit into so many bytes.
const MOST_BATCH: usize = 16;
const BATCH_BYTES: usize = 32 << 20;

pub(in crate::lab::look) struct ExciteModel {
    network: Network,
    values: NetworkValues,
    device: Device,
    /// By the path of the layer, and whether the network says what it takes the pictures for.
    scans: Cache<(String, bool), CompiledProgram>,
    backs: Cache<(String, Rectifiers), CompiledProgram>,
}

/// Of one picture.
pub(super) struct Answered {
    pub(super) activation: Vec<f32>,
    /// Where they were asked for.
    pub(super) logits: Vec<f32>,
}

impl ExciteModel {
    pub(super) fn device(&self) -> &Device {
        &self.device
    }

    pub(super) fn batch(&self, layer: &AskedLayer) -> usize {
        (BATCH_BYTES / (4 * layer.channels * layer.places()).max(1)).clamp(1, MOST_BATCH)
    }

    fn tensor(&self, graph: &NetworkGraph, path: &str) -> Result<Tensor, LabError> {
        Ok(graph.input.graph().tensor(layer_named(&self.network, graph, path)?.output))
    }

    fn input(&self, rows: &[Vec<f32>], batch: usize) -> Result<HostTensor, LabError> {
        let [channels, height, width] = self.network.input;
        let mut values = rows.concat();
        values.resize(batch * channels * height * width, 0.0);
        Ok(HostTensor::from_vec(values, (batch, channels, height, width), &HostDevice::Cpu)?)
    }

    /// Of up to [`Self::batch`] pictures.
    pub(super) async fn answers(
        &mut self,
        layer: &AskedLayer,
        is_named: bool,
        inputs: &[Vec<f32>],
    ) -> Result<Vec<Answered>, LabError> {
        let (batch, key) = (self.batch(layer), (layer.path.clone(), is_named));
        let program = match self.scans.take(&key) {
            Some(program) => program,
            None => {
                let graph = self.network.layered(batch)?;
                let at = self.tensor(&graph, &layer.path)?;
                let outputs = if is_named { vec![&at, &graph.logits] } else { vec![&at] };
                self.device.compile(Program::inference(&outputs, &*self.values)?).await?
            }
        };
        let x = self.input(inputs, batch)?;
        let program = self.scans.put(key, program);
        let found = program.run(|_| x.clone()).await?;
        let rows = |host: &HostTensor| -> Result<Vec<Vec<f32>>, LabError> { Ok(host.reshape((batch, ()))?.to_vec2()?) };
        let activations = rows(&found[0])?;
        let logits = if is_named { rows(&found[1])? } else { vec![Vec::new(); batch] };
        let all = activations.into_iter().zip(logits).take(inputs.len());
        Ok(all.map(|(activation, logits)| Answered { activation, logits }).collect())
    }

    /// The gradient of one value of a layer's answer by the picture, with these rectifiers.
    pub(super) async fn back(
        &mut self,
        layer: &AskedLayer,
        rectifiers: Rectifiers,
        input: &[f32],
        at: usize,
    ) -> Result<Vec<f32>, LabError> {
        let key = (layer.path.clone(), rectifiers);
        let program = match self.backs.take(&key) {
            Some(program) => program,
            None => {
                let graph = self.network.layered(1)?;
                let y = self.tensor(&graph, &layer.path)?;
                let seed = y.graph().input(WEIGHTS, Spec::f32(y.dims().to_vec()));
                let rule = |op: &Op, x: &[Tensor], y: &Tensor, dy: &Tensor| rectifiers.rule(op, x, y, dy);
                let gradient = vjp_with(&y, &seed, &[&graph.input], &rule)?.remove(0);
                self.device.compile(Program::inference(&[&gradient], &*self.values)?).await?
            }
        };
        let mut seed = vec![0.0_f32; layer.channels * layer.places()];
        seed[at] = 1.0;
        let seed = HostTensor::from_vec(seed, layer.shape.as_slice(), &HostDevice::Cpu)?;
        let x = self.input(&[input.to_vec()], 1)?;
        let program = self.backs.put(key, program);
        let found = program.run(|name| if name == WEIGHTS { seed.clone() } else { x.clone() }).await?;
        Ok(found[0].flatten_all()?.to_vec1()?)
    }

    /// The layer's answers to one picture, every operation by itself on the CPU: no value has a part in any that does not depend on it.
    pub(super) async fn plain(&self, layer: &AskedLayer) -> Result<PlainLayer, LabError> {
        let graph = self.network.layered(1)?;
        let at = self.tensor(&graph, &layer.path)?;
        let program = Program::unoptimised(&[&at], &*self.values)?;
        Ok(PlainLayer { program: Device::Cpu.compile(program).await?, shape: self.network.input })
    }
}

pub(super) struct PlainLayer {
    program: CompiledProgram,
    shape: [usize; 3],
}

impl PlainLayer {
    pub(super) async fn answer(&mut self, input: &[f32]) -> Result<Vec<f32>, LabError> {
        let [channels, height, width] = self.shape;
        let x = HostTensor::from_slice(input, (1, channels, height, width), &HostDevice::Cpu)?;
        Ok(self.program.run(|_| x.clone()).await?.remove(0).flatten_all()?.to_vec1()?)
    }
}

impl Model for ExciteModel {
    type Network = Weights;

    async fn on(weights: &Rc<Weights>, device: &Device) -> Result<Self, LabError> {
        let of = weights.clone();
        let values: NetworkValues = Rc::new(move |name: &str| of.value(name));
        let (scans, backs) = (Cache::new(KEPT), Cache::new(KEPT));
        Ok(Self { network: weights.network().clone(), values, device: device.clone(), scans, backs })
    }

    async fn sample(weights: &Rc<Weights>, device: &Device, watch: &impl Monitor) -> Result<f64, LabError> {
        Batched::sample(weights, device, watch).await
    }
}
