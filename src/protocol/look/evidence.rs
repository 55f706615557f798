//! Where in a picture the evidence for a class lies.

use crate::protocol::{BackendUsed, Content, Finding, LayerGrid, Pixels, Prediction};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

choices! {
    /// How the evidence is found.
    pub enum EvidenceMethod {
        /// Where a change would change the class's logit the most (Simonyan, Vedaldi & Zisserman 2013).
        Gradient,
        /// The gradient times what the network gets: to first order, what each value contributes.
        InputGradient,
        /// The mean of the gradient at noisy copies of the picture (Smilkov et al. 2017).
        SmoothGrad,
        /// The mean of the gradient on the way from a picture without anything, times that way (Sundararajan, Taly & Yan 2017).
        Integrated,
        /// The gradient, but rectifiers let nothing back that is below zero (Springenberg et al. 2015).
        Guided,
        /// The same, and they do not mind what went through them forwards (Zeiler & Fergus 2014).
        Deconvnet,
        /// The channels of a layer, each by the mean of its gradient (Selvaraju et al. 2017).
        GradCam,
        /// The same, each place by its own gradient (Draelos & Carin 2020).
        HiresCam,
        /// What each place adds to the logit, where a mean and one linear layer follow (Zhou et al. 2016).
        Cam,
        /// A grey square slides over the picture (Zeiler & Fergus 2014).
        Occlusion,
        /// The mean probability with random parts of the picture, of those that show a place (Petsiuk, Das & Saenko 2018).
        Rise,
        /// Of a transformer's block: what the class's token takes from each patch, whichever class (Dosovitskiy et al. 2021).
        Attention,
        /// The same through all blocks (Abnar & Zuidema 2020).
        Rollout,
    }
}

choices! {
    /// A picture without anything in it.
    pub enum Baseline {
        Black,
        /// The mean of the pictures that the network was trained on.
        Mean,
        /// The picture itself, without its details.
        Blurred,
    }
}

impl EvidenceMethod {
    /// It looks at a layer.
    pub fn has_layer(self) -> bool {
        matches!(self, Self::GradCam | Self::HiresCam | Self::Cam)
    }

    /// Its values are slopes by pixels, whose sign says what a pixel should become, not what it speaks for.
    pub fn is_slope(self) -> bool {
        matches!(self, Self::Gradient | Self::SmoothGrad | Self::Guided | Self::Deconvnet)
    }

    /// Only transformers have it, and it knows of no class.
    pub fn is_of_attention(self) -> bool {
        matches!(self, Self::Attention | Self::Rollout)
    }

    /// Its values are changes of a probability where no second class is given; of all others, they are of a logit.
    pub fn is_of_probability(self) -> bool {
        matches!(self, Self::Occlusion | Self::Rise)
    }
}

settings! {
    /// Find the evidence for a class by one method. Lengths are in pixels of the network's input.
    pub struct Evidence about a class {
        pub method: EvidenceMethod = EvidenceMethod::GradCam,
        /// Why not this class: the evidence is that for the difference of the two logits.
        pub against: Option<u32> = None,
        /// Path of the layer to look at; the last one with several places where not given.
        pub layer: Option<String> = None,
        /// Path of the attention to look at; the last one where not given.
        pub block: Option<String> = None,
        /// Of it; the mean of all where not given.
        pub head: Option<u32> = None,
        /// Of a square; [`Evidence::usual_side`] where not given.
        pub side: Option<u32> = None,
        /// From place to place; [`Evidence::usual_stride`] where not given.
        pub stride: Option<u32> = None,
        /// Of a square, in all channels.
        pub grey: u8 = 128,
        /// Noisy copies of SmoothGrad.
        pub samples: u32 = 32,
        /// Standard deviation of their noise, as a share of the range of the input's values.
        pub noise: f32 = 0.15,
        /// Of integrated gradients.
        pub steps: u32 = 128,
        pub baseline: Baseline = Baseline::Black,
        /// Of RISE.
        pub masks: u32 = 400,
        /// Cells of a mask along each side.
        pub cells: u32 = 7,
        /// Of everything that is drawn.
        pub seed: u32 = 1,
    }
}

