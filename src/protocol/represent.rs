//! Represent: what networks make of data that nobody has labelled. Boltzmann machines (Ackley, Hinton & Sejnowski 1985), and
//! autoencoders.

mod autoencoder;
mod map;
mod measures;
mod stack;

pub use autoencoder::{
    AutoencoderProgress, AutoencoderTrain, CodeBoard, CodeData, CodeExamples, CodeNetwork, CodeRule, DecodeCodes,
    DecodedPictures,
};

pub use map::{EmbedBegun, EmbedFrame, EmbedNews, EmbedReport, EmbedSource, EmbedTask};
pub use measures::{CodeSizeRow, CodeSizes, UnseenKind, UnseenReport};
pub use stack::{StackDream, StackDreams, StackPoint, StackProgress, StackTrain, StackTune, TuneLane, TunedStack};

use super::{BackendChoice, Content, Experiment, ExperimentId, Exported, Finding, Interval, Spelling};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Represent {
    /// An autoencoder learns, or goes on; reports with [`AutoencoderProgress`]. Answer: [`Represented::Encoded`].
    Autoencoder(AutoencoderTrain),
    /// Pictures of codes, by the autoencoder that was trained last. Answer: [`Represented::Decoded`].
    Decode(DecodeCodes),
    /// That autoencoder as a file. Answer: [`Represented::Saved`].
    SaveAutoencoder,
    /// Short trainings over the size of the code; reports with [`CodeSizeRow`]. Answer: [`Represented::Sizes`].
    Sizes(CodeSizes),
    /// How well errors tell pictures that the autoencoder has never seen the like of. Answer: [`Represented::Unseen`].
    Unseen(UnseenKind),
    /// Pictures as places in a plane; reports with [`EmbedNews`]. Answer: [`Represented::Mapped`].
    Map(EmbedTask),
    /// A machine learns; reports with [`BoltzmannProgress`]. Answer: [`Represented::Learnt`].
    Boltzmann(BoltzmannTrain),
    /// Chains of the machine that was made last go on. Answer: [`Represented::Swept`].
    Sweep(BoltzmannSweep),
    /// Its partition function by annealed importance sampling, and exactly where that is possible. Answer: [`Represented::Estimated`].
    Partition(PartitionRun),
    /// Its weights as a file. Answer: [`Represented::Saved`].
    Save,
    /// A machine that was saved; a training that resumes goes on with it. Answer: [`Represented::Opened`].
    Open(SavedMachine),
    /// How many patterns a memory holds. Answer: [`Represented::Recalled`].
    Recall(HopfieldRun),
    /// A deep belief net learns layer by layer; reports with [`StackProgress`]. Answer: [`Represented::Stacked`].
    Stack(StackTrain),
    /// Pictures from the top of the stack that was trained last. Answer: [`Represented::Dreamt`].
    Dream(StackDream),
    /// That stack as first weights of a classifier, against random ones; reports with [`TunedStack`]. Answer: [`Represented::Tuned`].
    Tune(StackTune),
    /// What must hold of any machine. Answer: [`Represented::Checked`].
    Check(BackendChoice),
}

impl Experiment for Represent {
    const ID: ExperimentId = ExperimentId::Represent;
    const SPELLING: Spelling = Spelling { jobs: &["represent"], answer: Some("represented"), steer: None };
    type Answer = Represented;
    type News = RepresentNews;
    type Steer = ();
}

impl Content for Represent {
    fn bodies_mut(&mut self) -> Vec<&mut ByteBuf> {
        match self {
            Represent::Open(file) => vec![&mut file.bytes],
            _ => Vec::new(),
        }
    }
}

