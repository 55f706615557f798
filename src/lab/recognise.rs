//! Which network of the table a file fits, by the names and shapes of its tensors.

use super::LabError;
use super::head::with_classes_of;
use super::weights::{COUNTER, set, variables};
use crate::models::naming::{NAMINGS, Naming, ours};
use crate::models::{DETECTOR, Network, PAINTER, POSE, networks};
use crate::nn::checkpoint::Checkpoint;

/// Finds something in a file, or, where it is not there, in what a wrapper put into the file: a prefix before all names, or one
/// of [`WRAPPERS`] before many. The refusal is that of the file as it is.
pub(super) fn unwrapped<T>(
    mut checkpoint: Checkpoint,
    find: impl Fn(Checkpoint) -> Result<T, LabError>,
) -> Result<T, LabError> {
    let refused = match find(checkpoint.clone()) {
        Ok(found) => return Ok(found),
        Err(refused) => refused,
    };
    while let Some(prefix) = prefix_of(&checkpoint) {
        checkpoint = checkpoint.renamed(|name| name.strip_prefix(&prefix).map(str::to_owned), &[]);
        if let Ok(found) = find(checkpoint.clone()) {
            return Ok(found);
        }
    }
    Err(refused)
}

/// Of DataParallel, of Lightning, of `torch.compile`, and what people call the network in a module of their own.
const WRAPPERS: [&str; 5] = ["module.", "model.", "_orig_mod.", "net.", "network."];

/// The first part of all names, or of many where it is a wrapper's and taking it off leaves no two tensors of one name.
fn prefix_of(checkpoint: &Checkpoint) -> Option<String> {
    let first = checkpoint.names().next()?;
    let (shared, _) = first.split_once('.')?;
    let shared = format!("{shared}.");
    if checkpoint.names().all(|name| name.starts_with(&shared)) {
        return Some(shared);
    }
    let names = set(checkpoint.names());
    let wrapper = WRAPPERS.iter().find(|wrapper| checkpoint.names().any(|name| name.starts_with(**wrapper)))?;
    let mut inner = checkpoint.names().filter_map(|name| name.strip_prefix(wrapper));
    inner.all(|name| !names.contains_key(name)).then(|| (*wrapper).to_owned())
}

/// The network that shares the most names with the file, and among equals the most shapes; the file with the names that the
/// network has; and all networks that it fits as well.
pub(super) fn network_of(file: Checkpoint) -> Result<(Network, Checkpoint, Vec<String>), LabError> {
    let all: Vec<&str> = weights_in(&file).collect();
    let unknown = || LabError::UnknownArchitecture {
        file: file.name().to_owned(),
        tensors: u32::try_from(all.len()).unwrap_or(u32::MAX),
        first: all.first().map_or_else(|| "none".to_owned(), |first| (*first).to_owned()),
    };
    let mut candidates: Vec<(Network, Checkpoint)> = networks().into_iter().map(|n| (n, file.clone())).collect();
    candidates
        .extend([PAINTER, DETECTOR, POSE].into_iter().filter_map(Network::find).map(|network| (network, file.clone())));
    candidates.extend(mobilenet_of(&file).map(|network| (network, file.clone())));
    for naming in NAMINGS {
        candidates.extend(spelled(naming, &file)?);
    }
    let mut best: Option<(Fitness, Network, Checkpoint, Vec<String>)> = None;
    let mut fits: Vec<String> = Vec::new();
    for (network, checkpoint) in candidates {
        let wanted = variables(&network)?;
        let names: Vec<&str> = weights_in(&checkpoint).collect();
        let found = wanted.iter().filter(|(name, _)| checkpoint.shape(name).is_some()).count();
        let shaped = wanted.iter().filter(|(name, shape)| checkpoint.shape(name) == Some(shape)).count();
        if found * 2 < wanted.len() {
            continue;
        }
        // Names in both against names in either: a deeper relative has all the names of this one and more.
        let fitness = Fitness { names: found as f64 / (wanted.len() + names.len() - found) as f64, shaped };
        let is_better = best.as_ref().is_none_or(|(other, ..)| fitness.is_better_than(other));
        // Many networks have a conv1 and an fc.
        if !is_better
            && let Some((other, ..)) = &best
            && !other.is_better_than(&fitness)
            && !fits.contains(&network.id)
        {
            fits.push(network.id.clone());
        }
        if is_better && shaped * 2 >= wanted.len() {
            fits = vec![network.id.clone()];
            best = Some((fitness, network, checkpoint, wanted.into_iter().map(|(name, _)| name).collect()));
        }
    }
    let (_, network, checkpoint, wanted) = best.ok_or_else(unknown)?;
    // A tensor that is not used but named like one that is: the file is of a deeper network of the same family, and what
    // this one would make of its first layers is nonsense.
    let patterns: Vec<String> = wanted.iter().map(|name| pattern(name)).collect();
    let patterns = set(patterns.iter().map(String::as_str));
    let wanted = set(wanted.iter().map(String::as_str));
    if weights_in(&checkpoint).any(|name| !wanted.contains_key(name) && patterns.contains_key(pattern(name).as_str())) {
        return Err(unknown());
    }
    Ok((with_classes_of(network, checkpoint.name(), &|name| checkpoint.shape(name))?, checkpoint, fits))
}

/// The file with the names that the network has, where it has other known ones.
pub(super) fn renamed(network: Network, file: Checkpoint) -> Result<(Network, Checkpoint), LabError> {
    for naming in NAMINGS.iter().filter(|naming| naming.network == network.id) {
        if let Some(found) = spelled(naming, &file)? {
            return Ok(found);
        }
    }
    Ok((network, file))
}

/// The network that such a file has, and the file with its names, where it is such a file.
fn spelled(naming: &Naming, file: &Checkpoint) -> Result<Option<(Network, Checkpoint)>, LabError> {
    let pairs = (naming.pairs)();
    let is_theirs = pairs.first().is_some_and(|(first, _)| weights_in(file).any(|name| name.starts_with(first)));
    let Some(network) = naming.network().filter(|_| is_theirs) else { return Ok(None) };
    let renamed = file.renamed(|name| ours(&pairs, name), &variables(&network)?);
    Ok(Some((network, renamed)))
}

/// The names of its tensors that can be weights.
fn weights_in(checkpoint: &Checkpoint) -> impl Iterator<Item = &str> {
    checkpoint.names().filter(|name| !name.ends_with(COUNTER))
}

struct Fitness {
    names: f64,
    shaped: usize,
}

impl Fitness {
    fn is_better_than(&self, other: &Self) -> bool {
        self.names > other.names || (self.names == other.names && self.shaped > other.shaped)
    }
}

/// MobileNet v1 of the width that the file's last layer has.
fn mobilenet_of(checkpoint: &Checkpoint) -> Option<Network> {
    checkpoint.shape("blocks.0.dw.weight")?;
    let [_, features] = checkpoint.shape("fc.weight")? else { return None };
    let width = features.checked_mul(100)?.div_ceil(1024);
    Network::find(&format!("mobilenet_v1_{width:03}"))
}

/// The name with every number as `#`.
fn pattern(name: &str) -> String {
    let parts = name.split('.').map(|part| if part.bytes().all(|b| b.is_ascii_digit()) { "#" } else { part });
    parts.collect::<Vec<_>>().join(".")
}
