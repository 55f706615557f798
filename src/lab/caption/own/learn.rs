//! Learning captions of one's own while somebody watches.

use super::{Apprentice, OwnCourse, OwnMarks, OwnSet, marks};
use crate::lab::caption::kept::Captioner;
use crate::lab::optimise::{MaybeGpu, Pace, choose, timed};
use crate::lab::train::Device;
use crate::lab::{LabError, Watch};
use crate::protocol::{BackendUsed, CaptionNews, LearnCaptions};
use std::rc::Rc;

/// Points of the loss's curve, at most.
const POINTS: u32 = 240;

/// What came of learning.
pub struct OwnLearnt {
    pub news: CaptionNews,
    pub best_epoch: u32,
    pub marks: OwnMarks,
    pub captioner: Captioner,
    pub device: Device,
}

/// Trains, keeps the weights that make held-out sentences likeliest, and measures them; `tell` hears how far it is.
///
/// # Errors
/// [`LabError::Setup`] for figures that make no sense, [`LabError::NotFiniteRun`], [`LabError::Cancelled`], and what a device
/// refuses.
pub async fn learn(
    job: &LearnCaptions,
    set: &Rc<OwnSet>,
    gpu: &MaybeGpu,
    watch: &impl Watch,
    tell: &impl Fn(CaptionNews),
) -> Result<OwnLearnt, LabError> {
    let course = OwnCourse {
        epochs: job.epochs,
        rate: job.rate,
        size: job.size as usize,
        least: job.least as usize,
        seed: job.seed,
        ..OwnCourse::default()
    };
    let (device, backend) = choose(job.backend, gpu, async |device| {
        let mut apprentice = Apprentice::new(set, course, device).await?;
        timed(watch, async || apprentice.advance(true).await.map(|_| ())).await
    })
    .await?;
    let mut apprentice = Apprentice::new(set, course, &device).await?;
    let per_epoch = apprentice.steps_per_epoch();
    let steps = course.epochs * per_epoch;
    let mut heard = Heard::new(&apprentice, steps, backend, watch);
    let mut pace = Pace::new(watch);
    let first = apprentice.look_back().await? as f32;
    heard.held_out.push((0, first));
    for step in 1..=steps {
        let read = step.is_multiple_of(steps.div_ceil(POINTS)) || step == steps;
        heard.losses.extend(apprentice.advance(read).await?.map(|loss| (step, loss)));
        if step.is_multiple_of(per_epoch) {
            heard.held_out.push((step, apprentice.look_back().await? as f32));
        }
        pace.rest(watch).await?;
        if pace.is_time_to_tell(watch) {
            tell(heard.news(step, watch, false));
        }
    }
    tell(heard.news(steps, watch, false));
    apprentice.settle()?;
    let (found, captioner) = marks(&mut apprentice, &device, watch).await?;
    let best_epoch = apprentice.best().map_or(0, |(epoch, _)| epoch);
    Ok(OwnLearnt { news: heard.news(steps, watch, true), best_epoch, marks: found, captioner, device })
}

/// What there is to tell.
struct Heard {
    losses: Vec<(u32, f32)>,
    held_out: Vec<(u32, f32)>,
    /// Told of both.
    told: [usize; 2],
    started_millis: f64,
    blank: CaptionNews,
}

impl Heard {
    fn new(apprentice: &Apprentice, of: u32, backend: BackendUsed, watch: &impl Watch) -> Self {
        let trainer = apprentice.trainer();
        let blank = CaptionNews {
            step: 0,
            of,
            losses: Vec::new(),
            exams: Vec::new(),
            held_out: Vec::new(),
            params: trainer.params(),
            dispatches: trainer.dispatches() as u32,
            steps_per_second: 0.0,
            seconds: 0.0,
            backend,
        };
        let started_millis = watch.now_millis();
        Self { losses: Vec::new(), held_out: Vec::new(), told: [0; 2], started_millis, blank }
    }

    fn news(&mut self, step: u32, watch: &impl Watch, all: bool) -> CaptionNews {
        let [losses, held_out] = if all { [0; 2] } else { self.told };
        self.told = [self.losses.len(), self.held_out.len()];
        let seconds = ((watch.now_millis() - self.started_millis) / 1e3).max(1e-3) as f32;
        CaptionNews {
            step,
            losses: self.losses[losses..].to_vec(),
            held_out: self.held_out[held_out..].to_vec(),
            steps_per_second: step as f32 / seconds,
            seconds,
            ..self.blank.clone()
        }
    }
}
