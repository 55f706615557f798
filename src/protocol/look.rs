//! Look inside: what a network sees in a picture.

mod evidence;

pub use evidence::{Evidence, EvidenceFact, EvidenceFound, EvidenceMap, EvidenceMethod, LayerGrid};

use super::{AboutClass, BackendChoice, Content, Experiment, ExperimentId, Finding, Spelling};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LookInside {
    /// Where in a picture the evidence for a class lies; reports with the map so far. Answer: [`LookInsideAnswer::Evidence`].
    Evidence(Evidence),
    /// What must hold whatever the network, measured on this device.
    Check(BackendChoice),
}

impl Experiment for LookInside {
    const ID: ExperimentId = ExperimentId::LookInside;
    const SPELLING: Spelling = Spelling { jobs: &["look_inside"], answer: Some("looked_inside"), steer: None };
    type Answer = LookInsideAnswer;
    type News = LookInsideNews;
    type Steer = ();
}

impl Content for LookInside {
    fn pictures_mut(&mut self) -> Vec<&mut u32> {
        match self {
            LookInside::Evidence(job) => vec![job.picture_mut()],
            LookInside::Check(_) => Vec::new(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LookInsideNews {
    Evidence(EvidenceMap),
}

impl Content for LookInsideNews {
    fn bodies_mut(&mut self) -> Vec<&mut ByteBuf> {
        match self {
            LookInsideNews::Evidence(map) => map.bodies_mut(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LookInsideAnswer {
    Evidence(Box<EvidenceFound>),
    Checked(Vec<Finding<LookFact>>),
}

impl Content for LookInsideAnswer {
    fn bodies_mut(&mut self) -> Vec<&mut ByteBuf> {
        match self {
            LookInsideAnswer::Evidence(found) => found.map.bodies_mut(),
            LookInsideAnswer::Checked(_) => Vec::new(),
        }
    }
}

facts! {
    pub enum LookFact {
        /// The gradient of a linear network's logit is its row of weights: largest difference.
        Weights = "look-weights",
        /// Input × gradient of a linear network adds up to its logit less its bias: the difference.
        Sum = "look-sum",
        /// Grad-CAM, HiResCAM and CAM of a network with one hidden layer and a mean, from its weights by hand: largest difference.
        Cam = "look-cam",
        /// On a linear network, a square over the picture changes a logit by `-Σ w · (x - grey)`: largest difference to that.
        Occluded = "look-occluded",
        /// A square over the whole input makes of any picture a grey one: largest difference of a logit.
        Whole = "look-whole",
    }
}
