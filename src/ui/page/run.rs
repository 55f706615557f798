//! The state of one question to the engine.

use crate::protocol::{Progress, Trouble};

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Run<T> {
    /// Not asked, or stopped.
    Idle,
    Working(Option<Progress>),
    Ready(T),
    Failed(Trouble),
}

impl<T> Run<T> {
    pub(crate) fn from_answer(answer: Result<T, Trouble>) -> Run<T> {
        match answer {
            Ok(value) => Run::Ready(value),
            Err(Trouble::Cancelled) => Run::Idle,
            Err(trouble) => Run::Failed(trouble),
        }
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Run::Idle => "idle",
            Run::Working(_) => "working",
            Run::Ready(_) => "ready",
            Run::Failed(_) => "failed",
        }
    }
}

/// The engine answered a job with the outcome of another one. Which one is not printed: that would bring the printing
/// code of every outcome into the page.
pub(crate) fn astray(job: &str) -> Trouble {
    Trouble::Bug { detail: format!("{job} was answered with another job's outcome") }
}
