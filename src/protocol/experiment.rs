//! What all experiments have in common on the way between page and engine.

use super::{Content, Sealed};
use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($part:ident => { $($id:ident $name:ident $group:ident $about:ident),* $(,)? })*) => {
        /// One experiment: a row of [`crate::experiments!`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum ExperimentId {
            $($($name,)*)*
        }

        impl ExperimentId {
            /// In the order of the table.
            pub const ALL: &[ExperimentId] = &[$($(ExperimentId::$name,)*)*];

            /// The name of its modules and the path of its page.
            pub fn name(self) -> &'static str {
                match self {
                    $($(ExperimentId::$name => stringify!($id),)*)*
                }
            }
        }
    };
}
crate::experiments!(ids);

/// An experiment, by the type of its jobs.
pub trait Experiment: Content + 'static {
    const ID: ExperimentId;
    const SPELLING: Spelling;
    type Answer: Content + 'static;
    /// What is told while a job is under way.
    type News: Content + 'static;
    /// What changes a job that is under way; `()` where nothing does.
    type Steer: Content + 'static;
}

/// How scripts spell an experiment (`window.neocog.run`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spelling {
    /// The keys of its jobs. A single one stands around the job; several are the names of the job's own variants.
    pub jobs: &'static [&'static str],
    /// The key around an answer; without it the answer's own variant is the key.
    pub answer: Option<&'static str>,
    /// The key around what steers a job under way.
    pub steer: Option<&'static str>,
}

/// A job of an experiment, or what steers one: closed for all but that experiment's own code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExperimentJob {
    pub experiment: ExperimentId,
    pub content: Sealed,
}

impl ExperimentJob {
    pub fn new<E: Experiment>(job: E) -> Self {
        Self { experiment: E::ID, content: Sealed::new(job) }
    }

    pub fn steering<E: Experiment>(steer: E::Steer) -> Self {
        Self { experiment: E::ID, content: Sealed::new(steer) }
    }
}
