//! The sole owner of the worker: jobs go in, outcomes come back, each to the one who asked.
//!
//! - Requests wait in a queue until the worker has said [`READY`](crate::protocol::READY).
//! - A file travels beside its job as a [`Blob`]: it is read just before posting, and its buffer is transferred, so its
//!   bytes never enter this page's memory.
//! - When the worker dies (an error, or `Trouble::Bug` after a panic) a new one is made. It gets `Start` and every
//!   picture again, then what waited. Picture ids outside this module are the registry's and survive that.

mod engine;
mod life;
mod registry;
pub(crate) mod wire;

use crate::protocol::{
    Content, EngineStatus, Experiment, ExperimentId, ExperimentJob, Job, Outcome, Progress, Sealed, Start, Trouble,
    trouble,
};
use engine::EngineConnection;
use futures_channel::oneshot::Receiver;
use leptos::prelude::{LocalStorage, StoredValue, WithValue};
use std::rc::Rc;
use web_sys::Blob;

/// A job with the files that belong to it, if any; the job's own bytes are then empty.
pub(crate) struct Submission {
    pub(crate) job: Job,
    pub(crate) bodies: Vec<Blob>,
    /// Where a part of the engine cannot be fetched: the job waits until the person has said whether to try again. A script
    /// is told at once.
    pub(crate) waits_for_parts: bool,
}

impl Submission {
    /// In the order of the job's own files.
    pub(crate) fn with_bodies(job: Job, bodies: Vec<Blob>) -> Submission {
        Submission { bodies, ..Submission::from(job) }
    }
}

impl From<Job> for Submission {
    fn from(job: Job) -> Submission {
        Submission { job, bodies: Vec::new(), waits_for_parts: true }
    }
}

pub(crate) enum Event {
    /// The engine runs and has said what is here; again after each restart.
    Up(EngineStatus),
    /// It failed; a new one is being made.
    Restarting(Trouble),
    /// It cannot be started.
    Down(Trouble),
    /// A part of it could not be fetched; jobs wait for [`Client::try_again`] or [`Client::give_parts_up`].
    PartMissing,
    /// This picture could not be given to the new engine.
    Lost { picture: u32, name: String },
    /// A job has ended well, whoever asked for it.
    Done(Outcome),
    /// This picture is being removed from the engine.
    Removed(u32),
    /// Of an experiment that somebody follows ([`Client::follow_all`]), whoever asked; `id` is the job's.
    Experiment { id: u32, experiment: ExperimentId, heard: Heard },
}

/// What is heard of one job of an experiment, from its beginning to its end.
pub(crate) enum Heard {
    Begun(Sealed),
    News(Sealed),
    Answer(Sealed),
    Failed(Trouble),
}

pub(crate) enum News {
    Progress(Progress),
    Experiment(Sealed),
}

#[derive(Clone, Copy)]
pub(crate) struct Client(StoredValue<Rc<EngineConnection>, LocalStorage>);

impl Client {
    /// `on_event` hears of everything from now on.
    pub(crate) fn new(start: Start, on_event: impl Fn(Event) + 'static) -> Client {
        Client(StoredValue::new_local(EngineConnection::new(start, Box::new(on_event))))
    }

    pub(crate) fn boot(self) {
        self.0.with_value(|engine| engine.boot());
    }

    pub(crate) fn follow(self, ask: impl Into<Submission>, on_news: impl Fn(News) + 'static) -> Running {
        let (id, answer) = self.0.with_value(|engine| engine.ask(ask.into(), Rc::new(on_news)));
        Running { handle: Handle { client: self, id }, answer }
    }

    pub(crate) async fn run(self, ask: impl Into<Submission>) -> Result<Outcome, Trouble> {
        self.follow(ask, |_| {}).outcome().await
    }

    pub(crate) async fn answer<E: Experiment>(self, job: E) -> Result<E::Answer, Trouble> {
        self.run(job_of(job)).await.and_then(opened)
    }

    /// Changes what an experiment is doing, if it does anything.
    pub(crate) async fn steer<E: Experiment>(self, steer: E::Steer) -> Result<(), Trouble> {
        self.run(Job::Steer(ExperimentJob::steering::<E>(steer))).await.map(|_| ())
    }

    /// From now on every job of this experiment is told of as [`Event::Experiment`].
    pub(crate) fn follow_all(self, experiment: ExperimentId) {
        self.0.with_value(|engine| engine.follows.borrow_mut().push(experiment));
    }

    /// Sends again the jobs whose part could not be fetched.
    pub(crate) fn try_again(self) {
        self.0.with_value(|engine| engine.try_again());
    }

    /// Ends them.
    pub(crate) fn give_parts_up(self) {
        self.0.with_value(|engine| engine.give_parts_up());
    }

    /// A new worker that starts in another way; the pictures come along.
    pub(crate) fn renew(self, start: Start) {
        self.0.with_value(|engine| engine.renew(start));
    }
}

pub(crate) fn job_of<E: Experiment>(job: E) -> Job {
    Job::Experiment(ExperimentJob::new(job))
}

/// An answer of an experiment, of the type that it has for this job.
///
/// # Errors
/// [`Trouble::Bug`] where it is another.
pub(crate) fn opened<T: Content>(outcome: Outcome) -> Result<T, Trouble> {
    sealed_from(outcome)?.open()
}

pub(crate) fn sealed_from(outcome: Outcome) -> Result<Sealed, Trouble> {
    match outcome {
        Outcome::Experiment(answer) => Ok(answer),
        _ => Err(unexpected("an experiment")),
    }
}

/// The engine answered a job with the outcome of another one. Which one is not printed: that would bring the printing
/// code of every outcome into the page.
pub(crate) fn unexpected(job: &str) -> Trouble {
    trouble::Bug { detail: format!("{job} was answered with another job's outcome") }.into()
}

pub(crate) struct Running {
    handle: Handle,
    answer: Receiver<Result<Outcome, Trouble>>,
}

impl Running {
    pub(crate) fn handle(&self) -> Handle {
        self.handle
    }

    pub(crate) async fn outcome(self) -> Result<Outcome, Trouble> {
        // The sender goes away without an answer only together with the whole client.
        self.answer.await.unwrap_or(Err(trouble::Cancelled {}.into()))
    }
}

/// Stops a job that somebody else waits for.
#[derive(Clone, Copy)]
pub(crate) struct Handle {
    client: Client,
    id: u32,
}

impl Handle {
    /// The job ends with `Trouble::Cancelled`, or with its outcome where that was faster.
    pub(crate) fn cancel(self) {
        self.client.0.with_value(|engine| engine.cancel(self.id));
    }
}
