//! Caption: a network says what is in a picture, word by word.
//!
//! Training reports with [`CaptionNews`] several times a second, and ends with the whole of what it reported.

mod own;

pub use own::{
    BringCaptions, CaptionsNotes, CaptionsReport, LearnCaptions, Learnt, SaidCaption, SayCaption, SpokenCaption,
};

use super::{BackendChoice, BackendUsed, Content, Experiment, ExperimentId, Finding, Interval, Pixels, Spelling};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Caption {
    /// What scenes are made of. Answer: [`Captioned::Kit`].
    Kit,
    /// Answer: [`Captioned::Said`].
    Describe(Describe),
    /// Where each word comes from. Answer: [`Captioned::Explained`].
    Explain(Explain),
    /// Train a network on scenes; reports with [`CaptionNews`]. Answer: [`Captioned::Trained`].
    Train(CaptionTrain),
    /// Pictures with captions of one's own. Answer: [`Captioned::Brought`].
    Bring(BringCaptions),
    /// A decoder learns what was brought; reports with [`CaptionNews`]. Answer: [`Captioned::Learnt`].
    Learn(LearnCaptions),
    /// What was learnt says what is in a picture. Answer: [`Captioned::SaidOf`].
    SayOf(SayCaption),
    /// Facts that must hold, measured on this device. Answer: [`Captioned::Checked`].
    Check(BackendChoice),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Captioned {
    Kit(SceneKit),
    Said(Said),
    Explained(Explained),
    Trained(CaptionNews),
    Brought(CaptionsReport),
    Learnt(Box<Learnt>),
    SaidOf(SaidCaption),
    Checked(Vec<Finding<CaptionFact>>),
}

impl Experiment for Caption {
    const ID: ExperimentId = ExperimentId::Caption;
    const SPELLING: Spelling = Spelling { jobs: &["caption"], answer: Some("captioned"), steer: None };
    type Answer = Captioned;
    type News = CaptionNews;
    type Steer = ();
}

impl Content for Caption {
    fn bodies_mut(&mut self) -> Vec<&mut ByteBuf> {
        match self {
            Caption::Bring(brought) => brought.files.iter_mut().map(|file| &mut file.bytes).collect(),
            Caption::Kit
            | Caption::Describe(_)
            | Caption::Explain(_)
            | Caption::Train(_)
            | Caption::Learn(_)
            | Caption::SayOf(_)
            | Caption::Check(_) => Vec::new(),
        }
    }

    fn pictures_mut(&mut self) -> Vec<&mut u32> {
        match self {
            Caption::SayOf(job) => vec![&mut job.picture],
            Caption::Kit
            | Caption::Describe(_)
            | Caption::Explain(_)
            | Caption::Train(_)
            | Caption::Bring(_)
            | Caption::Learn(_)
            | Caption::Check(_) => Vec::new(),
        }
    }
}

impl Content for Captioned {
    fn pictures_mut(&mut self) -> Vec<&mut u32> {
        match self {
            Captioned::SaidOf(said) => vec![&mut said.picture],
            Captioned::Kit(_)
            | Captioned::Said(_)
            | Captioned::Explained(_)
            | Captioned::Trained(_)
            | Captioned::Brought(_)
            | Captioned::Learnt(_)
            | Captioned::Checked(_) => Vec::new(),
        }
    }
}

impl Content for CaptionNews {}

choices! {
    /// Of a thing in a scene; the middle one is not told.
    #[derive(Default)]
    pub enum ThingSize {
        Small,
        #[default]
        Medium,
        Large,
    }
}

choices! {
    /// The first is not told.
    #[derive(Default)]
    pub enum ThingTexture {
        #[default]
        Plain,
        Striped,
        Dotted,
    }
}

choices! {
    #[derive(Default)]
    pub enum ThingColour {
        #[default]
        Red,
        Green,
        Blue,
        Yellow,
        Purple,
        Black,
    }
}

choices! {
    #[derive(Default)]
    pub enum ThingShape {
        #[default]
        Circle,
        Square,
        Triangle,
        Star,
        Cross,
    }
}

/// One of the shapes in a scene.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SceneThing {
    pub size: ThingSize,
    pub texture: ThingTexture,
    pub colour: ThingColour,
    pub shape: ThingShape,
    /// Its middle, in pixels of the picture.
    pub x: f32,
    pub y: f32,
}

/// A picture as a list of things, the lowest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Scene {
    pub things: Vec<SceneThing>,
}

/// What a page needs to draw scenes as the engine does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SceneKit {
    /// Width and height of the picture, in pixels.
    pub side: u32,
    /// Things in a scene, at most.
    pub most: u32,
    /// Between a thing and the edge at least, in pixels.
    pub gap: f32,
    /// In the order of [`ThingSize::ALL`], in pixels.
    pub radii: Vec<f32>,
    /// In the order of [`ThingColour::ALL`].
    pub colours: Vec<[u8; 3]>,
    /// In the order of [`ThingShape::ALL`]: corners as x, y around the middle for a radius of 1; none for a circle.
    pub corners: Vec<Vec<f32>>,
    pub paper: [u8; 3],
    /// Of stripes and dots, in pixels, and how far they go towards white.
    pub period: f32,
    pub dot_radius: f32,
    pub lighter: f32,
    /// All words of the language.
    pub words: Vec<String>,
    /// Combinations that no lesson has, of how many.
    pub held_out: [u32; 2],
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speaker {
    /// It comes with the page.
    #[default]
    Shipped,
    /// Trained here, in this session.
    Trained,
}

