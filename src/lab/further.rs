//! Further training: a network of any architecture that has weights goes on learning from pictures on the device.

use super::batch::{Batches, ExampleBatch, SOFT, values};
use super::device::AVAILABLE_BYTES;
use super::train::matching;
use super::trainer::{NamedVariable, Task};
use super::{LabError, seen};
use crate::data::Rgb;
use crate::data::dataset::Dataset;
use crate::graph::{Graph, Host, Kind, Program, Spec, Tensor};
use crate::models::Network;
use crate::nn::{VarBuilder, init, loss};
use crate::protocol::{Fit, Mix, Setup};
use candle_core::Device as HostDevice;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Pictures that are asked about at once.
pub(super) const MEASURED: usize = 16;
/// The first of them.
const FIRST: &str = "first";

pub(super) struct FurtherTask {
    pub(super) network: Network,
    pub(super) setup: Setup,
    pub(super) batches: Batches,
    pub(super) data: Rc<Dataset>,
    /// What variables begin with that have learnt before; the others begin anew.
    pub(super) values: BTreeMap<String, Host>,
    pub(super) frozen: Rc<[String]>,
    /// By what the rate of those is multiplied that have learnt before.
    pub(super) lower: f64,
    /// Logits of a teacher for every example of the part for training, `[examples, classes]`, and how they count.
    pub(super) teacher: Option<(Host, Mix)>,
}

impl Task for FurtherTask {
    /// The logits of [`MEASURED`] neighbours among the pictures, from one on.
    type Extra = ();

    /// Loss, right answers.
    fn forward(&self, vb: &VarBuilder, counter: &Tensor) -> Result<Vec<Tensor>, LabError> {
        let batch = self.batches.training(counter, &self.setup)?;
        let logits = self.network.forward(&batch.x, vb.clone())?;
        let mut loss = loss::cross_entropy(&logits, &batch.labels, 0.0)?;
        if self.teacher.is_some() {
            let mix = vb.graph().input(matching::MIX, Spec::f32([matching::COUNT]));
            loss = matching::mixed(&loss, &logits, &self.batches.soft(&batch)?, &mix)?;
        }
        Ok(vec![loss, loss::correct(&logits, &batch.labels)?])
    }

    fn constants(&self) -> Result<Vec<(&'static str, Host)>, LabError> {
        let soft = self.teacher.as_ref().map(|(logits, _)| (SOFT, logits.clone()));
        Ok(values(&self.data)?.into_iter().chain(soft).collect())
    }

    fn frozen(&self) -> Rc<[String]> {
        self.frozen.clone()
    }

    fn rate_factor(&self, name: &str) -> f64 {
        if self.values.contains_key(name) { self.lower } else { 1.0 }
    }

    fn inputs(&mut self, _: u32) -> Result<Vec<(&'static str, Host)>, LabError> {
        let mix = self.teacher.as_ref().map(|(_, mix)| Host::new(&matching::elements(*mix), &HostDevice::Cpu));
        Ok(mix.transpose()?.map(|mix| (matching::MIX, mix)).into_iter().collect())
    }

    fn first_value(&self, (name, shape, start): &NamedVariable, seed: u32) -> Result<Host, LabError> {
        match self.values.get(name) {
            Some(value) => Ok(value.clone()),
            None => Ok(init::value(*start, shape, u64::from(seed), name)?),
        }
    }

    fn program(&self, (): &()) -> Result<Program, LabError> {
        let graph = Graph::new();
        let ExampleBatch { x, .. } = self.batches.measuring(&graph.input(FIRST, Spec::u32([1])), MEASURED)?;
        let logits = self.network.forward(&x, VarBuilder::new(&graph))?;
        Ok(Program::step(&[&logits], &[])?)
    }
}

/// What the network reads of a picture, as bytes, channel by channel.
pub(super) fn picture_planes(picture: &Rgb, network: &Network, fit: Fit) -> Result<Vec<u8>, LabError> {
    let seen = seen(picture, network, fit)?;
    let of = |channel: usize| seen.pixels().iter().skip(channel).step_by(3).copied();
    Ok((0..network.input[0]).flat_map(of).collect())
}

/// What a step of so many pictures keeps at most: each result and its gradient, each weight, its gradient and what AdamW keeps.
///
/// # Errors
/// [`LabError::Setup`] where that is more than there is.
pub(super) fn must_fit(network: &Network, batch: u32) -> Result<(), LabError> {
    let (x, _) = network.graph(1)?;
    let (mut results, mut weights) = (0_u64, 0_u64);
    for node in x.graph().nodes().iter() {
        let count = node.spec.elem_count() as u64;
        match node.kind {
            Kind::Variable { .. } => weights += count,
            _ => results += count,
        }
    }
    let needed = 4 * (2 * results * u64::from(batch) + 4 * weights);
    let title = &network.title;
    ensure!(
        needed <= AVAILABLE_BYTES,
        "{title} with {batch} pictures at once needs up to {} MiB and there are {} MiB; choose a smaller batch or a smaller network",
        needed >> 20,
        AVAILABLE_BYTES >> 20
    );
    Ok(())
}
