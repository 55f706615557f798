//! Distil: a teacher, and the same student twice, with the teacher's softened answers and without (Hinton, Vinyals & Dean 2015).

mod answers;
mod facts;
pub mod paper;
mod run;
mod teacher;
mod transfer;
mod wheel;

pub use answers::{Answers, best};
pub use transfer::{Transfer, with_validation};
pub use wheel::Wheel;

use super::device::{Device, MaybeGpu, choose, on_each};
use super::train::Trainer;
use super::trainer::Driver;
use super::{Host, LabError, Perform, Watch, Weights};
use crate::data::dataset::Dataset;
use crate::protocol::{Distil, DistilNews, Distilled, SteerDistil, Teacher};
use run::{Begin, DistilTraining, data_of, setup_of_student};
use std::rc::Rc;

/// What else a job may use: examples that the person brought, weights of the teacher, and the wheel.
pub struct Means<'a> {
    pub gpu: &'a MaybeGpu,
    pub brought: Option<Rc<Dataset>>,
    pub teacher: Option<Rc<Weights>>,
    pub wheel: &'a Wheel,
}

/// Does the job; `tell` hears how far it is.
///
/// # Errors
/// [`LabError::Setup`] and [`LabError::Network`] for what makes no sense, [`LabError::NoGpu`] where the person chose one,
/// [`LabError::NotFiniteRun`], [`LabError::Cancelled`], and what a device refuses.
pub async fn distil(
    job: &Distil,
    means: Means<'_>,
    watch: &impl Watch,
    tell: impl Fn(DistilNews),
) -> Result<Distilled, LabError> {
    let job = match job {
        Distil::Run(job) => job,
        Distil::Check(backend) => {
            let found = on_each(*backend, means.gpu, async |device| facts::facts(device).await);
            return Ok(Distilled::Checked(found.await?));
        }
    };
    means.wheel.release();
    let data = data_of(job, means.brought.as_ref(), watch).await?;
    let sample = async |device: &Device| {
        Trainer::new(setup_of_student(job), data.clone(), device).await?.step_millis(watch).await
    };
    let (device, backend) = choose(job.backend, means.gpu, sample).await?;
    let mut driver = Driver::new(watch, means.gpu, job.backend, backend.clone());
    let (given, controls) = (means.teacher.as_deref(), means.wheel);
    let begin = Begin { job, data, given, controls, watch, tell: &tell };
    let mut training = DistilTraining::new(begin, device, backend).await?;
    let mut lesson = driver.drive(&mut training).await?;
    lesson.news.backend = driver.backend().clone();
    Ok(Distilled::Ran(lesson))
}

impl<H: Host> Perform<H> for Distil {
    type Kept = Wheel;

    async fn perform(self, wheel: &Wheel, host: &H, tell: &dyn Fn(DistilNews)) -> Result<Distilled, LabError> {
        let teacher = match &self {
            Distil::Run(run) => match &run.teacher {
                Teacher::Loaded { network } => Some(host.weights(network).await?),
                Teacher::Trained { .. } => None,
            },
            Distil::Check(_) => None,
        };
        let gpu = host.gpu().await?;
        distil(&self, Means { gpu: &gpu, brought: host.examples(), teacher, wheel }, host, tell).await
    }

    fn steer(wheel: &Wheel, steer: SteerDistil) {
        wheel.turn(steer);
    }
}
