//! A decoder under training on captions of one's own, and when it has learnt enough.

use super::OwnSet;
use crate::data::captions::one_in;
use crate::data::dataset::Part;
use crate::graph::Host;
use crate::graph::op::random::threefry;
use crate::lab::LabError;
use crate::lab::caption::lessons::{Example, Pixels};
use crate::lab::caption::trainer::{Course, MEASURED, Trainer};
use crate::lab::caption::vocabulary::Vocabulary;
use crate::lab::device::Device;
use crate::models::show_and_tell::{Eye, Looks, ShowAndTell};
use crate::protocol::{LearnCaptions, Optimiser, Rule, Schedule, ScheduleKind};
use std::collections::BTreeMap;
use std::rc::Rc;

/// How captions of one's own are learnt.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OwnCourse {
    /// Times that each sentence is heard, at most.
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

impl Default for OwnCourse {
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
type Lesson = (usize, Vec<u32>);

pub struct Apprentice {
    trainer: Trainer,
    set: Rc<OwnSet>,
    lessons: Vec<Lesson>,
    /// Of pictures that no lesson has.
    held_out: Vec<Lesson>,
    /// Of the lessons in this epoch.
    order: Vec<usize>,
    best: Option<Best>,
}

struct Best {
    epoch: u32,
    loss: f64,
    weights: BTreeMap<String, Host>,
}

impl Apprentice {
    /// # Errors
    /// [`LabError::Setup`] for figures that make no sense and where no word is frequent enough; what a device refuses.
    pub async fn new(set: &Rc<OwnSet>, course: OwnCourse, device: &Device) -> Result<Self, LabError> {
        let bad = |detail: String| LabError::Setup { detail };
        let (epochs, sizes) = (LearnCaptions::EPOCHS, LearnCaptions::SIZE);
        if !epochs.holds(course.epochs) || !sizes.holds(course.size as u32) {
            let detail =
                format!("{} epochs of {} units; choose {epochs} epochs and {sizes} units", course.epochs, course.size);
            return Err(bad(detail));
        }
        let train: Vec<usize> = (0..set.pictures.len()).filter(|&at| set.pictures[at].part == Part::Train).collect();
        let names: Vec<&str> = train.iter().map(|&at| set.pictures[at].name.as_str()).collect();
        let is_held_out = one_in(&names, HELD_OUT);
        let of = |wanted: bool| train.iter().zip(&is_held_out).filter(move |&(_, &is)| is == wanted).map(|(&at, _)| at);
        let sentences = || of(false).flat_map(|at| set.pictures[at].sentences.iter().map(Vec::as_slice));
        let vocabulary = Vocabulary::of_sentences(sentences(), course.least, MOST_KNOWN);
        if Vocabulary::from_words(vocabulary.words().to_vec()).is_none() {
            let detail =
                format!("no word stands {} times in the captions for training; choose fewer times", course.least);
            return Err(bad(detail));
        }
        let times = sentences().map(<[String]>::len).max().unwrap_or_default().min(MOST_WORDS) + 1;
        let lessons = |wanted: bool| -> Vec<Lesson> {
            let both = |at: usize| set.pictures[at].sentences.iter().map(move |sentence| (at, sentence));
            of(wanted).flat_map(both).map(|(at, sentence)| (at, vocabulary.numbers(sentence))).collect()
        };
        let [lessons, held_out] = [false, true].map(lessons);
        let batch = course.batch.min(lessons.len() as u32);
        let optimiser =
            Optimiser { rule: Rule::Adamw, rate: course.rate, weight_decay: 1e-2, clip: 5.0, ..Optimiser::default() };
        let steps = course.epochs * (lessons.len() as u32 / batch.max(1)).max(1);
        let schedule = Schedule { kind: ScheduleKind::Cosine, warmup_steps: 50.min(steps / 10) };
        let (seed, dropout) = (course.seed, course.dropout);
        let whole = Course { optimiser, schedule, batch, steps, seed, dropout };
        let net = ShowAndTell {
            eye: Eye::Features { count: set.pictures.first().map_or(0, |picture| picture.features.len()) },
            looks: Looks::Once,
            words: vocabulary.len(),
            embedding: course.size,
            hidden: course.size,
        };
        let mut trainer = Trainer::new(net, vocabulary, times, whole, device).await?;
        trainer.see_through(&set.eyes);
        Ok(Self { trainer, set: set.clone(), lessons, held_out, order: Vec::new(), best: None })
    }

