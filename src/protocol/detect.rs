//! Detect: boxes around things and what they are. In two stages, regions first (R-CNN: Girshick et al. 2014, on selective search: Uijlings
//! et al. 2013), or in one (YOLOv3: Redmon & Farhadi 2018).

mod album;
mod train;

pub use album::{AlbumChange, BoxAlbum, BoxFormat, BoxedPicture};
pub use train::DetectTrain;

use super::{
    BackendChoice, BackendUsed, Content, Experiment, ExperimentId, Exported, Finding, Interval, Pixels, RunProgress,
    Spelling,
};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Detect {
    /// Boxes in a picture; reports with each stage that is done. Answer: [`Detected::Found`].
    Run(DetectTask),
    /// The same of a frame of a webcam, which the task's picture is not. Answer: [`Detected::Found`].
    See(LiveFrame),
    /// What was found last, by another threshold and another overlap; no network runs. Answer: [`Detected::Kept`].
    Suppress(Suppression),
    /// How often and how well a detector finds the things of pictures that it has not learnt from: drawn scenes, or every fifth picture of
    /// the album. Answer: [`Detected::Evaluated`].
    Evaluate(DetectTask),
    /// Faster R-CNN learns from drawn scenes, or from the album; reports with [`DetectNews::Training`]. Answer: [`Detected::Trained`].
    Train(DetectTrain),
    /// Pictures with boxes of one's own. Answer: [`Detected::Album`].
    Change(AlbumChange),
    /// Their boxes as a file. Answer: [`Detected::Saved`].
    Write(BoxFormat),
    /// The detector that was trained last, as a file. Answer: [`Detected::Saved`].
    Save,
    /// What must hold whatever the picture.
    Check(BackendChoice),
}

impl Experiment for Detect {
    const ID: ExperimentId = ExperimentId::Detect;
    const SPELLING: Spelling = Spelling { jobs: &["detect"], answer: Some("detected"), steer: None };
    type Answer = Detected;
    type News = DetectNews;
    type Steer = ();
}

impl Content for Detect {
    fn bodies_mut(&mut self) -> Vec<&mut ByteBuf> {
        match self {
            Detect::Change(change) => change.bodies_mut(),
            Detect::See(live) => vec![&mut live.frame.rgba],
            _ => Vec::new(),
        }
    }

