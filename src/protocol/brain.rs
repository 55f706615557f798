//! Brain: how like the ventral stream a network is.

mod stream;

pub use stream::{
    AreaFile, DissimilarityKind, RdmComparison, RowSource, ScaledPictures, StreamArea, StreamEstimate, StreamFact,
    StreamNews, StreamPicture, StreamReport, StreamRow, StreamScaling, StreamScore, StreamSource, StreamTask,
};

use super::{BackendChoice, Content, Experiment, ExperimentId, Finding, Spelling};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Brain {
    /// Layers of networks beside populations of neurons; reports with [`StreamNews`]. Answer: [`BrainAnswer::Streamed`].
    Stream(Box<StreamTask>),
    /// Pictures as places in a plane. Answer: [`BrainAnswer::Scaled`].
    Scale(StreamScaling),
    /// What must hold of any network. Answer: [`BrainAnswer::Checked`].
    Check(BackendChoice),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BrainAnswer {
    Streamed(Box<StreamReport>),
    Scaled(ScaledPictures),
    Checked(Vec<Finding<StreamFact>>),
}

/// What is told meanwhile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BrainNews {
    Stream(StreamNews),
}

impl Experiment for Brain {
    const ID: ExperimentId = ExperimentId::Brain;
    const SPELLING: Spelling = Spelling { jobs: &["brain"], answer: Some("brains"), steer: None };
    type Answer = BrainAnswer;
    type News = BrainNews;
    type Steer = ();
}

impl Content for Brain {
    fn bodies_mut(&mut self) -> Vec<&mut ByteBuf> {
        match self {
            Brain::Stream(task) => task.bodies_mut(),
            Brain::Scale(_) | Brain::Check(_) => Vec::new(),
        }
    }

    fn pictures_mut(&mut self) -> Vec<&mut u32> {
        match self {
            Brain::Stream(task) => task.pictures_mut(),
            Brain::Scale(_) | Brain::Check(_) => Vec::new(),
        }
    }
}

impl Content for BrainAnswer {}
impl Content for BrainNews {}
