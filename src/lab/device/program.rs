//! A program compiled for a device, and the values of its variables there.

use super::Device;
use crate::backend::{Plan, Profile, State};
use crate::graph::{Host, Program};
use crate::lab::LabError;
use crate::protocol::Work;
use std::rc::Rc;

/// The values of variables on a device; programs that use the same variables share them.
#[derive(Clone)]
pub(in crate::lab) struct DeviceState {
    pub(super) device: Device,
    pub(super) values: Rc<dyn State>,
}

/// A program made ready on a device, its inputs known by name.
pub struct CompiledProgram {
    plan: Box<dyn Plan>,
    state: DeviceState,
    inputs: Vec<String>,
    /// Operations and bytes of one run.
    least: (u64, u64),
}

impl DeviceState {
    pub(in crate::lab) fn device(&self) -> &Device {
        &self.device
    }

    /// A program all of whose variables are in this state.
    pub(in crate::lab) async fn compile(&self, program: Program) -> Result<CompiledProgram, LabError> {
        let inputs = program.inputs.iter().map(|(name, _)| name.clone()).collect();
        let least = program.flops_and_bytes(self.device.traits());
        let plan = self.values.clone().plan(program).await?;
        Ok(CompiledProgram { plan, state: self.clone(), inputs, least })
    }

    pub(in crate::lab) async fn read(&self, names: &[&str]) -> Result<Vec<Host>, LabError> {
        Ok(self.values.read(names).await?)
    }

    pub(in crate::lab) fn write(&self, name: &str, value: &Host) -> Result<(), LabError> {
        Ok(self.values.write(name, value)?)
    }
}

impl CompiledProgram {
    /// Runs it; `value` gives each input by its name. What comes back is from before the state changed.
    pub async fn run(&mut self, value: impl Fn(&str) -> Host) -> Result<Vec<Host>, LabError> {
        let inputs = self.values(value);
        Ok(self.plan.run(&inputs).await?)
    }

    /// Runs it for what it does to its state; nothing is read back. On a GPU it returns when the work is handed over.
    pub fn step(&mut self, value: impl Fn(&str) -> Host) -> Result<(), LabError> {
        let inputs = self.values(value);
        Ok(self.plan.step(&inputs)?)
    }

    fn values(&self, value: impl Fn(&str) -> Host) -> Vec<Host> {
        self.inputs.iter().map(|name| value(name)).collect()
    }

    pub fn write(&self, name: &str, value: &Host) -> Result<(), LabError> {
        self.state.write(name, value)
    }

    pub async fn read(&self, names: &[&str]) -> Result<Vec<Host>, LabError> {
        self.state.read(names).await
    }

    pub(in crate::lab) fn is_lost(&self) -> bool {
        self.state.device.is_lost()
    }

    /// Kernel calls of one run.
    pub(in crate::lab) fn dispatches(&self) -> u32 {
        u32::try_from(self.plan.dispatches()).unwrap_or(u32::MAX)
    }

    /// What one run has to do at least.
    pub(in crate::lab) fn work(&self) -> Work {
        let (flops, bytes) = self.least;
        Work { flops, bytes, dispatches: self.dispatches() }
    }

    /// Bytes of intermediate results, and what they would be without sharing.
    pub(in crate::lab) fn memory_bytes(&self) -> (usize, usize) {
        self.plan.memory_bytes()
    }

    /// Its steps one by one. It has no inputs.
    pub(in crate::lab) async fn profile(&mut self) -> Result<Box<dyn Profile + '_>, LabError> {
        Ok(self.plan.profile(&[]).await?)
    }
}
