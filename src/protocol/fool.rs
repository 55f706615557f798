//! Fool: pictures that look like one thing and are taken for another, and pictures of nothing that are taken for something.
//!
//! Values of pixels are in [0, 1] throughout, of what the network sees: after resizing, before its normalisation. Long jobs report
//! with [`FoolNews`] several times a second.

use super::{
    BackendChoice, BackendUsed, Content, Experiment, ExperimentId, Finding, Fit, Interval, Pixels, Prediction, Spelling,
};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fool {
    /// Reports with [`FoolNews::Attack`]. Answer: [`Fooled::Attacked`].
    Attack(Attack),
    /// Answer: [`Fooled::Measured`].
    Strength(Strength),
    /// Answer: [`Fooled::Transferred`].
    Transfer(TransferAttack),
    /// Reports with [`FoolNews::Invent`]. Answer: [`Fooled::Invented`].
    Invent(Invent),
    /// Facts of the papers, measured on this device. Answer: [`Fooled::Checked`].
    Check(BackendChoice),
}

impl Fool {
    /// Networks whose weights it needs, in the order in which the engine is handed them.
    pub fn networks(&self) -> Vec<String> {
        match self {
            Fool::Attack(job) => vec![job.network.clone()],
            Fool::Strength(job) => vec![job.attack.network.clone()],
            Fool::Transfer(job) => job.networks.clone(),
            Fool::Invent(job) => vec![job.network.clone()],
            Fool::Check(_) => Vec::new(),
        }
    }
}

impl Experiment for Fool {
    const ID: ExperimentId = ExperimentId::Fool;
    const SPELLING: Spelling = Spelling { jobs: &["fool"], answer: Some("fooled"), steer: None };
    type Answer = Fooled;
    type News = FoolNews;
    type Steer = ();
}

impl Content for Fool {
    fn pictures_mut(&mut self) -> Vec<&mut u32> {
        match self {
            Fool::Attack(job) => vec![&mut job.picture],
            Fool::Strength(job) => job.pictures.iter_mut().collect(),
            Fool::Transfer(job) => vec![&mut job.attack.picture],
            Fool::Invent(_) | Fool::Check(_) => Vec::new(),
        }
    }
}

impl Content for Fooled {
    fn pictures_mut(&mut self) -> Vec<&mut u32> {
        match self {
            Fooled::Attacked(attacked) => vec![&mut attacked.attack.picture],
            Fooled::Measured(_) | Fooled::Transferred(_) | Fooled::Invented(_) | Fooled::Checked(_) => Vec::new(),
        }
    }
}

impl Content for FoolNews {}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fooled {
    Attacked(Box<Attacked>),
    Measured(Vec<StrengthLine>),
    Transferred(Vec<TransferRow>),
    Invented(InventNews),
    Checked(Vec<Finding<FoolFact>>),
}

/// What is told while it is under way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FoolNews {
    Attack(AttackNews),
    Invent(InventNews),
}

choices! {
    /// Ways to find a perturbation. Names, papers and what each can do stand in the engine's table, [`Method::ALL`] has its order.
    #[derive(Default)]
    pub enum Method {
        Fgsm,
        Bim,
        #[default]
        PgdLinf,
        PgdL2,
        Deepfool,
        Lbfgs,
    }
}

impl Method {
    /// It stays within ε; the others look for the least perturbation that does it.
    pub fn is_bounded(self) -> bool {
        matches!(self, Method::Fgsm | Method::Bim | Method::PgdLinf | Method::PgdL2)
    }
}

settings! {
    /// Change the picture a little, so that the network takes it for something else.
    pub struct Attack {
        pub picture: u32 = 0,
        pub network: String = String::new(),
        pub fit: Fit = Fit::Crop,
        pub backend: BackendChoice = BackendChoice::Auto,
        pub method: Method = Method::PgdLinf,
        /// The class that it is to be taken for; without one, any but the one it is taken for now.
        pub target: Option<u32> = None,
        /// The largest change of a value in [0, 1]. For [`Method::PgdL2`] the root of the mean square change: the perturbation's
        /// Euclidean norm is at most `ε · √n` for `n` values.
        pub epsilon: f64 = 8.0 / 255.0,
        /// For [`Method::Lbfgs`] those for each weight of the perturbation's length that is tried.
        pub steps: u32 = 20,
        /// Length of a step, in the unit of `epsilon`; what the method's paper suggests where not given.
        pub step: Option<f64> = None,
        pub seed: u32 = 1,
    }
}

