//! A network whose tensors are changed, and the file that comes of it.

use super::measure::class_names;
use crate::lab::export::stated;
use crate::lab::packed::{PackedTensor, TensorPacking, packed_file, unpacked};
use crate::lab::train::save::{CLASSES, MEAN, NETWORK, SHAPE, STD, json};
use crate::lab::weights::variables;
use crate::lab::{LabError, Weights};
use crate::models::onnx::{GRAPH, OnnxGraph, outline_to_graph};
use crate::models::outline::Outline;
use crate::models::spec::WeightedLayer;
use crate::models::{Architecture, Network, summarise};
use crate::nn::checkpoint::{Checkpoint, Part};
use safetensors::Dtype;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Floats of the network, and what else its file has.
#[derive(Clone)]
pub struct WorkingNetwork {
    pub(super) network: Network,
    /// In the order in which the network uses them.
    pub(super) tensors: Vec<PackedTensor>,
    rest: Vec<Part<'static>>,
    metadata: BTreeMap<String, String>,
}

/// What is counted.
pub(super) struct WorkingCounts {
    /// Parameters that are not zero.
    pub(super) params: u64,
    pub(super) macs: u64,
    /// All numbers as 32-bit floats.
    pub(super) whole_bytes: u64,
}

impl WorkingNetwork {
    /// # Errors
    /// None of weights that were read.
    pub fn of(weights: &Weights) -> Result<Self, LabError> {
        let (network, checkpoint) = (weights.network().clone(), weights.checkpoint());
        let wanted = variables(&network)?;
        let halves: Vec<&str> =
            checkpoint.iter().filter(|(_, dtype, _)| *dtype == Dtype::F16).map(|(name, ..)| name).collect();
        let tensor = |(name, shape): &(String, Vec<usize>)| -> Result<PackedTensor, LabError> {
            Ok(PackedTensor {
                values: checkpoint.tensor(name)?.flatten_all()?.to_vec1()?,
                is_half: halves.contains(&name.as_str()),
                name: name.clone(),
                shape: shape.clone(),
                packing: TensorPacking::Plain,
            })
        };
        let tensors = wanted.iter().map(tensor).collect::<Result<_, _>>()?;
        // A graph that came with its weights; a run's own bookkeeping stays behind.
        let is_graph = |name: &str| name == GRAPH;
        let rest = checkpoint.iter().filter(|(name, ..)| is_graph(name)).map(|(name, dtype, shape)| {
            let data = Cow::Owned(checkpoint.raw(name)?.into_owned());
            Ok(Part { name: name.to_owned(), dtype, shape: shape.to_vec(), data })
        });
        let rest = rest.collect::<Result<_, LabError>>()?;
        let metadata = if network.spec().is_some() {
            BTreeMap::new()
        } else {
            checkpoint.metadata().iter().map(|(key, text)| (key.clone(), text.clone())).collect()
        };
        Ok(Self { network, tensors, rest, metadata })
    }

    /// The places of convolutions' and fully connected layers' weights among the tensors.
    pub(super) fn layers(&self) -> Vec<usize> {
        let is_layer = |tensor: &PackedTensor| [2, 4].contains(&tensor.shape.len()) && tensor.shape[0] > 1;
        (0..self.tensors.len()).filter(|&at| is_layer(&self.tensors[at])).collect()
    }

    /// The name of the layer whose weights are at a place.
    pub(super) fn layer_name(&self, at: usize) -> &str {
        let name = &self.tensors[at].name;
        name.strip_suffix(".weight").unwrap_or(name)
    }

    pub(super) fn tensor(&self, name: &str) -> Result<&PackedTensor, LabError> {
        let found = self.tensors.iter().find(|tensor| tensor.name == name);
        found.ok_or_else(|| bad_setup!("{} has no tensor {name}", self.network.title))
    }

    /// The steps of its graph, for any number of pictures.
    ///
    /// # Errors
    /// [`LabError::Setup`] of a network that has another graph for each number.
    pub(super) fn outline(&self) -> Result<Outline, LabError> {
        let outline = Outline::of(&self.network)?;
        ensure!(
            outline.is_open(),
            "{} computes otherwise for another number of pictures, so its layers stay as they are; choose pruning, sharing or integers",
            self.network.title
        );
        Ok(outline)
    }

    /// Convolutions and fully connected layers.
    ///
    /// # Errors
    /// As of [`Self::outline`].
    pub(super) fn weighted(&self) -> Result<Vec<WeightedLayer>, LabError> {
        match self.network.spec() {
            Some(spec) => Ok(spec.weighted()),
            None => Ok(self.outline()?.weighted()),
        }
    }

