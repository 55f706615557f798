//! A detector in a file: safetensors, with its classes and how far it was trained in the metadata.

use super::{FasterTrainer, weights_of};
use crate::graph::Host;
use crate::lab::LabError;
use crate::lab::weights::{check_finite, check_shapes};
use crate::nn::checkpoint::{Checkpoint, FileBytes, bytes_from_tensors, halved};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Under this key the metadata has the [`FasterCard`] as JSON.
const KEY: &str = "neocog.detector";
const KIND: &str = "faster-rcnn";

#[derive(Serialize, Deserialize)]
struct FasterCard {
    kind: String,
    classes: Vec<String>,
    seed: u32,
    batch: u32,
    steps: u32,
    /// Done of them.
    step: u32,
}

/// A trained detector.
#[derive(Clone, Debug)]
pub struct FasterFile {
    pub seed: u32,
    pub batch: u32,
    pub steps: u32,
    pub step: u32,
    pub classes: Vec<String>,
    checkpoint: Checkpoint,
}

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FasterSave {
    /// Weights and the optimiser's state: to go on.
    All,
    Weights,
    /// Weights as 16-bit floats.
    Half,
}

impl FasterFile {
    /// Whether a file says of itself that it is one.
    pub fn is_one(name: &str, bytes: FileBytes) -> bool {
        Checkpoint::parse(name, bytes).is_ok_and(|file| file.metadata().contains_key(KEY))
    }

    /// # Errors
    /// [`LabError::Checkpoint`], [`LabError::BadRun`] where it is no such detector, [`LabError::MissingTensor`],
    /// [`LabError::WrongShape`], [`LabError::NotFinite`].
    pub fn parse(name: &str, bytes: impl Into<FileBytes>) -> Result<Self, LabError> {
        let checkpoint = Checkpoint::parse(name, bytes)?;
        let bad = |detail: &str| LabError::BadRun { file: name.to_owned(), detail: detail.to_owned() };
        let card = checkpoint.metadata().get(KEY).ok_or_else(|| bad("it is no detector that was trained here"))?;
        let card: FasterCard = serde_json::from_str(card).map_err(|error| bad(&error.to_string()))?;
        if card.kind != KIND || card.classes.is_empty() {
            return Err(bad("it is another detector, or one without classes"));
        }
        let wanted: Vec<_> =
            weights_of(card.classes.len())?.into_iter().map(|(name, shape, _)| (name, shape)).collect();
        check_shapes(&checkpoint, "Faster R-CNN", &wanted)?;
        check_finite(&checkpoint)?;
        let FasterCard { seed, batch, steps, step, classes, .. } = card;
        Ok(Self { seed, batch, steps, step, classes, checkpoint })
    }

    pub fn value(&self, name: &str) -> Option<Host> {
        self.checkpoint.tensor(name).ok()
    }

    pub fn len_bytes(&self) -> usize {
        self.checkpoint.len_bytes()
    }

    /// The weights alone as 16-bit floats, as the bytes of a file.
    ///
    /// # Errors
    /// [`LabError::Checkpoint`]
    pub fn halved(&self) -> Result<Vec<u8>, LabError> {
        let mut values = BTreeMap::new();
        for (name, ..) in weights_of(self.classes.len())? {
            let value = halved(&self.checkpoint.tensor(&name)?)?;
            values.insert(name, value);
        }
        let card = self.checkpoint.metadata().get(KEY).cloned().unwrap_or_default();
        Ok(bytes_from_tensors("the detector", &values, &BTreeMap::from([(KEY.to_owned(), card)]))?)
    }
}

impl FasterTrainer {
    /// The bytes of a file; `name` is for messages.
    ///
    /// # Errors
    /// What a device refuses.
    pub async fn saved(&self, keep: FasterSave, name: &str) -> Result<Vec<u8>, LabError> {
        let card = FasterCard {
            kind: KIND.to_owned(),
            classes: self.task.classes.clone(),
            seed: self.config().seed,
            batch: self.batch(),
            steps: self.steps(),
            step: self.step(),
        };
        let card = serde_json::to_string(&card).map_err(|error| bad_setup!("{error}"))?;
        let mut values = self.values(keep == FasterSave::All).await?;
        if keep == FasterSave::Half {
            for value in values.values_mut() {
                *value = halved(value)?;
            }
        }
        Ok(bytes_from_tensors(name, &values, &BTreeMap::from([(KEY.to_owned(), card)]))?)
    }

    /// Goes on where the run in this file was saved; with another number of steps the rate falls by that from here on.
    ///
    /// # Errors
    /// [`LabError::RunDiffers`] where it is another run's.
    pub fn go_on_with(&mut self, file: &FasterFile) -> Result<(), LabError> {
        let own = [self.config().seed, self.batch()];
        for ((own, other), what) in own.into_iter().zip([file.seed, file.batch]).zip(["seed", "batch size"]) {
            if own != other {
                return Err(LabError::RunDiffers { what: what.to_owned() });
            }
        }
        if file.classes != self.task.classes {
            return Err(LabError::RunDiffers { what: "list of classes".to_owned() });
        }
        self.restore(file.step, |name| file.value(name))
    }
}