    pub fn trainer(&self) -> &Trainer {
        &self.trainer
    }

    pub fn set(&self) -> &Rc<OwnSet> {
        &self.set
    }

    /// Sentences to learn, and those that tell when enough is learnt.
    pub fn sentences(&self) -> [usize; 2] {
        [self.lessons.len(), self.held_out.len()]
    }

    /// Steps of an epoch.
    pub fn steps_per_epoch(&self) -> u32 {
        (self.lessons.len() as u32 / self.trainer.course().batch.max(1)).max(1)
    }

    /// One step; with `read`, the loss of a word before it.
    ///
    /// # Errors
    /// [`LabError::NotFiniteRun`], and what a device refuses.
    pub async fn advance(&mut self, read: bool) -> Result<Option<f32>, LabError> {
        let course = self.trainer.course();
        let (batch, seed) = (course.batch as usize, course.seed);
        let (epoch, at) = (self.trainer.step() / self.steps_per_epoch(), self.trainer.step() % self.steps_per_epoch());
        if at == 0 || self.order.is_empty() {
            self.order = shuffled(self.lessons.len(), [seed, epoch]);
        }
        let chosen = self.order.iter().skip(at as usize * batch).take(batch);
        let examples: Vec<Example> = chosen.map(|&lesson| self.example(&self.lessons[lesson])).collect();
        self.trainer.advance(&examples, read).await
    }

    fn example(&self, (picture, words): &Lesson) -> Example {
        Example { picture: Pixels::Features(self.set.pictures[*picture].features.clone()), words: words.clone() }
    }

    /// The loss of a word of the held-out sentences, in nats; the best weights so far are kept.
    ///
    /// # Errors
    /// What a device refuses.
    pub async fn look_back(&mut self) -> Result<f64, LabError> {
        let (mut sum, mut words) = (0.0, 0);
        for some in self.held_out.chunks(MEASURED) {
            let examples: Vec<Example> = some.iter().map(|lesson| self.example(lesson)).collect();
            let (log_p, count) = self.trainer.log_p(&examples).await?;
            (sum, words) = (sum + log_p, words + count);
        }
        let loss = -sum / words.max(1) as f64;
        if self.best.as_ref().is_none_or(|best| loss < best.loss) {
            let epoch = self.trainer.step() / self.steps_per_epoch();
            self.best = Some(Best { epoch, loss, weights: self.trainer.values(false).await? });
        }
        Ok(loss)
    }

    /// The epoch after which the held-out sentences were likeliest, and their loss.
    pub fn best(&self) -> Option<(u32, f64)> {
        self.best.as_ref().map(|best| (best.epoch, best.loss))
    }

    /// Back to the best weights.
    ///
    /// # Errors
    /// What a device refuses.
    pub fn settle(&mut self) -> Result<(), LabError> {
        match &self.best {
            Some(best) => self.trainer.take_weights(|name| best.weights.get(name).cloned()),
            None => Ok(()),
        }
    }

    /// What is said of these pictures of the set, the likeliest word each time.
    ///
    /// # Errors
    /// What a device refuses.
    pub async fn said(&mut self, pictures: &[usize]) -> Result<Vec<String>, LabError> {
        let mut all = Vec::new();
        for some in pictures.chunks(MEASURED) {
            let examples: Vec<Example> = some.iter().map(|&at| self.example(&(at, Vec::new()))).collect();
            all.extend(self.trainer.said(&examples).await?.iter().map(|said| self.trainer.vocabulary().sentence(said)));
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
