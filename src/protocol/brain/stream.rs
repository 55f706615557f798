//! The ventral stream: how unlike each other pictures are to each layer of a network.

use crate::protocol::{BackendChoice, Interval, Pixels};
use serde::{Deserialize, Serialize};

choices! {
    /// How unlike two responses are.
    pub enum DissimilarityKind {
        /// `1 - r`, Pearson's.
        Correlation,
        /// The mean square of the differences, as rsatoolbox has it.
        Euclidean,
    }
}

settings! {
    /// Pictures, and what is compared of them.
    pub struct StreamTask {
        /// Of each kind of thing at each level of variation.
        pub each: u32 = 4,
        pub seed: u32 = 1,
        pub distance: DissimilarityKind = DissimilarityKind::Correlation,
        pub backend: BackendChoice = BackendChoice::Auto,
    }
}

impl StreamTask {
    pub const EACH: Interval = Interval::whole(1, 20);
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StreamPicture {
    pub seen: Pixels,
    /// The kind of thing, by its place among the kinds; the level of variation from 0 on.
    pub kind: u32,
    pub level: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StreamReport {
    pub pictures: Vec<StreamPicture>,
    pub kinds: Vec<String>,
    /// How unlike each two pictures are: of the first with all after it, of the second, and so on.
    pub dissimilarity: Vec<f32>,
    pub elapsed_ms: f64,
}

facts! {
    /// What must hold of any comparison.
    pub enum StreamFact {
        /// A matrix of dissimilarities compared with itself: Spearman's correlation, 1.
        Itself = "brain-itself",
        /// The largest difference of S-cells from the same formula as convolutions of the engine, over the largest answer.
        CellsAreConvolutions = "brain-cells-convolution",
        /// The largest change of an answer when the picture is shifted by whole cells of the last stage, and the answers with it.
        CellsGoAlong = "brain-cells-shift",
        /// The least that planes answer to the very thing that they have learnt: 1.
        SeedAnswers = "brain-cells-seed",
    }
}
