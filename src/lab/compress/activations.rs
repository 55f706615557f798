//! What layers read as whole numbers of few bits: `x ≈ s (q - z)` with a zero that is exact, so that padding is (Jacob et al., "Quantization and
//! training of neural networks for efficient integer-arithmetic-only inference", 2018). The ranges come from pictures that were not asked
//! about: all that was seen, percentiles of it, or the range of the least squared error (Krishnamoorthi 2018; Nagel et al., "A white paper
//! on neural network quantization", 2021). The compressed network's own graph says it, as ONNX's `QuantizeLinear` and `DequantizeLinear`
//! do: whoever opens the file computes with such values. Here they are floats that take those values alone: accuracy is that of integers,
//! time is not.

use crate::graph::op::{Conv2d, Matmul};
use crate::graph::{Graph, Host, Kind, NodeId, Program, Tensor};
use crate::lab::device::Device;
use crate::lab::{LabError, Monitor, Weights};
use crate::models::Network;
use crate::models::outline::Outline;
use crate::models::rounding::quantised;
use crate::protocol::ActivationRange;
use candle_core::Device as HostDevice;
use serde::Serialize;
use std::collections::BTreeMap;

/// Pictures at once while ranges are found.
const BATCH: usize = 4;

/// Values of one activation that are looked at in each batch.
const SAMPLES: usize = 4096;

/// Left out on either side by percentiles.
const OUTSIDE: f64 = 0.001;

/// Ranges that are tried for the least error, from the whole down.
const TRIES: usize = 24;

/// How an activation becomes whole numbers: `q = round(x / scale) + zero`, from 0 to `most`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ActivationScale {
    pub scale: f32,
    pub zero: u32,
    pub most: u32,
}

/// Of everything that products with weights read.
pub(super) struct ActivationScales {
    /// By the node that is read, in a graph of any number of pictures.
    of: BTreeMap<NodeId, ActivationScale>,
    /// By the name of the weights.
    pub(super) named: BTreeMap<String, ActivationScale>,
}

impl ActivationScale {
    /// Of values between these bounds; zero is one of the values.
    pub fn between([low, high]: [f32; 2], bits: u32) -> Self {
        let (low, high) = (low.min(0.0), high.max(0.0));
        let most = (1_u32 << bits) - 1;
        let scale = ((high - low) / most as f32).max(f32::MIN_POSITIVE);
        Self { scale, zero: (-low / scale).round().clamp(0.0, most as f32) as u32, most }
    }

    /// The nearest value that it can be.
    pub fn nearest(self, x: f32) -> f32 {
        let whole = (x / self.scale + self.zero as f32 + 0.5).clamp(0.0, self.most as f32 + 0.5).floor();
        (whole - self.zero as f32) * self.scale
    }
}

/// What products with weights read, and the names of the weights.
fn products(graph: &Graph) -> Vec<(NodeId, String)> {
    let nodes = graph.nodes();
    let variable = |mut id: NodeId| loop {
        match &nodes[id].kind {
            Kind::Variable { name, .. } => return Some(name.clone()),
            Kind::Op(_) => id = *nodes[id].inputs.first()?,
            Kind::Input { .. } | Kind::Constant(_) => return None,
        }
    };
    let of = |node: &crate::graph::Node| {
        let Kind::Op(op) = &node.kind else { return None };
        if op.get::<Conv2d>().is_none() && op.get::<Matmul>().is_none() {
            return None;
        }
        Some((*node.inputs.first()?, variable(*node.inputs.get(1)?)?))
    };
    nodes.iter().filter_map(of).collect()
}

impl ActivationScales {
    /// By what a network makes of these inputs.
    ///
    /// # Errors
    /// What the device refuses.
    pub(super) async fn of(
        weights: &Weights,
        inputs: &[Vec<f32>],
        by: ActivationRange,
        bits: u32,
        device: &Device,
        watch: &impl Monitor,
    ) -> Result<Self, LabError> {
        let (x, _) = weights.network().graph(BATCH)?;
        let read = products(x.graph());
        let mut ids: Vec<NodeId> = read.iter().map(|(id, _)| *id).collect();
        ids.sort_unstable();
        ids.dedup();
        let tensors: Vec<Tensor> = ids.iter().map(|&id| x.graph().tensor(id)).collect();
        let program = Program::inference(&tensors.iter().collect::<Vec<_>>(), &|name| weights.value(name))?;
        let mut plan = device.compile(program).await?;
        let mut seen: Vec<Vec<f32>> = vec![Vec::new(); ids.len()];
        for inputs in inputs.chunks_exact(BATCH) {
            watch.rest().await?;
            let batch = Host::from_vec(inputs.concat(), x.dims(), &HostDevice::Cpu)?;
            for (seen, found) in seen.iter_mut().zip(plan.run(|_| batch.clone()).await?) {
                let values: Vec<f32> = found.flatten_all()?.to_vec1()?;
                let [low, high] = bounds(&values);
                let step = values.len().div_ceil(SAMPLES).max(1);
                seen.extend(values.into_iter().step_by(step).chain([low, high]));
            }
        }
        let scales = seen.into_iter().map(|values| scale_of(values, by, bits));
        let of: BTreeMap<NodeId, ActivationScale> = ids.into_iter().zip(scales).collect();
        let named = read.into_iter().filter_map(|(id, name)| Some((name, *of.get(&id)?))).collect();
        Ok(Self { of, named })
    }

