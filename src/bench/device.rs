//! Where a workload runs, and a program with state that is ready to run there.

use super::error::BenchError;
use crate::backend::cpu::{CpuPlan, CpuState};
use crate::backend::gpu::{Gpu, GpuPlan, GpuState};
use crate::backend::{Plan, State};
use crate::graph::state::Layout;
use crate::graph::{Host, Program};
use crate::lab::train::Device;
use serde::Deserialize;
use std::rc::Rc;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Backend {
    Gpu,
    Cpu,
}

/// As the page's address says.
pub(super) fn of_address() -> Backend {
    let search = web_sys::window().and_then(|window| window.location().search().ok()).unwrap_or_default();
    if search.contains("backend=cpu") { Backend::Cpu } else { Backend::Gpu }
}

pub(super) async fn device(backend: Backend) -> Result<Device, BenchError> {
    Ok(match backend {
        Backend::Cpu => Device::Cpu,
        Backend::Gpu => Device::Gpu(Rc::new(Gpu::new().await?)),
    })
}

/// A compiled program beside the values of its variables.
pub(super) enum Ready {
    Cpu(Box<CpuPlan>, Rc<CpuState>),
    Gpu(Box<GpuPlan>, Rc<GpuState>),
}

impl Ready {
    pub(super) async fn new(device: &Device, program: Program) -> Result<Self, BenchError> {
        let layout = Layout::of(&program);
        Ok(match device {
            Device::Cpu => {
                let state = CpuState::new(layout)?;
                Ready::Cpu(Box::new(CpuPlan::with_state(program, &state)), state)
            }
            Device::Gpu(gpu) => {
                let state = GpuState::new(gpu, layout)?;
                Ready::Gpu(Box::new(GpuPlan::with_state(gpu, &program, &state).await?), state)
            }
        })
    }

    pub(super) fn write(&self, name: &str, value: &Host) -> Result<(), BenchError> {
        match self {
            Ready::Cpu(_, state) => state.write(name, value)?,
            Ready::Gpu(_, state) => state.write(name, value)?,
        }
        Ok(())
    }

    pub(super) async fn read(&self, names: &[&str]) -> Result<Vec<Host>, BenchError> {
        Ok(match self {
            Ready::Cpu(_, state) => state.read(names).await?,
            Ready::Gpu(_, state) => state.read(names).await?,
        })
    }

    /// Hands the work over and does not wait.
    pub(super) fn step(&mut self, inputs: &[Host]) -> Result<(), BenchError> {
        match self {
            Ready::Cpu(plan, _) => plan.step(inputs)?,
            Ready::Gpu(plan, _) => plan.step(inputs)?,
        }
        Ok(())
    }

    /// The outputs, when they have arrived.
    pub(super) async fn run(&mut self, inputs: &[Host]) -> Result<Vec<Host>, BenchError> {
        Ok(match self {
            Ready::Cpu(plan, _) => plan.run(inputs).await?,
            Ready::Gpu(plan, _) => plan.run(inputs).await?,
        })
    }
}

/// The elements of the first of these, in double precision.
pub(super) fn elements(outputs: &[Host]) -> Result<Vec<f64>, BenchError> {
    let flat = outputs.first().map(|y| y.flatten_all()?.to_dtype(candle_core::DType::F64)?.to_vec1::<f64>());
    Ok(flat.transpose()?.unwrap_or_default())
}
