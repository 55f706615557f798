//! Compress: a network in fewer bytes and operations, and what that costs (Denil et al. 2013; Denton et al. 2014; Jaderberg et al. 2014;
//! Han, Mao & Dally, "Deep compression", 2015).

use super::{
    AccuracyShare, BackendChoice, BackendUsed, Content, DataChoice, Experiment, ExperimentId, Exported, Finding,
    Interval, Spelling,
};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compress {
    /// The network as it is, and by several methods and budgets; reports with each. Answer: [`Compressed::Surveyed`].
    Survey(CompressTask),
    /// As the task says. Answer: [`Compressed::Made`].
    Make(CompressTask),
    /// Accuracy where one layer alone is compressed, more and more; reports with each. Answer: [`Compressed::Sensed`].
    Sense(CompressTask),
    /// How much of each layer is left within the task's goal, by these curves of [`Compress::Sense`]; without any, each layer is
    /// measured first. Answer: [`Compressed::Allocated`].
    Allocate { task: CompressTask, curves: Vec<LayerSensitivity> },
    /// The network that was made last, as a file. Answer: [`Compressed::Saved`].
    Save,
    /// What must hold whatever the network.
    Check(BackendChoice),
}

impl Experiment for Compress {
    const ID: ExperimentId = ExperimentId::Compress;
    const SPELLING: Spelling = Spelling { jobs: &["compress"], answer: Some("compressed"), steer: None };
    type Answer = Compressed;
    type News = CompressNews;
    type Steer = ();
}

impl Content for Compress {}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compressed {
    Surveyed(Box<CompressSurvey>),
    Made(Box<CompressedNetwork>),
    Sensed(Vec<LayerSensitivity>),
    Allocated(LayerAllocation),
    Saved(Exported),
    Checked(Vec<Finding<CompressFact>>),
}

impl Content for Compressed {
    fn bodies_mut(&mut self) -> Vec<&mut ByteBuf> {
        match self {
            Compressed::Saved(file) => vec![&mut file.bytes],
            Compressed::Surveyed(_)
            | Compressed::Made(_)
            | Compressed::Sensed(_)
            | Compressed::Allocated(_)
            | Compressed::Checked(_) => Vec::new(),
        }
    }
}

/// While a job goes on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CompressNews {
    /// One more network was measured; before the first one, what each layer is like.
    Row(CompressRow),
    Layers(Vec<LayerSpectrum>),
    /// One more value of one layer.
    Sensed(LayerSensitivity),
}

impl Content for CompressNews {}

choices! {
    /// How a network becomes smaller.
    pub enum CompressMethod {
        /// Each layer as two of a low rank.
        LowRank,
        /// Weights of small magnitude are zero.
        Prune,
        /// Weights of small magnitude are zero, and the others take few values.
        Share,
        /// Whole channels go, with all that is linked to them.
        Channels,
        /// Weights of fully connected layers that look at places follow from a part of them.
        Predict,
        /// Integers of 8 bits, a scale for each output channel.
        Int8,
        /// Integers of 4 bits, likewise.
        Int4,
    }
}

impl CompressMethod {
    /// Whether it has a budget.
    pub fn has_budget(self) -> bool {
        match self {
            Self::LowRank | Self::Prune | Self::Share | Self::Channels | Self::Predict => true,
            Self::Int8 | Self::Int4 => false,
        }
    }
}

choices! {
    /// From what the range of an activation's whole numbers comes.
    pub enum ActivationRange {
        /// Activations stay floats.
        Float,
        /// All that was seen.
        Extent,
        /// A thousandth on either side is left out.
        Percentile,
        /// The least squared error.
        Error,
    }
}

choices! {
    /// What a budget counts.
    pub enum CompressCost {
        /// Of the whole file.
        Bytes,
        /// Multiply-accumulates.
        Operations,
        /// For a picture on this device, as measured.
        Millis,
    }
}

/// How much of a layer is left.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerShare {
    /// Prefix of its parameters.
    pub name: String,
    /// Of its operations, weights or channels; of integers bits over 8.
    pub share: f64,
}

/// What was allocated to each layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerAllocation {
    pub layers: Vec<LayerShare>,
    /// The share of bytes, operations or milliseconds that is left, and the accuracy that is lost, where what layers save and lose alone
    /// adds up.
    pub left: f64,
    pub lost: f64,
}

choices! {
    /// How a convolution becomes two.
    pub enum FactorWay {
        /// For each layer the one that loses less at the same number of operations.
        Best,
        /// Fewer filters, then 1 × 1.
        Channel,
        /// A column, then a row.
        Spatial,
    }
}

choices! {
    /// By what channels are said to matter.
    pub enum ChannelScore {
        /// The norms of their filters, over the mean of their layer's.
        Magnitude,
        /// The scales of their batch norms.
        BatchNorm,
        /// The change of the loss without them, to the first order.
        Taylor,
    }
}

