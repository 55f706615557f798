//! Training on scenes: the course, its lessons and its exams.

use super::kept::Captioner;
use super::lessons::{Example, Scenes};
use super::trainer::{Course, MEASURED, Trainer};
use super::vocabulary::Vocabulary;
use crate::data::scenes::Kind;
use crate::lab::LabError;
use crate::lab::device::Device;
use crate::models::show_and_tell::{Looks, ShowAndTell};
use crate::protocol::{Optimiser, Rule, Schedule, ScheduleKind};

/// A network that learns from scenes.
pub struct School {
    trainer: Trainer,
    scenes: Scenes,
}

/// Scenes in an exam, and how many captions were right to the word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exam {
    pub right: u32,
    pub of: u32,
}

/// How scenes are learnt where nobody says otherwise.
pub fn scene_course(steps: u32, seed: u32) -> Course {
    let optimiser = Optimiser { rule: Rule::Adamw, rate: 4e-3, weight_decay: 0.1, clip: 5.0, ..Optimiser::default() };
    let schedule = Schedule { kind: ScheduleKind::Cosine, warmup_steps: 100.min(steps / 4) };
    Course { optimiser, schedule, batch: 64, steps, seed, dropout: 0.0 }
}

impl School {
    /// The network that is trained on scenes.
    pub fn net() -> ShowAndTell {
        ShowAndTell {
            eye: Scenes::EYE,
            looks: Looks::Always,
            words: Vocabulary::of_scenes().len(),
            embedding: 128,
            hidden: 128,
        }
    }

    /// # Errors
    /// Those of [`Trainer::new`].
    pub async fn new(course: Course, device: &Device) -> Result<Self, LabError> {
        let scenes = Scenes { seed: course.seed };
        let trainer = Trainer::new(Self::net(), Vocabulary::of_scenes(), Scenes::times(), course, device).await?;
        Ok(Self { trainer, scenes })
    }

    /// A network as it is, to be examined or trained further.
    ///
    /// # Errors
    /// Those of [`Trainer::new`].
    pub async fn of(kept: &Captioner, device: &Device) -> Result<Self, LabError> {
        let mut school = Self::new(scene_course(kept.steps.max(1), kept.seed), device).await?;
        school.trainer.take_weights(|name| kept.value(name))?;
        Ok(school)
    }

    pub fn trainer(&self) -> &Trainer {
        &self.trainer
    }

    pub fn trainer_mut(&mut self) -> &mut Trainer {
        &mut self.trainer
    }

    /// One step on new scenes; with `read`, the loss of a word before it.
    pub async fn advance(&mut self, read: bool) -> Result<Option<f32>, LabError> {
        let batch = u64::from(self.trainer.course().batch);
        let first = u64::from(self.trainer.step()) * batch;
        let examples: Vec<Example> =
            (first..first + batch).map(|index| self.scenes.example(index, self.trainer.vocabulary())).collect();
        self.trainer.advance(&examples, read).await
    }

    /// Captions of `count` scenes that were in no lesson.
    pub async fn exam(&mut self, kind: Kind, count: u32) -> Result<Exam, LabError> {
        let mut right = 0;
        for first in (0..count).step_by(MEASURED) {
            let last = count.min(first + MEASURED as u32);
            let vocabulary = self.trainer.vocabulary();
            let examples: Vec<Example> =
                (first..last).map(|index| Scenes::exam(kind, u64::from(index), vocabulary)).collect();
            let said = self.trainer.said(&examples).await?;
            right += said.iter().zip(&examples).filter(|(said, example)| **said == example.words).count() as u32;
        }
        Ok(Exam { right, of: count })
    }
}
