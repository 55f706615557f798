//! Occlude: which part of a picture does the answer rest on? A grey square slides over it (Zeiler & Fergus 2014, "Visualizing and
//! Understanding Convolutional Networks", §4.2).

use super::{
    BackendChoice, BackendUsed, Content, Experiment, ExperimentId, Finding, Fit, Pixels, Prediction, Spelling,
};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Occlude {
    /// Reports with the [`OcclusionMap`] so far. Answer: [`Occluded::Mapped`].
    Map(Occlusion),
    /// What must hold of such maps, measured on this device. Answer: [`Occluded::Checked`].
    Check(BackendChoice),
}

impl Experiment for Occlude {
    const ID: ExperimentId = ExperimentId::Occlude;
    const SPELLING: Spelling = Spelling { jobs: &["occlude"], answer: Some("occluded"), steer: None };
    type Answer = Occluded;
    type News = OcclusionMap;
    type Steer = ();
}

impl Content for Occlude {
    fn pictures_mut(&mut self) -> Vec<&mut u32> {
        match self {
            Occlude::Map(job) => vec![&mut job.picture],
            Occlude::Check(_) => Vec::new(),
        }
    }
}

impl Content for Occluded {}

impl Content for OcclusionMap {
    fn bodies_mut(&mut self) -> Vec<&mut ByteBuf> {
        vec![&mut self.seen.rgba]
    }
}

settings! {
    /// Slide a square over what the network sees of a picture. Lengths are in pixels of the network's input.
    pub struct Occlusion {
        pub picture: u32 = 0,
        pub network: String = String::new(),
        pub fit: Fit = Fit::Crop,
        pub backend: BackendChoice = BackendChoice::Auto,
        /// Of the square; [`usual_side`] where not given.
        pub side: Option<u32> = None,
        /// From place to place; [`usual_stride`] where not given.
        pub stride: Option<u32> = None,
        /// Whose probability is mapped; the likeliest of the whole picture where not given.
        pub class: Option<u32> = None,
        /// Of the square, in all channels.
        pub grey: u8 = 128,
    }
}

/// Of a square in an input whose shorter side is this long.
pub fn usual_side(shorter: usize) -> u32 {
    (shorter as u32 / 4).max(1)
}

/// The same of the stride.
pub fn usual_stride(shorter: usize) -> u32 {
    (shorter as u32 / 12).max(1)
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Occluded {
    Mapped(Box<OcclusionMap>),
    Checked(Vec<Finding<OccludeFact>>),
}

/// The probability of a class wherever the square may be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OcclusionMap {
    /// What the network sees of the picture.
    pub seen: Pixels,
    /// The likeliest classes of the whole picture, best first.
    pub top: Vec<Prediction>,
    /// The mapped class, in the whole picture.
    pub whole: Prediction,
    pub side: u32,
    /// Left edges of the square, and its upper edges.
    pub xs: Vec<u32>,
    pub ys: Vec<u32>,
    /// Row by row; of news, those that are known so far.
    pub probabilities: Vec<f32>,
    pub elapsed_ms: f64,
    pub backend: BackendUsed,
}

facts! {
    pub enum OccludeFact {
        /// On a linear network, the change of a logit is `-Σ w · (x - grey)` over the square: largest difference to that.
        Linear = "occlude-linear",
        /// A square over the whole input makes of any picture a grey one: largest difference of a logit.
        Whole = "occlude-whole",
    }
}
