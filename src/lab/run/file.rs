//! A run in a file: safetensors, with a card in the metadata that says what it is and how far it is trained.

use super::RunTask;
use crate::graph::{Host, ShapeError};
use crate::lab::LabError;
use crate::lab::trainer::{NamedVariable, Trainer};
use crate::lab::weights::{check_finite, check_shapes};
use crate::nn::checkpoint::{Checkpoint, FileBytes, bytes_from_tensors, halved};
use crate::protocol::RunPlan;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// What a file says of its network. Its fields stand in the card beside those that every run has.
pub trait RunCard: Serialize + DeserializeOwned {
    /// Under this key the metadata has the card as JSON.
    const KEY: &'static str;
    const KIND: &'static str;
    /// For sentences: what is trained, and the name of the network.
    const WHAT: &'static str;
    const NETWORK: &'static str;

    /// Why the network cannot be used.
    fn refusal(&self) -> Option<&'static str>;

    /// The variables of the network.
    ///
    /// # Errors
    /// [`ShapeError`] of a network that cannot be built.
    fn weights(&self) -> Result<Vec<NamedVariable>, ShapeError>;
}

/// What every card has.
#[derive(Serialize, Deserialize)]
struct RunHeader {
    kind: String,
    seed: u32,
    batch: u32,
    steps: u32,
    /// Done of them.
    step: u32,
}

/// A trained network.
#[derive(Clone, Debug)]
pub struct RunFile<C> {
    pub seed: u32,
    pub batch: u32,
    pub steps: u32,
    pub step: u32,
    pub card: C,
    checkpoint: Checkpoint,
}

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaveAs {
    /// Weights and the optimiser's state: to go on.
    Run,
    Weights,
    /// Weights as 16-bit floats.
    Half,
}

impl<C: RunCard> RunFile<C> {
    /// Whether a file says of itself that it is one.
    pub fn is_one(name: &str, bytes: FileBytes) -> bool {
        Checkpoint::parse(name, bytes).is_ok_and(|file| file.metadata().contains_key(C::KEY))
    }

    /// # Errors
    /// [`LabError::Checkpoint`], [`LabError::BadRun`] where it is no such network, [`LabError::MissingTensor`],
    /// [`LabError::WrongShape`], [`LabError::NotFinite`].
    pub fn parse(name: &str, bytes: impl Into<FileBytes>) -> Result<Self, LabError> {
        let checkpoint = Checkpoint::parse(name, bytes)?;
        let bad = |detail: String| LabError::BadRun { file: name.to_owned(), detail };
        let text = checkpoint.metadata().get(C::KEY);
        let text = text.ok_or_else(|| bad(format!("it is no {} that was trained here", C::WHAT)))?;
        let header: RunHeader = serde_json::from_str(text).map_err(|error| bad(error.to_string()))?;
        if header.kind != C::KIND {
            return Err(bad(format!("it is a {} of another kind, {}", C::WHAT, header.kind)));
        }
        let card: C = serde_json::from_str(text).map_err(|error| bad(error.to_string()))?;
        if let Some(why) = card.refusal() {
            return Err(bad(why.to_owned()));
        }
        let wanted: Vec<_> = card.weights()?.into_iter().map(|(name, shape, _)| (name, shape)).collect();
        check_shapes(&checkpoint, C::NETWORK, &wanted)?;
        check_finite(&checkpoint)?;
        let RunHeader { seed, batch, steps, step, .. } = header;
        Ok(Self { seed, batch, steps, step, card, checkpoint })
    }

    pub fn value(&self, name: &str) -> Option<Host> {
        self.checkpoint.tensor(name).ok()
    }

    pub fn len_bytes(&self) -> usize {
        self.checkpoint.len_bytes()
    }

    /// As it was written, with what the optimiser keeps.
    ///
    /// # Errors
    /// [`LabError::Checkpoint`]
    pub fn whole(&self) -> Result<Vec<u8>, LabError> {
        Ok(self.checkpoint.whole()?.into_owned())
    }

    /// The weights alone as 16-bit floats, as the bytes of a file.
    ///
    /// # Errors
    /// [`LabError::Checkpoint`]
    pub fn halved(&self) -> Result<Vec<u8>, LabError> {
        let mut values = BTreeMap::new();
        for (name, ..) in self.card.weights()? {
            let value = halved(&self.checkpoint.tensor(&name)?)?;
            values.insert(name, value);
        }
        let card = self.checkpoint.metadata().get(C::KEY).cloned().unwrap_or_default();
        Ok(bytes_from_tensors(C::WHAT, &values, &BTreeMap::from([(C::KEY.to_owned(), card)]))?)
    }
}

/// The fields of both, in one object.
fn card_text<C: RunCard>(header: &RunHeader, card: &C) -> Result<String, LabError> {
    let fields = |value: Result<Value, serde_json::Error>| match value {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err(bad_setup!("the card of a {} has no fields", C::WHAT)),
        Err(error) => Err(bad_setup!("{error}")),
    };
    let mut all = fields(serde_json::to_value(header))?;
    all.extend(fields(serde_json::to_value(card))?);
    Ok(Value::Object(all).to_string())
}

fn written<C: RunCard>(
    name: &str,
    header: &RunHeader,
    card: &C,
    values: &BTreeMap<String, Host>,
) -> Result<Vec<u8>, LabError> {
    let card = card_text(header, card)?;
    Ok(bytes_from_tensors(name, values, &BTreeMap::from([(C::KEY.to_owned(), card)]))?)
}

/// The bytes of the file of a run that no [`Trainer`] drives: after `step` steps of the plan, with these values.
///
/// # Errors
/// [`LabError::Checkpoint`]
pub(in crate::lab) fn run_bytes<C: RunCard>(
    card: &C,
    plan: &RunPlan,
    step: u32,
    values: &BTreeMap<String, Host>,
) -> Result<Vec<u8>, LabError> {
    let RunPlan { steps, batch, seed, .. } = *plan;
    written(C::WHAT, &RunHeader { kind: C::KIND.to_owned(), seed, batch, steps, step }, card, values)
}

impl<T: RunTask> Trainer<T> {
    /// The bytes of a file; `name` is for messages.
    ///
    /// # Errors
    /// What a device refuses.
    pub async fn saved(&self, form: SaveAs, name: &str) -> Result<Vec<u8>, LabError> {
        let mut values = self.values(form == SaveAs::Run).await?;
        if form == SaveAs::Half {
            for value in values.values_mut() {
                *value = halved(value)?;
            }
        }
        let header = RunHeader {
            kind: T::Card::KIND.to_owned(),
            seed: self.config().seed,
            batch: self.task.batch(),
            steps: self.steps(),
            step: self.step(),
        };
        written(name, &header, &self.task.card(), &values)
    }

    /// Goes on where the run in this file was saved; with another number of steps the rate falls by that from here on.
    ///
    /// # Errors
    /// [`LabError::RunDiffers`] where it is another run's.
    pub fn go_on_with(&mut self, file: &RunFile<T::Card>) -> Result<(), LabError> {
        let own = [self.config().seed, self.task.batch()];
        for ((own, other), what) in own.into_iter().zip([file.seed, file.batch]).zip(["seed", "batch size"]) {
            if own != other {
                return Err(LabError::RunDiffers { what: what.to_owned() });
            }
        }
        self.task.take_up(&file.card)?;
        self.restore(file.step, |name| file.value(name))
    }
}
