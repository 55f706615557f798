//! Language: models that say what comes next in a text.
//!
//! Invariants:
//! - The last tenth of a text is not learnt from; all perplexities are of one part of it.
//! - A step reads windows from places by chance, from states of nothing; a text is judged with states that go on.

mod corpus;
mod facts;
mod grammar;
mod heat;
mod lags;
mod learn;
mod map;
mod model;
mod ngrams;
mod reader;
#[cfg(not(target_arch = "wasm32"))]
mod recall;
#[cfg(not(target_arch = "wasm32"))]
mod score;
mod session;
mod split;
mod task;
mod unroll;
mod write;

pub use corpus::{Corpus, JudgedPart, OwnText, UnitVocabulary, text_from};
pub use grammar::{Grammar, GrammarText};
pub use lags::gradient_lags;
pub use learn::text_figures;
pub use map::principal_places;
pub use model::LanguageNet;
pub use ngrams::NGrams;
#[cfg(not(target_arch = "wasm32"))]
pub use recall::{Recall, RecallTask};
#[cfg(not(target_arch = "wasm32"))]
pub use score::{TextScore, written};
pub use session::{LanguageSession, TrainedModel, name_of};
pub use split::{is_spaced, next_unit};
pub use task::{JudgingProgram, LanguageCard, LanguageFile, LanguageTask, LanguageTrainer};
pub use write::chances;
