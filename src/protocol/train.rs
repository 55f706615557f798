//! Train: data, a network as text, an optimiser; a run that can be watched, steered, stopped, kept and taken up again.
//!
//! A run goes on until it is finished, paused or has failed, and reports with [`Trained`] a few times a second. [`Steer`] changes it
//! while it runs; [`Look`] asks for what is dearer than a curve.

use super::{
    BackendUsed, Content, CurvePoint, DataFile, Experiment, ExperimentId, ExportForm, Exported, Pixels, Setup,
    SpecReport, Spelling,
};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Train {
    /// Data sets, network presets, and the run that an earlier visit left. Answer: [`TrainAnswer::TrainOptions`].
    TrainOptions,
    /// Examples from files that the person gave; they replace those given before. Answer: [`TrainAnswer::Data`].
    AddData(AddData),
    /// Examples from an address, with progress. Answer: [`TrainAnswer::Data`].
    FetchData(FetchData),
    /// Needs nothing but the text. Answer: [`TrainAnswer::Described`].
    DescribeNetwork(DescribeNetwork),
    /// Train until it is finished or paused. Answer: [`TrainAnswer::Trained`], the last report.
    Train(TrainRun),
    /// Answer: [`TrainAnswer::Looked`].
    Look(Look),
    /// The weights of the run in memory, with its setup in the metadata. Answer: [`TrainAnswer::Exported`].
    ExportRun,
    /// The network of the run in memory. Answer: [`TrainAnswer::Exported`].
    ExportRunAs(ExportForm),
    /// A text as source for another library; needs no weights. Answer: [`TrainAnswer::Exported`].
    WriteSource(WriteSource),
    /// Weights that were exported before, with their setup; the run in memory is theirs. Answer: [`TrainAnswer::Imported`].
    ImportRun(DataFile),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrainAnswer {
    TrainOptions(TrainOptions),
    Data(DataReport),
    Described(SpecReport),
    Trained(Trained),
    Looked(Looked),
    Exported(Exported),
    Imported(StoredRun),
}

impl Experiment for Train {
    const ID: ExperimentId = ExperimentId::Train;
    const SPELLING: Spelling = Spelling {
        jobs: &[
            "train_options",
            "add_data",
            "fetch_data",
            "describe_network",
            "train",
            "look",
            "export_run",
            "export_run_as",
            "write_source",
            "import_run",
        ],
        answer: None,
        steer: Some("steer"),
    };
    type Answer = TrainAnswer;
    type News = Trained;
    type Steer = Steer;
}

impl Content for Train {
    fn bodies_mut(&mut self) -> Vec<&mut ByteBuf> {
        match self {
            Train::AddData(data) => data.files.iter_mut().map(|file| &mut file.bytes).collect(),
            Train::ImportRun(file) => vec![&mut file.bytes],
            Train::TrainOptions
            | Train::FetchData(_)
            | Train::DescribeNetwork(_)
            | Train::Train(_)
            | Train::Look(_)
            | Train::ExportRun
            | Train::ExportRunAs(_)
            | Train::WriteSource(_) => Vec::new(),
        }
    }
}

impl Content for TrainAnswer {
    fn bodies_mut(&mut self) -> Vec<&mut ByteBuf> {
        match self {
            TrainAnswer::Exported(file) => vec![&mut file.bytes],
            TrainAnswer::TrainOptions(_)
            | TrainAnswer::Data(_)
            | TrainAnswer::Described(_)
            | TrainAnswer::Trained(_)
            | TrainAnswer::Looked(_)
            | TrainAnswer::Imported(_) => Vec::new(),
        }
    }
}

impl Content for Trained {}
impl Content for Steer {}

/// Start a run, or take one up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainRun {
    pub setup: Setup,
    pub from: Begin,
    /// Go on for so many steps and pause; without it to the end.
    #[serde(default)]
    pub steps: Option<u32>,
    /// Steps a second at most; without it as fast as it goes.
    #[serde(default)]
    pub pace: Option<f64>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Begin {
    #[default]
    Anew,
    /// The run in memory goes on where it paused. A setup that differs in more than rate, schedule, epochs and the like is
    /// refused.
    Here,
    /// What an earlier visit left in this browser's storage.
    Stored,
    /// The last state of the run in memory whose loss was finite.
    LastGood,
}

/// Changes the run under way, from its next step on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Steer {
    Pause,
    Rate(f64),
    /// Steps a second at most, or as fast as it goes.
    Pace(Option<f64>),
}

/// A measurement over a whole part of the data.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    pub step: u32,
    pub loss: f32,
    pub accuracy: f32,
    pub errors: u32,
    pub of: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trained {
    /// Steps done and to do.
    pub step: u32,
    pub steps: u32,
    pub epoch: f32,
    /// New since the last report.
    pub curve: Vec<CurvePoint>,
    pub validation: Vec<Measured>,
    pub steps_per_second: f32,
    pub examples_per_second: f32,
    /// Of all steps since the run began or was taken up.
    pub step_millis: Option<StepMillis>,
    pub millis_left: Option<u64>,
    pub state: RunState,
    pub backend: BackendUsed,
    /// Why the run could not be kept for the next visit, in the browser's words.
    #[serde(default)]
    pub unsaved: Option<String>,
    /// The first report of a run tells what is trained, later ones do not repeat it.
    pub about: Option<About>,
}