impl Evidence {
    /// Of a square in an input whose shorter side is this long.
    pub fn usual_side(shorter: usize) -> u32 {
        (shorter as u32 / 4).max(1)
    }

    pub fn usual_stride(shorter: usize) -> u32 {
        (shorter as u32 / 12).max(1)
    }
}

/// How much each place of what a network sees speaks for a class. The places are squares of one size.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EvidenceMap {
    pub method: EvidenceMethod,
    /// What the network sees of the picture.
    pub seen: Pixels,
    /// The likeliest classes of the whole picture, best first.
    pub top: Vec<Prediction>,
    /// The mapped class, in the whole picture.
    pub whole: Prediction,
    /// The class that it is mapped against.
    pub against: Option<Prediction>,
    /// Of a place, in pixels of what is seen.
    pub side: u32,
    /// Left edges of the places, and their upper edges.
    pub xs: Vec<u32>,
    pub ys: Vec<u32>,
    /// Row by row, above zero where a place speaks for the class; of news, those that are known so far.
    pub values: Vec<f32>,
    pub elapsed_ms: f64,
    pub backend: BackendUsed,
}

impl EvidenceMap {
    /// Left and upper edge of a place.
    pub fn place(&self, at: usize) -> [u32; 2] {
        [self.xs[at % self.xs.len()], self.ys[at / self.xs.len()]]
    }

    /// The place that speaks the most for the class, among those that are known.
    pub fn strongest(&self) -> Option<usize> {
        (0..self.values.len()).max_by(|&a, &b| self.values[a].total_cmp(&self.values[b]))
    }

    /// The largest value, whatever its sign.
    pub fn largest(&self) -> f32 {
        self.values.iter().map(|value| value.abs()).fold(0.0, f32::max)
    }
}

impl Content for EvidenceMap {
    fn bodies_mut(&mut self) -> Vec<&mut ByteBuf> {
        vec![&mut self.seen.rgba]
    }
}

/// A map that is whole, and what else there is to know.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EvidenceFound {
    pub map: EvidenceMap,
    /// The layer that was looked at.
    pub layer: Option<String>,
    /// The layers that can be looked at, from the first on.
    pub layers: Vec<LayerGrid>,
    /// A transformer's attentions, from the first on: heads instead of channels, and the patches.
    pub blocks: Vec<LayerGrid>,
    pub cost: Option<EvidenceCost>,
    /// What must hold of this map, where its method has such a thing.
    pub findings: Vec<Finding<EvidenceFact>>,
    /// The map over the picture as a PNG file.
    pub png: ByteBuf,
    /// Its values, `[rows, columns]`, as a file in NumPy's format.
    pub npy: ByteBuf,
}

impl Content for EvidenceFound {
    fn bodies_mut(&mut self) -> Vec<&mut ByteBuf> {
        self.map.bodies_mut().into_iter().chain([&mut self.png, &mut self.npy]).collect()
    }
}

/// What one gradient takes beside one answer, where both were timed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct EvidenceCost {
    pub answer_ms: f64,
    pub gradient_ms: f64,
    /// Kernel calls.
    pub answer_dispatches: u32,
    pub gradient_dispatches: u32,
}

facts! {
    pub enum EvidenceFact {
        /// The change of the score along a direction, by the gradient and by the difference of two runs: their ratio.
        Slope = "evidence-slope",
        /// A CAM's mean over all places and the bias are the logit: their ratio.
        CamSum = "evidence-cam-sum",
        /// What a token takes from all tokens adds up to 1: the sum that is furthest from it.
        AttentionRows = "evidence-attention-rows",
        /// Integrated gradients add up to the score less that of the baseline: their ratio.
        Completeness = "evidence-completeness",
    }
}
