//! Depth: what a network of rectifiers can draw. Its linear regions over a plane, exactly, while it learns or as they were made by hand
//! (Montúfar et al. 2014).

use super::{BackendChoice, BackendUsed, Content, DataChoice, Experiment, ExperimentId, Finding, Interval, Spelling};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Depth {
    /// A network learns to tell points apart; reports with the regions as they then are. Answer: [`Depths::Regions`].
    Learn(RegionRun),
    /// The regions of a network that is made by hand. Answer: [`Depths::Regions`].
    Build(Construction),
    /// Facts of the papers. Answer: [`Depths::Checked`].
    Check(BackendChoice),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Depths {
    Regions(Box<RegionMap>),
    Checked(Vec<Finding<DepthFact>>),
}

impl Experiment for Depth {
    const ID: ExperimentId = ExperimentId::Depth;
    const SPELLING: Spelling = Spelling { jobs: &["depth"], answer: Some("depths"), steer: None };
    type Answer = Depths;
    type News = RegionMap;
    type Steer = ();
}

impl Content for Depth {}
impl Content for Depths {}
impl Content for RegionMap {}

settings! {
    /// How a network learns points of the plane.
    pub struct RegionRun {
        pub data: DataChoice = DataChoice { set: "spirals".to_owned(), count: 400, ..DataChoice::default() },
        /// Layers of rectifiers, and how many are in each.
        pub layers: u32 = 3,
        pub width: u32 = 12,
        pub steps: u32 = 3000,
        pub rate: f64 = 1e-2,
        /// Of the weights.
        pub seed: u32 = 1,
        pub backend: BackendChoice = BackendChoice::Auto,
    }
}

impl RegionRun {
    pub const LAYERS: Interval = Interval::whole(1, 6);
    pub const WIDTH: Interval = Interval::whole(2, 32);
    pub const STEPS: Interval = Interval::whole(0, 100_000);
    pub const RATE: Interval = Interval::real(1e-5, 1.0);
    /// The part of the plane that is looked at, either way from the middle.
    pub const REACH: f64 = 1.2;
}

settings! {
    /// A network that is made by hand, over the square from 0 to 1.
    pub struct Construction {
        pub kind: ConstructionKind = ConstructionKind::Folding,
        pub layers: u32 = 2,
        /// Of the tent, which has two rectifiers in a layer, this is not asked.
        pub width: u32 = 8,
    }
}

impl Construction {
    pub const LAYERS: Interval = Interval::whole(1, 10);
    pub const WIDTH: Interval = Interval::whole(2, 16);
}

choices! {
    pub enum ConstructionKind {
        /// Each layer folds the square onto itself (Montúfar et al. 2014).
        Folding,
        /// Each layer folds a line in two (Telgarsky 2016).
        Tent,
    }
}

/// The regions of a network, after each of its layers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RegionMap {
    /// Of a network that learns: done, of how many, the mean loss and the share of points that are right.
    pub step: u32,
    pub of: u32,
    pub loss: Option<f32>,
    pub accuracy: Option<f32>,
    /// Left, lower, right and upper edge of what is looked at.
    pub domain: [f64; 4],
    /// After the first layer of rectifiers, after the second, and so on.
    pub layers: Vec<RegionLayer>,
    /// Convex parts in which one class has the largest output.
    pub classes: Vec<ClassPart>,
    /// Points that are learnt from, and the class of each.
    pub points: Vec<([f32; 2], u32)>,
    pub params: u64,
    pub steps_per_second: f32,
    pub elapsed_ms: f64,
    pub backend: Option<BackendUsed>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RegionLayer {
    /// Rectifiers in the layer.
    pub width: u32,
    pub regions: Vec<DrawnRegion>,
    /// How many regions there may be at most after this layer, and how many a network like this can have at least.
    pub most: Option<u64>,
    pub least: u64,
    /// The mean area of the regions of all places of the domain over that of the regions of the points: how much finer the plane is divided
    /// where points are. None without points.
    pub crowding: Option<f64>,
}

/// A polygon in which the network is affine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DrawnRegion {
    /// Across and up, corner after corner.
    pub corners: Vec<[f32; 2]>,
    pub area: f64,
    /// How many rectifiers are active, of all up to here.
    pub active: u32,
    /// The length of the gradient of the largest output, or, before the last layer, of the sum of all.
    pub slope: f32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassPart {
    pub class: u32,
    pub corners: Vec<[f32; 2]>,
}

facts! {
    /// What the papers say, reckoned here.
    pub enum DepthFact {
        /// Lines in general position: 3, 4 and 8 make 7, 11 and 37 regions (Zaslavsky 1975): how many of the three are so.
        Lines = "depth-lines",
        /// Two layers of 8 that fold the square: regions, of the 592 of Montúfar's bound.
        Folding = "depth-folding",
        /// The tent map ten times behind itself: linear pieces, of 2¹⁰.
        Tent = "depth-tent",
        /// The areas of all regions of a random network beside the domain's: the difference.
        Areas = "depth-areas",
        /// The network at random points beside the affine map of their region: the largest difference.
        Affine = "depth-affine",
        /// Activation patterns that a fine grid sees and polygons do not have: how many.
        Grid = "depth-grid",
    }
}