/// How the next word is chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decode {
    /// The likeliest.
    #[default]
    Greedy,
    /// Drawn by its probability to the power of 1 / temperature.
    Sample { temperature: f64, seed: u32 },
    /// The likeliest sentence among so many that are kept at each word.
    Beam { width: u32 },
}

impl Decode {
    pub const WIDTH: Interval = Interval::whole(1, 8);
    pub const TEMPERATURE: Interval = Interval::real(0.01, 100.0);
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Describe {
    pub scene: Scene,
    pub speaker: Speaker,
    pub decode: Decode,
    pub backend: BackendChoice,
}

/// A sentence, and all that was in the network's mind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Said {
    pub sentence: String,
    /// Each word, the end of the sentence included.
    pub words: Vec<SaidWord>,
    /// Of the sentence, as it was decoded: natural logarithm.
    pub log_p: f64,
    /// What the rules of the language say of the scene.
    pub truth: String,
    /// Of each thing: whether no lesson had this combination.
    pub held_out: Vec<bool>,
    /// The picture as the network gets it.
    pub seen: Pixels,
    pub tree: Vec<TreeNode>,
    /// Whole sentences that were found, the likeliest first.
    pub found: Vec<FoundSentence>,
    pub gates: Gates,
    /// From the scene to the sentence.
    pub millis: f64,
    pub backend: BackendUsed,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SaidWord {
    pub word: String,
    /// Its number in the vocabulary.
    pub number: u32,
    /// Given the picture and the words before it.
    pub log_p: f32,
    /// The likeliest words here, with their probabilities.
    pub best: Vec<(String, f32)>,
}

/// A word that was considered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TreeNode {
    /// Index of the word before; none for the first.
    pub parent: Option<u32>,
    pub word: String,
    /// 0 for the first word.
    pub time: u32,
    pub log_p: f32,
    /// Of the sentence so far.
    pub sum: f64,
    pub fate: BeamStatus,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BeamStatus {
    /// Part of the sentence that was said.
    Said,
    /// Kept for a while.
    Kept,
    /// Too unlikely at once.
    Dropped,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FoundSentence {
    pub sentence: String,
    pub log_p: f64,
}

/// What the LSTM did at the picture and at each word.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gates {
    pub units: u32,
    /// The picture, then what was heard before each word was said.
    pub heard: Vec<String>,
    /// In the order of [`GateKind::ALL`]: `heard · units` values each, time by time, as bytes with 0 at 128.
    pub values: Vec<ByteBuf>,
    /// What 128 steps from the middle mean in each of them.
    pub largest: Vec<f32>,
}

choices! {
    /// One of the things that an LSTM computes at each time.
    #[derive(Default)]
    pub enum GateKind {
        Input,
        #[default]
        Forget,
        Candidate,
        Output,
        Cell,
        Hidden,
    }
}

/// Where a sentence's words come from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Explain {
    pub scene: Scene,
    pub speaker: Speaker,
    /// Numbers of the words, the end included where it was said.
    pub words: Vec<u32>,
    pub backend: BackendChoice,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Explained {
    pub side: u32,
    /// For each word.
    pub maps: Vec<WordMap>,
}

/// The gradient of a word's log-probability by each pixel, summed over the colours.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WordMap {
    /// `side · side` bytes, rows from the top, 0 at 128.
    pub values: ByteBuf,
    /// What 127 steps from the middle mean: nats for the whole range of a colour.
    pub largest: f32,
}

settings! {
    #[derive(Copy)]
    pub struct CaptionTrain {
        pub steps: u32 = 6000,
        pub batch: u32 = 64,
        pub rate: f64 = 4e-3,
        pub seed: u32 = 1,
        pub backend: BackendChoice = BackendChoice::Auto,
    }
}

impl CaptionTrain {
    pub const STEPS: Interval = Interval::whole(1, 100_000);
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CaptionNews {
    pub step: u32,
    pub of: u32,
    /// New since the last news; in the answer, all of them: step and mean loss of a word.
    pub losses: Vec<(u32, f32)>,
    /// The same: step, and captions right to the word of scenes with held-out combinations.
    pub exams: Vec<ExamPoint>,
    /// The same, of captions of one's own: step, and mean loss of a word in sentences that no lesson has.
    #[serde(default)]
    pub held_out: Vec<(u32, f32)>,
    pub params: u64,
    pub dispatches: u32,
    pub steps_per_second: f32,
    pub seconds: f32,
    pub backend: BackendUsed,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExamPoint {
    pub step: u32,
    pub right: u32,
    pub of: u32,
}

facts! {
    /// A fact that must hold.
    pub enum CaptionFact {
        /// A beam of one says what the likeliest word each time says: sentences of 32 that are the same.
        BeamOfOne = "beam-of-one",
        /// A sentence's log-probability is the sum of its words': the largest difference.
        SumOfWords = "sum-of-words",
        /// With the forget gate at 1 and the input gate at 0, ∂c_T/∂c_0 = 1: the value that is furthest from it.
        Carousel = "carousel",
    }
}
