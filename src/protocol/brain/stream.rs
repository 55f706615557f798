//! The ventral stream: layers of networks beside populations of neurons.

use crate::protocol::{BackendChoice, BackendUsed, Content, Interval, Pixels};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

choices! {
    /// Which pictures are shown.
    pub enum StreamSource {
        /// Things that the program draws, at three levels of variation.
        Drawn,
        /// Those of the tray.
        Tray,
        /// The data set that the person brought, its first pictures.
        Own,
    }
}

choices! {
    /// How unlike two responses are.
    pub enum DissimilarityKind {
        /// `1 - r`, Pearson's.
        Correlation,
        /// The mean square of the differences, as rsatoolbox has it.
        Euclidean,
    }
}

choices! {
    /// How alike two matrices of dissimilarities are.
    pub enum RdmComparison {
        /// Pearson's correlation of the ranks.
        Spearman,
        /// The mean of Spearman's over all orders of what is tied (Schütt et al. 2023).
        RhoA,
        /// Kendall's, ties counted as neither.
        TauA,
        Cosine,
        Pearson,
    }
}

/// A file of numbers: responses, pictures × neurons or pictures × neurons × repeats; in a table of text repeats stand below each other. A
/// square array that is symmetric, with zeros along its diagonal, is a matrix of dissimilarities.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AreaFile {
    pub name: String,
    pub bytes: ByteBuf,
}

settings! {
    /// Pictures, networks, and the population beside which they stand.
    pub struct StreamTask {
        pub pictures: StreamSource = StreamSource::Drawn,
        /// Of the tray, where they are shown.
        pub tray: Vec<u32> = vec![],
        /// Of each kind of thing at each level of variation.
        pub each: u32 = 4,
        pub seed: u32 = 1,
        pub network: String = "photos".to_owned(),
        /// Another network, beside the first; none where it has no name.
        pub beside: String = String::new(),
        pub distance: DissimilarityKind = DissimilarityKind::Correlation,
        pub comparison: RdmComparison = RdmComparison::Spearman,
        /// Populations that a person measured. Without any, one is planted in a layer.
        pub areas: Vec<AreaFile> = vec![],
        /// The layer of the first network in which it is planted; the middle one where none is named.
        pub layer: Option<String> = None,
        pub neurons: u32 = 30,
        pub repeats: u32 = 6,
        /// The deviation of a repeat from the mean, over that of the mean from picture to picture.
        pub noise: f64 = 1.0,
        /// Parts of the pictures, each of which is predicted from the others.
        pub folds: u32 = 5,
        /// Of partial least squares.
        pub components: u32 = 10,
        /// Samples of pictures for intervals, and orders of pictures for tests.
        pub resamples: u32 = 200,
        pub backend: BackendChoice = BackendChoice::Auto,
    }
}

impl StreamTask {
    pub const EACH: Interval = Interval::whole(1, 12);
    pub const NEURONS: Interval = Interval::whole(2, 500);
    pub const REPEATS: Interval = Interval::whole(1, 100);
    pub const NOISE: Interval = Interval::real(0.0, 100.0);
    pub const FOLDS: Interval = Interval::whole(2, 20);
    pub const COMPONENTS: Interval = Interval::whole(1, 50);
    pub const RESAMPLES: Interval = Interval::whole(20, 5000);
    /// Pictures that are shown at most.
    pub const MOST_PICTURES: usize = 288;
    /// Numbers of a layer: of larger ones means over squares are taken.
    pub const MOST_NUMBERS: usize = 1024;
}

impl Content for StreamTask {
    fn bodies_mut(&mut self) -> Vec<&mut ByteBuf> {
        self.areas.iter_mut().map(|area| &mut area.bytes).collect()
    }

    fn pictures_mut(&mut self) -> Vec<&mut u32> {
        self.tray.iter_mut().collect()
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StreamPicture {
    pub seen: Pixels,
    /// What it shows, by its place among the kinds; the level of variation from 0 on.
    pub kind: u32,
    pub level: u32,
}

choices! {
    /// What responds to the pictures.
    pub enum RowSource {
        Pixels,
        /// Energies of pairs of Gabor functions (Adelson & Bergen 1985).
        Gabor,
        Network,
        Beside,
        /// The first network with random weights.
        Untrained,
    }
}

/// A layer, or what stands beside layers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StreamRow {
    pub source: RowSource,
    pub path: String,
    /// For one picture.
    pub shape: Vec<u32>,
    /// Means over so many squares, high and wide, where there would be too many numbers.
    pub squares: Option<[u32; 2]>,
    /// How many are compared.
    pub numbers: u32,
    /// How unlike each two pictures are: of the first with all after it, of the second, and so on.
    pub dissimilarity: Vec<f32>,
}

/// A value, the interval in which 95 of 100 samples of pictures have it, and how often pictures in another order have as much.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StreamEstimate {
    pub value: f64,
    pub low: f64,
    pub high: f64,
    pub p: f64,
}

/// How like a population a row is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StreamScore {
    pub matrix: StreamEstimate,
    /// Linear centred kernel alignment.
    pub alignment: Option<f64>,
    /// The correlation of what is predicted with what was measured, of the middle neuron.
    pub ridge: Option<StreamEstimate>,
    pub least_squares: Option<StreamEstimate>,
}

/// A population, and how like it all rows are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StreamArea {
    pub name: String,
    /// None of a matrix.
    pub neurons: u32,
    pub repeats: u32,
    pub dissimilarity: Vec<f32>,
    /// The largest correlation that a prediction of the middle neuron can have, and its interval.
    pub ceiling: Option<[f64; 3]>,
    /// Between what the likeness of matrices is at most.
    pub matrix_ceiling: Option<[f64; 2]>,
    /// Of a planted one: its row, and the ceiling that the noise was given for.
    pub planted: Option<(u32, f64)>,
    /// In the order of the rows; none of those that are still to come.
    pub scores: Vec<Option<StreamScore>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StreamReport {
    pub pictures: Vec<StreamPicture>,
    pub kinds: Vec<String>,
    pub rows: Vec<StreamRow>,
    pub areas: Vec<StreamArea>,
    /// Each two rows: how alike their matrices are, and their responses by centred kernel alignment, row by row.
    pub between: Vec<f32>,
    pub aligned: Vec<f32>,
    pub elapsed_ms: f64,
    pub backend: BackendUsed,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StreamNews {
    /// All but the scores.
    Begun(Box<StreamReport>),
    /// Of an area and a row, by their places.
    Scored(u32, u32, StreamScore),
}

/// Dissimilarities as distances in a plane.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StreamScaling {
    pub dissimilarity: Vec<f32>,
    /// They are squares of distances.
    pub are_squares: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScaledPictures {
    pub places: Vec<[f32; 2]>,
    /// Of the positive eigenvalues.
    pub share: f64,
}