/// The file of a Boltzmann machine that was saved here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedMachine {
    pub name: String,
    pub bytes: ByteBuf,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Represented {
    Encoded(Box<AutoencoderProgress>),
    Decoded(DecodedPictures),
    Sizes(Vec<CodeSizeRow>),
    Unseen(UnseenReport),
    Mapped(Box<EmbedReport>),
    Learnt(BoltzmannProgress),
    Swept(SweptChains),
    Estimated(PartitionReport),
    Saved(Exported),
    Opened(OpenedMachine),
    Recalled(HopfieldReport),
    Stacked(Box<StackProgress>),
    Dreamt(StackDreams),
    Tuned(Box<TunedStack>),
    Checked(Vec<Finding<RepresentFact>>),
}

impl Content for Represented {
    fn bodies_mut(&mut self) -> Vec<&mut ByteBuf> {
        match self {
            Represented::Saved(file) => vec![&mut file.bytes],
            _ => Vec::new(),
        }
    }
}

/// How a machine that was saved learnt, and for how many steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OpenedMachine {
    pub setup: BoltzmannTrain,
    pub step: u32,
}

/// What is told of what is under way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RepresentNews {
    Autoencoder(Box<AutoencoderProgress>),
    Size(CodeSizeRow),
    Map(Box<EmbedNews>),
    Boltzmann(Box<BoltzmannProgress>),
    Stack(Box<StackProgress>),
    Tune(Box<TunedStack>),
}

impl Content for RepresentNews {}

choices! {
    /// What a machine learns.
    pub enum BoltzmannData {
        /// The 14 pictures of 3 × 3 pixels in which whole rows or columns are on.
        Bars3,
        /// The 30 of 4 × 4.
        Bars4,
        /// Drawn digits of 28 × 28.
        Digits,
        /// What the person brought.
        Own,
    }
}

choices! {
    /// Which units are connected.
    pub enum BoltzmannKind {
        /// Visible ones with hidden ones only.
        Restricted,
        /// Any two.
        General,
    }
}

choices! {
    /// Where the part of the gradient comes from that the machine's own states have.
    pub enum BoltzmannRule {
        /// The sum over all states.
        Exact,
        /// Chains of k steps from the data: contrastive divergence (Hinton 2002).
        Contrastive,
        /// Chains that go on from step to step (Tieleman 2008).
        Persistent,
        /// The same, exchanged with hotter ones (Desjardins et al. 2010).
        Tempered,
    }
}

settings! {
    /// Everything that decides a run.
    pub struct BoltzmannTrain {
        pub data: BoltzmannData = BoltzmannData::Bars3,
        pub kind: BoltzmannKind = BoltzmannKind::Restricted,
        pub hidden: u32 = 8,
        pub rule: BoltzmannRule = BoltzmannRule::Exact,
        /// Steps of a chain for each step of learning.
        pub k: u32 = 1,
        /// At the beginning; with chains it falls to nothing in a straight line.
        pub rate: f64 = 0.1,
        pub momentum: f64 = 0.9,
        /// Of the weights, towards nothing.
        pub decay: f64 = 0.0,
        pub steps: u32 = 1500,
        pub batch: u32 = 20,
        pub seed: u32 = 1,
        /// Goes on with the machine that was opened last or, where none was, that learnt last.
        pub resume: bool = false,
    }
}

impl BoltzmannTrain {
    /// With what each data set is learnt well.
    pub fn usual(data: BoltzmannData) -> Self {
        match data {
            BoltzmannData::Bars3 => Self { data, ..Self::default() },
            BoltzmannData::Bars4 => Self {
                data,
                hidden: 16,
                rule: BoltzmannRule::Tempered,
                rate: 0.2,
                momentum: 0.5,
                steps: 6000,
                batch: 30,
                ..Self::default()
            },
            BoltzmannData::Digits | BoltzmannData::Own => Self {
                data,
                hidden: 16,
                rule: BoltzmannRule::Persistent,
                rate: 0.05,
                momentum: 0.5,
                steps: 2000,
                ..Self::default()
            },
        }
    }

