//! Language: models that say which letter or word comes next, how well they do it, how far back they remember, and what they make of words.

mod answer;
mod ask;

pub use answer::{
    FeaturePlace, FeaturePlane, GradientLags, HeatReport, LanguageAnswer, LanguageFact, LanguageProgress,
    ModelProgress, NextUnit, OpenedModel, TextFigures, TextReport, UnitCorrelation, UnrolledCopy, UnrolledReport,
    WrittenText, WrittenUnit,
};
pub use ask::{
    HeatRun, LagRun, LanguageModel, LanguageText, LanguageTrain, LanguageWrite, MapRun, TextFile, TextUnit, UnrollRun,
    WordPlacing,
};

use super::{BackendChoice, Content, Experiment, ExperimentId, Spelling};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// A text to learn from. Answer: [`LanguageAnswer::Brought`].
    Bring(TextFile),
    /// Models learn to say what comes next; reports with [`LanguageProgress`]. Answer: [`LanguageAnswer::Learnt`].
    Learn(LanguageTrain),
    /// A model that learns or has learnt goes on writing. Answer: [`LanguageAnswer::Written`].
    Write(LanguageWrite),
    /// The gradient of a loss over how long ago a letter was. Answer: [`LanguageAnswer::Lagged`].
    Lags(LagRun),
    /// What units do over a text. Answer: [`LanguageAnswer::Heated`].
    Heat(HeatRun),
    /// A recurrent model through time, copy by copy. Answer: [`LanguageAnswer::Unrolled`].
    Unroll(UnrollRun),
    /// Features of letters or words in the plane, neighbours, analogies. Answer: [`LanguageAnswer::Mapped`].
    Map(MapRun),
    /// A model that was saved; a training that resumes goes on with it, on any text. Answer: [`LanguageAnswer::Opened`].
    Open(TextFile),
    /// The weights of a model as a file. Answer: [`LanguageAnswer::Saved`].
    Save(LanguageModel),
    /// What must hold of any model. Answer: [`LanguageAnswer::Checked`].
    Check(BackendChoice),
}

impl Experiment for Language {
    const ID: ExperimentId = ExperimentId::Language;
    const SPELLING: Spelling = Spelling { jobs: &["language"], answer: Some("said"), steer: None };
    type Answer = LanguageAnswer;
    type News = LanguageProgress;
    type Steer = ();
}

impl Content for Language {
    fn bodies_mut(&mut self) -> Vec<&mut ByteBuf> {
        match self {
            Language::Bring(file) | Language::Open(file) => vec![&mut file.bytes],
            _ => Vec::new(),
        }
    }
}

impl Content for LanguageAnswer {
    fn bodies_mut(&mut self) -> Vec<&mut ByteBuf> {
        match self {
            LanguageAnswer::Saved(file) => vec![&mut file.bytes],
            _ => Vec::new(),
        }
    }
}

impl Content for LanguageProgress {}
