//! The graphs of fine-tuning: a network of any architecture that learns from pictures on the device.

use super::start::TuneStart;
use crate::data::dataset::Dataset;
use crate::graph::{Graph, Host, Program, Spec, Tensor};
use crate::lab::LabError;
use crate::lab::batch::{Batches, ExampleBatch, values};
use crate::lab::trainer::{NamedVariable, Task};
use crate::models::Network;
use crate::nn::{VarBuilder, init, loss};
use crate::protocol::{FineTune, Setup};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Pictures that are asked about at once.
pub(super) const MEASURED: usize = 16;
/// The first of them.
const FIRST: &str = "first";

pub(super) struct TuneTask {
    network: Network,
    setup: Setup,
    batches: Batches,
    data: Rc<Dataset>,
    /// What variables begin with that have learnt before.
    values: BTreeMap<String, Host>,
    frozen: Rc<[String]>,
    /// By what the rate of those is multiplied.
    lower: f64,
}

impl TuneTask {
    pub(super) fn new(
        start: &TuneStart,
        settings: &FineTune,
        setup: Setup,
        batches: Batches,
        data: Rc<Dataset>,
    ) -> Result<Self, LabError> {
        let network = start.network().clone();
        // What has learnt nothing cannot stay as it is.
        let frozen = match start.has_learnt() {
            true => start.frozen(settings.blocks, settings.frozen_statistics)?,
            false => Vec::new(),
        };
        let mut values = BTreeMap::new();
        for (name, _) in crate::lab::weights::variables(&network)? {
            if let Some(value) = start.value(&name)? {
                values.insert(name, value);
            }
        }
        Ok(Self { network, setup, batches, data, values, frozen: frozen.into(), lower: settings.lower })
    }
}

impl Task for TuneTask {
    /// The logits of [`MEASURED`] neighbours among the pictures, from one on.
    type Extra = ();

    /// Loss, right answers.
    fn forward(&self, vb: &VarBuilder, counter: &Tensor) -> Result<Vec<Tensor>, LabError> {
        let ExampleBatch { x, labels, .. } = self.batches.training(counter, &self.setup)?;
        let logits = self.network.forward(&x, vb.clone())?;
        Ok(vec![loss::cross_entropy(&logits, &labels, 0.0)?, loss::correct(&logits, &labels)?])
    }

    fn constants(&self) -> Result<Vec<(&'static str, Host)>, LabError> {
        Ok(values(&self.data)?.into())
    }

    fn frozen(&self) -> Rc<[String]> {
        self.frozen.clone()
    }

    fn rate_factor(&self, name: &str) -> f64 {
        if self.values.contains_key(name) { self.lower } else { 1.0 }
    }

    fn inputs(&mut self, _: u32) -> Result<Vec<(&'static str, Host)>, LabError> {
        Ok(Vec::new())
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
