//! Devices: which there are, which one a job runs on, programs compiled for it, and what to do when it is lost.

mod batched;
mod cache;
mod choice;
mod gpu;
mod models;
mod pace;
mod program;
mod race;

pub(super) use batched::Batched;
pub(super) use cache::Cache;
pub(super) use choice::{after_loss, again_if_lost, choose, choose_known, elsewhere, on_each, timed};
pub use gpu::{Finder, MaybeGpu};
pub(super) use models::{Model, Models, Placed};
pub(super) use pace::Pace;
pub use program::CompiledProgram;
pub(super) use program::DeviceState;
pub use race::Race;
pub(super) use race::{agreement, max_difference};

use super::LabError;
use crate::backend::AnyGpu;
use crate::backend::cpu::CpuState;
use crate::graph::Program;
use crate::graph::launch::Traits;
use crate::graph::state::Layout;
use crate::protocol::{BackendKind, BackendUsed, Finding, Why};
use std::rc::Rc;

/// What takes more than this is not tried: a tab has 4 GiB of addresses, and its data wants some too.
pub(super) const AVAILABLE_BYTES: u64 = if cfg!(target_arch = "wasm32") { 3 << 30 } else { 16 << 30 };

/// Where programs run.
#[derive(Clone)]
pub enum Device {
    Cpu,
    Gpu(Rc<dyn AnyGpu>),
}

impl Device {
    pub fn kind(&self) -> BackendKind {
        match self {
            Self::Cpu => BackendKind::Cpu,
            Self::Gpu(_) => BackendKind::Gpu,
        }
    }

    /// Its GPU is gone, and all that was compiled there.
    pub fn is_lost(&self) -> bool {
        match self {
            Self::Cpu => false,
            Self::Gpu(gpu) => gpu.is_lost(),
        }
    }

    /// As a person reads it.
    pub fn used(&self, why: Why) -> BackendUsed {
        let adapter = match self {
            Self::Cpu => String::new(),
            Self::Gpu(gpu) => gpu.name().to_owned(),
        };
        BackendUsed { kind: self.kind(), adapter, why }
    }

    /// Facts as this device measured them: which, what is expected, what was measured, and the limit of the difference.
    pub(super) fn findings<F>(&self, found: impl IntoIterator<Item = (F, f64, f64, f64)>) -> Vec<Finding<F>> {
        let backend = self.kind();
        let finding = |(fact, expected, measured, limit)| Finding { fact, backend, expected, measured, limit };
        found.into_iter().map(finding).collect()
    }

    /// What kernels know of the GPU, where it is one.
    pub(super) fn traits(&self) -> Option<&Traits> {
        match self {
            Self::Cpu => None,
            Self::Gpu(gpu) => Some(gpu.traits()),
        }
    }

    /// Room for all state of `program`, zeros everywhere: for this program and others with the same variables.
    pub(super) fn state(&self, program: &Program) -> Result<DeviceState, LabError> {
        let layout = Layout::of(program);
        let values = match self {
            Self::Cpu => CpuState::new(layout)?,
            Self::Gpu(gpu) => gpu.clone().state(layout)?,
        };
        Ok(DeviceState { device: self.clone(), values })
    }

    /// A program with state of its own.
    pub async fn compile(&self, program: Program) -> Result<CompiledProgram, LabError> {
        self.state(&program)?.compile(program).await
    }
}

impl<G: AnyGpu> From<Rc<G>> for Device {
    fn from(gpu: Rc<G>) -> Self {
        Self::Gpu(gpu)
    }
}