    pub const HIDDEN: Interval = Interval::whole(1, 512);
    pub const K: Interval = Interval::whole(1, 100);
    pub const RATE: Interval = Interval::real(1e-5, 2.0);
    pub const MOMENTUM: Interval = Interval::real(0.0, 0.99);
    pub const DECAY: Interval = Interval::real(0.0, 0.1);
    pub const STEPS: Interval = Interval::whole(1, 1_000_000);
    pub const BATCH: Interval = Interval::whole(1, 1000);
}

/// How well the machine does after a step, per example in nats.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BoltzmannPoint {
    pub step: u32,
    /// `ln p` of examples for training and of others; none where `Z` is not known exactly.
    pub log_likelihood: Option<[f64; 2]>,
    /// The mean free energy of both.
    pub free_energy: [f64; 2],
    /// Cross-entropy of pixels after one step down from the hidden units and the pixels themselves.
    pub reconstruction: f64,
    /// Of all states; where they were summed.
    pub log_z: Option<f64>,
}

/// All states of a small machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EnumeratedFigures {
    pub states: u64,
    pub log_z: f64,
    /// `Σ_v exp(-F(v)) / Z`, from free energies and from the sum over all states: 1.
    pub total: f64,
    /// Of all units together, in nats.
    pub entropy: f64,
    /// `⟨E⟩`.
    pub mean_energy: f64,
    /// k, and the angle in degrees between what CD-k goes along in the mean and the exact gradient.
    pub angles: Vec<(u32, f64)>,
}

/// What is told while a machine learns: points are the new ones, at the end all of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BoltzmannProgress {
    pub step: u32,
    pub of: u32,
    pub seconds: f64,
    pub steps_per_second: f32,
    pub height: u32,
    pub width: u32,
    pub hidden: u32,
    pub params: u32,
    pub examples: [u32; 2],
    pub points: Vec<BoltzmannPoint>,
    /// Of each hidden unit up to [`Self::MOST_FILTERS`], its weights to all pixels: 128 is none, 255 the largest of all units.
    pub filters: Vec<ByteBuf>,
    /// What 255 stands for.
    pub largest_weight: f64,
    /// Some examples, 0 or 1 each.
    pub shown: Vec<ByteBuf>,
    /// Of each pattern, where all are known and `Z` is, what the machine gives it; and the KL divergence of the patterns' distribution
    /// from the machine's.
    pub patterns: Option<(Vec<f64>, f64)>,
    pub enumerated: Option<EnumeratedFigures>,
    /// Of replicas, the share of exchanges that were made.
    pub swapped: Option<f64>,
}

impl BoltzmannProgress {
    pub const MOST_FILTERS: usize = 64;
}

settings! {
    /// Chains that go on from where they are.
    pub struct BoltzmannSweep {
        pub sweeps: u32 = 1,
        pub chains: u32 = 12,
        /// `p ∝ exp(-E / T)`.
        pub temperature: f64 = 1.0,
        /// Of each pixel: 0 free, 1 held off, 2 held on; empty where all are free.
        pub held: ByteBuf = ByteBuf::new(),
        /// From new states that coins toss.
        pub restart: bool = false,
        pub seed: u32 = 1,
    }
}

