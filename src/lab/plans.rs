//! One network with its weights, compiled for each backend when that is first wanted.

use super::device::{Cache, CompiledProgram, Device};
use super::{LabError, Monitor, Weights};
use crate::backend::RunError;
use crate::graph::{Host, order::order};
use crate::protocol::{BackendKind, Stage, Trouble};
use std::rc::Rc;

/// A run that took longer is not repeated for a median.
pub(super) const LONG_MILLIS: f64 = 2000.0;

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

pub(super) struct Plans {
    pub(super) weights: Rc<Weights>,
    programs: Cache<BackendKind, CompiledProgram>,
    /// Why the GPU is not asked for this network again.
    pub(super) gpu_fault: Option<Trouble>,
}

impl Plans {
    pub(super) fn new(weights: Rc<Weights>) -> Self {
        Self { weights, programs: Cache::new(2), gpu_fault: None }
    }

    /// Runs; compiles before where needed. `input` is `[1, 3, side, side]`.
    pub(super) async fn run(
        &mut self,
        device: &Device,
        times: Times,
        input: &Host,
        watch: &impl Monitor,
    ) -> Result<Ran, LabError> {
        let before = match device {
            Device::Cpu => 0,
            Device::Gpu(_) => Times::RACE_RUNS,
        };
        // Memory may not hold them twice.
        let is_alone = self.weights.len_bytes() >= Weights::LARGE_BYTES;
        self.programs.retain(|kind, program| !program.is_lost() && (!is_alone || *kind == device.kind()));
        let compile = async || {
            watch.step(Stage::Compile, 0, 1).await?;
            device.compile(self.weights.program(1)?).await
        };
        let program = self.programs.get(device.kind(), compile).await?;
        times.run(program, before, input, watch).await
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
    async fn run(
        self,
        program: &mut CompiledProgram,
        before: u64,
        input: &Host,
        watch: &impl Monitor,
    ) -> Result<Ran, LabError> {
        let of = 2 * Self::RACE_RUNS;
        match self {
            Self::Once => {
                watch.step(Stage::Run, 0, 1).await?;
                timed(program, input, watch).await
            }
            Self::Median { long_millis } => {
                watch.step(Stage::Race, before, of).await?;
                let mut last = timed(program, input, watch).await?;
                let mut runs = Vec::new();
                for run in 1..Self::RACE_RUNS {
                    let limit = if runs.is_empty() { LONG_MILLIS } else { long_millis };
                    if last.millis > limit {
                        break;
                    }
                    watch.step(Stage::Race, before + run, of).await?;
                    last = timed(program, input, watch).await?;
                    runs.push(last.clone());
                }
                let order = order(runs.len(), &|a, b| runs[a].millis < runs[b].millis);
                Ok(order.get(runs.len() / 2).map(|&middle| runs.swap_remove(middle)).unwrap_or(last))
            }
        }
    }
}

async fn timed(program: &mut CompiledProgram, input: &Host, watch: &impl Monitor) -> Result<Ran, LabError> {
    let start = watch.now_millis();
    let outputs = program.run(|_| input.clone()).await?;
    let millis = watch.now_millis() - start;
    let mut logits = Vec::new();
    for output in outputs {
        logits = output.flatten_all().and_then(|flat| flat.to_vec1()).map_err(RunError::from)?;
    }
    let (planned, unplanned) = program.memory_bytes();
    let dispatches = program.dispatches();
    Ok(Ran { logits, millis, dispatches, planned_bytes: planned as u64, unplanned_bytes: unplanned as u64 })
}
