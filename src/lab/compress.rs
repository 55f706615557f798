//! Compress: a network in fewer bytes and operations, and what that costs.
//!
//! Invariants:
//! - What is measured of a compressed network is measured of the weights that its file has, read back.
//! - A file's bytes are those of the whole file, with its header, biases, statistics of batch norms, scales, codebooks and code tables.
//! - A network that was compressed is a network like any other: factorised layers are two layers in its text.

mod activations;
mod allocate;
mod by_layer;
mod channels;
mod correct;
mod facts;
mod low_rank;
mod measure;
mod method;
mod predict;
mod prune;
mod quantise;
mod sense;
mod session;
mod share;
mod slopes;
mod survey;
mod tune;
mod working;

pub use super::svd::{Factors, Svd, WeightMatrix};
pub use activations::ActivationScale;
pub use allocate::allocation;
pub use facts::compress_facts;
pub use low_rank::spatial_matrix;
pub use prune::kept;
pub use quantise::{IntegerChannels, quantised};
pub use session::CompressSession;
pub use share::{codebook, nearest};
pub use working::WorkingNetwork;

use super::device::Device;
use super::{LabError, Monitor, Weights};
use crate::data::dataset::Dataset;
use crate::protocol::{
    BackendUsed, CompressNews, CompressRow, CompressSurvey, CompressTask, CompressedNetwork, LayerAllocation,
    LayerSensitivity, Why,
};
use measure::MeasuredExamples;
use std::rc::Rc;

/// A network, examples that it is measured with, and a device.
pub struct CompressBench {
    weights: Rc<Weights>,
    data: Rc<Dataset>,
    examples: MeasuredExamples,
    device: Device,
    used: BackendUsed,
}

/// A compressed network, and the file that holds it.
pub struct CompressedFile {
    pub about: CompressedNetwork,
    pub bytes: Vec<u8>,
}

impl CompressBench {
    /// Asks about `most` examples, 0 for all.
    ///
    /// # Errors
    /// [`LabError::Setup`] of data whose classes are not the network's.
    pub fn new(weights: &Rc<Weights>, data: Rc<Dataset>, most: u32, device: &Device) -> Result<Self, LabError> {
        let examples = MeasuredExamples::of(&data, weights.network(), most as usize)?;
        Ok(Self { weights: weights.clone(), data, examples, device: device.clone(), used: device.used(Why::Chosen) })
    }

    /// The same with pictures of any classes: right is what the network answers before it is compressed.
    ///
    /// # Errors
    /// What the device refuses.
    pub async fn agreeing(
        weights: &Rc<Weights>,
        data: Rc<Dataset>,
        most: u32,
        device: &Device,
        watch: &impl Monitor,
    ) -> Result<Self, LabError> {
        let examples = MeasuredExamples::answered(&data, weights, most as usize, device, watch).await?;
        Ok(Self { weights: weights.clone(), data, examples, device: device.clone(), used: device.used(Why::Chosen) })
    }

    pub(super) fn used_as(self, used: BackendUsed) -> Self {
        Self { used, ..self }
    }

    /// Whether the network reads the data as they are, and has their classes.
    fn is_as_data(&self) -> bool {
        self.examples.is_same && self.data.shape == self.weights.network().input
    }

    /// The network as it is.
    ///
    /// # Errors
    /// What the device refuses.
    pub async fn before(&self, watch: &impl Monitor) -> Result<CompressRow, LabError> {
        let work = WorkingNetwork::of(&self.weights)?;
        let (measure, counts) = (self.examples.measure(&self.weights, &self.device, watch).await?, work.counts()?);
        Ok(CompressRow {
            method: None,
            budget: 1.0,
            bits: 32,
            epochs: 0,
            rounds: 1,
            is_by_layer: false,
            is_rounded: false,
            is_corrected: false,
            accuracy: measure.accuracy,
            params: counts.params,
            macs: counts.macs,
            bytes: self.weights.len_bytes() as u64,
            millis: measure.millis,
        })
    }

    /// As the task says.
    ///
    /// # Errors
    /// [`LabError::Setup`] of a task that makes no sense for the network.
    pub async fn make(&self, task: &CompressTask, watch: &impl Monitor) -> Result<CompressedFile, LabError> {
        method::check(task)?;
        let before = self.before(watch).await?;
        method::made(self, task, before, watch).await
    }

    /// By several methods and budgets; `tell` hears of each.
    ///
    /// # Errors
    /// As of [`Self::make`].
    pub async fn survey(
        &self,
        task: &CompressTask,
        watch: &impl Monitor,
        tell: &dyn Fn(CompressNews),
    ) -> Result<CompressSurvey, LabError> {
        survey::survey(self, task, watch, tell).await
    }

    /// Each layer alone; `tell` hears of each value.
    ///
    /// # Errors
    /// As of [`Self::make`].
    pub async fn sense(
        &self,
        task: &CompressTask,
        watch: &impl Monitor,
        tell: &dyn Fn(CompressNews),
    ) -> Result<Vec<LayerSensitivity>, LabError> {
        sense::sense(self, task, watch, tell).await
    }

    /// How much of each layer is left within the task's goal, by how sensitive each one is.
    ///
    /// # Errors
    /// As of [`Self::make`] and [`allocation`].
    pub async fn allocate(
        &self,
        task: &CompressTask,
        watch: &impl Monitor,
        tell: &dyn Fn(CompressNews),
    ) -> Result<LayerAllocation, LabError> {
        let curves = sense::sense(self, task, watch, tell).await?;
        allocation(task.method, &curves, task.cost, task.goal)
    }
}
