//! From a checkpoint to the network that it fits, and the checks that it fits whole.

use super::beside::{self, Beside, PublishedPreprocess};
use super::calibration::Calibration;
use super::head::{with_classes_of, with_labels};
use super::packed::unpacked;
use super::recognise::{network_of, renamed, unwrapped};
use super::reports::preprocess_of;
use super::{LabError, Shipped, brought, written};
use crate::data::DataError;
use crate::data::foreign::foreign;
use crate::graph::{Kind, KnownValue, Program, pass::PassError};
use crate::models::head::OutputHead;
use crate::models::onnx::GRAPH;
use crate::models::{self, Architecture, Network, networks};
use crate::nn::checkpoint::{Checkpoint, FileBytes};
use crate::nn::{Interpolation, Resizing};
use crate::protocol::{self, Finds, Preprocess, WeightsWarning, WrittenNetwork};
use crate::sorted::SortedMap;
use std::borrow::Cow;

/// Counts how often a batch norm was trained; no network uses it.
pub(super) const COUNTER: &str = "num_batches_tracked";

/// A picture is scaled to this many times the input at most before it is cut.
const LARGEST_MARGIN: u32 = 4;

/// What a run keeps beside the weights to go on later.
const OPTIMISER: &str = "optimiser.";

/// A checkpoint with the network that it fits: every tensor there, of its shape, and finite.
#[derive(Clone, Debug)]
pub struct Weights {
    network: Network,
    checkpoint: Checkpoint,
    calibration: Calibration,
    warnings: Vec<WeightsWarning>,
    /// The networks of the table that the file fits, where they are several; first the one that it was taken for.
    fits: Vec<String>,
}

impl Weights {
    /// Weights of so many bytes or more are neither held in memory as their file is nor compiled for two devices at once.
    pub const LARGE_BYTES: usize = 64 << 20;

    /// Parses a safetensors file and finds its network: the one that it describes, else by names and shapes; `name` is the
    /// file's, for messages and for the name of a network that it describes.
    ///
    /// # Errors
    /// [`LabError::Checkpoint`], [`LabError::BadRun`], [`LabError::UnknownArchitecture`], and those of
    /// [`Self::for_network`].
    pub fn from_bytes(name: &str, bytes: impl Into<FileBytes>) -> Result<Self, LabError> {
        Self::from_files(name, bytes, &|_| None)
    }

    /// The same with what may lie beside the file, which `beside` reads by name: weights of an ONNX file, names of classes, and how
    /// pictures are prepared.
    ///
    /// # Errors
    /// As of [`Self::from_bytes`].
    pub fn from_files(name: &str, bytes: impl Into<FileBytes>, beside: Beside<'_>) -> Result<Self, LabError> {
        let bytes = bytes.into();
        if !brought::holds_onnx(name, &bytes) {
            return Self::without_onnx(name, bytes, beside);
        }
        let checkpoint = brought::from_onnx(name, &bytes, beside)?.map_or_else(|| parsed(name, bytes), Ok)?;
        let checkpoint = unpacked(&checkpoint)?.unwrap_or(checkpoint);
        match brought::network_of(&checkpoint)? {
            Some(network) => Self::with_beside(network, checkpoint, beside),
            None => Self::from_checkpoint(checkpoint, beside),
        }
    }

    /// The same of a file of which [`holds_onnx`](super::holds_onnx) says no: it takes none of the code that reads ONNX.
    ///
    /// # Errors
    /// As of [`Self::from_bytes`].
    pub fn without_onnx(name: &str, bytes: impl Into<FileBytes>, beside: Beside<'_>) -> Result<Self, LabError> {
        Self::from_checkpoint(checkpoint_of(name, bytes.into())?, beside)
    }

