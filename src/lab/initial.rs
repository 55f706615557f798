//! Networks that have learnt nothing yet.

use super::train::save::{CLASSES, MEAN, NETWORK, SHAPE, STD, json};
use super::{LabError, Weights};
use crate::data::pytorch::LABELS;
use crate::graph::{Host, Kind};
use crate::models::Network;
use crate::models::spec::NetworkSpec;
use crate::models::spec::preset::Preset;
use crate::nn::checkpoint::{Checkpoint, bytes_from_tensors};
use crate::nn::{Normalise, init};
use std::collections::BTreeMap;

/// A written network to start from, for as many classes as it was made for, called by their numbers.
///
/// # Errors
/// Where none has this id.
pub fn network_from_preset(id: &str) -> Result<Network, LabError> {
    let unknown = || LabError::UnknownNetwork { network: id.to_owned() };
    let preset = Preset::find(id).ok_or_else(unknown)?;
    let spec = NetworkSpec::parse(&preset.text, preset.data, preset.classes).map_err(|_| unknown())?;
    let names = (0..preset.classes).map(|class| class.to_string()).collect();
    Ok(Network::written(preset.id, preset.title, spec, names, Normalise::UNIT))
}

impl Weights {
    /// The network with the weights that it begins with, drawn from the seed; described in their file, where a text does.
    ///
    /// # Errors
    /// Where the network cannot be built.
    pub fn initial(network: Network, seed: u32) -> Result<Self, LabError> {
        let mut tensors = BTreeMap::new();
        let (x, _) = network.graph(1)?;
        for node in x.graph().nodes().iter() {
            if let Kind::Variable { name, init: start } = &node.kind {
                tensors.insert(name.clone(), init::value(*start, &node.spec.shape, u64::from(seed), name)?);
            }
        }
        Self::of_values(network, &tensors)
    }

    /// The network with these weights; described in their file, where a text does, and with the names of its classes.
    ///
    /// # Errors
    /// Those of [`Self::for_network`].
    pub(super) fn of_values(network: Network, tensors: &BTreeMap<String, Host>) -> Result<Self, LabError> {
        let mut about = BTreeMap::new();
        if let Some(names) = &network.names {
            let text = network.spec().map(|spec| -> Result<_, LabError> {
                Ok([
                    (NETWORK, spec.text().to_owned()),
                    (SHAPE, json(&network.input)?),
                    (CLASSES, json(names)?),
                    (MEAN, json(&network.normalise.mean)?),
                    (STD, json(&network.normalise.std)?),
                ])
            });
            match text.transpose()? {
                Some(rows) => about.extend(rows.map(|(key, value)| (key.to_owned(), value))),
                None => _ = about.insert(LABELS.to_owned(), json(names)?),
            }
        }
        let file = bytes_from_tensors(&network.title, tensors, &about)?;
        let checkpoint = Checkpoint::parse(&network.title, file)?;
        Self::for_network(network, checkpoint)
    }
}
