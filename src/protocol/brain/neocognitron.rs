//! The neocognitron (Fukushima 1980, 2003): S- and C-cells in turn, which organise themselves.

use super::super::{BackendChoice, BackendUsed, Interval};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

choices! {
    /// What it grows from.
    pub enum NeocognitronData {
        /// Drawn digits of 28 × 28.
        Digits,
        /// What the person brought.
        Own,
    }
}

settings! {
    /// How a neocognitron grows.
    pub struct NeocognitronRun {
        pub data: NeocognitronData = NeocognitronData::Digits,
        /// Pictures that it grows from.
        pub examples: u32 = 500,
        /// Of the second stage, at most.
        pub planes: u32 = 80,
        /// The threshold θ with which planes of the second stage grow: the higher, the more and the choosier they are.
        pub growth: f64 = 0.66,
        /// θ of the last stage.
        pub classes: f64 = 0.3,
        pub seed: u32 = 1,
    }
}

impl NeocognitronRun {
    pub const EXAMPLES: Interval = Interval::whole(20, 5000);
    pub const PLANES: Interval = Interval::whole(4, 120);
    pub const GROWTH: Interval = Interval::real(0.5, 0.95);
    pub const CLASSES: Interval = Interval::real(0.05, 0.9);
    /// Times that the last stage goes over all pictures, at most.
    pub const PASSES: u32 = 3;
}

/// A plane's drawing by its connections: `side²` bytes, 128 is nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlaneDrawings {
    pub side: u32,
    pub planes: Vec<ByteBuf>,
}

/// What is told while it grows, and at the end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NeocognitronProgress {
    /// 2 or 3.
    pub stage: u32,
    /// Pictures seen by all stages, and how many at most.
    pub done: u32,
    pub of: u32,
    pub seconds: f64,
    /// Of each stage.
    pub planes: [u32; 3],
    /// That were learnt.
    pub connections: u32,
    /// What the planes of each stage have learnt; while it grows only those of the second.
    pub drawings: Vec<PlaneDrawings>,
    /// The class of each plane of the last stage.
    pub classes: Vec<u32>,
}

/// One that has grown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NeocognitronReport {
    pub progress: NeocognitronProgress,
    /// Names of the classes.
    pub names: Vec<String>,
    /// Of pictures from which it did not grow.
    pub right: u32,
    pub held: u32,
    /// Planes that each pass over the pictures added to the last stage.
    pub grown: Vec<u32>,
    pub side: u32,
    /// Some of the others, with their classes.
    pub shown: Vec<(ByteBuf, u32)>,
}

/// A picture for the one that grew last: `side²` bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NeocognitronPicture {
    pub pixels: ByteBuf,
}

choices! {
    /// Layers of cells, from the picture on.
    pub enum CellLayer {
        Contrast,
        S1,
        C1,
        S2,
        C2,
        S3,
    }
}

/// Activities of a layer: plane after plane, 255 is [`Self::largest`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CellSheet {
    pub layer: CellLayer,
    pub planes: u32,
    pub side: u32,
    pub largest: f32,
    pub values: ByteBuf,
}

/// A cell with a part in the answer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct WinningCell {
    pub plane: u32,
    pub row: i32,
    pub column: i32,
    /// Of all that the winning cell of the last stage gets.
    pub share: f32,
}

/// What all cells make of a picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NeocognitronView {
    /// As of [`CellLayer::ALL`].
    pub layers: Vec<CellSheet>,
    /// The largest answer of each class.
    pub answers: Vec<f32>,
    /// None where no cell of the last stage answers.
    pub class: Option<u32>,
    /// Of each layer, as [`Self::layers`], the cells through which the answer came.
    pub winners: Vec<Vec<WinningCell>>,
    pub elapsed_ms: f64,
}

choices! {
    /// What is done to a picture.
    pub enum Deformation {
        /// Pixels, in eight directions.
        Shift,
        /// Degrees, either way.
        Turn,
        /// A factor.
        Scale,
        /// Elastic, by this largest displacement in pixels (Simard 2003).
        Bend,
    }
}

impl Deformation {
    /// By how much; the first changes nothing.
    pub fn values(self) -> [f64; 5] {
        match self {
            Deformation::Shift => [0.0, 1.0, 2.0, 3.0, 4.0],
            Deformation::Turn => [0.0, 10.0, 20.0, 30.0, 40.0],
            Deformation::Scale => [1.0, 0.9, 0.8, 0.7, 0.6],
            Deformation::Bend => [0.0, 1.0, 2.0, 3.0, 4.0],
        }
    }
}

choices! {
    /// Who is tried.
    pub enum ToleranceModel {
        Neocognitron,
        /// LeCun's net of 1989, on 16 × 16.
        ZipCode,
        /// Two hidden layers, all connected.
        Dense,
        /// Convolutions and pooling, with about as many connections as the neocognitron.
        Convolutional,
    }
}

settings! {
    /// The one that grew last beside networks that learn by gradient from the same pictures.
    pub struct ToleranceRun {
        /// Held-out pictures, each deformed in all ways.
        pub pictures: u32 = 200,
        /// Times that the others go over the pictures.
        pub epochs: u32 = 40,
        pub seed: u32 = 1,
        pub backend: BackendChoice = BackendChoice::Auto,
    }
}

impl ToleranceRun {
    pub const PICTURES: Interval = Interval::whole(20, 400);
    pub const EPOCHS: Interval = Interval::whole(1, 200);
}

/// How many of the pictures are recognised after a deformation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToleranceRow {
    pub by: Deformation,
    pub value: f64,
    /// As of [`ToleranceModel::ALL`].
    pub right: Vec<u32>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToleranceReport {
    pub pictures: u32,
    /// Learnt, of each model.
    pub weights: Vec<u32>,
    pub rows: Vec<ToleranceRow>,
    /// Of the others' training.
    pub backend: BackendUsed,
    pub seconds: f64,
}
