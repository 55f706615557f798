//! Networks: which there are, what each is made of and costs.

use super::{
    BackendChoice, BackendKind, BackendUsed, Content, DataFile, Experiment, ExperimentId, ExportForm, Exported,
    Finding, Fit, LayerTotals, Pixels, Prediction, Spelling, StepClock, Summary,
};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Networks {
    /// Parameters and operations of a network, layer by layer. Answer: [`NetworksAnswer::Summary`].
    Summarise(OneNetwork),
    /// What all networks count. Answer: [`NetworksAnswer::Tabulated`].
    Tabulate(OwnNetworks),
    /// A network as a drawn graph. Answer: [`NetworksAnswer::Drawn`].
    DrawNetwork(DrawNetwork),
    /// What a layer makes of a picture; reports with it before its checks. Answer: [`NetworksAnswer::Activated`].
    Activate(Activate),
    /// How long each node of a network takes. Answer: [`NetworksAnswer::NodesTimed`].
    TimeNodes(TimeNodes),
    /// Two networks on the same pictures. Answer: [`NetworksAnswer::Compared`].
    CompareNetworks(CompareNetworks),
    /// A network that came as an ONNX file against the values that came with it. Answer: [`NetworksAnswer::Verified`].
    VerifyNetwork(VerifyNetwork),
    /// A network for the person's downloads. Answer: [`NetworksAnswer::Exported`].
    ExportNetwork(ExportNetwork),
}

impl Experiment for Networks {
    const ID: ExperimentId = ExperimentId::Networks;
    const SPELLING: Spelling = Spelling {
        jobs: &[
            "summarise",
            "tabulate",
            "draw_network",
            "activate",
            "time_nodes",
            "compare_networks",
            "verify_network",
            "export_network",
        ],
        answer: None,
        steer: None,
    };
    type Answer = NetworksAnswer;
    type News = Activated;
    type Steer = ();
}

impl Content for Networks {
    fn bodies_mut(&mut self) -> Vec<&mut ByteBuf> {
        match self {
            Networks::VerifyNetwork(job) => job.files.iter_mut().map(|file| &mut file.bytes).collect(),
            Networks::Summarise(_)
            | Networks::Tabulate(_)
            | Networks::DrawNetwork(_)
            | Networks::Activate(_)
            | Networks::TimeNodes(_)
            | Networks::CompareNetworks(_)
            | Networks::ExportNetwork(_) => Vec::new(),
        }
    }

    fn pictures_mut(&mut self) -> Vec<&mut u32> {
        match self {
            Networks::Activate(job) => vec![&mut job.picture],
            Networks::CompareNetworks(job) => job.pictures.iter_mut().collect(),
            Networks::Summarise(_)
            | Networks::Tabulate(_)
            | Networks::DrawNetwork(_)
            | Networks::TimeNodes(_)
            | Networks::VerifyNetwork(_)
            | Networks::ExportNetwork(_) => Vec::new(),
        }
    }
}

/// By its id; needs no weights, but of a network that only its own file describes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OneNetwork {
    pub network: String,
}

/// A network by its id, in this form; one without weights as source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExportNetwork {
    pub network: String,
    pub form: ExportForm,
}

/// Of the person, by their ids; a table has those that come with the page and all that are built in beside them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct OwnNetworks {
    pub own: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NetworksAnswer {
    Summary(Summary),
    Tabulated(Tabulated),
    Drawn(Box<NetworkDrawing>),
    Activated(Box<Activated>),
    NodesTimed(NodesTimed),
    Compared(NetworksCompared),
    /// Each folder of values by itself.
    Verified(Vec<VerifiedSet>),
    Exported(Exported),
}

impl Content for NetworksAnswer {
    fn bodies_mut(&mut self) -> Vec<&mut ByteBuf> {
        match self {
            NetworksAnswer::Activated(found) => found.bodies_mut(),
            NetworksAnswer::Summary(_)
            | NetworksAnswer::Tabulated(_)
            | NetworksAnswer::Drawn(_)
            | NetworksAnswer::NodesTimed(_)
            | NetworksAnswer::Compared(_)
            | NetworksAnswer::Verified(_) => Vec::new(),
            NetworksAnswer::Exported(file) => vec![&mut file.bytes],
        }
    }

    fn pictures_mut(&mut self) -> Vec<&mut u32> {
        match self {
            NetworksAnswer::Compared(found) => found.rows.iter_mut().map(|row| &mut row.picture).collect(),
            NetworksAnswer::Summary(_)
            | NetworksAnswer::Tabulated(_)
            | NetworksAnswer::Drawn(_)
            | NetworksAnswer::Activated(_)
            | NetworksAnswer::NodesTimed(_)
            | NetworksAnswer::Verified(_)
            | NetworksAnswer::Exported(_) => Vec::new(),
        }
    }
}

