//! Maps: many numbers of each picture as a place in a plane.

use super::{CodeData, CodeExamples};
use crate::protocol::{BackendChoice, BackendUsed, FeatureLayer, Interval};
use serde::{Deserialize, Serialize};

choices! {
    /// What of each picture is mapped.
    pub enum EmbedSource {
        /// Its pixels.
        Pixels,
        /// Its code, by the autoencoder that was trained last, on that one's own pictures.
        Codes,
        /// What a layer of a network makes of it, averaged over its places.
        Layer,
    }
}

settings! {
    /// A map by the first two principal components, and one by t-SNE (van der Maaten & Hinton 2008), which begins there.
    pub struct EmbedTask {
        pub of: EmbedSource = EmbedSource::Pixels,
        pub data: CodeData = CodeData::Digits,
        pub count: u32 = 400,
        /// A network that names classes, and the path of a layer; without one, what its last layer reads.
        pub network: String = "digits".to_owned(),
        pub layer: Option<String> = None,
        /// Neighbours that a picture has, about.
        pub perplexity: f64 = 30.0,
        pub steps: u32 = 500,
        pub seed: u32 = 1,
        pub backend: BackendChoice = BackendChoice::Auto,
    }
}

impl EmbedTask {
    pub const COUNT: Interval = Interval::whole(8, 2000);
    pub const PERPLEXITY: Interval = Interval::real(1.0, 200.0);
    pub const STEPS: Interval = Interval::whole(1, 5000);
    /// Neighbours by which a map is judged.
    pub const NEIGHBOURS: usize = 5;
}

/// The map by t-SNE after a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EmbedFrame {
    pub step: u32,
    pub of: u32,
    pub places: Vec<[f32; 2]>,
    /// Of the distributions of neighbours, in nats.
    pub divergence: f64,
}

/// What is known of a map: first the pictures and their principal components, then frames.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EmbedNews {
    pub begun: Option<EmbedBegun>,
    pub frame: EmbedFrame,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EmbedBegun {
    pub examples: CodeExamples,
    /// Numbers of each picture.
    pub features: u32,
    /// Of a network that is asked: the layer, all that can be asked, and where it was computed.
    pub layer: Option<(FeatureLayer, Vec<FeatureLayer>, BackendUsed)>,
    pub components: Vec<[f32; 2]>,
    /// Of each picture the nearest others by all its numbers, the nearest first.
    pub neighbours: Vec<Vec<u32>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EmbedReport {
    pub begun: EmbedBegun,
    pub frame: EmbedFrame,
    /// Of the components' map and of t-SNE's: how many of a picture's neighbours there are its neighbours by all its numbers (Venna &
    /// Kaski 2001); 1 is all.
    pub trustworthiness: [f64; 2],
    pub elapsed_ms: f64,
}
