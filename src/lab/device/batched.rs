//! A program that gets several inputs at once.

use super::{CompiledProgram, Device, Model, timed};
use crate::graph::{Host, Program};
use crate::lab::{LabError, Monitor, Weights};
use candle_core::Device as HostDevice;
use std::rc::Rc;

/// Of a network's logits.
const BATCH: usize = 16;

/// Compiled for a batch of inputs, of each of which it gives a row of numbers.
pub(in crate::lab) struct Batched {
    plan: CompiledProgram,
    /// Of its only input, the batch first.
    shape: Vec<usize>,
}

impl Batched {
    pub(in crate::lab) async fn new(program: Program, device: &Device) -> Result<Self, LabError> {
        let shape = program.inputs.iter().map(|(_, id)| program.node(*id).spec.shape.clone()).next();
        let shape = shape.ok_or_else(|| bad_setup!("this network has no input"))?;
        Ok(Self { plan: device.compile(program).await?, shape })
    }

    /// Kernel calls of one run.
    pub(in crate::lab) fn dispatches(&self) -> u32 {
        self.plan.dispatches()
    }

    pub(in crate::lab) fn batch(&self) -> usize {
        self.shape[0]
    }

    /// Of each of up to [`Self::batch`] inputs, in their order.
    pub(in crate::lab) async fn rows(&mut self, inputs: &[impl AsRef<[f32]>]) -> Result<Vec<Vec<f32>>, LabError> {
        let mut values: Vec<f32> = inputs.iter().flat_map(|input| input.as_ref()).copied().collect();
        values.resize(self.shape.iter().product(), 0.0);
        let x = Host::from_vec(values, self.shape.as_slice(), &HostDevice::Cpu)?;
        let found = self.plan.run(|_| x.clone()).await?;
        let mut rows = found[0].to_vec2::<f32>()?;
        rows.truncate(inputs.len());
        Ok(rows)
    }
}

/// The logits of a network.
impl Model for Batched {
    type Network = Weights;

    async fn on(weights: &Rc<Weights>, device: &Device) -> Result<Self, LabError> {
        Self::new(weights.program(BATCH)?, device).await
    }

    async fn sample(weights: &Rc<Weights>, device: &Device, watch: &impl Monitor) -> Result<f64, LabError> {
        let mut one = Self::new(weights.program(1)?, device).await?;
        let input = vec![0.0; weights.network().input.iter().product()];
        timed(watch, async || one.rows(&[&input]).await.map(drop)).await
    }
}
