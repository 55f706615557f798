//! Distil: a teacher, and the same student twice, with the teacher's softened answers and without (Hinton, Vinyals & Dean 2015).

mod answers;
mod facts;
pub mod paper;
mod run;
mod transfer;

pub use answers::{Answers, best};
pub use transfer::{TransferSet, with_validation};

use super::device::{Device, choose, on_each};
use super::train::Trainer;
use super::trainer::Driver;
use super::{Host, LabError, Perform, Weights, file_name};
use crate::protocol::{Distil, DistilNews, Distilled, ExportStudent, Exported, Mix, SteerDistil, Teacher};
use run::{DistilInputs, DistilTraining, data_of, setup_of_student};
use std::cell::{Cell, RefCell};

impl<H: Host> Perform<H> for Distil {
    type Kept = DistilSession;

    async fn perform(self, kept: &DistilSession, host: &H, tell: &dyn Fn(DistilNews)) -> Result<Distilled, LabError> {
        let job = match self {
            Distil::Run(job) => job,
            Distil::ExportStudent(job) => return Ok(Distilled::Exported(kept.export(job, host).await?)),
            Distil::Check(backend) => {
                let facts = on_each(backend, host, async |device| facts::facts(device, host).await);
                return Ok(Distilled::Checked(facts.await?));
            }
        };
        let teacher = match &job.teacher {
            Teacher::Loaded { network } => Some(host.weights(network).await?),
            Teacher::Trained { .. } => None,
        };
        let gpu = host.gpu().await?;
        let controls = &kept.controls;
        controls.reset();
        let data = data_of(&job, host.examples().as_ref(), host).await?;
        let sample = async |device: &Device| {
            Trainer::new(setup_of_student(&job), data.clone(), device).await?.step_millis(host).await
        };
        let (device, backend) = choose(job.backend, &gpu, sample).await?;
        let mut driver = Driver::new(host, &gpu, job.backend, backend.clone());
        let given = teacher.as_deref();
        let begin = DistilInputs { job: &job, data: data.clone(), given, controls, watch: host, tell: &tell };
        let mut training = DistilTraining::new(begin, device, backend).await?;
        let mut lesson = driver.drive(&mut training).await?;
        kept.students.replace(training.students().await?);
        lesson.news.backend = driver.backend().clone();
        Ok(Distilled::Ran(lesson))
    }

    fn steer(kept: &DistilSession, steer: SteerDistil) {
        kept.controls.set(steer);
    }
}

/// What stays of a lesson, and what steers the one under way.
#[derive(Default)]
pub struct DistilSession {
    pub controls: LiveControls,
    /// Of the last lesson that came to its end: taught by the teacher, and alone.
    students: RefCell<Option<[Weights; 2]>>,
}

impl DistilSession {
    async fn export(&self, job: ExportStudent, host: &impl Host) -> Result<Exported, LabError> {
        let ExportStudent { form, is_alone } = job;
        let student =
            self.students.borrow().as_ref().map(|[taught, alone]| if is_alone { alone } else { taught }.clone());
        let student = student
            .ok_or_else(|| bad_setup!("no student has learnt to the end yet; start a lesson and wait for its end"))?;
        let network = student.network();
        let bytes = host.exported(form, network, Some(&student)).await?;
        Ok(Exported { name: file_name(&network.title, form), bytes: bytes.into() })
    }
}

/// What a person changes in a run under way; it is read between two steps.
#[derive(Default)]
pub struct LiveControls {
    mix: Cell<Option<Mix>>,
    paused: Cell<bool>,
}

impl LiveControls {
    pub fn set(&self, steer: SteerDistil) {
        match steer {
            SteerDistil::Mix(mix) => self.mix.set(Some(mix)),
            SteerDistil::Pause => self.paused.set(true),
            SteerDistil::Go => self.paused.set(false),
        }
    }

    /// For a new run.
    pub fn reset(&self) {
        self.mix.set(None);
        self.paused.set(false);
    }

    fn take_mix(&self) -> Option<Mix> {
        self.mix.take()
    }

    fn is_paused(&self) -> bool {
        self.paused.get()
    }
}
