//! A network on a device, with the programs that were compiled for it: they stay from job to job.

use super::ascent::{Ascender, Ascent};
use super::dream::TileGoal;
use super::probe::{Probe, Probed, WEIGHTS};
use super::search::{Searcher, Slopes};
use super::style::StyleGoal;
use crate::graph::{Host as HostTensor, KnownValue, NodeId, Program, Tensor};
use crate::lab::device::{Batched, Cache, CompiledProgram, Device, Model, timed};
use crate::lab::layer::{AskedResponse, responses};
use crate::lab::{LabError, Monitor, Weights};
use crate::models::Network;
use candle_core::Device as HostDevice;
use std::rc::Rc;

/// So many programs of each kind stay compiled for a network; each holds its weights.
const KEPT: usize = 4;

/// Gradients that are asked for at once, where there are many.
const BATCH: usize = 8;

/// Values of the variables, by name.
pub(super) type NetworkValues = Rc<dyn Fn(&str) -> Option<KnownValue>>;

pub(super) struct LookModel {
    network: Network,
    values: NetworkValues,
    device: Device,
    answers: Cache<usize, Batched>,
    /// By the nodes that are told.
    parts: Cache<Vec<NodeId>, CompiledProgram>,
    /// Each with the shape of its input.
    probes: Cache<Probe, (CompiledProgram, Vec<usize>)>,
    ascents: Cache<Ascent, Ascender>,
    styles: Cache<StyleGoal, Searcher>,
    tiles: Cache<TileGoal, Slopes>,
    /// By the layers that are told side by side, and how many pictures are read at once.
    responses: Cache<(Vec<AskedResponse>, usize), Batched>,
    /// The last input, and its logits.
    last: Option<(Vec<f32>, Vec<f32>)>,
}

impl LookModel {
    pub(super) fn new(network: Network, values: impl Fn(&str) -> Option<KnownValue> + 'static, device: Device) -> Self {
        let (answers, probes, ascents) = (Cache::new(KEPT), Cache::new(KEPT), Cache::new(KEPT));
        let (values, styles) = (Rc::new(values), Cache::new(1));
        let (parts, tiles, responses) = (Cache::new(KEPT), Cache::new(1), Cache::new(KEPT));
        Self { network, values, device, answers, parts, probes, ascents, styles, tiles, responses, last: None }
    }

    pub(super) fn device(&self) -> &Device {
        &self.device
    }

    pub(super) fn values(&self) -> &NetworkValues {
        &self.values
    }

    /// The network itself, for so many inputs at once.
    pub(super) async fn answers(&mut self, batch: usize) -> Result<&mut Batched, LabError> {
        let Self { network, values, device, answers, .. } = self;
        let make = async || {
            let (_, logits) = network.graph(batch)?;
            Batched::new(Program::inference(&[&logits], &|name| values(name))?, device).await
        };
        answers.get(batch, make).await
    }

    /// What these nodes of the network, built for one input, give of it.
    pub(super) async fn answers_of(&mut self, nodes: &[NodeId], input: &[f32]) -> Result<Vec<Vec<f32>>, LabError> {
        let Self { network, values, device, parts, .. } = self;
        let make = async || {
            let graph = network.layered(1)?;
            let outputs: Vec<Tensor> = nodes.iter().map(|&id| graph.input.graph().tensor(id)).collect();
            let outputs: Vec<&Tensor> = outputs.iter().collect();
            device.compile(Program::inference(&outputs, &|name| values(name))?).await
        };
        let shape = [&[1], network.input.as_slice()].concat();
        let x = HostTensor::from_slice(input, shape.as_slice(), &HostDevice::Cpu)?;
        let found = parts.get(nodes.to_vec(), make).await?.run(|_| x.clone()).await?;
        found.iter().map(|one| Ok(one.flatten_all()?.to_vec1()?)).collect()
    }

    /// What these layers answer, side by side and then the logits, for so many inputs at once.
    pub(super) async fn responses(&mut self, layers: &[AskedResponse], batch: usize) -> Result<&mut Batched, LabError> {
        let Self { network, values, device, responses: known, .. } = self;
        let make = async || {
            let all = Tensor::cat(&responses(network, layers, batch)?.iter().collect::<Vec<_>>(), 1)?;
            Batched::new(Program::inference(&[&all], &|name| values(name))?, device).await
        };
        known.get((layers.to_vec(), batch), make).await
    }

    /// Of one input; known where it is the last one.
    pub(super) async fn logits(&mut self, input: &[f32]) -> Result<Vec<f32>, LabError> {
        if let Some((_, logits)) = self.last.as_ref().filter(|(known, _)| known == input) {
            return Ok(logits.clone());
        }
        let logits = self.answers(1).await?.rows(&[input]).await?.concat();
        self.last = Some((input.to_vec(), logits.clone()));
        Ok(logits)
    }

