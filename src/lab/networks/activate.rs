//! What a layer of a network makes of a picture: every channel, how its values are spread, its weights; and two checks of it: the
//! same network with every operation by itself, and the same picture changed where no value of a place may depend on it.

use super::tiles::{self, weights_of};
use crate::data::Rgb;
use crate::graph::{Host as HostTensor, Program, Tensor};
use crate::lab::device::{Batched, Device, Model, Race, again_if_lost, choose_known};
use crate::lab::layer::layer_named;
use crate::lab::{Host, LabError, Weights, input_from, pixels_from_rgb, seen};
use crate::models::{NetworkGraph, ReceptiveField, WiredNode};
use crate::protocol::{Activate, Activated, BackendUsed, Finding, LayerFact, Spread, Stage};
use crate::sorted::SortedMap;
use candle_core::Device as HostDevice;
use std::rc::Rc;

/// Of a histogram.
const BINS: usize = 40;

/// Of each network, which device is faster.
pub(super) type Races = SortedMap<String, Option<Race>>;

/// A layer of a network with weights.
struct Layer {
    weights: Rc<Weights>,
    graph: NetworkGraph,
    node: WiredNode,
}

pub(super) async fn activate<H: Host>(
    job: Activate,
    races: &mut Races,
    host: &H,
    tell: &dyn Fn(Activated),
) -> Result<Activated, LabError> {
    let Activate { picture, network, fit, backend, layer } = job;
    let (picture, weights) = (host.picture(picture)?, host.weights(&network).await?);
    let layer = Layer::of(weights, &layer)?;
    host.step(Stage::Compile, 0, 1).await?;
    let gpu = host.gpu().await?;
    let mut race = races.remove(&network).flatten();
    let sample = async |device: &Device| Batched::sample(&layer.weights, device, host).await;
    let chosen = choose_known(backend, &gpu, &mut race, sample).await;
    races.insert(network, race);
    let seen = seen(&picture, layer.weights.network(), fit)?;
    again_if_lost(backend, &gpu, chosen?, async |device, used| layer.seen(&seen, device, used, host, tell).await).await
}

impl Layer {
    fn of(weights: Rc<Weights>, path: &str) -> Result<Self, LabError> {
        let graph = weights.network().layered(1)?;
        let node = layer_named(weights.network(), &graph, path)?;
        Ok(Self { weights, graph, node })
    }

    fn output(&self) -> Tensor {
        self.graph.input.graph().tensor(self.node.output)
    }

    async fn seen<H: Host>(
        &self,
        seen: &Rgb,
        device: &Device,
        used: BackendUsed,
        host: &H,
        tell: &dyn Fn(Activated),
    ) -> Result<Activated, LabError> {
        let x = input_from(seen, self.weights.network())?;
        if self.node.output == self.graph.input.id() {
            return self.told(seen, x.clone(), used, 0.0);
        }
        let program = Program::inference(&[&self.output()], &|name| self.weights.value(name))?;
        let mut plan = device.compile(program).await?;
        host.step(Stage::Run, 0, 3).await?;
        let start = host.now_millis();
        let y = plan.run(|_| x.clone()).await?.remove(0);
        let mut found = self.told(seen, y.clone(), used, host.now_millis() - start)?;
        tell(found.clone());
        host.step(Stage::Run, 1, 3).await?;
        let values: Vec<f32> = y.flatten_all()?.to_vec1()?;
        let largest = values.iter().fold(1e-9_f32, |most, value| most.max(value.abs()));
        let program = Program::unoptimised(&[&self.output()], &|name| self.weights.value(name))?;
        let plain = Device::Cpu.compile(program).await?.run(|_| x.clone()).await?.remove(0);
        let apart = apart(&values, &plain.flatten_all()?.to_vec1()?) / largest;
        let backend = device.kind();
        let finding =
            |fact, measured: f32, limit| Finding { fact, backend, expected: 0.0, measured: f64::from(measured), limit };
        found.findings.push(finding(LayerFact::Plain, apart, 1e-4));
        host.step(Stage::Run, 2, 3).await?;
        if let Some((field, changed)) = self.beyond(&x)? {
            let other: Vec<f32> = plan.run(|_| changed.clone()).await?.remove(0).flatten_all()?.to_vec1()?;
            let plane = self.middle();
            let of = |values: &[f32]| plane.iter().map(|&at| values[at]).collect::<Vec<f32>>();
            found.field = Some([field.size as u32, field.stride as u32]);
            found.findings.push(finding(LayerFact::Field, self::apart(&of(&values), &of(&other)) / largest, 1e-5));
        }
        Ok(found)
    }

