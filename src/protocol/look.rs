//! Look inside: what a network sees in a picture.

mod dream;
mod evidence;
mod excite;
mod grid;
mod invariance;
mod optimal;
mod style;
mod trust;

pub use dream::{Dream, DreamCost, DreamFact, DreamFound, DreamOctave, DreamRecord};
pub use evidence::{Baseline, Evidence, EvidenceCost, EvidenceFact, EvidenceFound, EvidenceMap, EvidenceMethod};
pub use excite::{ClassMean, Excite, ExciteFact, ExciteFound, ExciteWall, ExcitedPlace};
pub use invariance::{
    Invariance, InvarianceFact, InvarianceFound, LayerCurves, LayerShape, Transformation, TransformedPicture,
};
pub use optimal::{
    FoundPicture, OptimalFact, OptimalFound, OptimalGoal, OptimalPicture, PictureSimilarity, PictureSpace,
};
pub use style::{
    Painted, QuickStyle, SearchRule, StyleFact, StyleFound, StyleLayer, StyleRecord, StyleStart, StyleTexture,
    StyleTransfer,
};
pub use trust::{JudgedMap, MapSource, ShuffledRank, Trust, TrustRow};

use super::{AboutClass, BackendChoice, Content, Experiment, ExperimentId, Finding, Spelling};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LookInside {
    /// Where in a picture the evidence for a class lies; reports with the map so far. Answer: [`LookInsideAnswer::Evidence`].
    Evidence(Evidence),
    /// Pictures that a network would like best; reports with them as they are. Answer: [`LookInsideAnswer::Optimal`].
    Optimal(OptimalPicture),
    /// A picture in which a layer sees more and more; reports with it as it is. Answer: [`LookInsideAnswer::Dream`].
    Dream(Dream),
    /// What that would take. Answer: [`LookInsideAnswer::DreamCost`].
    DreamCost(Dream),
    /// A picture in the style of another; reports with it as it is. Answer: [`LookInsideAnswer::Style`].
    Style(StyleTransfer),
    /// What excites the channels of a layer; reports with what there is so far. Answer: [`LookInsideAnswer::Excite`].
    Excite(Excite),
    /// The same by a network that was trained for one style. Answer: [`LookInsideAnswer::Painted`].
    Paint(QuickStyle),
    /// How far all methods can be trusted on a picture; reports with each row, again when it has grown. Answer: [`LookInsideAnswer::Trust`].
    Trust(Trust),
    /// What each layer keeps of a transformed picture, and how well it tells classes apart; reports with what there is so far.
    /// Answer: [`LookInsideAnswer::Invariance`].
    Invariance(Invariance),
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
            LookInside::Trust(job) => vec![job.evidence.picture_mut()],
            LookInside::Style(job) => vec![&mut job.picture, &mut job.style],
            LookInside::Dream(job) | LookInside::DreamCost(job) => vec![&mut job.picture],
            LookInside::Excite(job) => job.pictures.iter_mut().collect(),
            LookInside::Invariance(job) => job.tray.iter_mut().chain([&mut job.picture]).collect(),
            LookInside::Paint(job) => vec![&mut job.picture],
            LookInside::Optimal(job) if job.goal.has_picture() => vec![&mut job.picture],
            LookInside::Optimal(_) | LookInside::Check(_) => Vec::new(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LookInsideNews {
    Dream(Box<DreamFound>),
    Evidence(Box<EvidenceMap>),
    Excite(Box<ExciteFound>),
    Invariance(Box<InvarianceFound>),
    Optimal(Box<OptimalFound>),
    Style(Box<StyleFound>),
    Trust(Box<TrustRow>),
}

impl Content for LookInsideNews {
    fn bodies_mut(&mut self) -> Vec<&mut ByteBuf> {
        match self {
            LookInsideNews::Dream(found) => found.bodies_mut(),
            LookInsideNews::Evidence(map) => map.bodies_mut(),
            LookInsideNews::Excite(found) => found.bodies_mut(),
            LookInsideNews::Invariance(found) => found.bodies_mut(),
            LookInsideNews::Optimal(found) => found.bodies_mut(),
            LookInsideNews::Style(found) => found.bodies_mut(),
            LookInsideNews::Trust(_) => Vec::new(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LookInsideAnswer {
    Dream(Box<DreamFound>),
    DreamCost(Box<DreamCost>),
    Evidence(Box<EvidenceFound>),
    Excite(Box<ExciteFound>),
    Invariance(Box<InvarianceFound>),
    Optimal(Box<OptimalFound>),
    Style(Box<StyleFound>),
    Painted(Painted),
    Trust(Vec<TrustRow>),
    Checked(Vec<Finding<LookFact>>),
}

impl Content for LookInsideAnswer {
    fn bodies_mut(&mut self) -> Vec<&mut ByteBuf> {
        match self {
            LookInsideAnswer::Dream(found) => found.bodies_mut(),
            LookInsideAnswer::Evidence(found) => found.bodies_mut(),
            LookInsideAnswer::Excite(found) => found.bodies_mut(),
            LookInsideAnswer::Invariance(found) => found.bodies_mut(),
            LookInsideAnswer::Optimal(found) => found.bodies_mut(),
            LookInsideAnswer::Style(found) => found.bodies_mut(),
            LookInsideAnswer::Painted(found) => found.bodies_mut(),
            LookInsideAnswer::DreamCost(_) | LookInsideAnswer::Trust(_) | LookInsideAnswer::Checked(_) => Vec::new(),
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
        /// Guided backpropagation and deconvnet of the same network, likewise.
        Rectifiers = "look-rectifiers",
        /// On a linear network, SmoothGrad is the weights whatever the noise, and one step of integrated gradients is exact: largest
        /// difference.
        Mean = "look-mean",
        /// On a linear network, a square over the picture changes a logit by `-Σ w · (x - grey)`: largest difference to that.
        Occluded = "look-occluded",
        /// A square over the whole input makes of any picture a grey one: largest difference of a logit.
        Whole = "look-whole",
        /// On a linear network, the picture of the largest logit less λ times its squares is `w / 2λ`: largest difference, over the
        /// largest value.
        Optimum = "look-optimum",
        /// The nine strongest that are kept of many drawn numbers, as they come, are the first nine of all of them sorted: how many differ.
        Nine = "look-nine",
        /// The response of a convolution to a picture that is shifted by whole strides is the shifted response inside the border: largest
        /// difference.
        Shifted = "look-shifted",
        /// Rollout of blocks in which every token looks at itself alone is the identity: largest difference.
        Rollout = "look-rollout",
        /// Pictures as sums of waves, added up one by one: largest difference.
        Waves = "look-waves",
        /// The Gram matrix of a layer with weights at hand, summed place by place: largest difference, over the largest element.
        Gram = "look-gram",
        /// The gradient of a style's and a content's loss by a picture, beside differences of the loss along ten directions: the
        /// ratio that is furthest from 1.
        GramSlope = "look-gram-slope",
    }
}
