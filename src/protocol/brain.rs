//! Brain: how like the ventral stream a network is.

mod cells;
mod stream;

pub use cells::{
    BarTuning, CellFact, CellSummary, CellTask, CellUnit, CellsFound, FieldFact, GaborFit, Grating, GratingWindow,
    UnitField, UnitTuning, V1_OCTAVES, V1_WIDTH, across_and_along, field_places,
};
pub use stream::{DissimilarityKind, StreamFact, StreamPicture, StreamReport, StreamTask};

use super::{BackendChoice, Content, Experiment, ExperimentId, Finding, Spelling};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Brain {
    /// Layers of a network beside a population of neurons. Answer: [`BrainAnswer::Streamed`].
    Stream(StreamTask),
    /// Gratings, bars and noise for the units of a layer; reports with what is known so far. Answer: [`BrainAnswer::Cells`].
    Cells(CellTask),
    /// What must hold of cells that are made so that their answers are known. Answer: [`BrainAnswer::CellsChecked`].
    CheckCells(BackendChoice),
    /// What must hold of any network. Answer: [`BrainAnswer::Checked`].
    Check(BackendChoice),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BrainAnswer {
    Streamed(Box<StreamReport>),
    Cells(Box<CellsFound>),
    CellsChecked(Vec<Finding<CellFact>>),
    Checked(Vec<Finding<StreamFact>>),
}

/// What is told meanwhile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BrainNews {
    Stream(Box<StreamReport>),
    /// All but the findings.
    Cells(Box<CellsFound>),
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
