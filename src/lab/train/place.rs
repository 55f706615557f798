//! Where a run lives: a device, and the state that all plans of the run share.

use super::LabError;
use crate::backend::cpu::{CpuPlan, CpuProfile, CpuState};
use crate::backend::gpu::{Gpu, GpuPlan, GpuProfile, GpuState};
use crate::backend::{Plan, Profile, RunError, State};
use crate::graph::launch::Traits;
use crate::graph::state::Layout;
use crate::graph::{Host, Program};
use crate::protocol::Work;
use std::rc::Rc;

/// Where to train.
#[derive(Clone)]
pub enum Device {
    Cpu,
    Gpu(Rc<Gpu>),
}

pub(in crate::lab) enum Place {
    Cpu(Rc<CpuState>),
    Gpu(Rc<Gpu>, Rc<GpuState>),
}

/// A program made ready at a place, its inputs known by name.
pub(in crate::lab) struct Compiled {
    plan: Either,
    inputs: Vec<String>,
    /// Operations and bytes of one run.
    least: (u64, u64),
}

enum Either {
    Cpu(Box<CpuPlan>),
    Gpu(Box<GpuPlan>),
}

impl Place {
    /// With room for all state of `program`; zeros everywhere.
    pub(in crate::lab) fn new(device: &Device, program: &Program) -> Result<Self, LabError> {
        let layout = Layout::of(program);
        Ok(match device {
            Device::Cpu => Self::Cpu(CpuState::new(layout)?),
            Device::Gpu(gpu) => Self::Gpu(gpu.clone(), GpuState::new(gpu, layout)?),
        })
    }

    /// What kernels know of the GPU, where it is one.
    pub(in crate::lab) fn traits(&self) -> Option<&Traits> {
        match self {
            Self::Cpu(_) => None,
            Self::Gpu(gpu, _) => Some(&gpu.traits),
        }
    }

    /// A program all of whose variables are in this state.
    pub(in crate::lab) async fn compile(&self, program: Program) -> Result<Compiled, LabError> {
        let inputs = program.inputs.iter().map(|(name, _)| name.clone()).collect();
        let least = program.flops_and_bytes(self.traits());
        let plan = match self {
            Self::Cpu(state) => Either::Cpu(Box::new(CpuPlan::with_state(program, state))),
            Self::Gpu(gpu, state) => Either::Gpu(Box::new(GpuPlan::with_state(gpu, &program, state).await?)),
        };
        Ok(Compiled { plan, inputs, least })
    }

    pub(in crate::lab) async fn read(&self, names: &[&str]) -> Result<Vec<Host>, LabError> {
        Ok(match self {
            Self::Cpu(state) => state.read(names).await?,
            Self::Gpu(_, state) => state.read(names).await?,
        })
    }

    pub(in crate::lab) fn write(&self, name: &str, value: &Host) -> Result<(), LabError> {
        match self {
            Self::Cpu(state) => state.write(name, value)?,
            Self::Gpu(_, state) => state.write(name, value)?,
        }
        Ok(())
    }
}

impl Compiled {
    /// Runs it for what it does to the state; `value` gives each input by its name.
    pub(in crate::lab) fn step(&mut self, value: impl Fn(&str) -> Host) -> Result<(), LabError> {
        let inputs = self.values(value);
        match &mut self.plan {
            Either::Cpu(plan) => plan.step(&inputs)?,
            Either::Gpu(plan) => plan.step(&inputs)?,
        }
        Ok(())
    }

    pub(in crate::lab) async fn run(&mut self, value: impl Fn(&str) -> Host) -> Result<Vec<Host>, LabError> {
        let inputs = self.values(value);
        Ok(match &mut self.plan {
            Either::Cpu(plan) => plan.run(&inputs).await?,
            Either::Gpu(plan) => plan.run(&inputs).await?,
        })
    }

    fn values(&self, value: impl Fn(&str) -> Host) -> Vec<Host> {
        self.inputs.iter().map(|name| value(name)).collect()
    }

    /// Kernel calls of one run.
    pub(in crate::lab) fn dispatches(&self) -> usize {
        match &self.plan {
            Either::Cpu(plan) => plan.dispatches(),
            Either::Gpu(plan) => plan.dispatches(),
        }
    }

    /// What one run has to do at least.
    pub(in crate::lab) fn work(&self) -> Work {
        let (flops, bytes) = self.least;
        Work { flops, bytes, dispatches: u32::try_from(self.dispatches()).unwrap_or(u32::MAX) }
    }

    /// Its steps one by one.
    pub(in crate::lab) async fn profile(&mut self, value: impl Fn(&str) -> Host) -> Result<Profiled<'_>, LabError> {
        let inputs = self.values(value);
        Ok(match &mut self.plan {
            Either::Cpu(plan) => Profiled::Cpu(plan.profile(&inputs)?),
            Either::Gpu(plan) => Profiled::Gpu(plan.profile(&inputs).await?),
        })
    }

    /// Bytes of intermediate results.
    pub(in crate::lab) fn planned_bytes(&self) -> usize {
        match &self.plan {
            Either::Cpu(plan) => plan.memory_bytes().0,
            Either::Gpu(plan) => plan.memory_bytes().0,
        }
    }
}

/// A compiled program taken apart into its steps.
pub(in crate::lab) enum Profiled<'a> {
    Cpu(CpuProfile<'a>),
    Gpu(GpuProfile<'a>),
}

impl Profile for Profiled<'_> {
    fn dispatches(&self, step: usize) -> usize {
        match self {
            Self::Cpu(profile) => profile.dispatches(step),
            Self::Gpu(profile) => profile.dispatches(step),
        }
    }

    async fn repeat(&mut self, step: usize, times: u32) -> Result<Option<f64>, RunError> {
        match self {
            Self::Cpu(profile) => profile.repeat(step, times).await,
            Self::Gpu(profile) => profile.repeat(step, times).await,
        }
    }
}