    /// The network in which products read such values alone.
    ///
    /// # Errors
    /// [`LabError::Setup`] of a network that depends on the number of pictures.
    pub(super) fn outline(&self, network: &Network) -> Result<Outline, LabError> {
        let [two, three] = [self.logits(network, 2)?, self.logits(network, 3)?];
        Outline::of_pair(&two, &three).ok_or_else(|| {
            bad_setup!(
                "{} computes otherwise for another number of pictures, so its activations stay floats; compress its weights alone",
                network.title
            )
        })
    }

    fn logits(&self, network: &Network, batch: usize) -> Result<Tensor, LabError> {
        let (_, logits) = network.graph(batch)?;
        let (graph, made) = (logits.graph(), Graph::new());
        let mut copies: Vec<Tensor> = Vec::new();
        let mut rounded: BTreeMap<NodeId, Tensor> = BTreeMap::new();
        for node in graph.nodes().iter().take(logits.id() + 1) {
            let copy = match &node.kind {
                Kind::Input { name } => made.input(name, node.spec.clone()),
                Kind::Variable { name, init } => made.variable(name, node.spec.clone(), *init)?,
                Kind::Constant(value) => made.constant(value)?,
                Kind::Op(op) => {
                    let is_product = op.get::<Conv2d>().is_some() || op.get::<Matmul>().is_some();
                    let mut read: Vec<Tensor> = node.inputs.iter().map(|&id| copies[id].clone()).collect();
                    if let (true, Some(&id)) = (is_product, node.inputs.first())
                        && let Some(scale) = self.of.get(&id)
                    {
                        let known = match rounded.get(&id) {
                            Some(known) => known.clone(),
                            None => quantised(&copies[id], [scale.scale, scale.zero as f32], scale.most)?,
                        };
                        rounded.insert(id, known.clone());
                        read[0] = known;
                    }
                    made.apply(op.clone(), &read.iter().collect::<Vec<_>>())?
                }
            };
            copies.push(copy);
        }
        for (path, id) in graph.modules().iter().filter(|(_, id)| *id < copies.len()) {
            made.name_module(path, &copies[*id]);
        }
        copies.pop().ok_or_else(|| bad_setup!("{} has no layers", network.title))
    }
}

fn bounds(values: &[f32]) -> [f32; 2] {
    values.iter().fold([f32::INFINITY, f32::NEG_INFINITY], |[low, high], &value| [low.min(value), high.max(value)])
}

