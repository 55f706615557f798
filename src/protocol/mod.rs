//! What crosses the worker's edge: plain data, closed types, one file per experiment.
//!
//! The worker posts the string [`READY`] once it listens. The page posts a [`Request`], the worker answers with any number
//! of [`Response`]s that carry the same id; the last one is [`Update::Done`] or [`Update::Failed`]. They cross it
//! packed ([`pack`]); the same types, as JSON, are what `window.neocog.run` takes and returns: enums are externally tagged in snake case
//! (`{"classify": {"picture": 1, …}}`), bytes are `Uint8Array`s. Jobs, answers and news of experiments are [`Sealed`] on the way;
//! scripts spell them as [`Experiment::SPELLING`] says.

#[macro_use]
mod declare;

mod class_question;
mod classify;
mod experiment;
mod export;
mod finding;
mod interval;
mod layer_grid;
mod picture;
mod run;
mod sealed;
mod share;
mod spec;
mod station;
mod timing;
mod training;
pub mod trouble;
mod weights;
mod wire;
mod work;

pub use class_question::{AboutClass, ClassQuestion};
pub use classify::{
    Agreement, BackendChoice, BackendKind, BackendUsed, Classified, Classify, Compare, Fit, Prediction, Why,
};
pub use experiment::{Experiment, ExperimentId, ExperimentJob, Spelling};
pub use export::{ExportForm, Exported};
pub use finding::{Facts, Finding};
pub use interval::Interval;
pub use layer_grid::LayerGrid;
pub use picture::{AddPicture, Picture, PictureSource, Pixels};
pub use run::{RunPlan, RunProgress};
pub use sealed::{Content, Sealed};
pub use share::AccuracyShare;
pub use spec::{LayerReport, LayerTotals, SpecError, SpecLayer, SpecReport, Summary};
pub use station::{
    EngineStatus, GpuReport, NO_ADAPTER, NO_WEBGPU, NetworkReport, SWITCHED_OFF, ShippedReport, Source, Start,
};
pub use timing::{Sampling, StepClock};
pub use training::{
    Augment, CurvePoint, DataChoice, DataFile, Loss, Mix, Optimiser, Rule, Schedule, ScheduleKind, Setup,
};
pub use trouble::{Figure, Trouble, TroubleKind};
pub use weights::{
    CachedWeights, CatalogueEntry, DeleteWeights, DownloadWeights, DropWeights, Finds, Interpolation, PrepareWeights,
    Preprocess, WeightsLoaded, WeightsPrepared, WeightsWarning, WrittenNetwork,
};

pub use wire::{pack, unpack};
pub use work::{Held, Work};

use serde::{Deserialize, Serialize};

macro_rules! modules {
    ($($part:ident => { $($id:ident $name:ident $group:ident $about:ident),* $(,)? })*) => {
        $($(mod $id;
        pub use $id::*;)*)*
    };
}
crate::experiments!(modules);

/// The worker's first message, a plain string: whatever is posted before it would be lost.
pub const READY: &str = "ready";

/// One job with the number under which its updates come back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    pub id: u32,
    pub job: Job,
}

/// One update of the job with this number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Response {
    pub id: u32,
    pub update: Update,
}

/// Everything that the engine can be asked to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Job {
    /// First job of a session: which device, networks, cached weights and gallery are here.
    Start(Start),
    /// Look for the GPU, where that was not done. Answer: [`Outcome::Gpu`].
    MeetGpu,
    /// Decode a picture and keep it under an id. Answer: [`Outcome::Picture`].
    AddPicture(AddPicture),
    /// Forget a picture. Answer: [`Outcome::Removed`].
    RemovePicture(u32),
    /// Weights from a file that the person gave. Answer: [`Outcome::Weights`].
    DropWeights(DropWeights),
    /// Weights from an address, with progress. Answer: [`Outcome::Weights`].
    DownloadWeights(DownloadWeights),
    /// Prepare pictures otherwise for a network that was brought. Answer: [`Outcome::Prepared`].
    PrepareWeights(PrepareWeights),
    /// Delete cached weights. Answer: [`Outcome::Cached`].
    DeleteWeights(DeleteWeights),
    /// Answer: [`Outcome::Classified`].
    Classify(Classify),
    /// Run one picture on the GPU and on the CPU and compare the logits. Answer: [`Outcome::Compared`].
    Compare(Compare),
    /// Do an experiment; reports with [`Update::News`]. Answer: [`Outcome::Experiment`].
    Experiment(ExperimentJob),
    /// Change what an experiment is doing; nothing happens if it does nothing. Answer: [`Outcome::Steered`].
    Steer(ExperimentJob),
    /// Answer: [`Outcome::Held`].
    Held,
    /// Give the GPU up, as a crash of its driver would: to see that nothing is lost. Answer: [`Outcome::Steered`].
    LoseGpu,
    /// Stop the job with this id; that job ends with [`Trouble::Cancelled`]. Answer: [`Outcome::Removed`].
    Cancel(u32),
}

/// What comes back while a job runs, and when it has ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Update {
    Progress(Progress),
    /// Of an experiment, of the type that is its news.
    News(Sealed),
    Done(Box<Outcome>),
    Failed(Trouble),
}

/// How far a job is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    pub stage: Stage,
    /// In the stage's unit: bytes for a download, pipelines for compiling, steps otherwise.
    pub done: u64,
    /// Zero where the total is not known.
    pub of: u64,
    pub millis_left: Option<u64>,
}

/// What a job is doing at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    Decode,
    Draw,
    Download,
    Verify,
    Store,
    Compile,
    Race,
    Run,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    #[serde(rename = "station")]
    Status(EngineStatus),
    Gpu(GpuReport),
    Picture(Picture),
    Removed(u32),
    Weights(Box<WeightsLoaded>),
    Prepared(WeightsPrepared),
    Cached(Vec<CachedWeights>),
    Classified(Classified),
    Compared(Agreement),
    /// Of the type that is the answer of the experiment that was asked.
    Experiment(Sealed),
    Steered,
    Held(Held),
}
