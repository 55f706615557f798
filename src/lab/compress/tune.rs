//! Training after compression, of any network, in the engine's trainer; what was pruned stays zero.

use super::CompressBench;
use super::measure::{answers, learnable};
use super::working::WorkingNetwork;
use crate::graph::Host;
use crate::lab::batch::Batches;
use crate::lab::device::Pace;
use crate::lab::further::{FurtherTask, must_fit};
use crate::lab::packed::PackedTensor;
use crate::lab::train::config_of;
use crate::lab::trainer::Trainer;
use crate::lab::{LabError, Monitor};
use crate::protocol::{CompressMethod, CompressTask, Mix, Optimiser, Rule, Schedule, ScheduleKind, Setup, Stage};
use candle_core::Device as HostDevice;
use std::collections::BTreeMap;

/// Steps between two looks at the loss, which also keep a GPU from falling behind.
const STEPS: u32 = 32;

/// Pictures of a step, where there is memory for them.
const BATCH: u32 = 64;

/// By what the original's logits and the other's are made soft: at a high temperature small ones are matched too (Hinton et al. 2015,
/// section 2).
const TEMPERATURE: f64 = 4.0;

/// How a task trains afterwards.
pub(super) fn setup_of(task: &CompressTask, examples: usize) -> Setup {
    Setup {
        optimiser: Optimiser { rule: Rule::Adam, rate: task.rate, ..Optimiser::default() },
        schedule: Schedule { kind: ScheduleKind::Cosine, warmup_steps: 0 },
        epochs: task.epochs,
        batch: BATCH.min(examples as u32),
        seed: task.seed,
        ..Setup::default()
    }
}

/// Of all tensors, by their names.
pub(super) fn values_of(work: &WorkingNetwork) -> Result<BTreeMap<String, Host>, LabError> {
    let value = |tensor: &PackedTensor| -> Result<(String, Host), LabError> {
        let host = Host::from_vec(tensor.values.clone(), tensor.shape.as_slice(), &HostDevice::Cpu)?;
        Ok((tensor.name.clone(), host))
    };
    work.tensors.iter().map(value).collect()
}

/// Those that are `fixed` stay; where the task says so, it learns from what the bench's network says too (Ba & Caruana, "Do deep nets
/// really need to be deep?", 2013).
///
/// # Errors
/// [`LabError::Setup`] of a network that is too large for the memory, [`LabError::NotFiniteRun`] of a loss that is no number any more.
pub(super) async fn tuned(
    bench: &CompressBench,
    mut work: WorkingNetwork,
    fixed: &[String],
    task: &CompressTask,
    watch: &impl Monitor,
) -> Result<WorkingNetwork, LabError> {
    let CompressBench { weights, device, .. } = bench;
    let (network, data) = (work.network.clone(), learnable(bench, watch).await?);
    let mut setup = setup_of(task, data.split.train.len());
    while setup.batch > 1 && must_fit(&network, setup.batch).is_err() {
        setup.batch /= 2;
    }
    must_fit(&network, setup.batch)?;
    let teacher = if task.teacher > 0.0 {
        let answers = answers(weights, &data, device, watch).await?;
        let logits = Host::from_vec(answers, (data.split.train.len(), network.classes), &HostDevice::Cpu)?;
        Some((logits, Mix { temperature: TEMPERATURE, weight: task.teacher }))
    } else {
        None
    };
    let batches = Batches::normalised(&data, network.normalise);
    let config = config_of(&setup, batches.per_epoch(setup.batch));
    let (values, frozen) = (values_of(&work)?, fixed.into());
    let further = FurtherTask { network, setup, batches, data, values, frozen, lower: 1.0, teacher };
    let mut trainer = Trainer::of(further, config, device).await?;
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
            let numbers = trainer.numbers().await?;
            if let Some((step, _)) = numbers.into_iter().find(|(_, row)| !row[0].is_finite()) {
                return Err(LabError::NotFiniteRun { step, what: "the loss".to_owned() });
            }
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
