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