    fn from_checkpoint(checkpoint: Checkpoint, beside: Beside<'_>) -> Result<Self, LabError> {
        if let Some(network) = written::network_of(&checkpoint)? {
            return Self::for_network(network, checkpoint);
        }
        let (network, checkpoint, fits) = unwrapped(checkpoint, network_of)?;
        let mut weights = Self::with_beside(network, checkpoint, beside)?;
        if fits.len() > 1 {
            let titles = fits.iter().filter_map(|id| Some(Network::find(id)?.title)).collect::<Vec<_>>();
            weights.warnings.push(WeightsWarning::Fits { networks: titles.join(" · ") });
            weights.fits = fits;
        }
        Ok(weights)
    }

    /// The networks of the table that the file fits, by their ids, where they are several; first the one that it was taken for.
    pub fn fits(&self) -> &[String] {
        &self.fits
    }

    /// The same file taken for another network that it fits.
    ///
    /// # Errors
    /// [`LabError::Setup`] of a network that it does not fit.
    pub fn taken_as(mut self, id: &str) -> Result<Self, LabError> {
        let Some(at) = self.fits.iter().position(|fit| fit == id) else {
            return Err(bad_setup!("{} does not fit {id}", self.checkpoint.name()));
        };
        let (found, title) = (Network::find(id), &self.network.title);
        let found = found.ok_or_else(|| bad_setup!("{title} cannot be taken as {id}"))?;
        let known = networks().into_iter().find(|known| known.id == self.fits[0]);
        // Figures that a person or a file gave stay; what was usual for the one network gives way to what is for the other.
        let is_usual = known.is_some_and(|known| known.normalise == self.network.normalise);
        let is_own = written::is_own(&self.network.id);
        let network = &mut self.network;
        network.architecture = found.architecture;
        if is_usual {
            network.normalise = found.normalise;
        }
        if !is_own {
            (network.id, network.title) = (found.id, found.title);
        }
        self.fits.swap(0, at);
        check_shapes(&self.checkpoint, &self.network.id, &variables(&self.network)?)?;
        Ok(self)
    }

    fn with_beside(network: Network, checkpoint: Checkpoint, beside: Beside<'_>) -> Result<Self, LabError> {
        let mut weights = Self::for_network(with_labels(network, &checkpoint, beside), checkpoint)?;
        let classes = weights.network.named_classes();
        weights.warnings.extend(beside::miscounted(classes, beside).map(|(file, names)| WeightsWarning::Names {
            file: file.to_owned(),
            names: names as u32,
            classes: classes as u32,
        }));
        let PublishedPreprocess { by, is_squashed } = beside::preprocess(beside);
        weights.warnings.extend(is_squashed.then_some(WeightsWarning::Squashed));
        // A size that the network cannot take is of another one.
        let unsized_by = Preprocess { size: None, shorter: None, ..by };
        Ok([by, unsized_by].iter().find_map(|by| weights.clone().preprocessed(by).ok()).unwrap_or(weights))
    }

    /// Parses a safetensors file as one of this network, whatever others it may fit. A network described by text takes only
    /// a file that describes the same one, and from it the normalisation of its pixels.
    ///
    /// # Errors
    /// [`LabError::Checkpoint`], [`LabError::OtherRun`], and those of [`Self::for_network`].
    pub fn from_bytes_as(mut network: Network, name: &str, bytes: impl Into<FileBytes>) -> Result<Self, LabError> {
        let checkpoint = checkpoint_of(name, bytes.into())?;
        let checkpoint = unpacked(&checkpoint)?.unwrap_or(checkpoint);
        if let Some(spec) = network.spec() {
            let other = || LabError::OtherRun { file: checkpoint.name().to_owned(), what: "network".to_owned() };
            let found = written::network_of(&checkpoint)?.ok_or_else(other)?;
            if found.spec() != Some(spec) || found.names != network.names {
                return Err(other());
            }
            network.normalise = found.normalise;
            return Self::for_network(network, checkpoint);
        }
        let (network, checkpoint) = unwrapped(checkpoint, |file| {
            let (network, checkpoint) = renamed(network.clone(), file)?;
            let network = with_classes_of(network, checkpoint.name(), &|name| checkpoint.shape(name))?;
            check_shapes(&checkpoint, &network.id, &variables(&network)?)?;
            Ok((network, checkpoint))
        })?;
        Self::for_network(with_labels(network, &checkpoint, &|_| None), checkpoint)
    }

