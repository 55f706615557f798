//! Distil: a teacher, and the same student twice, with the teacher's softened answers and without (Hinton, Vinyals & Dean 2015).

mod answers;
mod facts;
mod live_controls;
pub mod paper;
mod run;
mod teacher;
mod transfer;

pub use answers::{Answers, best};
pub use live_controls::LiveControls;
pub use transfer::{Transfer, with_validation};

use super::device::{Device, MaybeGpu, choose, on_each};
use super::train::Trainer;
use super::trainer::Driver;
use super::{Host, LabError, Perform, Watch, Weights};
use crate::data::dataset::Dataset;
use crate::protocol::{Distil, DistilNews, Distilled, SteerDistil, Teacher};
use run::{Begin, DistilTraining, data_of, setup_of_student};
use std::rc::Rc;

/// What else a job may use: examples that the person brought, weights of the teacher, and the live controls.
pub struct Inputs<'a> {
    pub gpu: &'a MaybeGpu,
    pub examples: Option<Rc<Dataset>>,
    pub teacher: Option<Rc<Weights>>,
    pub controls: &'a LiveControls,
}

/// Does the job; `tell` hears how far it is.
///
/// # Errors
/// [`LabError::Setup`] and [`LabError::Network`] for what makes no sense, [`LabError::NoGpu`] where the person chose one,
/// [`LabError::NotFiniteRun`], [`LabError::Cancelled`], and what a device refuses.
pub async fn distil(
    job: &Distil,
    inputs: Inputs<'_>,
    watch: &impl Watch,
    tell: impl Fn(DistilNews),
) -> Result<Distilled, LabError> {
    let job = match job {
        Distil::Run(job) => job,
        Distil::Check(backend) => {
            let found = on_each(*backend, inputs.gpu, async |device| facts::facts(device).await);
            return Ok(Distilled::Checked(found.await?));
        }
    };
    inputs.controls.reset();
    let data = data_of(job, inputs.examples.as_ref(), watch).await?;
    let sample = async |device: &Device| {
        Trainer::new(setup_of_student(job), data.clone(), device).await?.step_millis(watch).await
    };
    let (device, backend) = choose(job.backend, inputs.gpu, sample).await?;
    let mut driver = Driver::new(watch, inputs.gpu, job.backend, backend.clone());
    let (given, controls) = (inputs.teacher.as_deref(), inputs.controls);
    let begin = Begin { job, data, given, controls, watch, tell: &tell };
    let mut training = DistilTraining::new(begin, device, backend).await?;
    let mut lesson = driver.drive(&mut training).await?;
    lesson.news.backend = driver.backend().clone();
    Ok(Distilled::Ran(lesson))
}

impl<H: Host> Perform<H> for Distil {
    type Kept = LiveControls;

    async fn perform(
        self,
        controls: &LiveControls,
        host: &H,
        tell: &dyn Fn(DistilNews),
    ) -> Result<Distilled, LabError> {
        let teacher = match &self {
            Distil::Run(run) => match &run.teacher {
                Teacher::Loaded { network } => Some(host.weights(network).await?),
                Teacher::Trained { .. } => None,
            },
            Distil::Check(_) => None,
        };
        let gpu = host.gpu().await?;
        distil(&self, Inputs { gpu: &gpu, examples: host.examples(), teacher, controls }, host, tell).await
    }

    fn steer(controls: &LiveControls, steer: SteerDistil) {
        controls.set(steer);
    }
}
