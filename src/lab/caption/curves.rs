//! What there is to tell of a training, and what of it was told.

use super::task::{Captioning, ExampleSource};
use crate::lab::trainer::Trainer;
use crate::protocol::{BackendUsed, CaptionNews, ExamPoint};

/// Points of the loss's curve, at most.
pub(super) const POINTS: u32 = 240;

pub(super) struct Curves {
    losses: Vec<(u32, f32)>,
    pub(super) evaluations: Vec<ExamPoint>,
    pub(super) held_out: Vec<(u32, f32)>,
    /// Up to this step all was told.
    told: Option<u32>,
    params: u64,
    dispatches: u32,
    steps: u32,
}

impl Curves {
    pub(super) fn of<S: ExampleSource>(trainer: &Trainer<Captioning<S>>) -> Self {
        let (losses, evaluations, held_out) = (Vec::new(), Vec::new(), Vec::new());
        let (params, dispatches, steps) = (trainer.params(), trainer.dispatches(), trainer.steps());
        Self { losses, evaluations, held_out, told: None, params, dispatches, steps }
    }

    /// Those of the steps that the curve shows.
    pub(super) fn add_losses(&mut self, losses: Vec<(u32, f32)>) {
        let (steps, every) = (self.steps, self.steps.div_ceil(POINTS));
        let is_shown = |(step, _): &(u32, f32)| step.is_multiple_of(every) || *step == steps;
        self.losses.extend(losses.into_iter().filter(is_shown));
    }

    /// Forgets what came after this step.
    pub(super) fn go_back(&mut self, step: u32) {
        self.losses.retain(|(at, _)| *at <= step);
        self.evaluations.retain(|point| point.step <= step);
        self.held_out.retain(|(at, _)| *at <= step);
    }

    /// What is new since the last time.
    pub(super) fn news(&mut self, step: u32, backend: &BackendUsed, seconds: f64) -> CaptionNews {
        let news = self.since(self.told, step, backend, seconds);
        self.told = self.told.max(Some(step));
        news
    }

    /// All of it.
    pub(super) fn whole(&self, backend: &BackendUsed, seconds: f64) -> CaptionNews {
        self.since(None, self.steps, backend, seconds)
    }

    fn since(&self, told: Option<u32>, step: u32, backend: &BackendUsed, seconds: f64) -> CaptionNews {
        let is_new = |at: u32| told.is_none_or(|told| at > told);
        let seconds = seconds.max(1e-3) as f32;
        CaptionNews {
            step,
            of: self.steps,
            losses: self.losses.iter().copied().filter(|&(at, _)| is_new(at)).collect(),
            exams: self.evaluations.iter().copied().filter(|point| is_new(point.step)).collect(),
            held_out: self.held_out.iter().copied().filter(|&(at, _)| is_new(at)).collect(),
            params: self.params,
            dispatches: self.dispatches,
            steps_per_second: step as f32 / seconds,
            seconds,
            backend: backend.clone(),
        }
    }
}
