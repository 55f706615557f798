//! Depth: what a network of rectifiers can draw. Its linear regions over a plane, exactly, while it learns or as they were made by hand
//! (Montúfar et al. 2014); of networks of pictures over a plane through three of them; and curves that networks learn (Cybenko 1989,
//! Hornik 1989).

use super::{BackendChoice, BackendUsed, Content, DataChoice, Experiment, ExperimentId, Finding, Interval, Spelling};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Depth {
    /// A network learns to tell points apart; reports with the regions as they then are. Answer: [`Depths::Regions`].
    Learn(RegionRun),
    /// The regions of a network that is made by hand. Answer: [`Depths::Regions`].
    Build(Construction),
    /// The regions of a network of pictures over a part of the plane through three pictures; reports with those that are found. Answer:
    /// [`Depths::Slice`].
    Slice(PictureSlice),
    /// A network learns a curve. Answer: [`Depths::Fitted`].
    Fit(CurveFit),
    /// Facts of the papers. Answer: [`Depths::Checked`].
    Check(BackendChoice),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Depths {
    Regions(Box<RegionMap>),
    Slice(Box<SliceMap>),
    Fitted(Box<FittedCurve>),
    Checked(Vec<Finding<DepthFact>>),
}

/// What is told meanwhile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegionNews {
    Regions(Box<RegionMap>),
    /// All but the checks, with those regions alone that were not told of yet.
    Slice(Box<SliceMap>),
    Fitted(Box<FittedCurve>),
}

impl Experiment for Depth {
    const ID: ExperimentId = ExperimentId::Depth;
    const SPELLING: Spelling = Spelling { jobs: &["depth"], answer: Some("depths"), steer: None };
    type Answer = Depths;
    type News = RegionNews;
    type Steer = ();
}

impl Content for Depth {
    fn pictures_mut(&mut self) -> Vec<&mut u32> {
        match self {
            Self::Slice(job) => job.pictures.iter_mut().collect(),
            Self::Learn(_) | Self::Build(_) | Self::Fit(_) | Self::Check(_) => Vec::new(),
        }
    }
}

impl Content for Depths {}
impl Content for RegionNews {}

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

settings! {
    /// A part of the plane through three pictures, as a network reads them.
    pub struct PictureSlice {
        pub network: String = String::new(),
        /// Three of the tray.
        pub pictures: Vec<u32> = vec![],
        /// The middle of the part, from the first picture on in distances between the first two: across towards the second, up towards the
        /// third. Without it, where the answer changes on the way from the first picture to another.
        pub middle: Option<[f64; 2]> = None,
        /// About so many regions are looked at: the part is as large as that.
        pub regions: u32 = 250,
        pub backend: BackendChoice = BackendChoice::Auto,
    }
}

impl PictureSlice {
    pub const REGIONS: Interval = Interval::whole(20, 10_000);
    /// Of the middle, either way.
    pub const MIDDLE: Interval = Interval::real(-4.0, 4.0);
}

/// The plane through three pictures, and the regions of a part of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SliceMap {
    /// Where the three pictures are.
    pub corners: [[f32; 2]; 3],
    /// Left, lower, right and upper edge of the plane that is shown.
    pub square: [f64; 4],
    /// What the network says at the middles of so many squares along a side, from the upper left one on, row by row: the class, by its place
    /// in `classes`, and its probability.
    pub side: u32,
    pub squares: Vec<(u32, f32)>,
    /// On the way from the first picture to the second at equal distances: the class, its probability, and how many kinks are taken
    /// another way than at the step before.
    pub way: Vec<(u32, f32, u32)>,
    /// Classes that are said somewhere: number, name in English, in Japanese.
    pub classes: Vec<(u32, String, String)>,
    /// Left, lower, right and upper edge of the part.
    pub window: [f64; 4],
    pub regions: Vec<DrawnRegion>,
    /// Their number, and the share of the part that they cover.
    pub count: u32,
    pub covered: f64,
    /// Parts of regions in which one class is said, by its place in `classes`, and the region's place.
    pub parts: Vec<ClassPart>,
    /// Numbers that the network cuts in pieces, for one picture.
    pub kinks: u64,
    pub checks: Vec<Finding<SliceFact>>,
    pub elapsed_ms: f64,
    pub backend: BackendUsed,
}

choices! {
    /// A curve over 0 to 1.
    pub enum FittedShape {
        Sine,
        Bump,
        Zigzag,
        Steps,
        Drawn,
    }
}

choices! {
    pub enum FitActivation {
        Relu,
        Sigmoid,
    }
}

settings! {
    /// How a network learns a curve.
    pub struct CurveFit {
        pub shape: FittedShape = FittedShape::Sine,
        /// Of one that is drawn: heights at equal distances.
        pub drawn: Vec<f32> = vec![],
        /// Of one hidden layer.
        pub units: u32 = 16,
        /// Hidden layers; of several, each is so wide that all together have no more weights than one of so many units.
        pub layers: u32 = 1,
        pub activation: FitActivation = FitActivation::Relu,
        pub steps: u32 = 2000,
        pub rate: f64 = 5e-2,
        /// Of the weights.
        pub seed: u32 = 1,
        pub backend: BackendChoice = BackendChoice::Auto,
    }
}

impl CurveFit {
    pub const UNITS: Interval = Interval::whole(1, 128);
    pub const LAYERS: Interval = Interval::whole(1, 4);
    pub const STEPS: Interval = Interval::whole(1, 100_000);
    pub const RATE: Interval = Interval::real(1e-5, 1.0);
    pub const DRAWN: Interval = Interval::whole(2, 513);
}

/// A curve, and two that are to be like it. Heights are at 513 places at equal distances.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FittedCurve {
    pub step: u32,
    pub of: u32,
    pub curve: Vec<f32>,
    /// One layer of rectifiers that goes through the curve at equal distances.
    pub interpolant: Vec<f32>,
    pub learnt: Vec<f32>,
    /// The largest error of each, and what the interpolant's stays within.
    pub interpolant_error: f64,
    pub bound: f64,
    pub learnt_error: f64,
    /// Of interpolants with so many rectifiers: the largest error, and its bound.
    pub by_units: Vec<(u32, f64, f64)>,
    /// Units in each hidden layer of the network that learns, and its weights and biases.
    pub width: u32,
    pub params: u64,
    pub steps_per_second: f32,
    pub elapsed_ms: f64,
    pub backend: BackendUsed,
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
        /// The error of the interpolant of a sine with 2, 8, 32 and 128 rectifiers over `h² max|f″| / 8`: the largest, at most 1.
        Interpolant = "depth-interpolant",
    }
}

facts! {
    /// What is held of a slice, measured on this very one.
    pub enum SliceFact {
        /// The areas of the regions beside the window's, over it: the difference.
        Areas = "depth-slice-areas",
        /// The network at points within the regions beside the affine maps, over the largest logit: the largest difference.
        Affine = "depth-slice-affine",
        /// Points within the regions at which some kink is not taken as in the region: how many.
        Pattern = "depth-slice-pattern",
        /// The network at points of the class boundaries: the difference of the two largest logits over the largest, at most.
        Boundary = "depth-slice-boundary",
    }
}
