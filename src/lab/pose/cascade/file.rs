//! A cascade in a file: safetensors, with its joints and how far it was trained in the metadata.

use super::{CascadeTrainer, Displacements, weights_of};
use crate::graph::Host;
use crate::lab::LabError;
use crate::lab::weights::{check_finite, check_shapes};
use crate::nn::checkpoint::{Checkpoint, FileBytes, bytes_from_tensors, halved};
use crate::protocol::Skeleton;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Under this key the metadata has the [`CascadeCard`] as JSON.
const KEY: &str = "neocog.pose";
const KIND: &str = "deep-pose";

#[derive(Serialize, Deserialize)]
struct CascadeCard {
    kind: String,
    joints: Vec<String>,
    seed: u32,
    batch: u32,
    steps: u32,
    /// Done of them.
    step: u32,
    displacements: [Displacements; 2],
    measured_at: Option<u32>,
}

/// A trained cascade.
#[derive(Clone, Debug)]
pub struct CascadeFile {
    pub seed: u32,
    pub batch: u32,
    pub steps: u32,
    pub step: u32,
    displacements: [Displacements; 2],
    measured_at: Option<u32>,
    checkpoint: Checkpoint,
}

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CascadeSave {
    /// Weights and the optimiser's state: to go on.
    All,
    Weights,
    /// Weights as 16-bit floats.
    Half,
}

impl CascadeFile {
    /// Whether a file says of itself that it is one.
    pub fn is_one(name: &str, bytes: FileBytes) -> bool {
        Checkpoint::parse(name, bytes).is_ok_and(|file| file.metadata().contains_key(KEY))
    }

    /// # Errors
    /// [`LabError::Checkpoint`], [`LabError::BadRun`] where it is no such cascade, [`LabError::MissingTensor`],
    /// [`LabError::WrongShape`], [`LabError::NotFinite`].
    pub fn parse(name: &str, bytes: impl Into<FileBytes>) -> Result<Self, LabError> {
        let checkpoint = Checkpoint::parse(name, bytes)?;
        let bad = |detail: &str| LabError::BadRun { file: name.to_owned(), detail: detail.to_owned() };
        let card = checkpoint.metadata().get(KEY).ok_or_else(|| bad("it is no cascade that was trained here"))?;
        let card: CascadeCard = serde_json::from_str(card).map_err(|error| bad(&error.to_string()))?;
        if card.kind != KIND || card.joints != Skeleton::Lsp.joints() {
            return Err(bad("it finds poses in another way, or other joints"));
        }
        if !card.displacements.iter().all(Displacements::is_whole) {
            return Err(bad("it does not say how far each joint is off"));
        }
        let wanted: Vec<_> = weights_of()?.into_iter().map(|(name, shape, _)| (name, shape)).collect();
        check_shapes(&checkpoint, "DeepPose", &wanted)?;
        check_finite(&checkpoint)?;
        let CascadeCard { seed, batch, steps, step, displacements, measured_at, .. } = card;
        Ok(Self { seed, batch, steps, step, displacements, measured_at, checkpoint })
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
        for (name, ..) in weights_of()? {
            let value = halved(&self.checkpoint.tensor(&name)?)?;
            values.insert(name, value);
        }
        let card = self.checkpoint.metadata().get(KEY).cloned().unwrap_or_default();
        Ok(bytes_from_tensors("the cascade", &values, &BTreeMap::from([(KEY.to_owned(), card)]))?)
    }
}

impl CascadeTrainer {
    /// The bytes of a file; `name` is for messages.
    ///
    /// # Errors
    /// What a device refuses.
    pub async fn saved(&self, keep: CascadeSave, name: &str) -> Result<Vec<u8>, LabError> {
        let card = CascadeCard {
            kind: KIND.to_owned(),
            joints: Skeleton::Lsp.joints().iter().map(|joint| (*joint).to_owned()).collect(),
            seed: self.config().seed,
            batch: self.batch(),
            steps: self.steps(),
            step: self.step(),
            displacements: self.task.displacements.clone(),
            measured_at: self.task.measured_at,
        };
        let card = serde_json::to_string(&card).map_err(|error| bad_setup!("{error}"))?;
        let mut values = self.values(keep == CascadeSave::All).await?;
        if keep == CascadeSave::Half {
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
    pub fn go_on_with(&mut self, file: &CascadeFile) -> Result<(), LabError> {
        let own = [self.config().seed, self.batch()];
        for ((own, other), what) in own.into_iter().zip([file.seed, file.batch]).zip(["seed", "batch size"]) {
            if own != other {
                return Err(LabError::RunDiffers { what: what.to_owned() });
            }
        }
        self.task.displacements = file.displacements.clone();
        self.task.measured_at = file.measured_at;
        self.restore(file.step, |name| file.value(name))
    }
}
