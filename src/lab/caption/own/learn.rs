//! Learning captions of one's own while somebody watches.

use super::{Apprentice, OwnCourse, OwnMarks, OwnSet, marks};
use crate::lab::caption::kept::Captioner;
use crate::lab::caption::tally::{POINTS, Tally};
use crate::lab::device::{Device, MaybeGpu, Pace, choose, timed};
use crate::lab::{LabError, Watch};
use crate::protocol::{CaptionNews, LearnCaptions};
use std::rc::Rc;

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
    let mut heard = Tally::new(apprentice.trainer(), steps, backend, watch);
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
