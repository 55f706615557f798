//! A decoder under training on captions of one's own, and when it has learnt enough.

use super::OwnSet;
use crate::data::captions::one_in;
use crate::data::dataset::Part;
use crate::graph::Host;
use crate::graph::op::random::threefry;
use crate::lab::LabError;
use crate::lab::caption::batch::{Example, PictureData};
use crate::lab::caption::task::{CaptionConfig, Captioning, ExampleSource, MEASURED};
use crate::lab::caption::vocabulary::Vocabulary;
use crate::lab::device::Device;
use crate::lab::trainer::Trainer;
use crate::models::show_and_tell::{Looks, PictureInput, ShowAndTell};
use crate::protocol::{LearnCaptions, Optimiser, Rule, Schedule, ScheduleKind};
use std::collections::BTreeMap;
use std::rc::Rc;

/// How captions of one's own are learnt.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OwnConfig {
    /// Times that each sentence is seen, at most.
    pub epochs: u32,
    pub batch: u32,
    pub rate: f64,
    pub seed: u32,
    /// Numbers of a word and of a picture, and units of the LSTM.
    pub size: usize,
    pub dropout: f64,
    /// A word that stands less often in the sentences is unknown.
    pub least: usize,
}

impl Default for OwnConfig {
    fn default() -> Self {
        Self { epochs: 20, batch: 64, rate: 2e-3, seed: 1, size: 256, dropout: 0.5, least: 3 }
    }
}

/// Longer sentences lose their ends.
const MOST_WORDS: usize = 24;
/// More words do not come into the vocabulary, the rarest first.
const MOST_KNOWN: usize = 10_000;
/// One picture for training in so many tells when enough is learnt.
const HELD_OUT: usize = 10;

/// A picture's index in the set, and the words of one of its sentences.
type Sentence = (usize, Vec<u32>);

pub type CaptionTrainer = Trainer<Captioning<Sentences>>;

pub struct Sentences {
    set: Rc<OwnSet>,
    training: Vec<Sentence>,
    /// Of pictures that are not trained on.
    held_out: Vec<Sentence>,
    seed: u32,
    /// An epoch, and the order of its sentences.
    order: (u32, Vec<usize>),
    best: Option<Best>,
}

struct Best {
    epoch: u32,
    loss: f64,
    weights: BTreeMap<String, Host>,
}

impl Sentences {
    fn steps_per_epoch(&self, batch: u32) -> u32 {
        (self.training.len() as u32 / batch.max(1)).max(1)
    }

    fn example(&self, (picture, words): &Sentence) -> Example {
        Example { picture: PictureData::Features(self.set.pictures[*picture].features.clone()), words: words.clone() }
    }
}

impl ExampleSource for Sentences {
    fn examples(&mut self, step: u32, batch: usize, _: &Vocabulary) -> Vec<Example> {
        let per_epoch = self.steps_per_epoch(batch as u32);
        let (epoch, at) = (step / per_epoch, step % per_epoch);
        if self.order.0 != epoch || self.order.1.is_empty() {
            self.order = (epoch, shuffled(self.training.len(), [self.seed, epoch]));
        }
        let chosen = self.order.1.iter().skip(at as usize * batch).take(batch);
        chosen.map(|&sentence| self.example(&self.training[sentence])).collect()
    }
}

