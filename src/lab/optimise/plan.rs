//! A program with its state, on one device.

use super::super::LabError;
use super::super::train::Device;
use crate::backend::cpu::{CpuPlan, CpuState};
use crate::backend::gpu::{GpuPlan, GpuState};
use crate::backend::{Plan, State};
use crate::graph::state::Layout;
use crate::graph::{Host, Program};
use std::rc::Rc;

pub(super) struct Bench {
    /// Order of the inputs.
    inputs: Vec<String>,
    run: Run,
}

enum Run {
    Cpu { plan: Box<CpuPlan>, state: Rc<CpuState> },
    Gpu { plan: Box<GpuPlan>, state: Rc<GpuState> },
}

impl Bench {
    pub(super) async fn new(program: Program, device: &Device) -> Result<Self, LabError> {
        let layout = Layout::of(&program);
        let inputs = program.inputs.iter().map(|(name, _)| name.clone()).collect();
        let run = match device {
            Device::Cpu => {
                let state = CpuState::new(layout)?;
                Run::Cpu { plan: Box::new(CpuPlan::with_state(program, &state)), state }
            }
            Device::Gpu(gpu) => {
                let state = GpuState::new(gpu, layout)?;
                Run::Gpu { plan: Box::new(GpuPlan::with_state(gpu, &program, &state).await?), state }
            }
        };
        Ok(Self { inputs, run })
    }

    /// Runs it; `value` gives each input by its name. What comes back is from before the state changed.
    pub(super) async fn run(&mut self, value: impl Fn(&str) -> Host) -> Result<Vec<Host>, LabError> {
        let inputs: Vec<Host> = self.inputs.iter().map(|name| value(name)).collect();
        Ok(match &mut self.run {
            Run::Cpu { plan, .. } => plan.run(&inputs).await?,
            Run::Gpu { plan, .. } => plan.run(&inputs).await?,
        })
    }

    /// Runs it for what it does to its state; nothing is read back.
    pub(super) fn step(&mut self, value: impl Fn(&str) -> Host) -> Result<(), LabError> {
        let inputs: Vec<Host> = self.inputs.iter().map(|name| value(name)).collect();
        match &mut self.run {
            Run::Cpu { plan, .. } => plan.step(&inputs)?,
            Run::Gpu { plan, .. } => plan.step(&inputs)?,
        }
        Ok(())
    }

    pub(super) fn write(&self, name: &str, value: &Host) -> Result<(), LabError> {
        match &self.run {
            Run::Cpu { state, .. } => state.write(name, value)?,
            Run::Gpu { state, .. } => state.write(name, value)?,
        }
        Ok(())
    }

    pub(super) async fn read(&self, name: &str) -> Result<Host, LabError> {
        Ok(match &self.run {
            Run::Cpu { state, .. } => state.read(&[name]).await?,
            Run::Gpu { state, .. } => state.read(&[name]).await?,
        }
        .remove(0))
    }
}
