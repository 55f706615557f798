//! Runs as files: the weights with their network's text, and for going on, what the optimiser keeps too.

use super::batch::Batches;
use super::plans::Judge;
use super::{LabError, Tally, Trainer, network_of};
use crate::data::dataset::{Dataset, Part};
use crate::nn::Normalise;
use crate::nn::checkpoint::{Checkpoint, bytes_from_tensors};
use crate::protocol::{Measured, Setup};
use candle_core::Tensor as Host;
use std::collections::BTreeMap;

/// Names in the file's metadata.
pub(in crate::lab) const NETWORK: &str = "neocog.network";
pub(in crate::lab) const SHAPE: &str = "neocog.shape";
const SETUP: &str = "neocog.setup";
const STEP: &str = "neocog.step";
pub(in crate::lab) const CLASSES: &str = "neocog.classes";
pub(in crate::lab) const MEAN: &str = "neocog.mean";
pub(in crate::lab) const STD: &str = "neocog.std";

/// What a file of weights holds.
pub struct Kept {
    tensors: BTreeMap<String, Host>,
    metadata: BTreeMap<String, String>,
}

impl Kept {
    /// As 16-bit floats: half the bytes, three decimal digits.
    pub fn halved(mut self) -> Result<Self, LabError> {
        for tensor in self.tensors.values_mut() {
            *tensor = tensor.to_dtype(candle_core::DType::F16)?;
        }
        Ok(self)
    }

    /// A safetensors file; `name` is for messages.
    pub fn bytes(&self, name: &str) -> Result<Vec<u8>, LabError> {
        Ok(bytes_from_tensors(name, &self.tensors, &self.metadata)?)
    }
}

fn json(value: &impl serde::Serialize) -> Result<String, LabError> {
    serde_json::to_string(value).map_err(|error| LabError::Setup { detail: error.to_string() })
}

impl Trainer {
    /// The weights, and with `all` what is needed to go on.
    pub async fn kept(&self, all: bool) -> Result<Kept, LabError> {
        let names = self.plans.names(all);
        let values = self.plans.read(&names).await?;
        let tensors = names.iter().map(|name| (*name).to_owned()).zip(values).collect();
        let Normalise { mean, std } = self.batches.normalise;
        let metadata = [
            (NETWORK, self.setup.network.clone()),
            (SHAPE, json(&self.batches.data().shape)?),
            (SETUP, json(&self.setup)?),
            (STEP, self.step.to_string()),
            (CLASSES, json(&self.batches.data().classes)?),
            (MEAN, json(&mean)?),
            (STD, json(&std)?),
        ];
        Ok(Kept { tensors, metadata: metadata.map(|(name, value)| (name.to_owned(), value)).into() })
    }

    /// Goes on where a run of the same setup was saved with all that it keeps.
    ///
    /// # Errors
    /// [`LabError::OtherRun`] where the file is of another setup or is not whole.
    pub fn go_on(&mut self, name: &str, bytes: Vec<u8>) -> Result<(), LabError> {
        let file = Checkpoint::parse(name, bytes)?;
        let other = |what: &str| LabError::OtherRun { file: file.name().to_owned(), what: what.to_owned() };
        let text = file.metadata().get(SETUP).ok_or_else(|| other("setup"))?;
        let setup: Setup = serde_json::from_str(text).map_err(|_| other("setup"))?;
        if setup != self.setup {
            return Err(other("setup"));
        }
        let step = file.metadata().get(STEP).and_then(|step| step.parse().ok()).ok_or_else(|| other("step"))?;
        for name in self.plans.names(true) {
            self.plans.write(name, &file.tensor(name)?)?;
        }
        self.step = step;
        self.unread = 0;
        Ok(())
    }
}

/// Loss and errors of the network in a file of weights on a part of these examples.
///
/// # Errors
/// [`LabError::OtherRun`] where the file carries no network, and what [`Trainer::new`] refuses.
pub fn evaluate(name: &str, bytes: Vec<u8>, data: Dataset, part: Part) -> Result<Option<Measured>, LabError> {
    let file = Checkpoint::parse(name, bytes)?;
    let about = |key: &str| {
        file.metadata()
            .get(key)
            .ok_or_else(|| LabError::OtherRun { file: file.name().to_owned(), what: key.to_owned() })
    };
    let numbers = |key: &str| -> Result<[f32; 3], LabError> {
        serde_json::from_str(about(key)?)
            .map_err(|_| LabError::OtherRun { file: file.name().to_owned(), what: key.to_owned() })
    };
    let network = network_of(about(NETWORK)?, &data)?;
    let batches = Batches::measuring(data, Normalise { mean: numbers(MEAN)?, std: numbers(STD)? });
    let mut judge = Judge::new(&network, |name| file.tensor(name).ok())?;
    let mut tally = Tally::default();
    for feed in batches.whole(part) {
        tally.add(judge.measure(&feed?)?);
    }
    let step = file.metadata().get(STEP).and_then(|step| step.parse().ok()).unwrap_or(0);
    Ok(tally.measured(step, batches.len(part)))
}
