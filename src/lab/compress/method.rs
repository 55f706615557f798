//! The methods: what each makes of a network's tensors.

use super::activations::ActivationScales;
use super::by_layer::LayerChanges;
use super::channels::ScoredChannels;
use super::correct::corrected;
use super::low_rank::{SplitOutcome, allocated, split, split_layers};
use super::measure::calibration;
use super::predict::{PredictedLayer, factored, folded, predictable, predicted};
use super::prune::kept;
use super::quantise::quantised;
use super::share::{codebook, nearest};
use super::tune::tuned;
use super::working::{WorkingNetwork, zeros};
use super::{CompressBench, CompressedFile};
use crate::lab::packed::{PackedTensor, TensorPacking};
use crate::lab::{LabError, Monitor};
use crate::protocol::{
    ActivationRange, CompressMethod, CompressRow, CompressTask, CompressedFact, CompressedNetwork, LayerOutcome,
    LayerShare,
};

/// Pictures from which ranges are found.
const CALIBRATED: usize = 64;

/// Pictures from which means are found: of fewer the last layer's say more of which classes are among them than of what rounding moved.
const AVERAGED: usize = 512;

/// In a file's metadata: scale and zero of what each tensor of weights is multiplied with, as JSON.
const ACTIVATIONS: &str = "neocog.activations";

/// # Errors
/// [`LabError::Setup`] of figures that make no sense.
pub(super) fn check(task: &CompressTask) -> Result<(), LabError> {
    let CompressTask { budget, bits, epochs, rounds, rate, teacher, .. } = *task;
    ensure!(CompressTask::BUDGET.holds(budget), "a budget of {budget} is no share; choose 0.01 to 1");
    ensure!(CompressTask::BITS.holds(bits), "{bits} bits for a value's number; choose 1 to 8");
    ensure!(CompressTask::EPOCHS.holds(epochs), "{epochs} epochs afterwards; choose 0 to 100");
    ensure!(CompressTask::ROUNDS.holds(rounds), "{rounds} rounds of pruning; choose 1 to 20");
    ensure!(
        !task.is_pruning() || rounds == 1 || rounds <= epochs,
        "{rounds} rounds of pruning in {epochs} epochs; choose {rounds} epochs at least, or fewer rounds"
    );
    ensure!(CompressTask::RATE.holds(rate), "a learning rate of {rate} afterwards; choose 0.000001 to 1");
    ensure!(CompressTask::TEACHER.holds(teacher), "the original's answers weigh {teacher}; choose 0 to 1");
    for LayerShare { name, share } in &task.layers {
        ensure!(CompressTask::BUDGET.holds(*share), "a share of {share} of layer {name}; choose 0.01 to 1");
    }
    Ok(())
}

/// What became of a network's layers, before it is written.
pub(super) struct Changed {
    pub(super) work: WorkingNetwork,
    pub(super) splits: Vec<SplitOutcome>,
    /// Of layers with fewer channels.
    pub(super) narrowed: Vec<LayerOutcome>,
}

impl Changed {
    pub(super) fn only(work: WorkingNetwork) -> Self {
        Self { work, splits: Vec::new(), narrowed: Vec::new() }
    }
}

/// The part of a task that comes before training: ranks, or zeros.
pub(super) async fn changed(
    bench: &CompressBench,
    work: WorkingNetwork,
    task: &CompressTask,
    watch: &impl Monitor,
) -> Result<Changed, LabError> {
    if !task.layers.is_empty() {
        let changes = LayerChanges::of(bench, &work, task, watch).await?;
        if let Some(LayerShare { name, .. }) = task.layers.iter().find(|layer| !changes.names.contains(&layer.name)) {
            let names = changes.names.join(", ");
            return Err(bad_setup!(
                "{} has no layer {name} that this method changes; it has {names}",
                work.network.title
            ));
        }
        return changes.changed(work, task, &|name| share_of(task, name));
    }
    match task.method {
        CompressMethod::LowRank => {
            let layers = split_layers(&work, task.way, watch).await?;
            let choices = allocated(&layers, work.counts()?.macs, task.budget)?;
            let (work, splits) = split(&work, &layers, &choices)?;
            Ok(Changed { work, splits, narrowed: Vec::new() })
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
            Ok(Changed::only(work))
        }
        CompressMethod::Channels => {
            let scored = ScoredChannels::of(&work, task, bench, watch).await?;
            let stay = scored.within(&work, task.budget)?;
            let (work, narrowed) = scored.narrowed(&work, &stay)?;
            Ok(Changed { work, splits: Vec::new(), narrowed })
        }
        CompressMethod::Predict => {
            let layers = predicted_layers(&work, task)?;
            let (work, narrowed) = predicted(&work, &layers)?;
            Ok(Changed { work, splits: Vec::new(), narrowed })
        }
        CompressMethod::Int8 | CompressMethod::Int4 => Ok(Changed::only(work)),
    }
}