impl BoltzmannSweep {
    pub const SWEEPS: Interval = Interval::whole(1, 1000);
    pub const CHAINS: Interval = Interval::whole(1, 64);
    pub const TEMPERATURE: Interval = Interval::real(0.05, 5.0);
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChainState {
    /// Pixels: the chance of each to be on, 0 to 255, where they are many; else 0 or 255 as the chain has them.
    pub visible: ByteBuf,
    /// 0 or 1 each.
    pub hidden: ByteBuf,
    pub energy: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SweptChains {
    pub height: u32,
    pub width: u32,
    /// Since they began.
    pub sweeps: u64,
    pub chains: Vec<ChainState>,
    pub mean_energy: f64,
}

settings! {
    /// Annealed importance sampling.
    pub struct PartitionRun {
        pub runs: u32 = 100,
        pub temperatures: u32 = 500,
        pub seed: u32 = 1,
    }
}

impl PartitionRun {
    pub const RUNS: Interval = Interval::whole(2, 5000);
    pub const TEMPERATURES: Interval = Interval::whole(1, 100_000);
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PartitionReport {
    /// Of learning, when it was estimated.
    pub step: u32,
    pub log_z: f64,
    /// Standard deviation of the estimate.
    pub deviation: f64,
    /// By the sum over all states of the smaller side, where that has at most 20 units.
    pub exact: Option<f64>,
    /// Mean `ln p` of examples for training and of others, by the estimate.
    pub log_likelihood: [f64; 2],
    pub runs: u32,
    pub temperatures: u32,
    pub elapsed_ms: f64,
}

settings! {
    /// A memory of random patterns, and what it finds from cues.
    pub struct HopfieldRun {
        pub units: u32 = 400,
        /// Share of a cue's units that are wrong.
        pub wrong: f64 = 0.1,
        /// Patterns of the memory that is shown.
        pub patterns: u32 = 20,
        pub seed: u32 = 1,
    }
}

impl HopfieldRun {
    pub const UNITS: Interval = Interval::whole(16, 900);
    pub const WRONG: Interval = Interval::real(0.0, 0.5);
    pub const PATTERNS: Interval = Interval::whole(1, 300);
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecallFrame {
    /// -1 is 0, 1 is 255.
    pub units: ByteBuf,
    pub overlap: f64,
    /// Of one unit.
    pub energy: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HopfieldReport {
    /// Patterns over units, the mean overlap of what is found with what was meant, and the share found without more than 5 % wrong.
    pub curve: Vec<[f64; 3]>,
    pub side: u32,
    /// A pattern of the memory that is shown, and its cue sweep by sweep.
    pub stored: ByteBuf,
    pub frames: Vec<RecallFrame>,
}

facts! {
    /// What must hold of any machine.
    pub enum RepresentFact {
        /// `Σ_v exp(-F(v)) / Z` with `Z` from all states: 1.
        Total = "represent-total",
        /// Mean energy + entropy / free energy of all: `⟨E⟩ - S + ln Z` is 0.
        Entropy = "represent-entropy",
        /// Largest difference of the exact gradient from central differences of the log-likelihood.
        Gradient = "represent-gradient",
        /// `Z` through the hidden side over that through all states, less 1.
        Sides = "represent-sides",
        /// How often the angle of CD-k to the exact gradient does not fall as k grows.
        Angle = "represent-angle",
        /// Transitions one way against the other on six units: (χ² - degrees) / √(2 · degrees).
        Balance = "represent-balance",
        /// States of a long chain against their probabilities, in the same measure.
        Stationary = "represent-stationary",
        /// The same of replicas at the machine's own temperature.
        Tempering = "represent-tempering",
        /// Estimate less exact `ln Z`, in standard deviations.
        Annealed = "represent-annealed",
        /// Mean overlap of a memory with few patterns: 1.
        Recall = "represent-recall",
        /// The bound of a belief net whose second layer is the first one turned over, less the first one's log-likelihood: 0.
        Bound = "represent-bound",
        /// Largest principal angle of a linear autoencoder that has learnt to the principal components, in degrees.
        Components = "represent-components",
        /// Its squared error over theirs: 1.
        Projection = "represent-projection",
        /// The penalty of a contractive code over the squared norm of its Jacobian by differences: 1.
        Contraction = "represent-contraction",
        /// Area under the curve of normal numbers one deviation apart: Φ(1/√2).
        Area = "represent-area",
        /// Largest difference of t-SNE's gradient from central differences of its divergence.
        Embedding = "represent-embedding",
        /// Trustworthiness of the map that places already are: 1.
        Trust = "represent-trust",
    }
}
