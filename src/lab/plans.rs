//! One network with its weights, compiled for each backend when that is first wanted.

use super::{LabError, Watch, Weights};
use crate::backend::{AnyGpu, AnyPlan, RunError, cpu::CpuPlan};
use crate::graph::{Host, order::order};
use crate::protocol::Stage;
use std::rc::Rc;

/// A run that took longer is not repeated for a median.
pub(super) const LONG_MILLIS: f64 = 2000.0;

/// One run.
#[derive(Clone, Debug)]
pub struct Ran {
    pub logits: Vec<f32>,
    /// Upload of the input and readback of the logits included.
    pub millis: f64,
    /// GPU dispatches, or steps on the CPU.
    pub dispatches: u32,
    pub planned_bytes: u64,
    pub unplanned_bytes: u64,
}

/// Where to run.
#[derive(Clone)]
pub(super) enum Device {
    Cpu,
    Gpu(Rc<dyn AnyGpu>),
}

pub(super) struct Plans {
    pub(super) weights: Rc<Weights>,
    cpu: Option<Box<dyn AnyPlan>>,
    gpu: Option<Box<dyn AnyPlan>>,
    /// Why the GPU is not asked for this network again.
    pub(super) gpu_fault: Option<String>,
}

impl Plans {
    pub(super) fn new(weights: Rc<Weights>) -> Self {
        Self { weights, cpu: None, gpu: None, gpu_fault: None }
    }

    /// What was made on a device that is gone.
    pub(super) fn drop_gpu(&mut self) {
        self.gpu = None;
    }

    /// Runs; compiles before where needed. `input` is `[1, 3, side, side]`.
    pub(super) async fn run(
        &mut self,
        device: &Device,
        times: Times,
        input: &Host,
        watch: &impl Watch,
    ) -> Result<Ran, LabError> {
        let (kept, before) = match device {
            Device::Cpu => (self.cpu.take(), 0),
            Device::Gpu(_) => (self.gpu.take(), Times::RACE_RUNS),
        };
        let plan = match kept {
            Some(plan) => plan,
            None => {
                watch.step(Stage::Compile, 0, 1).await?;
                let program = self.weights.program(1)?;
                match device {
                    Device::Cpu => Box::new(CpuPlan::new(program)),
                    Device::Gpu(gpu) => gpu.clone().plan(&program).await.map_err(RunError::from)?,
                }
            }
        };
        let plan = match device {
            Device::Cpu => self.cpu.insert(plan),
            Device::Gpu(_) => self.gpu.insert(plan),
        };
        times.run(&mut **plan, before, input, watch).await
    }
}

/// How often to run.
#[derive(Clone, Copy)]
pub(super) enum Times {
    Once,
    /// The run of median time among up to three, after one that warms up. None follows one that took longer than this.
    Median {
        long_millis: f64,
    },
}

impl Times {
    /// On each of the two backends.
    const RACE_RUNS: u64 = 4;

    /// `before` is how many runs of the race are done.
    async fn run(self, plan: &mut dyn AnyPlan, before: u64, input: &Host, watch: &impl Watch) -> Result<Ran, LabError> {
        let of = 2 * Self::RACE_RUNS;
        match self {
            Self::Once => {
                watch.step(Stage::Run, 0, 1).await?;
                timed(plan, input, watch).await
            }
            Self::Median { long_millis } => {
                watch.step(Stage::Race, before, of).await?;
                let mut last = timed(plan, input, watch).await?;
                let mut runs = Vec::new();
                for run in 1..Self::RACE_RUNS {
                    let limit = if runs.is_empty() { LONG_MILLIS } else { long_millis };
                    if last.millis > limit {
                        break;
                    }
                    watch.step(Stage::Race, before + run, of).await?;
                    last = timed(plan, input, watch).await?;
                    runs.push(last.clone());
                }
                let order = order(runs.len(), &|a, b| runs[a].millis < runs[b].millis);
                Ok(order.get(runs.len() / 2).map(|&middle| runs.swap_remove(middle)).unwrap_or(last))
            }
        }
    }
}

async fn timed(plan: &mut dyn AnyPlan, input: &Host, watch: &impl Watch) -> Result<Ran, LabError> {
    let start = watch.now_millis();
    let outputs = plan.run_once(std::slice::from_ref(input)).await?;
    let millis = watch.now_millis() - start;
    let mut logits = Vec::new();
    for output in outputs {
        logits = output.flatten_all().and_then(|flat| flat.to_vec1()).map_err(RunError::from)?;
    }
    let (planned, unplanned) = plan.memory_bytes();
    let dispatches = u32::try_from(plan.dispatches()).unwrap_or(u32::MAX);
    Ok(Ran { logits, millis, dispatches, planned_bytes: planned as u64, unplanned_bytes: unplanned as u64 })
}
