//! What crosses the worker's edge: plain data, closed types, one file per experiment.
//!
//! The worker posts the string [`READY`] once it listens. The page posts a [`Request`], the worker answers with any number
//! of [`Response`]s that carry the same id; the last one is [`Update::Done`] or [`Update::Failed`]. They cross it
//! packed ([`pack`]); the same types, as JSON, are what `window.neocog.run` takes and returns: enums are externally tagged in snake case
//! (`{"classify": {"picture": 1, …}}`), bytes are `Uint8Array`s. What classifying does not need is [`Sealed`] on the way.

mod caption;
mod classify;
mod distil;
mod fool;
mod optimise;
mod own_captions;
mod picture;
mod sealed;
mod spec;
mod speed;
mod station;
mod summary;
mod train;
mod trouble;
mod weights;
mod wire;

pub use caption::{
    Caption, CaptionFact, CaptionFinding, CaptionNews, CaptionTrain, Captioned, Decode, Describe, ExamPoint, Explain,
    Explained, Fate, FoundSentence, GateKind, Gates, Said, SaidWord, Scene, SceneKit, SceneThing, Speaker, ThingColour,
    ThingShape, ThingSize, ThingTexture, TreeNode, WordMap,
};
pub use classify::{
    Agreement, BackendChoice, BackendKind, BackendUsed, Classified, Classify, Compare, Fit, Prediction, Why,
};
pub use distil::{
    Asked, BiasPoint, Distil, DistilFact, DistilFinding, DistilNews, DistilRun, Distilled, Lesson, Mark, Mix,
    PUBLISHED, Published, Pupil, SteerDistil, Teacher,
};
pub use fool::{
    Attack, AttackNews, Attacked, Fool, FoolFact, FoolFinding, FoolNews, Fooled, Invent, InventNews, Invented, Method,
    Norms, Strength, StrengthLine, StrengthPoint, Transfer, TransferCell, TransferRow, Way,
};
pub use optimise::{
    Contour, DeepActivation, DeepInit, DeepNet, DeepNews, Depth, DepthNews, Fact, Finding, LandMap, Landscape,
    LaneNews, Optimise, OptimiseNews, Optimised, OptimiserRace, Path, RaceNews, StepLoss, Walk,
};
pub use own_captions::{
    BringCaptions, CaptionsNotes, CaptionsReport, LearnCaptions, Learnt, SaidCaption, SayCaption, SpokenCaption,
};
pub use picture::{AddPicture, Picture, PictureSource, Pixels};
pub use sealed::{Content, Sealed};
pub use spec::{SpecError, SpecLayer, SpecReport};
pub use speed::{
    Bound, DeviceTimes, Held, LayerTimes, Limits, RefusedRow, Sampling, Speed, StepClock, Timed, TimedRow, Work,
};
pub use station::{GpuReport, NetworkReport, ShippedReport, Source, Start, Station};
pub use summary::{LayerReport, LayerTotals, Summarise, Summary};
pub use train::{
    About, AddData, Augment, Begin, CurvePoint, DataChoice, DataFile, DataReport, DescribeNetwork, Exported, FetchData,
    Histogram, LayerHistogram, Look, Looked, Loss, Measured, Mistake, Optimiser, Part, Preset, Rule, RunState,
    Schedule, ScheduleKind, Setup, Steer, StepMillis, StoredRun, SurfaceLayer, SurfacePoint, Train, TrainOptions,
    Trained,
};
pub use trouble::Trouble;
pub use weights::{
    CachedWeights, CatalogueEntry, DeleteWeights, DownloadWeights, DropWeights, WeightsLoaded, WeightsWarning,
    WrittenNetwork,
};

pub use wire::{pack, unpack};

use serde::{Deserialize, Serialize};

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
    /// Delete cached weights. Answer: [`Outcome::Cached`].
    DeleteWeights(DeleteWeights),
    /// Answer: [`Outcome::Classified`].
    Classify(Classify),
    /// Run one picture on the GPU and on the CPU and compare the logits. Answer: [`Outcome::Compared`].
    Compare(Compare),
    /// Parameters and operations of a network, layer by layer. Needs no weights. Answer: [`Outcome::Summary`].
    Summarise(Summarise),
    /// Data sets, network presets, and the run that an earlier visit left. Answer: [`Outcome::TrainOptions`].
    TrainOptions,
    /// Examples from files that the person gave; they replace those given before. Answer: [`Outcome::Data`].
    AddData(Sealed<AddData>),
    /// Examples from an address, with progress. Answer: [`Outcome::Data`].
    FetchData(FetchData),
    /// Needs nothing but the text. Answer: [`Outcome::Described`].
    DescribeNetwork(DescribeNetwork),
    /// Train until it is finished or paused; reports with [`Update::Trained`]. Answer: [`Outcome::Trained`], the last report.
    Train(Sealed<Train>),
    /// Steer the run under way; nothing happens if there is none. Answer: [`Outcome::Steered`].
    Steer(Steer),
    /// Answer: [`Outcome::Looked`].
    Look(Sealed<Look>),
    /// The weights of the run in memory. Answer: [`Outcome::Exported`].
    ExportRun,
    /// Weights that were exported before, with their setup; the run in memory is theirs. Answer: [`Outcome::Imported`].
    ImportRun(DataFile),
    /// Answer: [`Outcome::Optimised`].
    Optimise(Sealed<Optimise>),
    /// Answer: [`Outcome::Distilled`].
    Distil(Sealed<Distil>),
    /// Steer the distillation under way; nothing happens if there is none. Answer: [`Outcome::Steered`].
    SteerDistil(SteerDistil),
    /// Answer: [`Outcome::Fooled`].
    Fool(Sealed<Fool>),
    /// Answer: [`Outcome::Captioned`].
    Caption(Sealed<Caption>),
    /// Measure this engine on this device; reports with [`Update::Timed`]. Answer: [`Outcome::Timed`], the last report.
    Speed(Sealed<Speed>),
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
    Trained(Sealed<Trained>),
    Optimised(Sealed<OptimiseNews>),
    Distilled(Sealed<DistilNews>),
    Fooled(Sealed<FoolNews>),
    Captioned(Sealed<CaptionNews>),
    Timed(Sealed<Timed>),
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

/// What a job produced.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Station(Station),
    Gpu(GpuReport),
    Picture(Picture),
    Removed(u32),
    Weights(WeightsLoaded),
    Cached(Vec<CachedWeights>),
    Classified(Classified),
    Compared(Agreement),
    Summary(Summary),
    TrainOptions(Sealed<TrainOptions>),
    Data(Sealed<DataReport>),
    Described(Sealed<SpecReport>),
    Trained(Sealed<Trained>),
    Steered,
    Looked(Sealed<Looked>),
    Exported(Exported),
    Imported(Sealed<StoredRun>),
    Optimised(Sealed<Optimised>),
    Distilled(Sealed<Distilled>),
    Fooled(Sealed<Fooled>),
    Captioned(Sealed<Captioned>),
    Timed(Sealed<Timed>),
    Held(Held),
}
