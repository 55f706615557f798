//! The methods: what each makes of a network's tensors.

use super::low_rank::{SplitOutcome, allocated, split, split_layers, weight_name};
use super::prune::kept;
use super::quantise::quantised;
use super::share::{codebook, nearest};
use super::tune::tuned;
use super::working::{WorkingNetwork, zeros};
use super::{CompressBench, CompressedFile};
use crate::lab::packed::{PackedTensor, TensorPacking};
use crate::lab::{LabError, Monitor};
use crate::protocol::{CompressMethod, CompressRow, CompressTask, CompressedFact, CompressedNetwork, LayerOutcome};

/// # Errors
/// [`LabError::Setup`] of figures that make no sense.
pub(super) fn check(task: &CompressTask) -> Result<(), LabError> {
    let CompressTask { budget, bits, epochs, rate, .. } = *task;
    ensure!(CompressTask::BUDGET.holds(budget), "a budget of {budget} is no share; choose 0.01 to 1");
    ensure!(CompressTask::BITS.holds(bits), "{bits} bits for a value's number; choose 1 to 8");
    ensure!(CompressTask::EPOCHS.holds(epochs), "{epochs} epochs afterwards; choose 0 to 100");
    ensure!(CompressTask::RATE.holds(rate), "a learning rate of {rate} afterwards; choose 0.000001 to 1");
    Ok(())
}

/// What became of a network's layers, before it is written.
pub(super) struct Changed {
    pub(super) work: WorkingNetwork,
    pub(super) splits: Vec<SplitOutcome>,
}

/// The part of a task that comes before training: ranks, or zeros.
pub(super) async fn changed(
    work: WorkingNetwork,
    task: &CompressTask,
    watch: &impl Monitor,
) -> Result<Changed, LabError> {
    match task.method {
        CompressMethod::LowRank => {
            let layers = split_layers(&work, task.way, watch).await?;
            let choices = allocated(&layers, work.counts()?.macs, task.budget)?;
            let (work, splits) = split(&work, &layers, &choices)?;
            Ok(Changed { work, splits })
        }
        CompressMethod::Prune | CompressMethod::Share => {
            let mut work = work;
            let places = work.layers();
            let weights: Vec<&[f32]> = places.iter().map(|&at| work.tensors[at].values.as_slice()).collect();
            let stay = kept(&weights, task.budget);
            for (at, stay) in places.into_iter().zip(stay) {
                let values = work.tensors[at].values.iter_mut().zip(stay);
                values.filter(|(_, stays)| !stays).for_each(|(value, _)| *value = 0.0);
            }
            Ok(Changed { work, splits: Vec::new() })
        }
        CompressMethod::Int8 | CompressMethod::Int4 => Ok(Changed { work, splits: Vec::new() }),
    }
}

/// The part that comes after it: how the numbers are written.
pub(super) fn written(work: &mut WorkingNetwork, task: &CompressTask) {
    for at in work.layers() {
        pack(&mut work.tensors[at], task.method, task.bits);
    }
}

/// Values become those that the file holds.
pub(super) fn pack(tensor: &mut PackedTensor, method: CompressMethod, bits: u32) {
    let bits = match method {
        CompressMethod::LowRank => return,
        CompressMethod::Prune => {
            let halves = |value: &mut f32| *value = half::f16::from_f32(*value).to_f32();
            if tensor.is_half {
                tensor.values.iter_mut().for_each(halves);
            }
            // Where few are zero, their places would take more bytes than they do.
            if 8 * zeros(&tensor.values) > tensor.values.len() {
                tensor.packing = TensorPacking::Sparse;
            }
            return;
        }
        CompressMethod::Share => {
            let codebook = codebook(&tensor.values, 1 << bits);
            let share = |value: &mut f32| *value = codebook[nearest(&codebook, *value)];
            tensor.values.iter_mut().filter(|value| **value != 0.0).for_each(share);
            tensor.packing = TensorPacking::Shared { codebook };
            return;
        }
        CompressMethod::Int8 => 8,
        CompressMethod::Int4 => 4,
    };
    let made = quantised(&tensor.values, tensor.shape[0], bits);
    tensor.values = made.weights();
    tensor.packing = TensorPacking::Integers { bits, scales: made.scales, values: made.values };
}