    fn told(&self, seen: &Rgb, y: HostTensor, used: BackendUsed, elapsed_ms: f64) -> Result<Activated, LabError> {
        let shape = y.dims().get(1..).unwrap_or_default().to_vec();
        let values: Vec<f32> = y.flatten_all()?.to_vec1()?;
        let sizes = tiles::sizes(&shape);
        let plane = sizes[1] * sizes[2];
        let channels: Vec<&[f32]> = values.chunks(plane.max(1)).collect();
        let silent = channels.iter().filter(|channel| channel.iter().all(|value| *value <= 0.0)).count();
        let strength = |channel: &[f32]| channel.iter().map(|value| value.abs()).sum::<f32>();
        let strongest = (0..channels.len()).max_by(|&a, &b| strength(channels[a]).total_cmp(&strength(channels[b])));
        Ok(Activated {
            layer: self.node.path.clone(),
            kind: self.node.kind.clone(),
            shape,
            seen: pixels_from_rgb(seen),
            channels: tiles::planes(&values, sizes),
            strongest: strongest.unwrap_or_default() as u32,
            silent: silent as u32,
            spread: spread(&values),
            weights: weights_of(&self.weights, &self.graph, &self.node),
            field: None,
            findings: Vec::new(),
            elapsed_ms,
            backend: used,
        })
    }

    /// The field of the middle place, and the picture with every pixel beyond it turned round; `None` where there is none beyond it.
    fn beyond(&self, x: &HostTensor) -> Result<Option<(ReceptiveField, HostTensor)>, LabError> {
        let (Some(field), [_, _, height, width]) = (self.node.field, x.dims()) else { return Ok(None) };
        let [rows, columns] = self.reach(field, [*height, *width]);
        if rows.len() >= *height && columns.len() >= *width {
            return Ok(None);
        }
        let mut values: Vec<f32> = x.flatten_all()?.to_vec1()?;
        for (at, value) in values.iter_mut().enumerate() {
            let (row, column) = (at / width % height, at % width);
            if !rows.contains(&row) || !columns.contains(&column) {
                *value = 1.0 - *value;
            }
        }
        Ok(Some((field, HostTensor::from_vec(values, x.dims(), &HostDevice::Cpu)?)))
    }

    fn reach(&self, field: ReceptiveField, extents: [usize; 2]) -> [std::ops::Range<usize>; 2] {
        let place = |dim: usize| self.node.shape.get(dim).map_or(0, |extent| extent / 2);
        [field.pixels(place(2), extents[0]), field.pixels(place(3), extents[1])]
    }

    /// Where the values of the middle place lie, channel by channel.
    fn middle(&self) -> Vec<usize> {
        match *self.node.shape.as_slice() {
            [_, channels, height, width] => {
                (0..channels).map(|channel| (channel * height + height / 2) * width + width / 2).collect()
            }
            _ => Vec::new(),
        }
    }
}

fn apart(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

fn spread(values: &[f32]) -> Spread {
    let low = values.iter().copied().fold(f32::INFINITY, f32::min);
    let high = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f64 = values.iter().copied().map(f64::from).sum();
    let mut counts = vec![0_u32; BINS];
    let width = ((high - low) / BINS as f32).max(f32::MIN_POSITIVE);
    for value in values {
        counts[(((value - low) / width) as usize).min(BINS - 1)] += 1;
    }
    let zeros = values.iter().filter(|value| **value == 0.0).count() as u64;
    Spread { low, high, mean: (sum / values.len().max(1) as f64) as f32, counts, zeros, count: values.len() as u64 }
}
