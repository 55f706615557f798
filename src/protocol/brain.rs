//! Brain: how like the ventral stream a network is.

mod stream;

pub use stream::{DissimilarityKind, StreamFact, StreamPicture, StreamReport, StreamTask};

use super::{BackendChoice, Content, Experiment, ExperimentId, Finding, Spelling};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Brain {
    /// Layers of a network beside a population of neurons. Answer: [`BrainAnswer::Streamed`].
    Stream(StreamTask),
    /// What must hold of any network. Answer: [`BrainAnswer::Checked`].
    Check(BackendChoice),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BrainAnswer {
    Streamed(Box<StreamReport>),
    Checked(Vec<Finding<StreamFact>>),
}

/// What is told meanwhile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BrainNews {
    Stream(Box<StreamReport>),
}

impl Experiment for Brain {
    const ID: ExperimentId = ExperimentId::Brain;
    const SPELLING: Spelling = Spelling { jobs: &["brain"], answer: Some("brains"), steer: None };
    type Answer = BrainAnswer;
    type News = BrainNews;
    type Steer = ();
}

impl Content for Brain {}
impl Content for BrainAnswer {}
impl Content for BrainNews {}
