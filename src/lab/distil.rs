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

use super::optimise::{MaybeGpu, choose, lost, timed};
use super::train::{Device, Trainer};
use super::{LabError, Watch, Weights};
use crate::data::dataset::Dataset;
use crate::protocol::{BackendChoice, Distil, DistilNews, Distilled};
use run::{Room, data_of, setup_of_student};
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
            let mut found = facts::facts(&Device::Cpu).await?;
            if let (Ok(gpu), BackendChoice::Auto | BackendChoice::Gpu) = (means.gpu, backend) {
                watch.pause().await;
                found.extend(facts::facts(&Device::Gpu(gpu.clone())).await?);
            }
            return Ok(Distilled::Checked(found));
        }
    };
    means.wheel.release();
    let data = data_of(job, means.brought.as_ref(), watch).await?;
    let sample = async |device: &Device| {
        let mut trainer = Trainer::new(setup_of_student(job), data.clone(), device).await?;
        timed(watch, async || {
            trainer.advance()?;
            trainer.point().await.map(|_| ())
        })
        .await
    };
    let (device, used) = choose(job.backend, means.gpu, sample).await?;
    let room = |device| Room {
        job,
        data: data.clone(),
        given: means.teacher.as_deref(),
        device,
        wheel: means.wheel,
        watch,
        tell: &tell,
    };
    let found = room(&device).run(used).await;
    Ok(Distilled::Ran(Box::new(match lost(found, job.backend)? {
        Ok(lesson) => lesson,
        Err(used) => room(&Device::Cpu).run(used).await?,
    })))
}
