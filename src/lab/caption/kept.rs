//! A captioning network in a file: safetensors, with sizes and words in its metadata.

use super::graphs::weights_of;
use super::task::{Captioning, ExampleSource};
use super::vocabulary::Vocabulary;
use crate::graph::Host;
use crate::lab::LabError;
use crate::lab::trainer::Trainer;
use crate::lab::weights::{check_finite, check_shapes};
use crate::models::show_and_tell::{Looks, PictureInput, ShowAndTell};
use crate::nn::checkpoint::{Checkpoint, FileBytes, bytes_from_tensors, halved};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Under this key the metadata has the [`Card`] as JSON.
const KEY: &str = "neocog.caption";

#[derive(Serialize, Deserialize)]
struct Card {
    /// Side of the pictures it looks at; 0 where it gets features.
    side: usize,
    /// Of features; 0 where it looks at pictures.
    features: usize,
    /// The picture is seen with each word.
    looks_always: bool,
    /// The network that makes the features, by its id.
    #[serde(default, rename = "eyes")]
    backbone: String,
    embedding: usize,
    hidden: usize,
    /// Words of the longest sentence, its end included.
    times: usize,
    words: Vec<String>,
    seed: u32,
    steps: u32,
    /// Done of them.
    step: u32,
}

/// A trained network with its words.
#[derive(Clone, Debug)]
pub struct Captioner {
    pub net: ShowAndTell,
    pub vocabulary: Vocabulary,
    /// Words of the longest sentence, its end included.
    pub times: usize,
    /// Steps that it was trained, of how many, and with which seed.
    pub step: u32,
    pub steps: u32,
    pub seed: u32,
    /// The network that makes the features, by its id; empty where it looks at pictures itself.
    pub backbone: String,
    checkpoint: Checkpoint,
}

impl Captioner {
    /// # Errors
    /// [`LabError::Checkpoint`], [`LabError::BadRun`] where it is no captioning network, [`LabError::MissingTensor`],
    /// [`LabError::WrongShape`], [`LabError::NotFinite`].
    pub fn parse(name: &str, bytes: impl Into<FileBytes>) -> Result<Self, LabError> {
        let checkpoint = Checkpoint::parse(name, bytes)?;
        let bad = |detail: &str| LabError::BadRun { file: name.to_owned(), detail: detail.to_owned() };
        let card = checkpoint.metadata().get(KEY).ok_or_else(|| bad("it is no captioning network"))?;
        let card: Card = serde_json::from_str(card).map_err(|error| bad(&error.to_string()))?;
        let vocabulary = Vocabulary::from_words(card.words).ok_or_else(|| bad("its words lack the marks"))?;
        let input = match (card.side, card.features) {
            (side @ 8..=512, 0) => PictureInput::Pixels { side },
            (0, count @ 1..=65_536) => PictureInput::Features { count },
            _ => return Err(bad("it looks at neither pictures nor features")),
        };
        let sound = |size: usize| (1..=4096).contains(&size);
        if !(sound(card.embedding) && sound(card.hidden) && sound(card.times) && vocabulary.len() <= 1 << 16) {
            return Err(bad("its sizes make no network"));
        }
        let (embedding, hidden) = (card.embedding, card.hidden);
        let looks = if card.looks_always { Looks::Always } else { Looks::Once };
        let net = ShowAndTell { input, looks, words: vocabulary.len(), embedding, hidden };
        let wanted: Vec<_> = weights_of(&net)?.into_iter().map(|(name, shape, _)| (name, shape)).collect();
        check_shapes(&checkpoint, "a captioning network", &wanted)?;
        check_finite(&checkpoint)?;
        let (times, step, steps, seed) = (card.times, card.step, card.steps, card.seed);
        let backbone = card.backbone;
        Ok(Self { net, vocabulary, times, step, steps, seed, backbone, checkpoint })
    }

    pub fn value(&self, name: &str) -> Option<Host> {
        self.checkpoint.tensor(name).ok()
    }

    pub fn len_bytes(&self) -> usize {
        self.checkpoint.len_bytes()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaveKind {
    /// Weights and the optimiser's state: to go on.
    All,
    Weights,
    /// Weights as 16-bit floats.
    Half,
}

/// The bytes of a file; `name` is for messages.
pub async fn saved<S: ExampleSource>(
    trainer: &Trainer<Captioning<S>>,
    keep: SaveKind,
    name: &str,
) -> Result<Vec<u8>, LabError> {
    let net = &trainer.task.net;
    let (side, features) = match net.input {
        PictureInput::Pixels { side } => (side, 0),
        PictureInput::Features { count } => (0, count),
    };
    let card = Card {
        side,
        features,
        looks_always: net.looks == Looks::Always,
        backbone: trainer.task.backbone.clone(),
        embedding: net.embedding,
        hidden: net.hidden,
        times: trainer.times(),
        words: trainer.vocabulary().words().to_vec(),
        seed: trainer.config().seed,
        steps: trainer.steps(),
        step: trainer.step(),
    };
    let card = serde_json::to_string(&card).map_err(|error| bad_setup!("{error}"))?;
    let mut values = trainer.values(keep == SaveKind::All).await?;
    if keep == SaveKind::Half {
        for value in values.values_mut() {
            *value = halved(value)?;
        }
    }
    Ok(bytes_from_tensors(name, &values, &BTreeMap::from([(KEY.to_owned(), card)]))?)
}