    /// The same weights for pictures that are prepared as a person says.
    ///
    /// # Errors
    /// [`LabError::Setup`] of numbers that prepare nothing, and of a size that the network cannot take.
    pub fn preprocessed(mut self, by: &Preprocess) -> Result<Self, LabError> {
        let network = &mut self.network;
        if let Some(mean) = by.mean {
            ensure!(mean.iter().all(|mean| mean.is_finite()), "a mean of {mean:?} is no three numbers");
            network.normalise.mean = mean;
        }
        if let Some(std) = by.std {
            let sound = std.iter().all(|std| std.is_normal() && *std > 0.0);
            ensure!(sound, "a standard deviation of {std:?} is no three numbers above 0");
            network.normalise.std = std;
        }
        if let Some(side) = by.size.map(|side| side as usize).filter(|&side| network.input[1..] != [side; 2]) {
            let title = &network.title;
            ensure!(network.spec().is_none(), "{title} takes pictures of its own size alone, not of {side} pixels");
            ensure!((8..=1024).contains(&side), "pictures of {side} × {side} are not taken; choose 8 to 1024 pixels");
            let before = variables(network)?;
            let before_side = network.input[1].min(network.input[2]).max(1);
            let scaled = |shorter: u32| ((shorter as usize * side).div_ceil(before_side)) as u32;
            let resizing = Resizing { shorter: network.resizing.shorter.map(scaled), ..network.resizing };
            let resized = Network { input: [network.input[0], side, side], resizing, ..network.clone() };
            let fits = variables(&resized).is_ok_and(|after| after == before);
            ensure!(fits, "{title} cannot take pictures of {side} × {side} pixels");
            *network = resized;
        }
        if let Some(interpolation) = by.interpolation {
            network.resizing.interpolation = match interpolation {
                protocol::Interpolation::Bilinear => Interpolation::Bilinear,
                protocol::Interpolation::Bicubic => Interpolation::Bicubic,
            };
        }
        if let Some(shorter) = by.shorter {
            let side = network.input[1].min(network.input[2]) as u32;
            let most = LARGEST_MARGIN * side;
            ensure!(
                (side..=most).contains(&shorter),
                "a shorter side of {shorter} pixels cannot be cut to {side}; choose {side} to {most}"
            );
            network.resizing.shorter = Some(shorter);
        }
        Ok(self)
    }

    /// The weights that come with the page, whose file is known to be the one of the table.
    pub fn of_shipped(shipped: &Shipped, bytes: impl Into<FileBytes>) -> Result<Self, LabError> {
        Self::for_network(shipped.network()?, Checkpoint::parse(&shipped.report.file, bytes)?)
    }

    /// Takes the checkpoint for this network, whatever others it may fit.
    ///
    /// # Errors
    /// In the network's order of tensors: [`LabError::MissingTensor`], [`LabError::WrongShape`], [`LabError::Checkpoint`]
    /// where a tensor holds no floats. Then [`LabError::NotFinite`], and [`LabError::BadRun`] for a calibration that is none.
    pub fn for_network(network: Network, checkpoint: Checkpoint) -> Result<Self, LabError> {
        let wanted = variables(&network)?;
        check_shapes(&checkpoint, &network.id, &wanted)?;
        for (tensor, _) in &wanted {
            checkpoint.check_float(tensor)?;
        }
        check_finite(&checkpoint)?;
        let wanted = set(wanted.iter().map(|(name, _)| name.as_str()));
        let unused: Vec<&str> = checkpoint
            .names()
            .filter(|name| !wanted.contains_key(name) && !is_bookkeeping(name) && !is_head(&network, name))
            .collect();
        let warnings = unused.first().map(|first| WeightsWarning::Unused {
            count: u32::try_from(unused.len()).unwrap_or(u32::MAX),
            first: (*first).to_owned(),
        });
        let warnings = warnings.into_iter().collect();
        let calibration = Calibration::of(&checkpoint)?;
        Ok(Self { network, checkpoint, calibration, warnings, fits: Vec::new() })
    }

