//! What language models answer.

use super::{LanguageModel, TextUnit, WordPlacing};
use crate::protocol::{BackendUsed, Exported, Finding};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LanguageAnswer {
    Brought(TextReport),
    Learnt(Box<LanguageProgress>),
    Written(WrittenText),
    Lagged(Vec<GradientLags>),
    Heated(Box<HeatReport>),
    Unrolled(Box<UnrolledReport>),
    Mapped(Box<FeaturePlane>),
    Opened(OpenedModel),
    Saved(Exported),
    Checked(Vec<Finding<LanguageFact>>),
}

/// A text that was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TextReport {
    pub name: String,
    pub bytes: u64,
    pub characters: u64,
    /// Its beginning.
    pub sample: String,
}

/// What is known of a text without any network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TextFigures {
    pub units: TextUnit,
    /// Letters or words of the whole text, and of the part that all are measured with; nothing is learnt from the last tenth.
    pub count: u64,
    pub judged: u64,
    /// Different ones that are known; all others are one.
    pub vocabulary: u32,
    /// The share of the judged part that is not known.
    pub unknown: f64,
    /// Perplexity of interpolated n-grams (Witten & Bell 1991) on that part, n = 1, 2, ….
    pub n_grams: Vec<f64>,
    /// `2^H`, where the grammar gives the very text `-log₂ p = H` bits for each unit of that part.
    pub entropy: Option<f64>,
    /// The exact entropy of the grammar in bits for each character.
    pub exact_bits: Option<f64>,
}

/// How far a model is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelProgress {
    pub model: LanguageModel,
    pub step: u32,
    pub params: u64,
    /// Step and mean loss in nats; new ones, at the end all.
    pub losses: Vec<(u32, f32)>,
    /// Step and perplexity on the judged part; new ones, at the end all.
    pub perplexity: Vec<(u32, f64)>,
    pub is_done: bool,
}

/// What is told while models learn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LanguageProgress {
    pub of: u32,
    pub seconds: f64,
    pub steps_per_second: f32,
    pub models: Vec<ModelProgress>,
    pub text: TextFigures,
    pub backend: BackendUsed,
}

/// What may come next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NextUnit {
    pub text: String,
    pub probability: f32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WrittenUnit {
    pub text: String,
    /// What the model gave it, whatever the temperature.
    pub probability: f32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WrittenText {
    pub model: LanguageModel,
    /// Steps that the model had learnt.
    pub step: u32,
    pub units: Vec<WrittenUnit>,
    /// The likeliest next ones after all of that, at the temperature.
    pub next: Vec<NextUnit>,
    /// It began anew.
    pub is_new: bool,
}

/// `E ‖∂ loss_t / ∂ x_{t-k}‖`, the loss of one letter by the features of the letter k earlier, in the mean over places of the judged part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GradientLags {
    pub model: LanguageModel,
    pub step: u32,
    /// Of k = 1, 2, ….
    pub norms: Vec<f64>,
}

/// How a unit goes with something in the text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UnitCorrelation {
    /// `quotes`, `brackets`, `line`, `word`.
    pub what: String,
    pub unit: u32,
    /// Pearson's, over letters of the judged part.
    pub correlation: f64,
}

/// Activations while a model reads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeatReport {
    pub model: LanguageModel,
    pub step: u32,
    pub letters: Vec<String>,
    /// What is shown of the unit: `cell`, `hidden`, `input`, `forget`, `output`, `reset`, `update`; a value after each letter.
    pub rows: Vec<(String, Vec<f32>)>,
    pub unit: u32,
    pub units: u32,
    /// The best unit for each thing.
    pub found: Vec<UnitCorrelation>,
}

/// One copy of the network, at one place of the text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UnrolledCopy {
    /// What it reads.
    pub text: String,
    /// What came then, and what it gave that.
    pub next: String,
    pub probability: f32,
    /// `‖∂ loss / ∂ x‖`, the loss of the last copy by the features of what this one reads.
    pub gradient: f64,
    /// `‖h‖ / √units`.
    pub activity: f64,
    /// Of its first units.
    pub units: Vec<f32>,
}

impl UnrolledCopy {
    /// Units that are told of.
    pub const UNITS: usize = 12;
}

/// A network through time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UnrolledReport {
    pub model: LanguageModel,
    pub step: u32,
    /// Numbers that all copies share.
    pub params: u64,
    pub copies: Vec<UnrolledCopy>,
}

/// A model that was saved, and how it learnt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OpenedModel {
    pub model: LanguageModel,
    pub units: TextUnit,
    pub hidden: u32,
    pub blocks: u32,
    pub window: u32,
    pub batch: u32,
    pub seed: u32,
    pub step: u32,
    pub steps: u32,
    pub vocabulary: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FeaturePlace {
    pub text: String,
    pub at: [f32; 2],
    pub count: u64,
}

/// Features of words in the plane.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FeaturePlane {
    pub model: LanguageModel,
    pub step: u32,
    /// The most frequent ones.
    pub points: Vec<FeaturePlace>,
    pub by: WordPlacing,
    /// The share of the variance that the first two principal components have.
    pub explained: f64,
    pub near: String,
    /// By the cosine, nearest first.
    pub neighbours: Vec<(String, f32)>,
    pub analogy: Vec<(String, f32)>,
}

facts! {
    /// What must hold of any model.
    pub enum LanguageFact {
        /// The log-probability of a text: the sum of its steps, one by one and in windows, beside all at once: the largest difference over all
        /// models, in nats.
        Sum = "language-sum",
        /// The probabilities of what may come next: how far their sum is from 1.
        Total = "language-total",
        /// A later letter changed: how much the transformer's earlier probabilities change.
        Causal = "language-causal",
        /// The gradient by a letter's features k steps back beside central differences, relative.
        Lag = "language-lag",
        /// Probabilities of a 5-gram over all that may come next: how far their sum is from 1.
        NGrams = "language-ngrams",
        /// Bits that the grammar gives its own text, for each character, beside its exact entropy: the difference over the latter.
        Entropy = "language-entropy",
        /// The sum of all derivations of a text beside the choices by which it was written, in bits: the text has no other derivation.
        Derivations = "language-derivations",
    }
}
