//! Brain: what networks of artificial neurons have of the visual system.

mod cells;
mod neocognitron;
mod stream;

pub use cells::{
    BarTuning, CellFact, CellSummary, CellTask, CellUnit, CellsFound, FieldFact, GaborFit, Grating, GratingWindow,
    UnitField, UnitTuning, V1_OCTAVES, V1_WIDTH, across_and_along, field_places,
};
pub use neocognitron::{
    CellLayer, CellSheet, Deformation, NeocognitronData, NeocognitronPicture, NeocognitronProgress, NeocognitronReport,
    NeocognitronRun, NeocognitronView, PlaneDrawings, ToleranceModel, ToleranceReport, ToleranceRow, ToleranceRun,
    WinningCell,
};
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
    /// Gratings, bars and noise for the units of a layer; reports with what is known so far. Answer: [`BrainAnswer::Cells`].
    Cells(CellTask),
    /// What must hold of cells that are made so that their answers are known. Answer: [`BrainAnswer::CellsChecked`].
    CheckCells(BackendChoice),
    /// A neocognitron grows; reports with [`NeocognitronProgress`]. Answer: [`BrainAnswer::Grown`].
    Grow(NeocognitronRun),
    /// What the cells of the one that grew last make of a picture. Answer: [`BrainAnswer::Viewed`].
    View(NeocognitronPicture),
    /// It beside networks that learn by gradient; reports with [`ToleranceRow`]. Answer: [`BrainAnswer::Tolerated`].
    Tolerance(ToleranceRun),
    /// What must hold of any network. Answer: [`BrainAnswer::Checked`].
    Check(BackendChoice),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BrainAnswer {
    Streamed(Box<StreamReport>),
    Scaled(ScaledPictures),
    Cells(Box<CellsFound>),
    CellsChecked(Vec<Finding<CellFact>>),
    Grown(Box<NeocognitronReport>),
    Viewed(Box<NeocognitronView>),
    Tolerated(Box<ToleranceReport>),
    Checked(Vec<Finding<StreamFact>>),
}

/// What is told meanwhile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BrainNews {
    Stream(StreamNews),
    /// All but the findings.
    Cells(Box<CellsFound>),
    Grows(Box<NeocognitronProgress>),
    Tolerates(ToleranceRow),
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
            _ => Vec::new(),
        }
    }

    fn pictures_mut(&mut self) -> Vec<&mut u32> {
        match self {
            Brain::Stream(task) => task.pictures_mut(),
            _ => Vec::new(),
        }
    }
}

impl Content for BrainAnswer {}
impl Content for BrainNews {}
