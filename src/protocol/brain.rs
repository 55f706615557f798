//! Brain: what networks of artificial neurons have of the visual system.

mod cells;
mod neocognitron;
mod stream;

pub use cells::{
    BarTuning, CellSummary, CellTask, CellUnit, CellsFound, FieldFact, GaborFit, Grating, GratingWindow, UnitField,
    UnitTuning, V1_OCTAVES, V1_WIDTH, across_and_along, field_places,
};
pub use neocognitron::{
    CellLayer, CellSheet, Deformation, NeocognitronData, NeocognitronPicture, NeocognitronProgress, NeocognitronReport,
    NeocognitronRun, NeocognitronView, PlaneDrawings, ToleranceModel, ToleranceReport, ToleranceRow, ToleranceRun,
    WinningCell,
};
pub use stream::{
    AreaFile, DissimilarityKind, RdmComparison, RowSource, ScaledPictures, StreamArea, StreamEstimate, StreamNews,
    StreamPicture, StreamReport, StreamRow, StreamScaling, StreamScore, StreamSource, StreamTask,
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
    Grown(Box<NeocognitronReport>),
    Viewed(Box<NeocognitronView>),
    Tolerated(Box<ToleranceReport>),
    Checked(Vec<Finding<BrainFact>>),
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

facts! {
    /// What must hold of comparisons, of cells whose answers are known, and of a neocognitron's, whatever it has learnt.
    pub enum BrainFact {
        /// A matrix of dissimilarities compared with itself: Spearman's correlation, 1.
        Itself = "brain-itself",
        /// Kendall's τ-a of random numbers with ties beside the sum over all pairs: the difference.
        Tau = "brain-tau",
        /// Predictions by partial least squares with as many components as there are numbers beside ridge regression with almost no λ, both
        /// ordinary least squares then: the largest difference.
        Least = "brain-least",
        /// Linear centred kernel alignment of responses with the same turned round: 1.
        Turned = "brain-turned",
        /// Distances of points of a plane found again by scaling: the largest difference.
        Scaling = "brain-scaling",
        /// The largest difference of S-cells from the same formula as convolutions of the engine, over the largest answer.
        CellsAreConvolutions = "brain-cells-convolution",
        /// The largest change of an answer when the picture is shifted by whole cells of the last stage, and the answers with it.
        CellsGoAlong = "brain-cells-shift",
        /// The least that planes answer to the very thing that they have learnt: 1.
        SeedAnswers = "brain-cells-seed",
        /// Gabor functions with noise, fitted: the largest error of the orientation in degrees.
        Orientation = "brain-cells-orientation",
        /// Of the frequency, over it.
        Frequency = "brain-cells-frequency",
        /// F1 / F0 of a half-wave rectified Gabor filter: π/2.
        Simple = "brain-cells-simple",
        /// Of two in quadrature, squared and added (Adelson & Bergen 1985): 0.
        Complex = "brain-cells-complex",
        /// The best orientation of a Gabor filter less its own, in degrees.
        Peak = "brain-cells-peak",
        /// The best frequency over the one at which its spectrum is largest.
        PeakFrequency = "brain-cells-peak-frequency",
        /// The squared error of a linear filter that is found from 1,000 pictures of noise over that from 16,000: 16.
        Reverse = "brain-cells-reverse",
    }
}
