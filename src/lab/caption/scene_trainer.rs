//! Training on scenes: how it is done, and what is counted of it.

use super::batch::{Example, Scenes};
use super::kept::Captioner;
use super::task::{CaptionConfig, Captioning, ExampleSource, MEASURED};
use super::vocabulary::Vocabulary;
use crate::data::scenes::SceneKind;
use crate::lab::LabError;
use crate::lab::device::Device;
use crate::lab::trainer::Trainer;
use crate::models::show_and_tell::{Looks, ShowAndTell};
use crate::protocol::{Optimiser, Rule, Schedule, ScheduleKind};

pub type SceneTrainer = Trainer<Captioning<Scenes>>;

/// Scenes on which a network was measured, and how many captions were right to the word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Evaluation {
    pub right: u32,
    pub of: u32,
}

/// How scenes are learnt where nobody says otherwise.
pub fn scene_config(steps: u32, seed: u32) -> CaptionConfig {
    let optimiser = Optimiser { rule: Rule::Adamw, rate: 4e-3, weight_decay: 0.1, clip: 5.0, ..Optimiser::default() };
    let schedule = Schedule { kind: ScheduleKind::Cosine, warmup_steps: 100.min(steps / 4) };
    CaptionConfig { optimiser, schedule, batch: 64, steps, seed, dropout: 0.0 }
}

/// The network that is trained on scenes.
pub fn scene_net() -> ShowAndTell {
    let words = Vocabulary::of_scenes().len();
    ShowAndTell { input: Scenes::INPUT, looks: Looks::Always, words, embedding: 128, hidden: 128 }
}

/// Each step has new scenes.
impl ExampleSource for Scenes {
    fn examples(&mut self, step: u32, batch: usize, vocabulary: &Vocabulary) -> Vec<Example> {
        let batch = batch as u64;
        let first = u64::from(step) * batch;
        (first..first + batch).map(|index| self.example(index, vocabulary)).collect()
    }
}

impl SceneTrainer {
    /// With first weights.
    pub async fn start(config: CaptionConfig, device: &Device) -> Result<Self, LabError> {
        let scenes = Scenes { seed: config.seed };
        let of = (scene_net(), Vocabulary::of_scenes(), Scenes::times());
        Self::captioning(of, scenes, config, 1, device).await
    }

    /// A network as it is, to be measured or trained further.
    pub async fn from_captioner(kept: &Captioner, device: &Device) -> Result<Self, LabError> {
        let mut trainer = Self::start(scene_config(kept.steps.max(1), kept.seed), device).await?;
        trainer.take_weights(|name| kept.value(name))?;
        Ok(trainer)
    }

    /// Captions of `count` scenes on which nothing is trained.
    pub async fn evaluate(&mut self, kind: SceneKind, count: u32) -> Result<Evaluation, LabError> {
        let mut right = 0;
        for first in (0..count).step_by(MEASURED) {
            let last = count.min(first + MEASURED as u32);
            let vocabulary = self.vocabulary();
            let examples: Vec<Example> =
                (first..last).map(|index| Scenes::evaluated(kind, u64::from(index), vocabulary)).collect();
            let said = self.said(&examples).await?;
            right += said.iter().zip(&examples).filter(|(said, example)| **said == example.words).count() as u32;
        }
        Ok(Evaluation { right, of: count })
    }
}
