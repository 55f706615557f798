//! What layers read as whole numbers of few bits: `x ≈ s (q - z)` with a zero that is exact, so that padding is (Jacob et al., "Quantization and
//! training of neural networks for efficient integer-arithmetic-only inference", 2018). The ranges come from pictures that were not asked
//! about: all that was seen, percentiles of it, or the range of the least squared error (Krishnamoorthi 2018; Nagel et al., "A white paper
//! on neural network quantization", 2021). Here they are computed as floats that take those values alone: accuracy is that of integers,
//! time is not.

use crate::graph::op::{Conv2d, Matmul};
use crate::graph::{DType, Graph, Host, Kind, NodeId, Program, Tensor};
use crate::lab::device::Device;
use crate::lab::{LabError, Monitor, Weights};
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

    /// The same in a graph.
    fn rounded(self, x: &Tensor) -> Result<Tensor, crate::graph::ShapeError> {
        let (scale, zero) = (f64::from(self.scale), f64::from(self.zero));
        let shifted = x.affine(1.0 / scale, zero + 0.5)?.clamp(0.0, f64::from(self.most) + 0.5)?;
        shifted.to_dtype(DType::U32)?.to_dtype(DType::F32)?.affine(scale, -zero * scale)
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

    /// The network's program in which products read such values alone.
    ///
    /// # Errors
    /// None of scales of this network.
    pub(super) fn program(&self, weights: &Weights, batch: usize) -> Result<Program, LabError> {
        let (_, logits) = weights.network().graph(batch)?;
        let made = Graph::new();
        let mut copies: Vec<Tensor> = Vec::new();
        let mut rounded: BTreeMap<NodeId, Tensor> = BTreeMap::new();
        let nodes = logits.graph().nodes();
        for node in nodes.iter().take(logits.id() + 1) {
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
                            None => scale.rounded(&copies[id])?,
                        };
                        rounded.insert(id, known.clone());
                        read[0] = known;
                    }
                    made.apply(op.clone(), &read.iter().collect::<Vec<_>>())?
                }
            };
            copies.push(copy);
        }
        let last = copies.last().ok_or_else(|| bad_setup!("this network has no layers"))?;
        Ok(Program::inference(&[last], &|name| weights.value(name))?)
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
