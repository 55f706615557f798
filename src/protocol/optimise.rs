//! Optimise: how gradients become steps, and what becomes of gradients in deep networks.
//!
//! Long jobs report with [`OptimiseNews`] several times a second, and end with the whole of what they reported.

use super::{
    BackendChoice, BackendUsed, Content, CurvePoint, DataChoice, Experiment, ExperimentId, Finding, Interval,
    Optimiser, Setup, Spelling,
};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use std::fmt::Write;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Optimise {
    /// Answer: [`Optimised::Map`].
    Map(Landscape),
    /// Answer: [`Optimised::Walked`].
    Walk(Walk),
    /// Reports with [`OptimiseNews::Race`]. Answer: [`Optimised::Raced`].
    Race(OptimiserRace),
    /// Reports with [`OptimiseNews::Depth`]. Answer: [`Optimised::Deepened`].
    Depth(DeepTraining),
    /// Facts of the papers, measured on this device. Answer: [`Optimised::Checked`].
    Check(BackendChoice),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Optimised {
    Map(LandMap),
    Walked(Vec<Path>),
    Raced(RaceNews),
    Deepened(DepthNews),
    Checked(Vec<Finding<OptimiseFact>>),
}

/// What is told while it is under way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OptimiseNews {
    Race(RaceNews),
    Depth(DepthNews),
}

impl Experiment for Optimise {
    const ID: ExperimentId = ExperimentId::Optimise;
    const SPELLING: Spelling = Spelling { jobs: &["optimise"], answer: Some("optimised"), steer: None };
    type Answer = Optimised;
    type News = OptimiseNews;
    type Steer = ();
}

impl Content for Optimise {}
impl Content for Optimised {}
impl Content for OptimiseNews {}

choices! {
    /// A loss over two parameters. Formulas and sources stand in the engine's table and come with the [`LandMap`].
    #[derive(Default)]
    pub enum Landscape {
        #[default]
        Ravine,
        Rosenbrock,
        Beale,
        Himmelblau,
        Saddle,
        Rastrigin,
    }
}

/// A landscape seen from above.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LandMap {
    pub land: Landscape,
    pub formula: String,
    /// Who first used it, and when.
    pub source: String,
    /// Left and right edge.
    pub x: [f32; 2],
    /// Lower and upper edge.
    pub y: [f32; 2],
    pub minima: Vec<[f32; 2]>,
    /// The value there.
    pub lowest: f32,
    pub side: u32,
    /// `side · side` heights, rows from the top: 0 at the lowest value, 255 at the highest, about its logarithm between.
    pub heights: ByteBuf,
    pub contours: Vec<Contour>,
}

/// A line of equal height.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contour {
    pub value: f32,
    /// Four numbers each: from x, y to x, y.
    pub segments: Vec<f32>,
}

settings! {
    /// Several optimisers from one start, each by the exact gradient or with the same noise on it.
    pub struct Walk {
        pub land: Landscape = Landscape::Ravine,
        pub start: [f64; 2] = [-2.5, 1.0],
        pub walkers: Vec<Optimiser> = vec![Optimiser::default()],
        pub steps: u32 = 100,
        /// Standard deviation of what is added to each component of the gradient.
        pub noise: f64 = 0.0,
        /// Of the noise.
        pub seed: u32 = 1,
    }
}

impl Walk {
    pub const STEPS: Interval = Interval::whole(1, 5000);
    pub const NOISE: Interval = Interval::real(0.0, 1e6);
}

/// Where a walker was before each step and after the last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Path {
    pub points: Vec<[f32; 2]>,
    /// The landscape's value at each of them.
    pub losses: Vec<f32>,
    /// First step after which the walker stood outside of the map.
    pub left_map: Option<u32>,
    /// The step after which its place or its loss was no number any more; the path ends before.
    pub diverged: Option<u32>,
}

/// The same network, data and seed for each optimiser; they take turns, step by step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OptimiserRace {
    /// Its own optimiser is not used.
    pub setup: Setup,
    pub lanes: Vec<Optimiser>,
    pub steps: u32,
}

impl OptimiserRace {
    pub const STEPS: Interval = Interval::whole(1, 100_000);
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RaceNews {
    pub step: u32,
    pub of: u32,
    /// In the order of the job's.
    pub lanes: Vec<LaneNews>,
    pub params: u64,
    pub examples: u32,
    /// Of all lanes together.
    pub steps_per_second: f32,
    pub backend: BackendUsed,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LaneNews {
    /// New since the last news; in the answer, all of them.
    pub points: Vec<CurvePoint>,
    /// The loss or a parameter was no number after this step; the lane ends there.
    pub diverged: Option<u32>,
}

settings! {
    /// A network of equal layers that is as deep as is wanted.
    #[derive(Copy, Eq)]
    pub struct DeepNet {
        /// Layers with weights, the output's included.
        pub depth: u32 = 20,
        /// Units of each hidden layer.
        pub width: u32 = 16,
        pub activation: DeepActivation = DeepActivation::Sigmoid,
        pub batch_norm: bool = false,
        pub residual: bool = false,
        pub init: DeepInit = DeepInit::He,
    }
}

choices! {
    #[derive(Default)]
    pub enum DeepActivation {
        #[default]
        Sigmoid,
        Tanh,
        Relu,
    }
}

impl DeepActivation {
    /// As the text of a network spells it.
    pub fn word(self) -> &'static str {
        match self {
            DeepActivation::Sigmoid => "sigmoid",
            DeepActivation::Tanh => "tanh",
            DeepActivation::Relu => "relu",
        }
    }
}

choices! {
    #[derive(Default)]
    pub enum DeepInit {
        #[default]
        He,
        Glorot,
        Lecun,
    }
}

impl DeepInit {
    /// As the text of a network spells it.
    pub fn word(self) -> &'static str {
        match self {
            DeepInit::He => "he",
            DeepInit::Glorot => "glorot",
            DeepInit::Lecun => "lecun",
        }
    }
}