/// How long steps took, to 4 %; some are waited for together, and count with their mean.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepMillis {
    pub median: f32,
    /// 95 % of the steps took no longer.
    pub p95: f32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    Compiling,
    Running,
    Paused,
    Finished,
    /// The loss, or this layer's parameters or gradient, stopped being a number at this step. The run is frozen there.
    NotFinite {
        step: u32,
        what: String,
    },
    /// The GPU was lost; the run went back to this step on a new device.
    Recovered {
        step: u32,
        lost_steps: u32,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct About {
    pub data: DataReport,
    pub params: u64,
    /// Multiply-accumulates of one example, forward.
    pub macs: u64,
    /// GPU dispatches of one step; kernel calls on the CPU.
    pub dispatches: u32,
    pub planned_bytes: u64,
    /// Names of the layers with weights, in order.
    pub layers: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DataReport {
    pub set: String,
    /// Channels, height, width; points are `[2, 1, 1]`.
    pub shape: [usize; 3],
    pub classes: Vec<String>,
    pub train: u32,
    pub validation: u32,
    pub test: u32,
    pub bytes: u64,
    /// Drawn by the program: seed, count and noise apply.
    pub drawn: bool,
    /// What the reader of brought files did.
    #[serde(default)]
    pub notes: Vec<DataNote>,
}

/// What a person should know of files whose examples can be used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DataNote {
    /// Files that cannot be read, and the first of them.
    LeftOut { count: u32, first: Vec<String> },
    /// Pictures in a folder for a part, not in one of a class.
    Unlabelled { count: u32, folder: String },
    /// The same examples again, in another file.
    Repeated { file: String },
    /// Numbers of another range than that of pixels.
    Scaled { least: f64, greatest: f64 },
    /// Names in an archive that are not in UTF-8.
    Decoded { encoding: String },
    /// Letters that were stored with rows and columns exchanged.
    Turned,
}

/// Files with examples, dropped together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AddData {
    pub files: Vec<DataFile>,
    /// Pictures in folders become squares of so many pixels; without it all must be of one size.
    #[serde(default)]
    pub side: Option<u32>,
}

/// A file with examples at an address: an archive, an `.npz`, a batch of CIFAR-10.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FetchData {
    pub url: String,
    /// As in [`AddData`].
    #[serde(default)]
    pub side: Option<u32>,
}

/// What a network text means.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DescribeNetwork {
    pub text: String,
    pub shape: [usize; 3],
    pub classes: u32,
    pub batch: u32,
}

/// A network text for another library, which has no weights yet. Where the run in memory has the same text, its pictures are
/// normalised as that run's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WriteSource {
    pub text: String,
    pub shape: [usize; 3],
    pub classes: u32,
    pub form: ExportForm,
}

/// A closer look at the run in memory. Answered between two steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Look {
    /// The confusion matrix on a part of the data, and the worst mistakes.
    Confusion { part: Part, mistakes: u32 },
    /// First-layer filters as pictures.
    Filters,
    /// Histograms of weights and gradients, layer by layer.
    Histograms { bins: u32 },
    /// Of 2-D data: the output and each hidden unit over [-1.25, 1.25]².
    Surface { side: u32 },
    /// What the net makes of a picture, whatever its size; it is fitted to the input as the training data were.
    Try { pixels: Pixels },
    /// Some examples of the training data as the network sees them, augmentation included.
    Examples { count: u32 },
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    Train,
    #[default]
    Validation,
    Test,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Looked {
    Confusion {
        step: u32,
        part: Part,
        /// `counts[truth · classes + guess]`
        counts: Vec<u32>,
        measured: Measured,
        mistakes: Vec<Mistake>,
    },
    Filters {
        step: u32,
        layer: String,
        pictures: Vec<Pixels>,
    },
    Histograms {
        step: u32,
        layers: Vec<LayerHistogram>,
    },
    Surface {
        step: u32,
        layers: Vec<SurfaceLayer>,
        points: Vec<SurfacePoint>,
    },
    Try {
        step: u32,
        probabilities: Vec<f32>,
        seen: Pixels,
    },
    Examples {
        pictures: Vec<Pixels>,
        labels: Vec<u32>,
    },
}

/// A wrong answer with its picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mistake {
    pub picture: Pixels,
    pub truth: u32,
    pub guess: u32,
    /// Of the guess.
    pub probability: f32,
}

/// Counts in `bins` equal steps from `low` to `high`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Histogram {
    pub low: f32,
    pub high: f32,
    pub counts: Vec<u32>,
    /// Euclidean norm.
    pub norm: f32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerHistogram {
    pub layer: String,
    pub weights: Histogram,
    pub gradients: Histogram,
}

/// Units of one layer, each a heat map of `side × side` values, rows from top (y = 1.25) to bottom.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SurfaceLayer {
    pub layer: String,
    pub side: u32,
    pub units: Vec<Vec<f32>>,
}

/// A data point of the training part.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SurfacePoint {
    pub x: f32,
    pub y: f32,
    pub class: u32,
}

/// A run that an earlier visit left.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredRun {
    pub setup: Setup,
    pub step: u32,
    pub steps: u32,
    /// The whole curve so far.
    pub curve: Vec<CurvePoint>,
    pub validation: Vec<Measured>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainOptions {
    pub data: Vec<DataReport>,
    /// Named network texts.
    pub presets: Vec<Preset>,
    pub stored: Option<StoredRun>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Preset {
    pub id: String,
    pub title: String,
    /// Authors, title and year; empty for our own.
    pub paper: String,
    pub text: String,
    /// What it was made for.
    pub shape: [usize; 3],
}
