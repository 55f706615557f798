//! Distil: a large network teaches a small one (Hinton, Vinyals & Dean 2015, "Distilling the Knowledge in a Neural Network").

use super::{
    BackendChoice, BackendUsed, Content, DataChoice, Experiment, ExperimentId, ExportForm, Exported, Finding, Mix,
    Optimiser, Pixels, Spelling,
};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Distil {
    /// Reports with [`DistilNews`], may be steered with [`SteerDistil`]. Answer: [`Distilled::Ran`].
    Run(Box<DistilRun>),
    /// What the paper derives, measured on this device. Answer: [`Distilled::Checked`].
    Check(BackendChoice),
    /// A student of the last lesson that came to its end. Answer: [`Distilled::Exported`].
    ExportStudent(ExportStudent),
}

impl Experiment for Distil {
    const ID: ExperimentId = ExperimentId::Distil;
    const SPELLING: Spelling = Spelling { jobs: &["distil"], answer: Some("distilled"), steer: Some("steer_distil") };
    type Answer = Distilled;
    type News = DistilNews;
    type Steer = SteerDistil;
}

impl Content for Distil {}
impl Content for Distilled {
    fn bodies_mut(&mut self) -> Vec<&mut ByteBuf> {
        match self {
            Distilled::Exported(file) => vec![&mut file.bytes],
            Distilled::Ran(_) | Distilled::Checked(_) => Vec::new(),
        }
    }
}

impl Content for DistilNews {}
impl Content for SteerDistil {}

settings! {
    /// A teacher, and the same student twice from the same first weights on the same batches: with labels alone, and with the
    /// teacher's softened answers.
    pub struct DistilRun {
        pub data: DataChoice = DataChoice { count: 4000, ..DataChoice::default() },
        pub teacher: Teacher = Teacher::default(),
        /// The student's network, one layer per line.
        pub student: String = "init glorot\nflatten\nlinear 64\nrelu\nlinear classes".to_owned(),
        /// Of the students.
        pub optimiser: Optimiser = Optimiser { rate: 5e-3, ..Optimiser::default() },
        pub batch: u32 = 50,
        /// Of the students.
        pub epochs: u32 = 50,
        /// Size of the transfer set; 0 for all that is for training.
        pub examples: u32 = 200,
        /// A class that the transfer set lacks.
        pub omit: Option<u32> = None,
        pub mix: Mix = Mix::default(),
        pub seed: u32 = 1,
        pub backend: BackendChoice = BackendChoice::Auto,
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Teacher {
    /// Trained first, on all examples for training, shifted by up to so many pixels.
    Trained { network: String, epochs: u32, shift: u32 },
    /// A network with weights, by its id: one that comes with the page, or one that was dropped.
    Loaded { network: String },
}

impl Default for Teacher {
    fn default() -> Self {
        Self::Trained {
            network: "init glorot\nflatten\nlinear 192\nrelu\ndropout 0.2\nlinear 96\nrelu\nlinear classes".to_owned(),
            epochs: 6,
            shift: 1,
        }
    }
}

/// The student that had the teacher's answers, or the one that learnt alone.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExportStudent {
    pub form: ExportForm,
    #[serde(default)]
    pub is_alone: bool,
}

/// Changes the run under way, from its next step on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SteerDistil {
    Mix(Mix),
    Pause,
    Go,
}

/// What the paper found on MNIST: errors on its 10,000 test pictures.
pub struct Published {
    pub teacher: u32,
    pub plain: u32,
    pub distilled: u32,
    /// Without any 3 in the transfer set, and how many of them are 3s.
    pub without: u32,
    pub without_of_class: u32,
    /// The same after the bias of class 3 was raised by 3.5.
    pub corrected: u32,
    pub corrected_of_class: u32,
}

pub const PUBLISHED: Published = Published {
    teacher: 67,
    plain: 146,
    distilled: 74,
    without: 206,
    without_of_class: 133,
    corrected: 109,
    corrected_of_class: 14,
};

/// Errors where something was added to one class's logit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BiasPoint {
    pub bias: f32,
    pub errors: u32,
    /// On pictures of that class.
    pub of_class: u32,
}

/// News of a run: what the three have done since the last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DistilNews {
    /// The students learn after the teacher.
    pub is_teacher_done: bool,
    /// Of all steps of the run.
    pub step: u32,
    pub of: u32,
    /// Teacher, student alone, student distilled.
    pub pupils: [LearnerNews; 3],
    /// Pictures on which errors are counted.
    pub tested: u32,
    /// Of the omitted class, or of class 3 where none is omitted.
    pub tested_of_class: u32,
    pub examples: u32,
    pub classes: Vec<String>,
    pub millis_left: Option<u64>,
    pub backend: BackendUsed,
    /// Once the teacher has answered, and again in the answer.
    pub asked: Vec<SampleAnswer>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LearnerNews {
    /// 0 where it is not known yet.
    pub params: u64,
    /// New since the last news; in the answer, all.
    pub measured: Vec<ErrorPoint>,
}

/// Errors on the test pictures.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ErrorPoint {
    /// Share of its own training, 0..1.
    pub at: f32,
    pub errors: u32,
    /// On pictures of the omitted class.
    pub of_class: u32,
}

/// A test picture with the logits of those who have seen it: teacher, student alone, student distilled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SampleAnswer {
    /// Points of a plane have no picture.
    pub pixels: Option<Pixels>,
    pub label: u32,
    pub logits: Vec<Vec<f32>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DistilResult {
    pub news: DistilNews,
    /// Errors of the distilled student with more and more added to the logit of the omitted class.
    pub corrected: Vec<BiasPoint>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Distilled {
    Ran(Box<DistilResult>),
    Checked(Vec<Finding<DistilFact>>),
    Exported(Exported),
}

facts! {
    pub enum DistilFact {
        /// At T = 1000 and for logits of mean 0: largest difference of the soft loss's gradient to `(z − v) / (N·T²)`, over the
        /// largest gradient.
        HighTemperature = "high-temperature",
        /// λ = 0: largest difference of a loss to plain training's, over twenty steps.
        WeightNothing = "weight-nothing",
        /// λ = 1: largest difference of a loss with right and with wrong labels, over twenty steps.
        WeightAll = "weight-all",
        /// λ = 1: the first loss against `T²·CE(soft targets)` as the host computes it, over it.
        SoftLoss = "soft-loss",
    }
}
