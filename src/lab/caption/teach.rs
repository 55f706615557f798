//! Training on scenes while somebody watches.

use super::kept::{Captioner, Keep, saved};
use super::school::{School, scene_course};
use super::tally::{POINTS, Tally};
use crate::data::scenes::Kind;
use crate::lab::device::{Device, MaybeGpu, Pace, choose, timed};
use crate::lab::{LabError, Watch};
use crate::protocol::{CaptionNews, CaptionTrain, ExamPoint};

/// Exams of a course, and scenes in each.
const EXAMS: u32 = 15;
const EXAM_SCENES: u32 = 128;

/// Trains; `tell` hears how far it is, and `keep` gets the network after each exam.
///
/// # Errors
/// [`LabError::Setup`] for figures that make no sense, [`LabError::NotFiniteRun`], [`LabError::Cancelled`], and what a device
/// refuses.
pub async fn teach(
    job: &CaptionTrain,
    gpu: &MaybeGpu,
    watch: &impl Watch,
    tell: &impl Fn(CaptionNews),
    keep: &impl Fn(Captioner),
) -> Result<CaptionNews, LabError> {
    if !CaptionTrain::STEPS.holds(job.steps) {
        let detail = format!("{} steps cannot be trained; choose {}", job.steps, CaptionTrain::STEPS);
        return Err(LabError::Setup { detail });
    }
    let (device, backend) = choose(job.backend, gpu, async |device| {
        let mut school = school(job, device).await?;
        timed(watch, async || school.advance(true).await.map(|_| ())).await
    })
    .await?;
    let mut school = school(job, &device).await?;
    let mut lesson = Tally::new(school.trainer(), job.steps, backend, watch);
    let mut pace = Pace::new(watch);
    let (every, exam_every) = (job.steps.div_ceil(POINTS), job.steps.div_ceil(EXAMS));
    for step in 1..=job.steps {
        let read = step % every == 0 || step == job.steps;
        lesson.losses.extend(school.advance(read).await?.map(|loss| (step, loss)));
        if step % exam_every == 0 || step == job.steps {
            let exam = school.exam(Kind::HeldOut, EXAM_SCENES).await?;
            lesson.exams.push(ExamPoint { step, right: exam.right, of: exam.of });
            keep(Captioner::parse("the network in training", saved(school.trainer(), Keep::Weights, "memory").await?)?);
        }
        pace.rest(watch).await?;
        if pace.is_time_to_tell(watch) && step < job.steps {
            tell(lesson.news(step, watch, false));
        }
    }
    Ok(lesson.news(job.steps, watch, true))
}

async fn school(job: &CaptionTrain, device: &Device) -> Result<School, LabError> {
    let mut course = scene_course(job.steps, job.seed);
    course.batch = job.batch;
    course.optimiser.rate = job.rate;
    School::new(course, device).await
}
