//! What the engine does that classifying does not need, in parts that are fetched with the first job that wants them.

use super::keeping::Keeping;
use super::session::Session;
use super::ticket::Ticket;
use crate::data::{Rgb, gallery, labels};
use crate::lab;
use crate::part::Fetch;
use crate::protocol::{Job, Outcome, Trouble};
use std::pin::Pin;

/// The parts, as the engine's binary names them.
#[derive(Clone, Copy)]
pub struct Parts {
    pub learn: Fetch<Work>,
    pub fool: Fetch<Work>,
    pub caption: Fetch<Work>,
    pub speed: Fetch<Work>,
    pub gpu: Fetch<FindGpu>,
    pub keeping: Fetch<Keeping>,
    pub gallery: Fetch<Draw>,
    pub names: Fetch<&'static str>,
}

/// Does the jobs of one part.
#[derive(Clone, Copy)]
pub struct Work(pub(super) for<'a> fn(&'a Session, Job, &'a Ticket) -> Answer<'a>);

pub(super) type Answer<'a> = Pin<Box<dyn Future<Output = Result<Outcome, Trouble>> + 'a>>;

/// Looks for the GPU.
#[derive(Clone, Copy)]
pub struct FindGpu(pub(super) lab::device::Finder);

/// Draws a picture of the gallery.
#[derive(Clone, Copy)]
pub struct Draw(pub(super) fn(&str) -> Option<Rgb>);

/// Train, Optimise, Distil: they share what makes gradients and steps of them.
pub fn learn() -> Work {
    Work(|session, job, ticket| {
        Box::pin(async move {
            match job {
                Job::DescribeNetwork(job) => {
                    Ok(Outcome::Described(lab::describe_network(&job.text, job.shape, job.classes, job.batch).into()))
                }
                Job::TrainOptions => Ok(session.train_options().await),
                Job::AddData(job) => session.add_data(job.open()?, ticket).await,
                Job::FetchData(job) => session.fetch_data(job, ticket).await,
                Job::Train(job) => session.train(ticket.id(), job.open()?, ticket).await,
                Job::Steer(steer) => Ok(session.steer(steer)),
                Job::Look(look) => session.look(look.open()?, ticket).await,
                Job::ExportRun => session.export_run(ticket).await,
                Job::ImportRun(file) => session.import_run(file, ticket).await,
                Job::Optimise(job) => session.optimise(job.open()?, ticket).await,
                Job::Distil(job) => session.distil(job.open()?, ticket).await,
                Job::SteerDistil(steer) => Ok(session.steer_distil(steer)),
                _ => Err(astray()),
            }
        })
    })
}

pub fn fool() -> Work {
    Work(|session, job, ticket| {
        Box::pin(async move {
            match job {
                Job::Fool(job) => session.fool(job.open()?, ticket).await,
                _ => Err(astray()),
            }
        })
    })
}

pub fn caption() -> Work {
    Work(|session, job, ticket| {
        Box::pin(async move {
            match job {
                Job::Caption(job) => session.caption(job.open()?, ticket).await,
                _ => Err(astray()),
            }
        })
    })
}

pub fn speed() -> Work {
    Work(|session, job, ticket| {
        Box::pin(async move {
            match job {
                Job::Speed(job) => session.speed(&job.open()?, ticket).await,
                Job::Held => session.held(ticket).await.map(Outcome::Held),
                _ => Err(astray()),
            }
        })
    })
}

/// What drives a GPU: the first answer is the CPU's.
pub fn gpu() -> FindGpu {
    FindGpu(crate::backend::gpu::find)
}

/// But for its first picture, which is drawn before anything is classified.
pub fn gallery() -> Draw {
    Draw(gallery::draw)
}

/// Of the classes of ImageNet.
pub fn names() -> &'static str {
    labels::table()
}

pub(super) fn astray() -> Trouble {
    Trouble::Bug { detail: "a job went to a part that does not do it".to_owned() }
}