/// Those of the task, each with what is known of it.
pub(super) fn predicted_layers(work: &WorkingNetwork, task: &CompressTask) -> Result<Vec<PredictedLayer>, LabError> {
    let share = |name: &str| if task.layers.is_empty() { Some(task.budget) } else { share_of(task, name) };
    let layers = predictable(work)?.into_iter().filter_map(|layer| Some((share(&layer.name)?, layer)));
    layers.map(|(share, layer)| PredictedLayer::of(work, &layer, share, task.seed)).collect()
}

/// What is said of a layer by itself.
fn share_of(task: &CompressTask, name: &str) -> Option<f64> {
    task.layers.iter().find(|layer| layer.name == name).map(|layer| layer.share)
}

/// Bits of a layer's integers: those of the method, or so large a share of eight.
pub(super) fn bits_of(task: &CompressTask, share: Option<f64>) -> u32 {
    let usual = match task.method {
        CompressMethod::Int8 => 8,
        CompressMethod::Int4 => 4,
        _ => return task.bits,
    };
    share.map_or(usual, |share| (8.0 * share).round().clamp(2.0, 8.0) as u32)
}

/// The part that comes after it: how the numbers are written.
pub(super) fn written(work: &mut WorkingNetwork, task: &CompressTask) {
    for at in work.layers() {
        let share = share_of(task, work.layer_name(at));
        pack(&mut work.tensors[at], task.method, bits_of(task, share));
    }
}

/// Values become those that the file holds.
pub(super) fn pack(tensor: &mut PackedTensor, method: CompressMethod, bits: u32) {
    match method {
        CompressMethod::LowRank | CompressMethod::Channels | CompressMethod::Predict => return,
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
        CompressMethod::Int8 | CompressMethod::Int4 => {}
    }
    let made = quantised(&tensor.values, tensor.shape[0], bits);
    tensor.values = made.weights();
    tensor.packing = TensorPacking::Integers { bits, scales: made.scales, values: made.values };
}

/// The task's rounds (Han et al., "Learning both weights and connections for efficient neural networks", 2015): in each some weights go,
/// many at first and few at last (Zhu & Gupta, "To prune, or not to prune", 2017: of what goes, `1 - (1 - t/n)³` is gone after round
/// `t` of `n`), and the others learn for a part of the epochs.
fn rounds_of(task: &CompressTask) -> Vec<CompressTask> {
    let rounds = if task.is_pruning() && task.epochs > 0 { task.rounds } else { 1 };
    let part = |at: u32| {
        let gone = 1.0 - (1.0 - f64::from(at) / f64::from(rounds)).powi(3);
        let left = |share: f64| 1.0 - (1.0 - share) * gone;
        let layer = |LayerShare { name, share }: &LayerShare| LayerShare { name: name.clone(), share: left(*share) };
        CompressTask {
            budget: left(task.budget),
            layers: task.layers.iter().map(layer).collect(),
            epochs: task.epochs * at / rounds - task.epochs * (at - 1) / rounds,
            seed: task.seed.wrapping_add(at - 1),
            ..task.clone()
        }
    };
    if rounds < 2 { vec![task.clone()] } else { (1..=rounds).map(part).collect() }
}

