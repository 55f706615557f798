//! A program whose every input is state, compiled and filled, to be run many times with nothing that moves between host and
//! device.

use crate::backend::Profile;
use crate::graph::pass::Values;
use crate::graph::state::Layout;
use crate::graph::{Graph, Host, Init, Kind, KnownValue, Program, ShapeError, Spec, Tensor, host};
use crate::lab::device::{CompiledProgram, Device};
use crate::lab::{LabError, Monitor};
use crate::models::Network;
use crate::nn::{VarBuilder, init};
use crate::protocol::Work;
use std::collections::BTreeMap;

pub struct TimedProgram {
    plan: CompiledProgram,
    /// Reading the smallest variable waits for all that was handed over.
    smallest: String,
    /// For inputs, of which there are none.
    nothing: Host,
}

/// Values between -1 and 1 that change from run to run as far as a compiler can know.
pub(in crate::lab) fn variable(graph: &Graph, name: &str, shape: &[usize]) -> Result<Tensor, ShapeError> {
    graph.variable(name, Spec::f32(shape), Init::Uniform(1.0))
}

/// Of every variable but `but` what is `known`, else its first weights.
fn weights_of(graph: &Graph, but: &str, known: Values<'_>) -> Result<BTreeMap<String, KnownValue>, LabError> {
    let mut values = BTreeMap::new();
    for node in graph.nodes().iter() {
        if let Kind::Variable { name, init } = &node.kind
            && name != but
        {
            let first = || init::value(*init, &node.spec.shape, 1, name).map(KnownValue::from);
            values.insert(name.clone(), known(name).map_or_else(first, Ok)?);
        }
    }
    Ok(values)
}

/// One picture that is state, and weights as far as they are `known`, else first ones: what a network takes does not depend on what it
/// has learnt.
pub(in crate::lab) fn inference(network: &Network, known: Values<'_>) -> Result<Program, LabError> {
    const IMAGE: &str = "image";
    let graph = Graph::new();
    let [channels, height, width] = network.input;
    let x = variable(&graph, IMAGE, &[1, channels, height, width])?;
    let logits = network.forward(&x, VarBuilder::new(&graph))?;
    let weights = weights_of(&graph, IMAGE, known)?;
    Ok(Program::step_with(&[&logits], &[], &|name| weights.get(name).cloned())?)
}

impl TimedProgram {
    pub(in crate::lab) async fn new(device: &Device, program: Program) -> Result<Self, LabError> {
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
        Ok(Self { plan, smallest, nothing })
    }

    /// To the end of the last of so many runs.
    pub(in crate::lab) async fn run(&mut self, times: u32) -> Result<(), LabError> {
        for _ in 0..times {
            self.plan.step(|_| self.nothing.clone())?;
        }
        self.plan.read(&[self.smallest.as_str()]).await.map(|_| ())
    }

    /// Seconds of so many runs together, timed from outside.
    pub(in crate::lab) async fn seconds(&mut self, times: u32, watch: &impl Monitor) -> Result<f64, LabError> {
        let start = watch.now_millis();
        self.run(times).await?;
        Ok((watch.now_millis() - start) / 1e3)
    }

    pub(in crate::lab) fn write(&self, name: &str, value: &Host) -> Result<(), LabError> {
        self.plan.write(name, value)
    }

    pub(in crate::lab) fn work(&self) -> Work {
        self.plan.work()
    }

    pub(in crate::lab) async fn profile(&mut self) -> Result<Box<dyn Profile + '_>, LabError> {
        self.plan.profile().await
    }
}
