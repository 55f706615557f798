//! Captions of one's own: pictures with a captions file, a decoder that learns them, and what it says.

use super::{BackendChoice, BackendUsed, CaptionNews, Decode, Pixels};
use crate::protocol::{DataFile, Interval};
use serde::{Deserialize, Serialize};

/// Pictures and their captions file, dropped together; archives of them too. They replace those given before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BringCaptions {
    pub files: Vec<DataFile>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CaptionsReport {
    /// Of the folder.
    pub name: String,
    pub captions_file: String,
    /// Pictures for training and for validation.
    pub train: u32,
    pub validation: u32,
    /// Captions of all of them.
    pub captions: u32,
    pub notes: CaptionsNotes,
}

/// What is not used, in pictures or captions; the rest is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaptionsNotes {
    /// Pictures that the captions file names.
    pub named: u32,
    /// Of them, those that are not there, and the first of these.
    pub missing: u32,
    pub first_missing: String,
    /// Pictures without a caption.
    pub uncaptioned: u32,
    /// Captions without a word.
    pub empty: u32,
    /// Captions that say of a picture what another one says already.
    pub repeated: u32,
    /// Captions of pictures that the file numbers but does not name.
    pub unnamed: u32,
    /// Pictures of the file's own test part.
    pub left_out: u32,
}

settings! {
    /// How a decoder learns what was brought.
    pub struct LearnCaptions {
        /// The network that sees the pictures.
        pub network: String = String::new(),
        /// Times that each sentence is heard.
        pub epochs: u32 = 20,
        pub rate: f64 = 2e-3,
        /// Numbers of a word and of a picture, and units of the LSTM.
        pub size: u32 = 256,
        /// A word that stands less often in the captions is not learnt.
        pub least: u32 = 3,
        pub seed: u32 = 1,
        pub backend: BackendChoice = BackendChoice::Auto,
    }
}

impl LearnCaptions {
    pub const EPOCHS: Interval = Interval::whole(1, 1000);
    pub const SIZE: Interval = Interval::whole(8, 2048);
}

/// What came of it. BLEU-1 to BLEU-4, 0 to 100, are those of the validation pictures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Learnt {
    /// All losses of words: in training, and of sentences that no lesson had.
    pub news: CaptionNews,
    /// The epoch whose weights stay.
    pub best_epoch: u32,
    pub words: u32,
    /// Of the likeliest word each time.
    pub greedy: [f64; 4],
    /// Of the likeliest sentence among three.
    pub beam: [f64; 4],
    /// Of one caption for every picture: the most frequent of the training pictures, which they have so often.
    pub baseline: [f64; 4],
    pub frequent: String,
    pub frequent_count: u32,
    /// Pictures that cannot be decoded, and the first of them.
    pub damaged: u32,
    pub first_damaged: String,
    /// Validation pictures, in the order of their names.
    pub spoken: Vec<SpokenCaption>,
}

/// What was said of a validation picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpokenCaption {
    pub picture: String,
    /// Small; none but for the first pictures.
    pub preview: Option<Pixels>,
    pub greedy: String,
    pub beam: String,
    pub references: Vec<String>,
}

/// A picture to caption with what was learnt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SayCaption {
    pub picture: u32,
    pub decode: Decode,
    pub backend: BackendChoice,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SaidCaption {
    pub picture: u32,
    pub sentence: String,
    /// Natural logarithm.
    pub log_p: f64,
    /// From the picture to the sentence.
    pub millis: f64,
    pub backend: BackendUsed,
}