impl Attack {
    pub const STEPS: Interval = Interval::whole(1, 10_000);
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AttackNews {
    pub step: u32,
    pub of: u32,
    /// Probability of the class that the picture was taken for at first.
    pub own: f32,
    /// Of the likeliest class now, or of the target.
    pub other: f32,
}

/// How much was changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Norms {
    /// Values that changed.
    pub l0: u64,
    pub l2: f64,
    pub linf: f64,
    /// `l2` over the picture's own Euclidean norm.
    pub relative: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attacked {
    pub attack: Attack,
    /// `[channels, height, width]`
    pub shape: [usize; 3],
    /// What the network sees of the picture.
    pub original: Pixels,
    /// The result in 8 bits a value.
    pub result: Pixels,
    /// Result minus original, before rounding: F32, little-endian, channels as planes.
    pub delta: ByteBuf,
    /// Of the original, best first.
    pub before: Vec<Prediction>,
    /// Of the result.
    pub after: Vec<Prediction>,
    /// Of the result in 8 bits.
    pub rounded: Vec<Prediction>,
    /// The target is first, or without one the first class is another.
    pub is_fooled: bool,
    /// And so is the result in 8 bits.
    pub survives: bool,
    /// The PNG was written, read again by the platform's decoder, and had the same pixels; `None` where nobody read it.
    pub png_is_exact: Option<bool>,
    pub norms: Norms,
    /// Of the result in 8 bits.
    pub rounded_norms: Norms,
    /// The limit of the largest change, or of the Euclidean norm for [`Method::PgdL2`].
    pub limit: Option<f64>,
    /// Runs of the compiled plan.
    pub runs: u32,
    pub elapsed_ms: f64,
    pub backend: BackendUsed,
    /// GPU dispatches of one step; on the CPU, kernel calls.
    pub dispatches: u32,
    /// The result.
    pub png: ByteBuf,
    /// The result before rounding, `[channels, height, width]` F32 in [0, 1].
    pub npy: ByteBuf,
    /// The perturbation before rounding, likewise.
    pub delta_npy: ByteBuf,
}

/// How strong must a perturbation be? Every method at every ε on every picture, all ε of a picture in one batch.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Strength {
    /// Its picture, method and ε are not used.
    pub attack: Attack,
    pub pictures: Vec<u32>,
    pub methods: Vec<Method>,
    pub epsilons: Vec<f64>,
    /// A batch all of whose pictures are fooled is left at that: the number fooled is the same, the confidence is not.
    pub until_fooled: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StrengthLine {
    pub method: Method,
    pub points: Vec<StrengthPoint>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StrengthPoint {
    pub epsilon: f64,
    /// Of so many pictures …
    pub pictures: u32,
    /// … so many were taken for something else.
    pub fooled: u32,
    /// Mean probability of the class that a picture was taken for at first; with a target, of the target.
    pub confidence: f32,
    /// The largest change of any value of any picture.
    pub linf: f64,
    /// Values that changed in all pictures.
    pub l0: u64,
}

/// Does what fools one network fool another? The result of each, in 8 bits, is shown to all.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TransferAttack {
    /// Its network and target are not used.
    pub attack: Attack,
    pub networks: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TransferRow {
    /// The network that was attacked.
    pub network: String,
    /// In the order of the job's.
    pub cells: Vec<TransferCell>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TransferCell {
    /// The network that was shown the result.
    pub network: String,
    /// Its first class for the original as the attacked network sees it.
    pub before: Prediction,
    /// And for the result.
    pub after: Prediction,
}

impl TransferCell {
    pub fn is_fooled(&self) -> bool {
        self.before.index != self.after.index
    }
}

settings! {
    /// Make a picture of nothing that the network is sure about (Nguyen, Yosinski & Clune 2015).
    pub struct Invent {
        pub network: String = String::new(),
        pub backend: BackendChoice = BackendChoice::Auto,
        pub way: InventMethod = InventMethod::Ascent,
        /// The class to be sure of. Evolution looks for all classes at once and stops when this one is found.
        pub target: u32 = 0,
        /// It ends when the network is as sure as this.
        pub confidence: f64 = 0.99,
        /// Steps or generations at most.
        pub steps: u32 = 1000,
        pub seed: u32 = 1,
    }
}

choices! {
    #[derive(Default)]
    pub enum InventMethod {
        /// The gradient, from noise.
        #[default]
        Ascent,
        /// Evolution, a gene for each value.
        Direct,
        /// Evolution, a small network that paints (Stanley 2007).
        Cppn,
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InventNews {
    pub step: u32,
    pub of: u32,
    /// Pictures that the network was shown so far.
    pub shown: u64,
    /// How sure the network is to be of it.
    pub confidence: f64,
    /// The one for the target first, then those of which the network is surest; of a gradient, the one.
    pub population: Vec<Invented>,
    pub steps_per_second: f32,
    pub backend: BackendUsed,
    /// Of the one for the target, once it is done.
    pub png: Option<ByteBuf>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Invented {
    /// The class that it is for, with its probability in 8 bits.
    pub prediction: Prediction,
    /// At most 64 pixels wide and high.
    pub pixels: Pixels,
}

facts! {
    pub enum FoolFact {
        /// On a linear network, DeepFool's perturbation without its overshoot over `|f| / ‖w‖₂`.
        LinearL2 = "linear-l2",
        /// On a linear network, the least ε at which FGSM fools it over `|f| / ‖w‖₁`.
        LinearLinf = "linear-linf",
        /// L-BFGS with box constraints on a quadratic whose minimum lies outside of the box: largest distance from the one inside.
        BoxMinimum = "box",
        /// Largest change of a value by PGD with ε = 0.
        Nothing = "nothing",
    }
}
