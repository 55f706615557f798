//! How far maps of evidence can be trusted: all methods on one picture, beside a map drawn by chance and one of edges.

use super::{Baseline, Evidence, EvidenceMap, EvidenceMethod};
use serde::{Deserialize, Serialize};

settings! {
    /// Judge methods on a picture.
    pub struct Trust {
        /// Picture, network, class and the figures of the methods, whichever it names.
        pub evidence: Evidence = Evidence::default(),
        /// The maps, in this order.
        pub judged: Vec<MapSource> = MapSource::all(),
        /// Steps in which a picture is deleted or inserted.
        pub points: u32 = 16,
        /// Whether pictures are inserted too, which takes as long again.
        pub inserts: bool = true,
        /// What stands where pixels were deleted. One colour for all makes edges and shapes that were not in the picture.
        pub emptied: Baseline = Baseline::Blurred,
        /// Maps by chance whose curves' mean is shown: 1 to 64.
        pub chances: u32 = 3,
        /// Steps in which the weights are shuffled, from the logits down to the input: 0 to 64.
        pub depths: u32 = 6,
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MapSource {
    Method(EvidenceMethod),
    /// Every pixel a number by chance. Pixels that are taken away here and there make a noise that no network was trained for, so that it
    /// is a hard rival of maps with few places.
    Chance,
    /// Every place of the layer at hand a number by chance: the rival of the maps of layers.
    Patches,
    /// How strongly the picture itself changes at each pixel (Sobel): no network is asked.
    Edges,
}

impl MapSource {
    /// Every method, then what asks no network.
    pub fn all() -> Vec<Self> {
        let methods = EvidenceMethod::ALL.iter().map(|&method| Self::Method(method));
        methods.chain([Self::Edges, Self::Chance, Self::Patches]).collect()
    }

    /// No two such maps are alike.
    pub fn is_by_chance(self) -> bool {
        matches!(self, Self::Chance | Self::Patches)
    }
}

/// What came of one map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JudgedMap {
    pub judged: MapSource,
    /// Its picture without pixels.
    pub map: EvidenceMap,
    /// The class's probability while the pixels are taken from the picture, those first that speak the most for it; from the whole picture
    /// to none of it (Petsiuk et al. 2018). Of chance the mean over several maps.
    pub deletion: Vec<f32>,
    /// The same while they are put on a blurred picture; empty where that is not asked.
    pub insertion: Vec<f32>,
    /// What is left of the map when the network forgets layer after layer, from the logits down (Adebayo et al. 2018); the last is of a
    /// network that knows nothing. Empty for what asks no network.
    pub shuffled: Vec<ShuffledRank>,
}

/// A map beside that of the same network with the values of each tensor of its last layers shuffled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShuffledRank {
    /// Layers with weights that were shuffled.
    pub layers: u32,
    pub of: u32,
    /// The lowest of them.
    pub down_to: String,
    /// Spearman's correlation of the two maps' sizes: 1 is the same map.
    pub rank: f32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrustRow {
    Found(Box<JudgedMap>),
    /// The network is none for this method; the sentence says why.
    Refused {
        judged: MapSource,
        detail: String,
    },
}

impl TrustRow {
    pub fn judged(&self) -> MapSource {
        match self {
            TrustRow::Found(found) => found.judged,
            TrustRow::Refused { judged, .. } => *judged,
        }
    }
}

impl JudgedMap {
    /// Of a curve over the whole picture: its mean height.
    pub fn area(curve: &[f32]) -> f32 {
        let parts = curve.windows(2).map(|two| (two[0] + two[1]) / 2.0);
        parts.sum::<f32>() / curve.len().saturating_sub(1).max(1) as f32
    }
}