pub(super) async fn made(
    bench: &CompressBench,
    task: &CompressTask,
    before: CompressRow,
    watch: &impl Monitor,
) -> Result<CompressedFile, LabError> {
    let CompressBench { weights, data, examples, device, used } = bench;
    let is_integer = task.is_integer();
    let is_rounded = is_integer && task.activations != ActivationRange::Float;
    let is_corrected = is_integer && task.is_corrected;
    let first = WorkingNetwork::of(weights)?;
    let parts = rounds_of(task);
    let start = parts.first().unwrap_or(task);
    let Changed { mut work, splits, narrowed } = changed(bench, first.clone(), start, watch).await?;
    if parts.len() > 1 {
        work = tuned(bench, work, &[], start, watch).await?;
        for part in &parts[1..] {
            work = changed(bench, work, part, watch).await?.work;
            work = tuned(bench, work, &[], part, watch).await?;
        }
    } else if task.epochs > 0 && task.method == CompressMethod::Predict {
        let layers = predicted_layers(&first, task)?;
        let (whole, dictionaries) = factored(&first, &layers)?;
        let whole = tuned(bench, whole, &dictionaries, task, watch).await?;
        work = folded(&work, &whole, &layers)?;
    } else if task.epochs > 0 {
        work = tuned(bench, work, &[], task, watch).await?;
    }
    let whole = work.weights()?;
    written(&mut work, task);
    name(&mut work, task);
    if is_corrected {
        let seen = calibration(data, weights.network(), AVERAGED)?;
        corrected(&whole, &mut work, &seen, device, watch).await?;
    }
    if is_rounded {
        let (bits, seen) = (bits_of(task, None), calibration(data, weights.network(), CALIBRATED)?);
        let scales = ActivationScales::of(&work.weights()?, &seen, task.activations, bits, device, watch).await?;
        work.take_graph(&scales.outline(&work.network)?)?;
        work.tell(ACTIVATIONS, &scales.named)?;
    }
    let bytes = work.bytes()?;
    let read = work.read(bytes.clone())?;
    let measure = examples.measure(&read, device, watch).await?;
    let mut counts = work.counts()?;
    if task.method == CompressMethod::Predict {
        // Those that are predicted are not learnt.
        let gone = |layer: &LayerOutcome| {
            let all: usize = layer.shape.iter().product();
            ((1.0 - layer.kept) * all as f64).round() as u64
        };
        counts.params = counts.params.saturating_sub(narrowed.iter().map(gone).sum());
    }
    let after = CompressRow {
        method: Some(task.method),
        budget: task.budget,
        bits: task.bits,
        epochs: task.epochs,
        rounds: parts.len() as u32,
        is_by_layer: !task.layers.is_empty(),
        is_rounded,
        is_corrected,
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
    let layers = if narrowed.is_empty() { outcomes(&first, &work, splits) } else { narrowed };
    let text = work.network.spec().map(|spec| spec.text().to_owned());
    let (findings, on, backend) = (device.findings(found), examples.on.clone(), used.clone());
    let about = CompressedNetwork { before, after, layers, findings, text, on, backend };
    Ok(CompressedFile { about, bytes })
}

fn name(work: &mut WorkingNetwork, task: &CompressTask) {
    let method = match task.method {
        _ if !task.layers.is_empty() => "by-layer".to_owned(),
        CompressMethod::LowRank => format!("low-rank-{}", task.budget),
        CompressMethod::Prune => format!("pruned-{}", task.budget),
        CompressMethod::Share => format!("shared-{}-{}", task.budget, task.bits),
        CompressMethod::Channels => format!("channels-{}", task.budget),
        CompressMethod::Predict => format!("predicted-{}", task.budget),
        CompressMethod::Int8 => "int8".to_owned(),
        CompressMethod::Int4 => "int4".to_owned(),
    };
    work.network.title = format!("{}-{method}", work.network.title);
}

/// Of each layer: its rank where it is two, else how its weights differ from those that it had.
fn outcomes(first: &WorkingNetwork, work: &WorkingNetwork, splits: Vec<SplitOutcome>) -> Vec<LayerOutcome> {
    let is_split = !splits.is_empty();
    let of_split = splits.into_iter().map(|split| LayerOutcome {
        shape: first.weight(&split.name).map_or(Vec::new(), |of| of.shape.clone()),
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
            name: work.layer_name(at).to_owned(),
            shape: tensor.shape.clone(),
            rank: None,
            is_spatial: false,
            kept: 1.0 - zeros(&tensor.values) as f64 / tensor.values.len().max(1) as f64,
            lost: (apart / all.max(f64::MIN_POSITIVE)).sqrt(),
        }
    });
    of_split.chain(of_values).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_end_at_the_budget_and_share_the_epochs() {
        let layers = vec![LayerShare { name: "0".to_owned(), share: 0.5 }];
        let task = CompressTask {
            method: CompressMethod::Prune,
            budget: 0.1,
            epochs: 7,
            rounds: 3,
            layers,
            ..CompressTask::default()
        };
        let parts = rounds_of(&task);
        let budgets: Vec<f64> = parts.iter().map(|part| part.budget).collect();
        assert!((budgets[2] - 0.1).abs() < 1e-12 && budgets[0] > budgets[1] && budgets[1] > budgets[2], "{budgets:?}");
        // The most go first: of nine tenths 19 of 27 parts.
        assert!((budgets[0] - (1.0 - 0.9 * 19.0 / 27.0)).abs() < 1e-12, "{budgets:?}");
        assert_eq!(parts.iter().map(|part| part.epochs).sum::<u32>(), 7);
        assert!((parts[2].layers[0].share - 0.5).abs() < 1e-12);
        assert_eq!(
            rounds_of(&CompressTask { rounds: 1, ..task.clone() }),
            [CompressTask { rounds: 1, ..task.clone() }]
        );
        assert!(check(&CompressTask { epochs: 2, ..task }).is_err());
    }
}
