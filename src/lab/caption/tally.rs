//! What there is to tell of a training, and what of it was told.

use super::trainer::Trainer;
use crate::lab::Watch;
use crate::protocol::{BackendUsed, CaptionNews, ExamPoint};

/// Points of the loss's curve, at most.
pub(super) const POINTS: u32 = 240;

pub(super) struct Tally {
    pub(super) losses: Vec<(u32, f32)>,
    pub(super) exams: Vec<ExamPoint>,
    pub(super) held_out: Vec<(u32, f32)>,
    /// Of each of them.
    told: [usize; 3],
    started_millis: f64,
    blank: CaptionNews,
}

impl Tally {
    pub(super) fn new(trainer: &Trainer, of: u32, backend: BackendUsed, watch: &impl Watch) -> Self {
        let blank = CaptionNews {
            step: 0,
            of,
            losses: Vec::new(),
            exams: Vec::new(),
            held_out: Vec::new(),
            params: trainer.params(),
            dispatches: trainer.dispatches(),
            steps_per_second: 0.0,
            seconds: 0.0,
            backend,
        };
        let (losses, exams, held_out) = (Vec::new(), Vec::new(), Vec::new());
        Self { losses, exams, held_out, told: [0; 3], started_millis: watch.now_millis(), blank }
    }

    /// What is new since the last time, or all.
    pub(super) fn news(&mut self, step: u32, watch: &impl Watch, all: bool) -> CaptionNews {
        let [losses, exams, held_out] = if all { [0; 3] } else { self.told };
        self.told = [self.losses.len(), self.exams.len(), self.held_out.len()];
        let seconds = ((watch.now_millis() - self.started_millis) / 1e3).max(1e-3) as f32;
        CaptionNews {
            step,
            losses: self.losses[losses..].to_vec(),
            exams: self.exams[exams..].to_vec(),
            held_out: self.held_out[held_out..].to_vec(),
            steps_per_second: step as f32 / seconds,
            seconds,
            ..self.blank.clone()
        }
    }
}