impl CaptionTrainer {
    pub async fn start(set: &Rc<OwnSet>, config: OwnConfig, device: &Device) -> Result<Self, LabError> {
        let OwnConfig { epochs, size, least, rate, seed, dropout, .. } = config;
        let (all_epochs, sizes) = (LearnCaptions::EPOCHS, LearnCaptions::SIZE);
        let is_possible = all_epochs.holds(epochs) && sizes.holds(size as u32);
        ensure!(is_possible, "{epochs} epochs of {size} units; choose {all_epochs} epochs and {sizes} units");
        let train: Vec<usize> = (0..set.pictures.len()).filter(|&at| set.pictures[at].part == Part::Train).collect();
        let names: Vec<&str> = train.iter().map(|&at| set.pictures[at].name.as_str()).collect();
        let is_held_out = one_in(&names, HELD_OUT);
        let of = |wanted: bool| train.iter().zip(&is_held_out).filter(move |&(_, &is)| is == wanted).map(|(&at, _)| at);
        let sentences = || of(false).flat_map(|at| set.pictures[at].sentences.iter().map(Vec::as_slice));
        let vocabulary = Vocabulary::of_sentences(sentences(), least, MOST_KNOWN);
        let has_words = Vocabulary::from_words(vocabulary.words().to_vec()).is_some();
        ensure!(has_words, "no word stands {least} times in the captions for training; choose fewer times");
        let times = sentences().map(<[String]>::len).max().unwrap_or_default().min(MOST_WORDS) + 1;
        let numbered = |wanted: bool| -> Vec<Sentence> {
            let both = |at: usize| set.pictures[at].sentences.iter().map(move |sentence| (at, sentence));
            of(wanted).flat_map(both).map(|(at, sentence)| (at, vocabulary.numbers(sentence))).collect()
        };
        let [training, held_out] = [false, true].map(numbered);
        let batch = config.batch.min(training.len() as u32);
        let order = (0, Vec::new());
        let source = Sentences { set: set.clone(), training, held_out, seed, order, best: None };
        let optimiser = Optimiser { rule: Rule::Adamw, rate, weight_decay: 1e-2, clip: 5.0, ..Optimiser::default() };
        let steps = epochs * source.steps_per_epoch(batch);
        let schedule = Schedule { kind: ScheduleKind::Cosine, warmup_steps: 50.min(steps / 10) };
        let config = CaptionConfig { optimiser, schedule, batch, steps, seed, dropout };
        let net = ShowAndTell {
            input: PictureInput::Features { count: set.pictures.first().map_or(0, |picture| picture.features.len()) },
            looks: Looks::Once,
            words: vocabulary.len(),
            embedding: size,
            hidden: size,
        };
        let mut trainer = Self::captioning((net, vocabulary, times), source, config, epochs, device).await?;
        trainer.task.backbone.clone_from(&set.backbone);
        Ok(trainer)
    }

    pub fn set(&self) -> &Rc<OwnSet> {
        &self.task.source.set
    }

    /// Sentences to learn, and those that tell when enough is learnt.
    pub fn sentences(&self) -> [usize; 2] {
        [self.task.source.training.len(), self.task.source.held_out.len()]
    }

    /// The loss of a word of the held-out sentences, in nats; the best weights so far are kept.
    pub async fn evaluate(&mut self) -> Result<f64, LabError> {
        let (mut sum, mut words) = (0.0, 0);
        let held_out: Vec<Example> =
            self.task.source.held_out.iter().map(|sentence| self.task.source.example(sentence)).collect();
        for examples in held_out.chunks(MEASURED) {
            let (log_p, count) = self.log_p(examples).await?;
            (sum, words) = (sum + log_p, words + count);
        }
        let loss = -sum / words.max(1) as f64;
        if self.best().is_none_or(|(_, best)| loss < best) {
            let epoch = self.step() / self.steps_per_epoch();
            let weights = self.values(false).await?;
            self.task.source.best = Some(Best { epoch, loss, weights });
        }
        Ok(loss)
    }

    /// The epoch after which the held-out sentences were likeliest, and their loss.
    pub fn best(&self) -> Option<(u32, f64)> {
        self.task.source.best.as_ref().map(|best| (best.epoch, best.loss))
    }

    /// Back to the best weights.
    pub fn take_best(&mut self) -> Result<(), LabError> {
        let Some(best) = self.task.source.best.take() else { return Ok(()) };
        self.take_weights(|name| best.weights.get(name).cloned())?;
        self.task.source.best = Some(best);
        Ok(())
    }

    /// What is said of these pictures of the set, the likeliest word each time.
    pub async fn captions(&mut self, pictures: &[usize]) -> Result<Vec<String>, LabError> {
        let mut all = Vec::new();
        for some in pictures.chunks(MEASURED) {
            let examples: Vec<Example> = some.iter().map(|&at| self.task.source.example(&(at, Vec::new()))).collect();
            let said = self.said(&examples).await?;
            all.extend(said.iter().map(|said| self.vocabulary().sentence(said)));
        }
        Ok(all)
    }
}

/// The numbers below `count`, in an order of the key's own (Fisher and Yates).
fn shuffled(count: usize, key: [u32; 2]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    for last in (1..count).rev() {
        let bits = u64::from(threefry(key, [last as u32, ORDER])[0]);
        order.swap(last, ((bits * (last as u64 + 1)) >> 32) as usize);
    }
    order
}

/// Keeps these random numbers apart from others of the same seed.
const ORDER: u32 = 0x0_4de4;
