//! Training after compression, in the engine's trainer; what was pruned stays zero.

use super::CompressBench;
use super::working::WorkingNetwork;
use crate::data::dataset::Part;
use crate::graph::Host;
use crate::lab::device::Pace;
use crate::lab::train::{SoftTargets, TrainedFrom, Trainer, answers_of};
use crate::lab::{LabError, Monitor};
use crate::protocol::{CompressMethod, CompressTask, Optimiser, Rule, Schedule, ScheduleKind, Setup, Stage};
use candle_core::Device as HostDevice;
use std::collections::BTreeMap;

/// Steps between two looks at the loss, which also keep a GPU from falling behind.
const STEPS: u32 = 32;

/// Of the logits that the original's are made soft by: at a high temperature small ones are matched too (Hinton et al. 2015, section 2).
const TEMPERATURE: f64 = 4.0;

/// A trainer that starts from the weights of `work`, of which those that are `fixed` stay; where the task says so, it learns from what the bench's network says too (Ba & Caruana,
/// "Do deep nets really need to be deep?", 2013).
pub(super) async fn trainer_of(
    bench: &CompressBench,
    work: &WorkingNetwork,
    fixed: &[String],
    task: &CompressTask,
    watch: &impl Monitor,
) -> Result<Trainer, LabError> {
    let CompressBench { data, examples, device, weights, .. } = bench;
    let network = &work.network;
    let spec = network.spec().ok_or_else(|| {
        bad_setup!("{} is not described by text and cannot be trained here; choose 0 epochs", network.title)
    })?;
    ensure!(
        examples.is_same && data.shape == network.input,
        "{} has other classes or another size of pictures than {}, so it cannot be trained on; choose 0 epochs or its own data",
        data.name,
        network.title
    );
    let setup = Setup {
        network: spec.text().to_owned(),
        optimiser: Optimiser { rule: Rule::Adam, rate: task.rate, ..Optimiser::default() },
        schedule: Schedule { kind: ScheduleKind::Cosine, warmup_steps: 0 },
        epochs: task.epochs,
        batch: 64.min(data.split.train.len() as u32),
        seed: task.seed,
        ..Setup::default()
    };
    let soft = match (task.teacher > 0.0, weights.network().spec()) {
        (true, Some(teacher)) => {
            let value = |name: &str| weights.checkpoint().tensor(name).ok();
            let answers = answers_of(teacher, network.normalise, value, data, Part::Train, watch).await?;
            let rows = answers.len() / data.classes.len().max(1);
            Some(Host::from_vec(answers, (rows, data.classes.len()), &HostDevice::Cpu)?)
        }
        _ => None,
    };
    let from = TrainedFrom {
        normalise: Some(network.normalise),
        teacher: soft.as_ref().map(|logits| SoftTargets { logits, temperature: TEMPERATURE, weight: task.teacher }),
        frozen: fixed.into(),
    };
    let mut trainer = Trainer::from_weights(setup, data.clone(), from, device).await?;
    let host = |shape: &[usize], values: Vec<f32>| Host::from_vec(values, shape, &HostDevice::Cpu);
    let mut values = BTreeMap::new();
    for tensor in &work.tensors {
        values.insert(tensor.name.clone(), host(&tensor.shape, tensor.values.clone())?);
    }
    trainer.take_weights(|name| values.get(name).cloned())?;
    Ok(trainer)
}

pub(super) async fn tuned(
    bench: &CompressBench,
    mut work: WorkingNetwork,
    fixed: &[String],
    task: &CompressTask,
    watch: &impl Monitor,
) -> Result<WorkingNetwork, LabError> {
    let mut trainer = trainer_of(bench, &work, fixed, task, watch).await?;
    if matches!(task.method, CompressMethod::Prune | CompressMethod::Share) {
        let mut masks = BTreeMap::new();
        for tensor in work.layers().into_iter().map(|at| &work.tensors[at]) {
            let mask = tensor.values.iter().map(|value| if *value == 0.0 { 0.0 } else { 1.0 }).collect();
            masks.insert(
                tensor.name.clone(),
                Host::from_vec::<_, f32>(mask, tensor.shape.as_slice(), &HostDevice::Cpu)?,
            );
        }
        trainer.hold_masked(masks).await?;
    }
    let mut pace = Pace::new(watch);
    while trainer.step() < trainer.steps() {
        trainer.advance()?;
        if trainer.step().is_multiple_of(STEPS) || trainer.step() == trainer.steps() {
            // The error names a loss that is no number any more.
            trainer.point().await?;
            watch.step(Stage::Run, u64::from(trainer.step()), u64::from(trainer.steps())).await?;
        }
        pace.rest(watch).await?;
    }
    let mut found = trainer.values(false).await?;
    for tensor in &mut work.tensors {
        if let Some(host) = found.remove(&tensor.name) {
            tensor.values = host.flatten_all()?.to_vec1()?;
        }
    }
    Ok(work)
}
