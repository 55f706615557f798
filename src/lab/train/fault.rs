//! Where a run stopped being numbers: its last steps once more, and a look at every layer before the one that failed.

use super::run::Saved;
use super::task::{loss_of, on_cpu};
use super::{Dataset, LabError, Trainer};
use crate::backend::RunError;
use crate::graph::{Graph, Host, Program, Spec};
use crate::lab::batch::{Batches, ExampleBatch};
use crate::lab::device::Device;
use crate::models::spec::NetworkSpec;
use crate::nn::VarBuilder;
use crate::protocol::Setup;
use candle_core::Device as HostDevice;
use std::rc::Rc;

/// What was the first that was no number in step `step` (from 1), the first step whose loss is none: a parameter that the
/// step before left so, the output of a layer, or the loss itself. Starts from the last good state, on the same device.
pub(super) async fn first_fault(
    good: Option<&Saved>,
    setup: &Setup,
    data: &Rc<Dataset>,
    device: &Device,
    step: u32,
) -> Result<String, LabError> {
    let mut trainer = Trainer::new(setup.clone(), data.clone(), device).await?;
    if let Some(good) = good {
        trainer.go_on(good.file())?;
    }
    while trainer.step() + 1 < step {
        trainer.advance()?;
    }
    if let Some(parameter) = trainer.first_not_finite().await? {
        return Ok(parameter);
    }
    let (program, names) = probe(trainer.network(), setup, &trainer.task.batches)?;
    let weights = trainer.values(false).await?;
    let weight = |wanted: &str, _: &[usize]| match weights.get(wanted) {
        Some(value) => Ok(value.clone()),
        None => Err(RunError::NoVariable { name: wanted.to_owned() }.into()),
    };
    let plan = on_cpu(program, data, weight)?;
    let counter = Host::new(&[setup.seed, step - 1], &HostDevice::Cpu)?;
    for (sum, name) in plan.run_now(&[counter])?.iter().zip(names) {
        if !sum.flatten_all()?.get(0)?.to_scalar::<f32>()?.is_finite() {
            return Ok(name);
        }
    }
    Ok("the loss".to_owned())
}

/// The sum of each layer's output, and what to call it.
fn probe(network: &NetworkSpec, setup: &Setup, batches: &Batches) -> Result<(Program, Vec<String>), LabError> {
    let graph = Graph::new();
    let counter = graph.input("counter", Spec::u32([2]));
    let ExampleBatch { x, labels, .. } = batches.training(&counter, setup)?;
    let vb = VarBuilder::training(&graph, counter);
    let stages = network.stages(&x, vb)?;
    let (mut sums, mut names) = (Vec::new(), Vec::new());
    for stage in &stages {
        sums.push(stage.output.sum_all()?);
        names.push(format!("{} ({})", stage.name, stage.word));
    }
    if let Some(last) = stages.last() {
        let logits = last.output.reshape([setup.batch as usize, network.classes()])?;
        sums.push(loss_of(setup.loss, &logits, &labels, setup.label_smoothing)?);
        names.push("the loss".to_owned());
    }
    Ok((Program::step(&sums.iter().collect::<Vec<_>>(), &[])?, names))
}