    pub(super) async fn ascender(&mut self, ascent: &Ascent) -> Result<&mut Ascender, LabError> {
        let Self { network, values, device, ascents, .. } = self;
        ascents.get(ascent.clone(), async || ascent.compile(network, values, device).await).await
    }

    pub(super) async fn stylist(&mut self, goal: &StyleGoal) -> Result<&mut Searcher, LabError> {
        let Self { network, values, device, styles, .. } = self;
        styles.get(goal.clone(), async || goal.searcher(network, values, device).await).await
    }

    pub(super) async fn tiler(&mut self, goal: &TileGoal) -> Result<&mut Slopes, LabError> {
        let Self { network, values, device, tiles, .. } = self;
        tiles.get(goal.clone(), async || goal.slopes(network, values, device).await).await
    }

    /// Kernel calls of one run of the network, and of a probe, where both are compiled.
    pub(super) async fn dispatches(&mut self, probe: &Probe) -> Option<[u32; 2]> {
        let answer = self.answers(1).await.ok()?.dispatches();
        let (key, compiled) = (probe.clone(), self.probes.take(probe)?);
        let gradient = compiled.0.dispatches();
        self.probes.put(key, compiled);
        Some([answer, gradient])
    }

    /// The mean of the gradients by `count` pictures, each made when its turn comes. Before each run `hear` is told of how many there
    /// were and of their mean.
    pub(super) async fn mean_gradient(
        &mut self,
        count: usize,
        input: impl Fn(usize) -> Vec<f32>,
        weights: &[f32],
        mut hear: impl AsyncFnMut(usize, Vec<f32>) -> Result<(), LabError>,
    ) -> Result<Vec<f32>, LabError> {
        let probe = Probe::of_picture(count.min(BATCH));
        let mut sums = vec![0.0_f64; self.network.input.iter().product()];
        let mean = |sums: &[f64], of: usize| sums.iter().map(|sum| (sum / of.max(1) as f64) as f32).collect();
        for from in (0..count).step_by(probe.batch) {
            hear(from, mean(&sums, from)).await?;
            let inputs: Vec<Vec<f32>> = (from..count.min(from + probe.batch)).map(&input).collect();
            for found in self.probe(&probe, &inputs, weights).await? {
                sums.iter_mut().zip(&found.gradient).for_each(|(sum, &g)| *sum += f64::from(g));
            }
        }
        Ok(mean(&sums, count))
    }

    /// Of up to as many inputs as the probe's batch; the scalar of each is made with these weights.
    pub(super) async fn probe(
        &mut self,
        probe: &Probe,
        inputs: &[impl AsRef<[f32]>],
        weights: &[f32],
    ) -> Result<Vec<Probed>, LabError> {
        let w = of_all(&vec![weights; probe.batch], &[probe.batch, weights.len()])?;
        let Self { network, values, device, probes, .. } = self;
        let make = async || {
            let program = probe.program(network, &**values)?;
            let input = program.inputs.iter().find(|(name, _)| name != WEIGHTS);
            let shape = input.map(|(_, id)| program.node(*id).spec.shape.clone()).unwrap_or_default();
            Ok((device.compile(program).await?, shape))
        };
        let (program, shape) = probes.get(probe.clone(), make).await?;
        let x = of_all(inputs, shape)?;
        let found = program.run(|name| if name == WEIGHTS { w.clone() } else { x.clone() }).await?;
        let mut found = probe.read(&found)?;
        found.truncate(inputs.len());
        Ok(found)
    }
}

fn of_all(rows: &[impl AsRef<[f32]>], shape: &[usize]) -> Result<HostTensor, LabError> {
    let mut values: Vec<f32> = rows.iter().flat_map(|row| row.as_ref().iter().copied()).collect();
    values.resize(shape.iter().product(), 0.0);
    Ok(HostTensor::from_vec(values, shape, &HostDevice::Cpu)?)
}

impl Model for LookModel {
    type Network = Weights;

    async fn on(weights: &Rc<Weights>, device: &Device) -> Result<Self, LabError> {
        let of = weights.clone();
        Ok(Self::new(weights.network().clone(), move |name| of.value(name), device.clone()))
    }

    async fn sample(weights: &Rc<Weights>, device: &Device, watch: &impl Monitor) -> Result<f64, LabError> {
        let mut model = Self::on(weights, device).await?;
        let (probe, network) = (Probe::of_picture(1), weights.network());
        let (input, class) = (vec![0.0; network.input.iter().product()], vec![1.0; network.classes]);
        timed(watch, async || model.probe(&probe, &[&input], &class).await.map(drop)).await
    }
}