    /// How pictures are prepared for it; what is usual for its size is left to the size.
    pub fn preprocess(&self) -> Preprocess {
        Preprocess { shorter: self.network.resizing.shorter, ..preprocess_of(&self.network) }
    }

    /// The same with these names of its classes, where they are as many.
    pub fn named(mut self, names: &[String]) -> Self {
        if names.len() == self.network.named_classes() && !names.is_empty() {
            self.network.names = Some(names.to_vec());
        }
        self
    }

    pub(super) fn into_checkpoint(self) -> Checkpoint {
        self.checkpoint
    }

    /// The file in the form in which it is kept, safetensors, part by part.
    pub fn parts(&self) -> impl Iterator<Item = Result<Cow<'_, [u8]>, String>> {
        self.checkpoint.parts().map(|part| part.map_err(|error| error.to_string()))
    }

    /// How many bytes these are together.
    pub fn kept_len(&self) -> usize {
        self.checkpoint.kept_len()
    }

    /// The same weights from the copy of [`Self::parts`] that was kept.
    ///
    /// # Errors
    /// [`LabError::Checkpoint`] where it is not that copy.
    pub fn moved_to(mut self, bytes: FileBytes) -> Result<Self, LabError> {
        self.checkpoint = self.checkpoint.moved_to(bytes)?;
        Ok(self)
    }

    pub fn network(&self) -> &Network {
        &self.network
    }

    /// For whoever wants to know what is in a picture.
    ///
    /// # Errors
    /// [`LabError::Setup`] of a network that paints pictures, or finds boxes or joints.
    pub fn must_name_classes(&self) -> Result<(), LabError> {
        let Network { title, .. } = &self.network;
        ensure!(
            !self.network.is_painter(),
            "{title} names no classes but paints: on Look inside, under In the style of"
        );
        let finds_joints =
            self.network.id == models::POSE || matches!(self.network.head(), Some(OutputHead::Joints(_)));
        ensure!(!finds_joints, "{title} names no classes but finds the joints of a person: on Pose");
        ensure!(self.network.names_classes(), "{title} names no classes of whole pictures but finds boxes: on Detect");
        Ok(())
    }

    pub fn name(&self) -> &str {
        self.checkpoint.name()
    }

    /// The network under another id: the one by which it was known before.
    pub fn called(mut self, id: &str) -> Self {
        id.clone_into(&mut self.network.id);
        self
    }

    pub(super) fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// What to remember of a network that its file describes, by text or by its graph.
    pub fn written(&self) -> Option<WrittenNetwork> {
        let (text, brought) = match &self.network.architecture {
            Architecture::Written(spec) => (spec.text().to_owned(), None),
            Architecture::Family(..) if !written::is_own(&self.network.id) => return None,
            Architecture::Brought(_) | Architecture::Family(..) => {
                let totals = models::summarise(&self.network).ok()?.all;
                (String::new(), Some([self.network.classes as u64, totals.params, totals.macs]))
            }
        };
        Some(WrittenNetwork {
            title: self.network.title.clone(),
            text,
            shape: self.network.input,
            classes: self.network.names.clone().unwrap_or_default(),
            brought,
            finds: self.network.head().map(|head| match head {
                OutputHead::Boxes(_) => Finds::Boxes,
                OutputHead::Joints(_) => Finds::Joints,
            }),
        })
    }

    /// What the file says of the network's probabilities.
    pub fn calibration(&self) -> &Calibration {
        &self.calibration
    }

    /// What the file's metadata says under this key.
    pub(super) fn about(&self, key: &str) -> Option<&str> {
        self.checkpoint.metadata().get(key).map(String::as_str)
    }

    pub fn len_bytes(&self) -> usize {
        self.checkpoint.len_bytes()
    }

    /// What a person should know, though the weights work.
    pub fn warnings(&self) -> &[WeightsWarning] {
        &self.warnings
    }

    /// The network with these weights, ready for a backend: `[batch, channels, height, width]` in, logits `[batch, classes]` out.
    pub fn program(&self, batch: usize) -> Result<Program, LabError> {
        let (_, logits) = self.network.graph(batch)?;
        let program = Program::inference(&[&logits], &|name| self.value(name));
        program.map_err(|error: PassError| error.into())
    }

    /// Of the tensor of this name, as F32, which stays in its file until it is wanted.
    pub(super) fn value(&self, name: &str) -> Option<KnownValue> {
        self.checkpoint.value(name)
    }
}

