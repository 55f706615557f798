//! Occlude: which part of a picture does the answer rest on? A grey square slides over it (Zeiler & Fergus 2014, "Visualizing and
//! Understanding Convolutional Networks", §4.2).

use super::{AboutClass, BackendChoice, Content, EvidenceMap, Experiment, ExperimentId, Finding, Spelling};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Occlude {
    /// Reports with the map so far. Answer: [`Occluded::Mapped`].
    Map(Occlusion),
    /// What must hold of such maps, measured on this device. Answer: [`Occluded::Checked`].
    Check(BackendChoice),
}

impl Experiment for Occlude {
    const ID: ExperimentId = ExperimentId::Occlude;
    const SPELLING: Spelling = Spelling { jobs: &["occlude"], answer: Some("occluded"), steer: None };
    type Answer = Occluded;
    type News = EvidenceMap;
    type Steer = ();
}

impl Content for Occlude {
    fn pictures_mut(&mut self) -> Vec<&mut u32> {
        match self {
            Occlude::Map(job) => vec![job.picture_mut()],
            Occlude::Check(_) => Vec::new(),
        }
    }
}

settings! {
    /// Slide a square over what the network sees of a picture. Lengths are in pixels of the network's input.
    pub struct Occlusion about a class {
        /// Of the square; [`Occlusion::usual_side`] where not given.
        pub side: Option<u32> = None,
        /// From place to place; [`Occlusion::usual_stride`] where not given.
        pub stride: Option<u32> = None,
        /// Of the square, in all channels.
        pub grey: u8 = 128,
    }
}

impl Occlusion {
    /// Of a square in an input whose shorter side is this long.
    pub fn usual_side(shorter: usize) -> u32 {
        (shorter as u32 / 4).max(1)
    }

    pub fn usual_stride(shorter: usize) -> u32 {
        (shorter as u32 / 12).max(1)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Occluded {
    /// A value is by how much the square lowers the probability.
    Mapped(Box<EvidenceMap>),
    Checked(Vec<Finding<OccludeFact>>),
}

impl Content for Occluded {}

facts! {
    pub enum OccludeFact {
        /// On a linear network, the change of a logit is `-Σ w · (x - grey)` over the square: largest difference to that.
        Linear = "occlude-linear",
        /// A square over the whole input makes of any picture a grey one: largest difference of a logit.
        Whole = "occlude-whole",
    }
}