    /// The weights of a layer.
    ///
    /// # Errors
    /// [`LabError::Setup`] of a layer of another network.
    pub(super) fn weight(&self, layer: &str) -> Result<&PackedTensor, LabError> {
        let found = self
            .tensors
            .iter()
            .find(|tensor| tensor.name.strip_prefix(layer).is_some_and(|rest| rest.is_empty() || rest == ".weight"));
        found.ok_or_else(|| bad_setup!("{} has no layer {layer}", self.network.title))
    }

    /// Computes by these steps instead of by a text or the code of a family; the file then holds them as a graph.
    ///
    /// # Errors
    /// [`LabError::Setup`] where they hold what no graph of a file can say.
    pub(super) fn take_graph(&mut self, outline: &Outline) -> Result<(), LabError> {
        let title = &self.network.title;
        let bytes = outline_to_graph(outline).map_err(|error| bad_setup!("{title} {error}"))?;
        let shape_of = |name: &str| self.tensors.iter().find(|of| of.name == name).map(|of| of.shape.clone());
        let graph = OnnxGraph::read(&bytes, shape_of).map_err(|error| bad_setup!("{title} {error}"))?;
        let Network { names, normalise, classes, .. } = &self.network;
        // A thousand classes without names are ImageNet's.
        let names = (names.is_some() || *classes != 1000).then(|| class_names(&self.network));
        let stated = stated(normalise, names.as_ref())?;
        let key = |key: String| if key.starts_with("neocog.") { key } else { format!("onnx.{key}") };
        self.metadata.extend(stated.into_iter().map(|(name, text)| (key(name), text)));
        let (name, shape) = (GRAPH.to_owned(), vec![bytes.len()]);
        self.rest = vec![Part { name, dtype: Dtype::U8, shape, data: Cow::Owned(bytes) }];
        self.network.architecture = Architecture::Brought(Rc::new(graph));
        Ok(())
    }

    /// Says something in the file's metadata.
    ///
    /// # Errors
    /// None of plain values.
    pub(super) fn tell(&mut self, key: &str, value: &impl serde::Serialize) -> Result<(), LabError> {
        self.metadata.insert(key.to_owned(), json(value)?);
        Ok(())
    }

    /// As a safetensors file.
    ///
    /// # Errors
    /// None of tensors that were made here.
    pub fn bytes(&self) -> Result<Vec<u8>, LabError> {
        let mut metadata = self.metadata.clone();
        let Network { names, normalise, .. } = &self.network;
        if let Some(spec) = self.network.spec() {
            let numbered = || (0..self.network.classes).map(|class| class.to_string()).collect();
            let told = [
                (NETWORK, spec.text().to_owned()),
                (SHAPE, json(&spec.data())?),
                (CLASSES, json(&names.clone().unwrap_or_else(numbered))?),
                (MEAN, json(&normalise.mean)?),
                (STD, json(&normalise.std)?),
            ];
            metadata.extend(told.map(|(key, text)| (key.to_owned(), text)));
        }
        packed_file(&self.tensors, self.rest.clone(), metadata)
    }

    /// The network with these numbers, written in no shorter form.
    ///
    /// # Errors
    /// [`LabError::NotFinite`] where one is none.
    pub fn weights(&self) -> Result<Weights, LabError> {
        let plain =
            |tensor: &PackedTensor| PackedTensor { is_half: false, packing: TensorPacking::Plain, ..tensor.clone() };
        let tensors: Vec<_> = self.tensors.iter().map(plain).collect();
        self.read(packed_file(&tensors, self.rest.clone(), self.metadata.clone())?)
    }

    /// The network with the weights of a file that [`Self::bytes`] gave.
    ///
    /// # Errors
    /// As of [`Weights::for_network`].
    pub(super) fn read(&self, file: Vec<u8>) -> Result<Weights, LabError> {
        let checkpoint = Checkpoint::parse(&self.network.title, file)?;
        let checkpoint = unpacked(&checkpoint)?.unwrap_or(checkpoint);
        Weights::for_network(self.network.clone(), checkpoint)
    }

    pub(super) fn counts(&self) -> Result<WorkingCounts, LabError> {
        let all = summarise(&self.network)?.all;
        let zeros: usize = self.layers().iter().map(|&at| zeros(&self.tensors[at].values)).sum();
        let numbers: usize = self.tensors.iter().map(|tensor| tensor.values.len()).sum();
        Ok(WorkingCounts {
            params: all.params.saturating_sub(zeros as u64),
            macs: all.macs,
            whole_bytes: 4 * numbers as u64,
        })
    }
}

pub(super) fn zeros(values: &[f32]) -> usize {
    values.iter().filter(|value| **value == 0.0).count()
}
