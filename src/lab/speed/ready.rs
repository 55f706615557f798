//! A program whose every input is state, compiled and filled, to be run many times with nothing that moves between host and
//! device.

use super::super::device::{CompiledProgram, Device};
use super::super::{LabError, Monitor};
use crate::backend::Profile;
use crate::graph::state::Layout;
use crate::graph::{Graph, Host, Init, Kind, Program, ShapeError, Spec, StepCost, Tensor, host};
use crate::nn::init;
use crate::protocol::Work;

pub struct TimedProgram {
    plan: CompiledProgram,
    /// Reading the smallest variable waits for all that was handed over.
    smallest: String,
    steps: Vec<StepCost>,
    /// For inputs, of which there are none.
    nothing: Host,
}

/// Values between -1 and 1 that change from run to run as far as a compiler can know.
pub(super) fn variable(graph: &Graph, name: &str, shape: &[usize]) -> Result<Tensor, ShapeError> {
    graph.variable(name, Spec::f32(shape), Init::Uniform(1.0))
}

/// The first weights of every variable but `but`.
pub(super) fn first_weights(graph: &Graph, but: &str) -> Result<Vec<(String, Host)>, LabError> {
    let mut values = Vec::new();
    for node in graph.nodes().iter() {
        if let Kind::Variable { name, init } = &node.kind
            && name != but
        {
            values.push((name.clone(), init::value(*init, &node.spec.shape, 1, name)?));
        }
    }
    Ok(values)
}

impl TimedProgram {
    pub(super) async fn new(device: &Device, program: Program) -> Result<Self, LabError> {
        let steps = program.step_costs(device.traits());
        let layout = Layout::of(&program);
        let smallest = layout.variables().min_by_key(|stored| stored.spec.elem_count());
        let smallest = smallest.map(|stored| stored.name.clone()).unwrap_or_default();
        let mut values = Vec::new();
        for id in 0..program.len() {
            let node = program.node(id);
            // Zeros are there already.
            if let (Kind::Variable { name, init }, None) = (&node.kind, program.frozen(id))
                && *init != Init::Const(0.0)
            {
                let value = init::value(*init, &node.spec.shape, 1, name)?;
                values.push((name.clone(), value.to_dtype(host::candle_dtype(node.spec.dtype))?));
            }
        }
        let plan = device.compile(program).await?;
        values.iter().try_for_each(|(name, value)| plan.write(name, value))?;
        let nothing = Host::new(0_f32, &candle_core::Device::Cpu)?;
        Ok(Self { plan, smallest, steps, nothing })
    }

    /// To the end of the last of so many runs.
    pub(super) async fn run(&mut self, times: u32) -> Result<(), LabError> {
        for _ in 0..times {
            self.plan.step(|_| self.nothing.clone())?;
        }
        self.plan.read(&[self.smallest.as_str()]).await.map(|_| ())
    }

    /// Seconds of so many runs together, timed from outside.
    pub(super) async fn seconds(&mut self, times: u32, watch: &impl Monitor) -> Result<f64, LabError> {
        let start = watch.now_millis();
        self.run(times).await?;
        Ok((watch.now_millis() - start) / 1e3)
    }

    pub(super) fn write(&self, name: &str, value: &Host) -> Result<(), LabError> {
        self.plan.write(name, value)
    }

    pub(super) fn work(&self) -> Work {
        self.plan.work()
    }

    pub(super) fn steps(&self) -> &[StepCost] {
        &self.steps
    }

    pub(super) async fn profile(&mut self) -> Result<Box<dyn Profile + '_>, LabError> {
        self.plan.profile().await
    }
}