/// The range of these values.
fn scale_of(mut values: Vec<f32>, by: ActivationRange, bits: u32) -> ActivationScale {
    let [low, high] = bounds(&values);
    match by {
        ActivationRange::Float | ActivationRange::Extent => ActivationScale::between([low, high], bits),
        ActivationRange::Percentile => {
            values.sort_by(f32::total_cmp);
            let at = |share: f64| values[((values.len() - 1) as f64 * share).round() as usize];
            if values.is_empty() {
                return ActivationScale::between([0.0, 0.0], bits);
            }
            ActivationScale::between([at(OUTSIDE), at(1.0 - OUTSIDE)], bits)
        }
        ActivationRange::Error => {
            let tries = (0..TRIES).map(|at| 1.0 - 0.9 * at as f32 / TRIES as f32);
            let scored = tries.map(|part| {
                let scale = ActivationScale::between([part * low, part * high], bits);
                let error = values.iter().map(|&x| f64::from(x - scale.nearest(x)).powi(2)).sum::<f64>();
                (error, scale)
            });
            let best = scored.reduce(|best, next| if next.0 < best.0 { next } else { best });
            best.map_or_else(|| ActivationScale::between([low, high], bits), |(_, scale)| scale)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::grad;
    use crate::lab::NoMonitor;
    use crate::lab::compress::WorkingNetwork;
    use crate::lab::device::Batched;
    use crate::lab::export::exported;
    use crate::models::spec::NetworkSpec;
    use crate::nn::Normalise;
    use crate::protocol::ExportForm;
    use pollster::block_on;

    const SIDE: usize = 4;
    const HIDDEN: usize = 6;
    const CLASSES: usize = 3;

    fn perceptron() -> Weights {
        let text = format!("flatten\nlinear {HIDDEN}\nrelu\nlinear classes\n");
        let spec = NetworkSpec::parse(&text, [1, SIDE, SIDE], CLASSES).unwrap();
        let names = ["a", "b", "c"].map(str::to_owned).to_vec();
        Weights::initial(Network::written("w", "w", spec, names, Normalise::UNIT), 3).unwrap()
    }

    fn inputs() -> Vec<Vec<f32>> {
        let value = |of: usize, at: usize| ((of * 31 + at * 7) as f32 * 0.37).sin();
        (0..8).map(|of| (0..SIDE * SIDE).map(|at| value(of, at)).collect()).collect()
    }

    /// One fully connected layer by hand.
    fn layer(work: &WorkingNetwork, name: &str, x: &[f32]) -> Vec<f32> {
        let of = |part: &str| &work.tensor(&format!("{name}.{part}")).unwrap().values;
        let rows = of("weight").chunks(x.len()).zip(of("bias"));
        rows.map(|(row, bias)| row.iter().zip(x).map(|(w, x)| w * x).sum::<f32>() + bias).collect()
    }

    fn logits(weights: &Weights) -> Vec<Vec<f32>> {
        let program = weights.program(4).unwrap();
        let mut model = block_on(Batched::new(program, &Device::Cpu)).unwrap();
        inputs().chunks(4).flat_map(|batch| block_on(model.rows(batch)).unwrap()).collect()
    }

    #[test]
    fn a_file_computes_with_rounded_activations_when_it_is_opened_again() {
        let whole = perceptron();
        for bits in [4, 8] {
            let (by, watch) = (ActivationRange::Extent, NoMonitor::default());
            let scales = block_on(ActivationScales::of(&whole, &inputs(), by, bits, &Device::Cpu, &watch)).unwrap();
            let mut work = WorkingNetwork::of(&whole).unwrap();
            work.take_graph(&scales.outline(&work.network).unwrap()).unwrap();
            let file = work.bytes().unwrap();
            let opened = Weights::from_bytes("w.safetensors", file).unwrap();
            assert_eq!(opened.network().names.as_deref().unwrap(), ["a", "b", "c"]);
            let onnx = exported(ExportForm::Onnx, opened.network(), Some(&opened)).unwrap();
            let onnx = Weights::from_bytes("w.onnx", onnx).unwrap();
            let round = |name: &str, x: &[f32]| -> Vec<f32> {
                x.iter().map(|&x| scales.named[&format!("{name}.weight")].nearest(x)).collect()
            };
            let wanted = inputs().into_iter().map(|x| {
                let hidden = layer(&work, "1", &round("1", &x));
                let hidden: Vec<f32> = hidden.into_iter().map(|x| x.max(0.0)).collect();
                layer(&work, "3", &round("3", &hidden))
            });
            let (found, again, floats) = (logits(&opened), logits(&onnx), logits(&whole));
            let mut moved = 0.0_f32;
            for (at, wanted) in wanted.enumerate() {
                for (class, wanted) in wanted.into_iter().enumerate() {
                    let (one, other) = (found[at][class], again[at][class]);
                    assert!((one - wanted).abs() < 1e-4 && one == other, "{bits} bits: {one} {other} {wanted}");
                    moved = moved.max((one - floats[at][class]).abs());
                }
            }
            assert!(moved > 1e-4, "{bits} bits moved nothing");
            // What attacks it has a gradient, about that of the floats.
            let slope = |weights: &Weights| -> Vec<f32> {
                let (x, logits) = weights.network().graph(1).unwrap();
                let dx = grad(&logits.narrow(1, 0, 1).unwrap(), &[&x]).unwrap().remove(0);
                let program = Program::inference(&[&dx], &|name| weights.value(name)).unwrap();
                let x = Host::from_vec(inputs()[0].clone(), x.dims(), &HostDevice::Cpu).unwrap();
                let mut plan = block_on(Device::Cpu.compile(program)).unwrap();
                block_on(plan.run(|_| x.clone())).unwrap()[0].flatten_all().unwrap().to_vec1().unwrap()
            };
            let (one, other) = (slope(&whole), slope(&opened));
            let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
            let alike = dot(&one, &other) / (dot(&one, &one) * dot(&other, &other)).sqrt();
            assert!(alike > if bits == 8 { 0.7 } else { 0.3 }, "{bits} bits: {alike}");
        }
    }

    #[test]
    fn zero_is_exact_and_nothing_is_further_than_half_a_step() {
        for [low, high] in [[0.0, 6.0], [-1.0, 3.0], [-5.0, -1.0], [0.0, 0.0]] {
            for bits in [4, 8] {
                let scale = ActivationScale::between([low, high], bits);
                assert_eq!(scale.nearest(0.0), 0.0);
                for at in 0..=100 {
                    let x = low + (high - low) * at as f32 / 100.0;
                    let off = (scale.nearest(x) - x).abs();
                    // The zero moves the ends by half a step at most.
                    assert!(off <= 1.001 * scale.scale, "{x} {off} {scale:?}");
                }
            }
        }
    }

    #[test]
    fn outliers_are_left_out_where_they_cost_more_than_they_are_worth() {
        let mut values: Vec<f32> = (0..10_000).map(|at| (at as f32 * 0.37).sin().abs()).collect();
        values.push(60.0);
        let of = |by| scale_of(values.clone(), by, 4);
        let error = |scale: ActivationScale| values.iter().map(|&x| (x - scale.nearest(x)).powi(2)).sum::<f32>();
        let [whole, percentile, least] =
            [ActivationRange::Extent, ActivationRange::Percentile, ActivationRange::Error].map(of);
        assert!(whole.scale > 3.9 && percentile.scale < 0.1, "{whole:?} {percentile:?}");
        assert!(error(least) <= error(whole));
    }
}