/// A file of PyTorch or of safetensors.
fn checkpoint_of(name: &str, bytes: FileBytes) -> Result<Checkpoint, LabError> {
    brought::from_pytorch(name, &bytes)?.map_or_else(|| parsed(name, bytes), Ok)
}

/// Parses a safetensors file; another file is named for what it is.
fn parsed(name: &str, bytes: FileBytes) -> Result<Checkpoint, LabError> {
    Checkpoint::parse(name, bytes.clone()).map_err(|error| match foreign(name, &brought::start_of(&bytes)) {
        Some((format, holds)) => DataError::Foreign { file: name.to_owned(), format, holds }.into(),
        None => error.into(),
    })
}

fn is_bookkeeping(tensor: &str) -> bool {
    tensor.ends_with(COUNTER) || tensor.starts_with(OPTIMISER) || tensor == GRAPH
}

/// GoogLeNet's auxiliary heads are for training.
fn is_head(network: &Network, tensor: &str) -> bool {
    network.id == "googlenet" && (tensor.starts_with("aux1.") || tensor.starts_with("aux2."))
}

/// Every tensor is there with its shape.
pub(super) fn check_shapes(
    checkpoint: &Checkpoint,
    network: &str,
    wanted: &[(String, Vec<usize>)],
) -> Result<(), LabError> {
    for (tensor, expected) in wanted {
        let found = checkpoint.shape(tensor);
        if found == Some(expected) {
            continue;
        }
        let (file, network) = (checkpoint.name().to_owned(), network.to_owned());
        let (tensor, expected) = (tensor.clone(), expected.clone());
        return Err(match found {
            None => LabError::MissingTensor { file, network, tensor, expected },
            Some(found) => LabError::WrongShape { file, network, tensor, expected, found: found.to_vec() },
        });
    }
    Ok(())
}

pub(super) fn check_finite(checkpoint: &Checkpoint) -> Result<(), LabError> {
    match checkpoint.first_not_finite()? {
        None => Ok(()),
        Some((tensor, count)) => {
            Err(LabError::NotFinite { file: checkpoint.name().to_owned(), tensor: tensor.to_owned(), count })
        }
    }
}

/// Names and shapes of a network's variables, in the order in which it uses them.
pub(super) fn variables(network: &Network) -> Result<Vec<(String, Vec<usize>)>, LabError> {
    let (x, _) = network.graph(1)?;
    let nodes = x.graph().nodes();
    let variables = nodes.iter().filter_map(|node| match &node.kind {
        Kind::Variable { name, .. } => Some((name.clone(), node.spec.shape.clone())),
        Kind::Input { .. } | Kind::Constant(_) | Kind::Op(_) => None,
    });
    Ok(variables.collect())
}

pub(super) fn set<'a>(names: impl Iterator<Item = &'a str>) -> SortedMap<&'a str, ()> {
    names.map(|name| (name, ())).collect()
}
