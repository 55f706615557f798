//! What is learnt from: pictures with sentences, as the numbers that a plan takes.

use super::vocabulary::{UNKNOWN, Vocabulary};
use crate::data::scenes::{self, Scene, SceneKind};
use crate::graph::Host;
use crate::models::show_and_tell::{END, PictureInput, START};
use candle_core::Device;

/// Pictures, and the sentences to learn with them. Sentences lie time by time: first all first words.
pub(super) struct CaptionBatch {
    /// Bytes as U32 words `[batch, ⌈bytes / 4⌉]`, or features F32 `[batch, count]`.
    pub(super) pictures: Host,
    /// What the decoder reads at each time, [`START`] at the first: U32 `[times · batch]`.
    pub(super) inputs: Host,
    /// What it is to say: U32 `[times · batch]`.
    pub(super) targets: Host,
    /// 1 up to the end of each sentence, its [`END`] included, but for [`UNKNOWN`] words, which nobody shall say: F32 `[times · batch]`.
    pub(super) mask: Host,
}

/// Picture and sentence of each example.
pub struct Example {
    pub picture: PictureData,
    /// Without marks.
    pub words: Vec<u32>,
}

pub enum PictureData {
    Bytes(Vec<u8>),
    Features(Vec<f32>),
}

/// Scenes are drawn as they are needed: no two steps have the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scenes {
    pub seed: u32,
}

/// Scenes that are measured come from a stream of their own.
const EVALUATED_SEED: u32 = 0x000e_7a41;

impl Scenes {
    pub(super) const INPUT: PictureInput = PictureInput::Pixels { side: scenes::SIDE };

    /// Times of the longest sentence, its end included.
    pub(super) fn times() -> usize {
        scenes::longest() + 1
    }

    /// Example `index` of the training stream.
    pub(super) fn example(self, index: u64, vocabulary: &Vocabulary) -> Example {
        of_scene(&Scene::drawn(SceneKind::Training, self.seed, index), self.seed, index, vocabulary)
    }

    /// Example `index` of those on which networks are measured, the same for every seed.
    pub(super) fn evaluated(kind: SceneKind, index: u64, vocabulary: &Vocabulary) -> Example {
        of_scene(&Scene::drawn(kind, EVALUATED_SEED, index), EVALUATED_SEED, index, vocabulary)
    }
}

fn of_scene(scene: &Scene, seed: u32, index: u64, vocabulary: &Vocabulary) -> Example {
    let words = vocabulary.numbers(&scenes::sentence(scene).unwrap_or_default());
    Example { picture: PictureData::Bytes(scenes::picture(scene, Some((seed, index)))), words }
}

/// Pictures side by side, all of one kind.
pub(super) fn pictures_from(pictures: &[&PictureData]) -> candle_core::Result<Host> {
    let count = pictures.len();
    let mut words: Vec<u32> = Vec::new();
    let mut numbers: Vec<f32> = Vec::new();
    for picture in pictures {
        match picture {
            PictureData::Bytes(bytes) => words.extend(words_of(bytes)),
            PictureData::Features(features) => numbers.extend(features),
        }
    }
    if numbers.is_empty() {
        let row = words.len() / count.max(1);
        Host::from_vec(words, (count, row), &Device::Cpu)
    } else {
        let row = numbers.len() / count.max(1);
        Host::from_vec(numbers, (count, row), &Device::Cpu)
    }
}

/// Four bytes each, the first in the lowest bits.
fn words_of(bytes: &[u8]) -> impl Iterator<Item = u32> {
    bytes.chunks(4).map(|chunk| chunk.iter().rev().fold(0, |word, &byte| word << 8 | u32::from(byte)))
}

impl CaptionBatch {
    /// Sentences longer than `times` lose their end.
    pub(super) fn of(examples: &[&Example], times: usize) -> candle_core::Result<Self> {
        let batch = examples.len();
        let rows = || (0..times).flat_map(|time| examples.iter().map(move |example| (time, example.words.as_slice())));
        let at = |words: &[u32], time: usize| words.get(time).copied().unwrap_or(END);
        let inputs = rows().map(|(time, words)| if time == 0 { START } else { at(words, time - 1) }).collect();
        let targets = rows().map(|(time, words)| at(words, time)).collect();
        let counts = |time: usize, words: &[u32]| time <= words.len() && at(words, time) != UNKNOWN;
        let mask = rows().map(|(time, words)| if counts(time, words) { 1.0 } else { 0.0 }).collect();
        let host = |numbers: Vec<u32>| Host::from_vec(numbers, times * batch, &Device::Cpu);
        Ok(Self {
            pictures: pictures_from(&examples.iter().map(|example| &example.picture).collect::<Vec<_>>())?,
            inputs: host(inputs)?,
            targets: host(targets)?,
            mask: Host::from_vec::<_, f32>(mask, times * batch, &Device::Cpu)?,
        })
    }
}