settings! {
    /// What becomes of which network, and on what it is measured.
    pub struct CompressTask {
        pub network: String = String::new(),
        pub backend: BackendChoice = BackendChoice::Auto,
        /// Without a name: the set whose classes the network has; where there is none, drawn pictures and the network's own answers.
        pub data: DataChoice = DataChoice { set: String::new(), count: 4000, ..DataChoice::default() },
        /// Examples of the part for tests that are asked about; 0 for all.
        pub most: u32 = 200,
        pub method: CompressMethod = CompressMethod::LowRank,
        /// Of low rank and channels the share of operations, of pruning and sharing the share of weights that stays, of
        /// prediction the share that is known.
        pub budget: f64 = 0.5,
        /// Of sharing: a weight is one of two to the power of so many values.
        pub bits: u32 = 5,
        pub way: FactorWay = FactorWay::Best,
        /// Of integers: activations too, of as many bits, and biases that make up for what rounding weights moved. Both look at pictures of
        /// the part for training.
        pub activations: ActivationRange = ActivationRange::Float,
        pub is_corrected: bool = false,
        /// How much of each layer is left, instead of the budget; layers that are not named stay as they are.
        pub layers: Vec<LayerShare> = Vec::new(),
        /// Of an allocation to the layers: so large a share is left of this.
        pub goal: f64 = 0.5,
        pub cost: CompressCost = CompressCost::Bytes,
        /// Of channels.
        pub score: ChannelScore = ChannelScore::Magnitude,
        /// Of training afterwards, all rounds together; what was pruned stays zero.
        pub epochs: u32 = 0,
        /// Of pruning and sharing: how often some weights go and the others learn.
        pub rounds: u32 = 1,
        pub rate: f64 = 1e-3,
        /// What the original's answers weigh in that training, beside the labels: 0 to 1.
        pub teacher: f64 = 0.0,
        pub seed: u32 = 1,
    }
}

impl CompressTask {
    /// Whether weights go, some in each round.
    pub fn is_pruning(&self) -> bool {
        matches!(self.method, CompressMethod::Prune | CompressMethod::Share)
    }

    /// Whether weights become integers.
    pub fn is_integer(&self) -> bool {
        matches!(self.method, CompressMethod::Int8 | CompressMethod::Int4)
    }

    pub const BUDGET: Interval = Interval::real(0.01, 1.0);
    pub const BITS: Interval = Interval::whole(1, 8);
    pub const EPOCHS: Interval = Interval::whole(0, 100);
    pub const ROUNDS: Interval = Interval::whole(1, 20);
    pub const RATE: Interval = Interval::real(1e-6, 1.0);
    pub const TEACHER: Interval = Interval::real(0.0, 1.0);
    pub const MOST: Interval = Interval::whole(0, 1_000_000);
}

/// A network that was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CompressRow {
    /// None: as it was.
    pub method: Option<CompressMethod>,
    pub budget: f64,
    pub bits: u32,
    /// Of training afterwards, in so many rounds.
    pub epochs: u32,
    pub rounds: u32,
    /// Each layer had its own budget.
    pub is_by_layer: bool,
    /// Activations were rounded too, in floats: the time has what rounding takes.
    pub is_rounded: bool,
    pub is_corrected: bool,
    pub accuracy: AccuracyShare,
    /// Parameters that are not zero.
    pub params: u64,
    /// Multiply-accumulates for one picture; zeros are multiplied too.
    pub macs: u64,
    /// Of the whole file.
    pub bytes: u64,
    /// For one picture of a batch.
    pub millis: f64,
}

/// What a layer's weights are like, and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerSpectrum {
    /// Prefix of its parameters.
    pub name: String,
    pub shape: Vec<usize>,
    /// Multiply-accumulates for one picture.
    pub macs: u64,
    /// Singular values of its matrix `[channels, inputs]`, from the largest down, over the largest; at most 64 of them, evenly.
    pub spectrum: Vec<f64>,
    /// How many there are.
    pub full: u32,
}

/// What was made of a layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerOutcome {
    pub name: String,
    pub shape: Vec<usize>,
    /// Where it is two layers now, between which so many channels are.
    pub rank: Option<u32>,
    /// A column, then a row.
    pub is_spatial: bool,
    /// The share of its weights that are not zero.
    pub kept: f64,
    /// The norm of the difference of its weights from those that it had, over theirs; training afterwards changes them too.
    pub lost: f64,
}

/// On what was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MeasuredOn {
    pub set: String,
    /// Right is what the network said before it was compressed, for the data's classes are not its own.
    pub is_agreement: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CompressSurvey {
    /// As it was, then the others.
    pub rows: Vec<CompressRow>,
    pub layers: Vec<LayerSpectrum>,
    /// The same numbers as 32-bit floats.
    pub whole_bytes: u64,
    pub on: MeasuredOn,
    pub backend: BackendUsed,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CompressedNetwork {
    pub before: CompressRow,
    pub after: CompressRow,
    pub layers: Vec<LayerOutcome>,
    pub findings: Vec<Finding<CompressedFact>>,
    /// Its text.
    pub text: Option<String>,
    pub on: MeasuredOn,
    pub backend: BackendUsed,
}

/// Accuracy where this layer alone is compressed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerSensitivity {
    pub name: String,
    /// The share of its operations or weights that is left, or bits over 8; and the share of right answers.
    pub points: Vec<[f64; 2]>,
    /// Of the whole network at each point: bytes, operations, milliseconds; and of the network as it was.
    pub costs: Vec<[f64; 3]>,
    pub whole: [f64; 3],
}

facts! {
    /// What must hold of every network that was made.
    pub enum CompressedFact {
        /// The square of what a low rank loses beside the sum of the squares of the singular values left out, over the square of the
        /// weights: the largest difference of all layers.
        Energy = "compress-energy",
        /// The file read back: the largest difference of logits from those of the weights in memory, over the largest.
        File = "compress-file",
    }
}

facts! {
    /// What must hold whatever the network.
    pub enum CompressFact {
        /// Logits of a network each of whose layers is two of full rank, beside those of the network: the largest difference, over the
        /// largest.
        FullRank = "compress-full-rank",
        /// Logits of a network without some of its channels, beside those of the network in which these are zero: the largest difference,
        /// over the largest.
        Channels = "compress-channels",
        /// Lloyd's k-means of numbers in clusters far apart: the largest distance of a value from the mean of its cluster.
        Clusters = "compress-clusters",
    }
}