/// Ask a layer of a network about a picture.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Activate {
    pub picture: u32,
    pub network: String,
    pub fit: Fit,
    pub backend: BackendChoice,
    /// The path of a node of the drawn graph, or of a block: its last node.
    pub layer: String,
}

/// What a layer makes of a picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Activated {
    pub layer: String,
    pub kind: String,
    /// Of the result, without the batch.
    pub shape: Vec<usize>,
    /// What the network sees of the picture.
    pub seen: Pixels,
    pub channels: Tiles,
    /// The channel with the largest values.
    pub strongest: u32,
    /// Channels without any value above zero.
    pub silent: u32,
    pub spread: Spread,
    pub weights: Option<LayerWeights>,
    /// How many pixels downwards a place sees, and from one place to the next, where that was checked.
    pub field: Option<[u32; 2]>,
    /// Of news none.
    pub findings: Vec<Finding<LayerFact>>,
    pub elapsed_ms: f64,
    pub backend: BackendUsed,
}

impl Content for Activated {
    fn bodies_mut(&mut self) -> Vec<&mut ByteBuf> {
        let Self { seen, channels, weights, .. } = self;
        let mut bodies = vec![&mut seen.rgba, &mut channels.values];
        bodies.extend(weights.as_mut().map(|weights| &mut weights.tiles.values));
        bodies
    }
}

facts! {
    pub enum LayerFact {
        /// Against the same network with every operation by itself: largest difference, as a share of the largest value.
        Plain = "layer-plain",
        /// Pixels beyond the receptive field of the middle place are turned round: what that changes there, likewise.
        Field = "layer-field",
    }
}

/// Pictures of values, all of one size, one after the other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tiles {
    pub width: u32,
    pub height: u32,
    pub count: u32,
    /// As many as there are; those that are left out come after these.
    pub of: u32,
    /// The largest value, whatever its sign.
    pub most: f32,
    /// Three values a pixel: red, green, blue.
    pub is_coloured: bool,
    /// 128 is zero, 255 the largest value.
    pub values: ByteBuf,
}

/// How values are spread.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    pub low: f32,
    pub high: f32,
    pub mean: f32,
    /// Between the lowest and the highest, in parts of one width.
    pub counts: Vec<u32>,
    /// Values that are zero, of how many.
    pub zeros: u64,
    pub count: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerWeights {
    /// Of the tensor.
    pub name: String,
    pub shape: Vec<usize>,
    pub tiles: Tiles,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimeNodes {
    pub network: String,
    /// [`BackendChoice::Auto`]: the CPU, and the GPU where there is one.
    #[serde(default)]
    pub backend: BackendChoice,
}

/// How long each node of the drawn graph takes for one picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NodesTimed {
    pub network: String,
    pub devices: Vec<NodeTimes>,
}

/// On one device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NodeTimes {
    pub kind: BackendKind,
    /// The adapter; how many threads.
    pub name: String,
    pub clock: StepClock,
    /// Of the whole network, timed from outside.
    pub whole_millis: f64,
    /// Of the graph with nothing folded; what is only renamed, or lies where it is read, is none of them.
    pub nodes: Vec<NodeTime>,
}