pub(super) async fn made(
    bench: &CompressBench,
    task: &CompressTask,
    before: CompressRow,
    watch: &impl Monitor,
) -> Result<CompressedFile, LabError> {
    let CompressBench { weights, examples, device, used, .. } = bench;
    let first = WorkingNetwork::of(weights)?;
    let Changed { mut work, splits } = changed(first.clone(), task, watch).await?;
    if task.epochs > 0 {
        work = tuned(bench, work, task, watch).await?;
    }
    written(&mut work, task);
    name(&mut work, task);
    let bytes = work.bytes()?;
    let read = work.read(bytes.clone())?;
    let measure = examples.measure(&read, device, watch).await?;
    let counts = work.counts()?;
    let after = CompressRow {
        method: Some(task.method),
        budget: task.budget,
        bits: task.bits,
        epochs: task.epochs,
        accuracy: measure.accuracy,
        params: counts.params,
        macs: counts.macs,
        bytes: bytes.len() as u64,
        millis: measure.millis,
    };
    let file = examples.difference([&work.weights()?, &read], device).await?;
    let energy = splits.iter().map(|split| (split.squares[0] - split.squares[1]).abs()).fold(0.0, f64::max);
    let mut found = vec![(CompressedFact::File, 0.0, file, 2e-2)];
    if task.method == CompressMethod::LowRank {
        found.insert(0, (CompressedFact::Energy, 0.0, energy, 1e-4));
    }
    let layers = outcomes(&first, &work, splits);
    let text = work.network.spec().map(|spec| spec.text().to_owned());
    let (findings, on, backend) = (device.findings(found), examples.on.clone(), used.clone());
    let about = CompressedNetwork { before, after, layers, findings, text, on, backend };
    Ok(CompressedFile { about, bytes })
}

fn name(work: &mut WorkingNetwork, task: &CompressTask) {
    let method = match task.method {
        CompressMethod::LowRank => format!("low-rank-{}", task.budget),
        CompressMethod::Prune => format!("pruned-{}", task.budget),
        CompressMethod::Share => format!("shared-{}-{}", task.budget, task.bits),
        CompressMethod::Int8 => "int8".to_owned(),
        CompressMethod::Int4 => "int4".to_owned(),
    };
    work.network.title = format!("{}-{method}", work.network.title);
}

/// Of each layer: its rank where it is two, else how its weights differ from those that it had.
fn outcomes(first: &WorkingNetwork, work: &WorkingNetwork, splits: Vec<SplitOutcome>) -> Vec<LayerOutcome> {
    let title = |tensor: &PackedTensor| tensor.name.strip_suffix(".weight").unwrap_or(&tensor.name).to_owned();
    let is_split = !splits.is_empty();
    let of_split = splits.into_iter().map(|split| LayerOutcome {
        shape: first.tensor(&weight_name(&split.name)).map_or(Vec::new(), |of| of.shape.clone()),
        name: split.name,
        rank: Some(split.rank as u32),
        is_spatial: split.is_spatial,
        kept: 1.0,
        lost: split.lost,
    });
    let of_values = work.layers().into_iter().filter(|_| !is_split).map(|at| {
        let (tensor, whole) = (&work.tensors[at], &first.tensors[at].values);
        let square = |values: &mut dyn Iterator<Item = f64>| values.map(|value| value * value).sum::<f64>();
        let apart = square(&mut tensor.values.iter().zip(whole).map(|(a, b)| f64::from(a - b)));
        let all = square(&mut whole.iter().map(|&value| f64::from(value)));
        LayerOutcome {
            name: title(tensor),
            shape: tensor.shape.clone(),
            rank: None,
            is_spatial: false,
            kept: 1.0 - zeros(&tensor.values) as f64 / tensor.values.len().max(1) as f64,
            lost: (apart / all.max(f64::MIN_POSITIVE)).sqrt(),
        }
    });
    of_split.chain(of_values).collect()
}
