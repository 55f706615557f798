//! What is asked of language models.

use crate::protocol::{BackendChoice, Interval, RunPlan};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

choices! {
    /// Where the text comes from.
    pub enum LanguageText {
        /// Sentences from a probabilistic grammar, whose entropy is known.
        English,
        Japanese,
        /// What the person brought.
        Own,
    }
}

choices! {
    /// What a text is a row of.
    pub enum TextUnit {
        Characters,
        /// Runs of letters and digits, of kanji, of hiragana or of katakana; each other sign by itself; spaces are left out.
        Words,
    }
}

choices! {
    pub enum LanguageModel {
        /// Elman's network with tanh (Elman 1990).
        Rnn,
        /// Hochreiter & Schmidhuber 1997, with forget gates (Gers et al. 2000).
        Lstm,
        /// Gated recurrent units (Cho et al. 2014).
        Gru,
        /// Blocks of causal attention (Vaswani et al. 2017), with layer norm before each part and learnt positions.
        Transformer,
    }
}

/// A text as it was chosen, dropped or pasted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TextFile {
    pub name: String,
    pub bytes: ByteBuf,
}

settings! {
    /// Everything that decides a run. All models see the same windows in the same order.
    pub struct LanguageTrain {
        pub text: LanguageText = LanguageText::English,
        pub units: TextUnit = TextUnit::Characters,
        pub models: Vec<LanguageModel> = vec![LanguageModel::Rnn, LanguageModel::Lstm],
        /// Numbers of a hidden state, and of a letter's or word's features.
        pub hidden: u32 = 48,
        /// Of the transformer.
        pub blocks: u32 = 1,
        /// Units that a step looks at in a row; gradients go no further back.
        pub window: u32 = 64,
        /// Windows of a step.
        pub batch: u32 = 8,
        pub steps: u32 = 1000,
        pub rate: f64 = 1e-2,
        pub seed: u32 = 1,
        /// Goes on where the last training of this session was stopped.
        pub resume: bool = false,
        pub backend: BackendChoice = BackendChoice::Auto,
    }
}

impl LanguageTrain {
    pub const HIDDEN: Interval = Interval::whole(4, 512);
    pub const BLOCKS: Interval = Interval::whole(1, 2);
    pub const WINDOW: Interval = Interval::whole(8, 128);
    pub const BATCH: Interval = Interval::whole(1, 128);

    pub fn plan(&self) -> RunPlan {
        let Self { steps, batch, rate, seed, .. } = *self;
        RunPlan { steps, batch, rate, seed }
    }
}

settings! {
    /// How a model goes on writing.
    pub struct LanguageWrite {
        pub model: LanguageModel = LanguageModel::Lstm,
        pub count: u32 = 8,
        /// `p ∝ exp(log p / T)`: below 1 likelier units are taken more often than the model says; 0 takes the likeliest.
        pub temperature: f64 = 1.0,
        /// Read first, where it begins anew.
        pub prompt: String = String::new(),
        /// Anew, after the prompt or the beginning of a line.
        pub restart: bool = false,
        pub seed: u32 = 1,
    }
}

impl LanguageWrite {
    pub const COUNT: Interval = Interval::whole(1, 2000);
    pub const TEMPERATURE: Interval = Interval::real(0.0, 3.0);
    /// Candidates that are told of.
    pub const BEST: usize = 8;
}

settings! {
    pub struct LagRun {
        /// Of those that learn or have learnt.
        pub models: Vec<LanguageModel> = LanguageModel::ALL.to_vec(),
    }
}

impl LagRun {
    /// The farthest that is looked at.
    pub const FARTHEST: u32 = 60;
}

settings! {
    /// What is looked at while a model reads.
    pub struct HeatRun {
        pub model: LanguageModel = LanguageModel::Lstm,
        /// The beginning of the held-out part where it is empty.
        pub text: String = String::new(),
        /// The unit; the one that tells most of what is found where not given.
        pub unit: Option<u32> = None,
    }
}

impl HeatRun {
    /// Letters or words that are shown.
    pub const SHOWN: usize = 360;
}

settings! {
    /// A recurrent model read as the deep network that it is through time.
    pub struct UnrollRun {
        pub model: LanguageModel = LanguageModel::Lstm,
        /// The beginning of the held-out part where it is empty.
        pub text: String = String::new(),
    }
}

impl UnrollRun {
    /// Copies of the network that are shown.
    pub const SHOWN: usize = 28;
}

choices! {
    /// Where words stand in the plane.
    pub enum WordPlacing {
        /// Along the first two principal components.
        Components,
        /// So that near ones are near (van der Maaten & Hinton 2008).
        Tsne,
    }
}

settings! {
    pub struct MapRun {
        pub model: LanguageModel = LanguageModel::Lstm,
        pub by: WordPlacing = WordPlacing::Components,
        /// Whose neighbours are wanted; the most frequent word where not given.
        pub near: String = String::new(),
        /// a − b + c; nothing is asked where one is empty.
        pub analogy: [String; 3] = [const { String::new() }; 3],
    }
}