impl DeepNet {
    pub const WIDTH: Interval = Interval::whole(1, 256);

    /// The network as text, for the engine and for the Train page.
    ///
    /// Plain: `linear, [batchnorm], activation` again and again. Residual: two layers at a time are
    /// `x + linear(f([bn] linear(f([bn] x))))`, the activation before the weights, so that nothing stands on the way from the
    /// last layer to the first (He et al. 2016); a layer that is left over makes a block of its own.
    pub fn text(&self) -> String {
        let Self { depth, width, batch_norm, residual, .. } = *self;
        let activation = self.activation.word();
        let norm = |indent: &str| if batch_norm { format!("{indent}batchnorm\n") } else { String::new() };
        let mut text = format!("init {}\nflatten\n", self.init.word());
        let hidden = depth.saturating_sub(1);
        // Writing to a string cannot fail.
        if !residual {
            let layer = format!("  linear {width}\n{}  {activation}\n", norm("  "));
            if hidden > 0 {
                _ = write!(text, "repeat {hidden}\n{layer}end\n");
            }
        } else if hidden > 0 {
            let layer = format!("{}    {activation}\n    linear {width}\n", norm("    "));
            _ = writeln!(text, "linear {width}");
            let (pairs, odd) = ((hidden - 1) / 2, (hidden - 1) % 2);
            if pairs > 0 {
                _ = write!(text, "repeat {pairs}\n  residual\n{layer}{layer}  end\nend\n");
            }
            if odd > 0 {
                _ = write!(text, "  residual\n{layer}  end\n");
            }
            _ = writeln!(text, "{}{activation}", norm(""));
        }
        text + "linear classes\n"
    }
}

settings! {
    /// Deep networks on the same examples, all of them at every step, with the gradient's norm in each layer.
    pub struct DeepTraining {
        pub nets: Vec<DeepNet> = vec![DeepNet::default()],
        pub data: DataChoice = DataChoice { set: "spirals".to_owned(), count: 400, ..DataChoice::default() },
        pub optimiser: Optimiser = Optimiser::default(),
        /// With 0 the gradients are those of the first weights, and nothing is trained.
        pub steps: u32 = 0,
        /// Of the weights.
        pub seed: u32 = 1,
        pub backend: BackendChoice = BackendChoice::Auto,
    }
}

impl DeepTraining {
    /// 0 looks at the first gradients and takes none.
    pub const STEPS: Interval = Interval::whole(1, 100_000);
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DepthNews {
    pub step: u32,
    pub of: u32,
    /// In the order of the job's.
    pub nets: Vec<DeepNews>,
    pub examples: u32,
    /// Of all networks together.
    pub steps_per_second: f32,
    /// Not said where nothing is trained.
    pub backend: Option<BackendUsed>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DeepNews {
    pub params: u64,
    /// New since the last news; in the answer, all of them. The loss is that of all examples, before the step.
    pub losses: Vec<StepLoss>,
    /// Euclidean norm of the loss's gradient by the weights of each layer, from the first to the last.
    pub gradients: Vec<f32>,
    /// The loss was no number after this step.
    pub diverged: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepLoss {
    pub step: u32,
    pub loss: f32,
}

facts! {
    pub enum OptimiseFact {
        /// Largest `|Δp + η·sign(g)| / η` after Adam's first step, over gradients of very different sizes.
        AdamFirstStep = "adam-first",
        AdagradFirstStep = "adagrad-first",
        /// The length of a step of momentum after a long time of constant gradient, over `η·g / (1 - μ)`.
        MomentumSpeed = "momentum",
        /// SGD on the quadratic ravine after fifty steps over `(1 - ηλ)ᵗ·x₀`.
        SgdClosedForm = "sgd",
        /// The mean of dropout's output over ones.
        DropoutMean = "dropout",
        /// Largest |mean| of a channel of batch norm's output.
        BatchNormMean = "norm-mean",
        /// The channel variance farthest from 1.
        BatchNormVariance = "norm-variance",
        /// Largest `|Σ dx| / Σ|dx|` of a channel: batch norm's gradient has no mean.
        BatchNormGradient = "norm-gradient",
    }
}