    fn pictures_mut(&mut self) -> Vec<&mut u32> {
        match self {
            Detect::Run(task) | Detect::Evaluate(task) => task.picture.as_mut().into_iter().collect(),
            Detect::Change(change) => change.pictures_mut(),
            _ => Vec::new(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Detected {
    Found(Box<DetectedPicture>),
    Kept(KeptBoxes),
    Evaluated(Box<DetectionMeasure>),
    Trained(RunProgress),
    Album(BoxAlbum),
    Saved(Exported),
    Checked(Vec<Finding<DetectFact>>),
}

impl Content for Detected {
    fn bodies_mut(&mut self) -> Vec<&mut ByteBuf> {
        match self {
            Detected::Found(found) => found.bodies_mut(),
            Detected::Saved(file) => vec![&mut file.bytes],
            Detected::Album(album) => album.previews.iter_mut().map(|(_, pixels)| &mut pixels.rgba).collect(),
            Detected::Kept(_) | Detected::Evaluated(_) | Detected::Trained(_) | Detected::Checked(_) => Vec::new(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LiveFrame {
    pub task: DetectTask,
    pub frame: Pixels,
}

/// As far as it is known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DetectNews {
    Found(Box<DetectedPicture>),
    Training(RunProgress),
}

impl Content for DetectNews {
    fn bodies_mut(&mut self) -> Vec<&mut ByteBuf> {
        match self {
            DetectNews::Found(found) => found.bodies_mut(),
            DetectNews::Training(_) => Vec::new(),
        }
    }
}

choices! {
    /// How things are found.
    pub enum DetectorKind {
        /// R-CNN: regions by selective search, features of each by a network, a linear support vector machine for each class.
        Regions,
        /// Faster R-CNN: one network proposes regions and says what they are.
        TwoStage,
        /// Yolo-Fastest 1.1, or a network that a file brought: it says it of all places at once.
        OneStage,
    }
}

settings! {
    /// What is looked for, where and how.
    pub struct DetectTask {
        /// Of the tray; without one, a drawn scene.
        pub picture: Option<u32> = None,
        /// Of the album, instead.
        pub album: Option<u32> = None,
        /// Number of the drawn scene; from [`DetectTask::MEASURED`] on those that detectors are measured with.
        pub scene: u32 = 1,
        /// R-CNN learns from the album, and what is measured is measured with it.
        pub own: bool = false,
        pub detector: DetectorKind = DetectorKind::TwoStage,
        /// Of Faster R-CNN: the one that was trained in this session, not the one that comes with the page.
        pub trained: bool = false,
        /// Of one stage: the network of a file that was brought; without one, Yolo-Fastest.
        pub brought: Option<String> = None,
        /// Of R-CNN: which network's features the regions have.
        pub network: String = "photos".to_owned(),
        pub backend: BackendChoice = BackendChoice::Auto,
        /// Of R-CNN: the regions that are asked about, the first that selective search gives.
        pub regions: u32 = 200,
        /// Of R-CNN: drawn scenes that it learns from.
        pub scenes: u32 = 16,
        /// Of R-CNN: regions are moved onto the thing in them.
        pub moves: bool = true,
        /// Boxes with lower scores are left out.
        pub threshold: f64 = 0.5,
        /// Of two boxes of a class whose intersection over union is larger, the one with the lower score is left out.
        pub overlap: f64 = 0.45,
        /// Of the scenes that R-CNN learns from.
        pub seed: u32 = 1,
    }
}

impl DetectTask {
    /// The first of the scenes that detectors are measured with.
    pub const MEASURED: u32 = 100_000;
    pub const SCENE: Interval = Interval::whole(0, 100_999);
    pub const REGIONS: Interval = Interval::whole(10, 2000);
    pub const SCENES: Interval = Interval::whole(4, 400);
    pub const SHARE: Interval = Interval::real(0.0, 1.0);

    pub fn suppression(&self) -> Suppression {
        Suppression { threshold: self.threshold, overlap: self.overlap }
    }
}

/// Which boxes stay: those with this score at least, and of those of a class that overlap by more than this (intersection over union) the
/// one with the highest.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Suppression {
    pub threshold: f64,
    pub overlap: f64,
}

/// Left, top, right and bottom in pixels, from the left upper corner of the picture, as COCO counts: a box of the pixels 0 to 9 ends at 10.
pub type BoxCorners = [f32; 4];

/// A box, what is in it, and how sure the detector is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DetectedBox {
    pub class: u32,
    /// 0 to 1.
    pub score: f32,
    pub corners: BoxCorners,
}

/// A box that is known to be right.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrueBox {
    pub class: u32,
    pub corners: BoxCorners,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptBoxes {
    /// With the threshold's score at least, before suppression.
    pub above: u32,
    /// The highest score first.
    pub boxes: Vec<DetectedBox>,
    pub millis: f64,
}

choices! {
    /// What a detector does one after another.
    pub enum DetectStage {
        /// R-CNN learns from drawn scenes; done once.
        Learn,
        /// Parts of one colour (Felzenszwalb & Huttenlocher 2004).
        Segment,
        /// Regions, by merging such parts.
        Propose,
        /// The network runs: on each region, or once.
        Network,
        /// Scores of classes, from what the network gives.
        Score,
        /// Non-maximum suppression.
        Suppress,
    }
}

choices! {
    /// How the numbers of a detector that a file brought are read.
    pub enum HeadForm {
        /// Rows of a box, whether there is a thing, and classes, as of YOLOv5 and YOLOv7.
        Objectness,
        /// Columns of a box and classes, as of YOLOv8 and YOLO11.
        Columns,
        /// Rows of a box and classes, as of RT-DETR.
        Rows,
        /// Boxes after suppression, each with its score and its class, as of YOLOv10.
        Suppressed,
        /// Boxes, and scores beside them, as of SSD.
        Apart,
    }
}

/// What is known of the file that a detector came from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeadReport {
    pub title: String,
    pub form: HeadForm,
    /// Of its input, in pixels.
    pub width: u32,
    pub height: u32,
    /// The picture keeps its proportions, in the middle of grey.
    pub is_letterboxed: bool,
    /// The file's own suppression was left out, and that of the page takes its place.
    pub is_cut: bool,
}

/// How much came of a stage, and how long it took.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StageReport {
    pub stage: DetectStage,
    /// Examples, parts, regions, regions or places, scores above the threshold, boxes.
    pub count: u32,
    pub millis: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DetectedPicture {
    /// At most 640 pixels on the longer side.
    pub preview: Pixels,
    /// Of the picture itself: boxes are in its pixels.
    pub width: u32,
    pub height: u32,
    /// English and Japanese.
    pub classes: Vec<[String; 2]>,
    /// Where it is known.
    pub truth: Vec<TrueBox>,
    /// Of R-CNN: the first of its segmentations, each part in a colour of its own.
    pub segments: Option<Pixels>,
    /// Of R-CNN in the order of selective search, of Faster R-CNN from the highest score down.
    pub regions: Vec<BoxCorners>,
    /// Of Faster R-CNN: how sure it is that there is a thing in each region, 0 to 1.
    pub region_scores: Vec<f32>,
    /// Of Faster R-CNN.
    pub anchors: Option<AnchorMap>,
    pub stages: Vec<StageReport>,
    pub kept: KeptBoxes,
    /// While regions are still asked about, how many were.
    pub asked: u32,
    pub elapsed_ms: f64,
    /// Of a detector that a file brought.
    #[serde(default)]
    pub head: Option<HeadReport>,
    pub backend: BackendUsed,
}

choices! {
    /// What a box of the grid is an example of, and why (Ren et al. 2015, section 3.1.2).
    pub enum AnchorReason {
        /// A thing: it covers it by 0.7 or more.
        Covers,
        /// A thing: no other box covers that thing by more.
        Best,
        /// Background: it covers every thing by less than 0.3.
        Background,
        /// Nothing: it covers a thing by 0.3 to 0.7.
        Between,
        /// Nothing: it is not wholly in the picture.
        Outside,
    }
}

/// What a region proposal network thinks of all places of a picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AnchorMap {
    /// Across and down.
    pub places: [u32; 2],
    /// Around the first place, the left upper one, in pixels of the picture.
    pub boxes: Vec<BoxCorners>,
    /// How sure it is that there is a thing, 0 to 1: of the first box at each place, row by row, then of the second.
    pub objectness: Vec<f32>,
    /// Where the things are known, in the same order: what each box is an example of in training, and the intersection over union with the
    /// thing that it overlaps most.
    pub taught: Vec<(AnchorReason, f32)>,
}

impl DetectedPicture {
    fn bodies_mut(&mut self) -> Vec<&mut ByteBuf> {
        let segments = self.segments.as_mut().map(|pixels| &mut pixels.rgba);
        std::iter::once(&mut self.preview.rgba).chain(segments).collect()
    }
}

/// Average precision of a class, by three rules.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassPrecision {
    pub name: [String; 2],
    /// Boxes that are there.
    pub things: u32,
    /// Recall and precision, from the highest score down, each at an intersection over union of 0.5.
    pub curve: Vec<[f64; 2]>,
    /// At 0.5: the area under the curve whose precision never rises (VOC 2010 to 2012).
    pub ap50: f64,
    /// At 0.5: the mean of the highest precision at eleven recalls (VOC 2007).
    pub ap50_voc2007: f64,
    /// At 0.5, 0.55, … 0.95: the mean over 101 recalls, then over those (COCO); and of 0.75 alone.
    pub ap_coco: f64,
    pub ap75_coco: f64,
    pub ap50_coco: f64,
}

/// Why a box counts as a mistake (Bolya et al., TIDE, 2020), or that a thing was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MistakeCounts {
    /// On a thing of its class, by 0.5 at least.
    pub right: u32,
    /// On a thing of another class, by 0.5 at least.
    pub class: u32,
    /// On a thing of its class, by 0.1 to 0.5.
    pub place: u32,
    /// On a thing of another class, by 0.1 to 0.5.
    pub both: u32,
    /// On a thing that a higher score has found already.
    pub duplicate: u32,
    /// On nothing.
    pub background: u32,
    /// Things that no box is on, nor nearly.
    pub missed: u32,
}

choices! {
    /// What is said of a box, or of a thing.
    pub enum Judgement {
        Right,
        WrongClass,
        WrongPlace,
        WrongBoth,
        Duplicate,
        Background,
        Missed,
    }
}

/// A box, or a thing that was missed, and where it is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MistakeExample {
    pub judgement: Judgement,
    /// Its picture: the number of a scene, or of a picture of the album; else its place among those that were measured with.
    pub picture: u32,
    pub class: u32,
    pub corners: BoxCorners,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DetectionMeasure {
    pub pictures: u32,
    pub things: u32,
    /// All classes that are there.
    pub classes: Vec<ClassPrecision>,
    /// Means over the classes.
    pub ap50: f64,
    pub ap50_voc2007: f64,
    pub ap_coco: f64,
    pub ap75_coco: f64,
    pub ap50_coco: f64,
    /// COCO's mean where things are smaller than 32 × 32 pixels, up to 96 × 96, and larger; none where there are none.
    pub by_size: [Option<f64>; 3],
    /// The mean over the classes and over 0.5 … 0.95 of the recall of the best 1, 10 and 100 boxes of each picture.
    pub recalls: [f64; 3],
    /// Boxes with the task's threshold and more.
    pub mistakes: MistakeCounts,
    /// The first of each kind, in the order of the pictures.
    pub examples: Vec<MistakeExample>,
    /// All that the detector tells apart, by their numbers.
    pub all_classes: Vec<[String; 2]>,
    /// Of the album's pictures.
    pub own: bool,
    /// Of detectors in two stages: the share of things that one of so many regions of a picture covers, by an intersection over union of 0.5
    /// at least.
    pub proposals: Vec<[f64; 2]>,
    /// Of Faster R-CNN.
    pub shift: Option<ShiftChange>,
    pub elapsed_ms: f64,
    pub backend: BackendUsed,
}

/// How much the features of a region change where the region moves by a pixel, against the features: the mean over drawn things of
/// `‖a - b‖ / ‖a‖`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShiftChange {
    /// By RoIAlign.
    pub align: f64,
    /// By RoI max pooling.
    pub max_pool: f64,
}

facts! {
    /// What must hold whatever the picture.
    pub enum DetectFact {
        /// Boxes that greedy suppression keeps, beside those that the definition keeps: each box in the order of scores, where no kept one
        /// of its class overlaps. How many differ.
        Suppression = "detect-suppression",
        /// Intersection over union by corners, beside pixels that are counted: the largest difference.
        Overlap = "detect-overlap",
        /// Average precision of VOC 2007, VOC 2012 and COCO, beside one that was computed by hand: the largest difference.
        Precision = "detect-precision",
        /// Whether selective search gives the same regions of a picture twice: how many differ.
        Regions = "detect-regions",
        /// Of twelve drawn scenes, the share of things that one of 300 regions covers by half at least; it should be 0.9 or more.
        Recall = "detect-recall",
    }
}