impl NodeTimes {
    pub fn sum_millis(&self) -> f64 {
        self.nodes.iter().map(|node| node.millis).sum()
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NodeTime {
    pub path: String,
    /// Of its own steps together.
    pub millis: f64,
    /// Steps of the program whose kernel, or whose first operation, is one of this node.
    pub steps: u32,
    /// Where it has no step of its own: the node in whose step it is computed.
    pub within: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CompareNetworks {
    pub networks: [String; 2],
    pub pictures: Vec<u32>,
    #[serde(default)]
    pub fit: Fit,
    #[serde(default)]
    pub backend: BackendChoice,
}

/// What two networks say of the same pictures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetworksCompared {
    pub sides: [ComparedNetwork; 2],
    /// Classes that both know, by their names.
    pub shared: u32,
    pub rows: Vec<ComparedPicture>,
}

impl NetworksCompared {
    /// Pictures where the networks could have said the same.
    pub fn judged(&self) -> usize {
        self.rows.iter().filter(|row| row.agree.is_some()).count()
    }

    pub fn agreed(&self) -> usize {
        self.rows.iter().filter(|row| row.agree == Some(true)).count()
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ComparedNetwork {
    pub network: String,
    pub classes: u32,
    /// For one picture: the median of all.
    pub millis: f64,
    pub backend: BackendUsed,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ComparedPicture {
    pub picture: u32,
    /// What each says first.
    pub top: [Prediction; 2],
    /// Both say the same; `None` where one of them says what the other has no class for.
    pub agree: Option<bool>,
}

/// Files `input_0.pb`, `output_0.pb`, …, with the folders that they came in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VerifyNetwork {
    pub network: String,
    pub files: Vec<DataFile>,
}

/// How far a network's results are from those that came with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VerifiedSet {
    /// Of the folder; empty where there was none.
    pub name: String,
    /// Largest difference of a number.
    pub largest: f64,
    /// The same as a share of what ONNX's own tests allow.
    pub of_tolerance: f64,
    /// Numbers that were compared.
    pub count: u64,
}

impl VerifiedSet {
    pub fn holds(&self) -> bool {
        self.count > 0 && self.of_tolerance <= 1.0
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DrawNetwork {
    pub network: String,
    /// The blocks that are open, by their paths; as many levels of them as a screen shows where not given.
    #[serde(default)]
    pub open: Option<Vec<String>>,
}

/// A network as boxes and lines from top to bottom; lengths are in pixels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetworkDrawing {
    pub network: String,
    pub open: Vec<String>,
    /// Each after what it reads.
    pub nodes: Vec<DrawnNode>,
    pub edges: Vec<DrawnEdge>,
    /// Round open blocks, the outer ones first.
    pub frames: Vec<DrawnFrame>,
    pub size: [f32; 2],
    /// Of each box.
    pub node_size: [f32; 2],
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DrawnNode {
    /// Of the module, or of an operation between modules.
    pub path: String,
    /// As much of the path as the frames around it do not say.
    pub title: String,
    /// `conv2d`, `linear`, `batch_norm`, `relu`, `block`, …
    pub kind: String,
    /// A closed block: there is more in it.
    pub is_block: bool,
    /// The paths of what is in it; its own alone where it is no block.
    pub inside: Vec<String>,
    /// Of its result.
    pub shape: Vec<usize>,
    /// How many pixels downwards a place of its result sees, and from one place to the next; `None` where it sees all of them.
    pub field: Option<[u32; 2]>,
    pub params: u64,
    pub macs: u64,
    /// Of its results, those inside a block included.
    pub bytes: u64,
    /// The upper left corner.
    pub place: [f32; 2],
}

/// What one node gives and another reads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DrawnEdge {
    /// Places in the list of nodes.
    pub from: u32,
    pub to: u32,
    pub shape: Vec<usize>,
    pub points: Vec<[f32; 2]>,
    /// No line before it says this node's shape.
    pub is_named: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DrawnFrame {
    pub path: String,
    pub place: [f32; 2],
    pub size: [f32; 2],
}

/// The table of networks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tabulated {
    pub rows: Vec<NetworkCounts>,
    pub talk: Vec<TalkFigure>,
}

/// What a network counts, and what was published of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetworkCounts {
    pub network: String,
    pub conv: LayerTotals,
    pub fc: LayerTotals,
    pub all: LayerTotals,
    pub published: Option<PublishedFigures>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PublishedFigures {
    /// Parameters, and the unit that they were rounded to: 1 where all digits were published.
    pub params: Option<[u64; 2]>,
    /// Percent of the validation pictures that are right at once, the middle of each picture seen once.
    pub top1: f32,
    /// Who published it.
    pub by: String,
}

impl PublishedFigures {
    /// Whether so many parameters are those that were published, as exactly as that was done.
    pub fn has_params(&self, counted: u64) -> Option<bool> {
        let [params, unit] = self.params?;
        Some(counted.abs_diff(params) <= unit / 2)
    }
}

/// A figure of table 1 of the talk (Okatani 2016), beside what is counted here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TalkFigure {
    /// Its title.
    pub network: String,
    pub part: TalkPart,
    /// Operations, else weights.
    pub is_macs: bool,
    /// Layers of this kind, where the talk has their number as it is counted here.
    pub layers: Option<u32>,
    pub published: f64,
    /// Half a unit of the last digit that was published.
    pub half: f64,
    pub counted: u64,
    pub counted_layers: u32,
}

impl TalkFigure {
    pub fn holds(&self) -> bool {
        (self.counted as f64 - self.published).abs() <= self.half
            && self.layers.is_none_or(|layers| layers == self.counted_layers)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TalkPart {
    Conv,
    Fc,
    All,
}
