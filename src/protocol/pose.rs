//! Pose: where a person's joints are (DeepPose: Toshev & Szegedy 2014).

mod annotation;
mod train;

pub use annotation::{CorrectedPose, ImportPose, ImportedPose};
pub use train::PoseTrain;

use super::{
    BackendChoice, BackendUsed, Content, Experiment, ExperimentId, Exported, Finding, Interval, Pixels, RunProgress,
    Spelling,
};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pose {
    /// The joints of the person in a picture. Answer: [`Posed::Found`].
    Run(PoseTask),
    /// The same of a frame of a webcam, which the task's picture is not. Answer: [`Posed::Found`].
    See(LivePose),
    /// How near the joints come on drawn figures that nothing has learnt from. Answer: [`Posed::Evaluated`].
    Evaluate(PoseTask),
    /// A cascade learns; reports with [`RunProgress`]. Answer: [`Posed::Trained`].
    Train(PoseTrain),
    /// The cascade that was trained last, as a file. Answer: [`Posed::Saved`].
    Save,
    /// Joints that a person put right; they are learnt from. Answer: [`Posed::Corrected`].
    Correct(CorrectedPose),
    /// All that was put right, as COCO's keypoints. Answer: [`Posed::Saved`].
    Export,
    /// Joints from a file of COCO's keypoints. Answer: [`Posed::Imported`].
    Import(ImportPose),
    /// What must hold whatever the picture.
    Check(BackendChoice),
}

impl Experiment for Pose {
    const ID: ExperimentId = ExperimentId::Pose;
    const SPELLING: Spelling = Spelling { jobs: &["pose"], answer: Some("posed"), steer: None };
    type Answer = Posed;
    type News = RunProgress;
    type Steer = ();
}

impl Content for Pose {
    fn pictures_mut(&mut self) -> Vec<&mut u32> {
        match self {
            Pose::Run(task) | Pose::Evaluate(task) => task.picture.as_mut().into_iter().collect(),
            Pose::Correct(pose) => pose.picture.as_mut().into_iter().collect(),
            Pose::Import(import) => import.pictures.iter_mut().map(|(id, _)| id).collect(),
            Pose::See(_) | Pose::Train(_) | Pose::Save | Pose::Export | Pose::Check(_) => Vec::new(),
        }
    }

    fn bodies_mut(&mut self) -> Vec<&mut ByteBuf> {
        match self {
            Pose::Import(import) => vec![&mut import.file.bytes],
            Pose::See(live) => vec![&mut live.frame.rgba],
            _ => Vec::new(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Posed {
    Found(Box<FoundPose>),
    Evaluated(PoseMeasure),
    Trained(RunProgress),
    Saved(Exported),
    /// So many pictures were put right so far.
    Corrected(u32),
    Imported(ImportedPose),
    Checked(Vec<Finding<PoseFact>>),
}

impl Content for Posed {
    fn bodies_mut(&mut self) -> Vec<&mut ByteBuf> {
        match self {
            Posed::Found(found) => vec![&mut found.preview.rgba],
            Posed::Saved(file) => vec![&mut file.bytes],
            _ => Vec::new(),
        }
    }
}

choices! {
    /// What finds joints.
    pub enum PoseNetwork {
        /// DeepPose: a network regresses the joints of the whole person, others correct each joint in a crop around it.
        Cascade,
        /// MoveNet Lightning: heat maps of COCO's 17 keypoints.
        MoveNet,
        /// A network for joints that a file brought.
        File,
    }
}

choices! {
    /// Which joints there are, and in which order.
    pub enum Skeleton {
        /// Of the Leeds Sports Pose set (Johnson & Everingham 2010): 14.
        Lsp,
        /// Of COCO's keypoints: 17.
        Coco,
    }
}

impl Skeleton {
    /// As files name them.
    pub fn joints(self) -> &'static [&'static str] {
        match self {
            Self::Lsp => &LSP_JOINTS,
            Self::Coco => &COCO_JOINTS,
        }
    }

    /// Pairs of joints with a line between them.
    pub fn bones(self) -> &'static [[usize; 2]] {
        match self {
            Self::Lsp => &LSP_BONES,
            Self::Coco => &COCO_BONES,
        }
    }
}

const LSP_JOINTS: [&str; 14] = [
    "right_ankle",
    "right_knee",
    "right_hip",
    "left_hip",
    "left_knee",
    "left_ankle",
    "right_wrist",
    "right_elbow",
    "right_shoulder",
    "left_shoulder",
    "left_elbow",
    "left_wrist",
    "neck",
    "head_top",
];
const COCO_JOINTS: [&str; 17] = [
    "nose",
    "left_eye",
    "right_eye",
    "left_ear",
    "right_ear",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_hip",
    "right_hip",
    "left_knee",
    "right_knee",
    "left_ankle",
    "right_ankle",
];
const LSP_BONES: [[usize; 2]; 13] =
    [[0, 1], [1, 2], [3, 4], [4, 5], [2, 3], [2, 8], [3, 9], [6, 7], [7, 8], [9, 10], [10, 11], [8, 9], [12, 13]];
const COCO_BONES: [[usize; 2]; 16] = [
    [15, 13],
    [13, 11],
    [16, 14],
    [14, 12],
    [11, 12],
    [5, 11],
    [6, 12],
    [5, 6],
    [5, 7],
    [7, 9],
    [6, 8],
    [8, 10],
    [0, 1],
    [0, 2],
    [1, 3],
    [2, 4],
];

settings! {
    /// Whose joints are looked for, and by what.
    pub struct PoseTask {
        /// Of the tray; without one, a drawn figure.
        pub picture: Option<u32> = None,
        /// Number of the drawn figure.
        pub figure: u32 = 1,
        pub network: PoseNetwork = PoseNetwork::Cascade,
        /// The network of such a file.
        pub brought: Option<String> = None,
        /// Of the cascade: the one that was trained in this session, not the one that comes with the page.
        pub trained: bool = false,
        pub backend: BackendChoice = BackendChoice::Auto,
    }
}

impl PoseTask {
    pub const FIGURE: Interval = Interval::whole(0, 99_999);
}

/// A frame of a webcam, and how calm its joints are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LivePose {
    pub task: PoseTask,
    pub frame: Pixels,
    /// When it was taken, in milliseconds of any clock.
    pub at_ms: f64,
    /// 0, each frame by itself, to 1.
    pub smoothing: f64,
}

impl LivePose {
    pub const SMOOTHING: Interval = Interval::real(0.0, 1.0);
}

/// Across and down in pixels, from the left upper corner of the picture.
pub type JointPlace = [f32; 2];

/// What a stage of the cascade says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PoseStage {
    pub joints: Vec<JointPlace>,
    /// Left, top and side in pixels of the squares that it looked at: one of the whole person, or one around each joint.
    pub looked_at: Vec<[f32; 3]>,
    pub millis: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FoundPose {
    /// At most 640 pixels on the longer side.
    pub preview: Pixels,
    /// Of the picture itself: joints are in its pixels.
    pub width: u32,
    pub height: u32,
    pub skeleton: Skeleton,
    /// Where they are known; none of a joint that is not annotated.
    pub truth: Option<Vec<Option<JointPlace>>>,
    /// One after the other; at least one.
    pub stages: Vec<PoseStage>,
    /// Of heat maps and of files: how sure the network is of each joint, mostly 0 to 1.
    pub scores: Vec<f32>,
    pub elapsed_ms: f64,
    pub backend: BackendUsed,
}

/// How near joints of a stage come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StageAccuracy {
    /// PCP at 0.5 (Ferrari et al. 2008): the share of limbs both of whose ends are within half the limb's length of their places: upper arms,
    /// lower arms, upper legs, lower legs.
    pub pcp: [f64; 4],
    /// The mean of those.
    pub pcp_mean: f64,
    /// PDJ (Sapp & Taskar 2013): the share of joints within so much of the trunk's diameter of their places.
    pub curve: Vec<[f64; 2]>,
    /// The share at 0.2, which others call PCK.
    pub pck: f64,
    /// Of each joint, the share at 0.2 and the mean distance in diameters of the trunk.
    pub joints: Vec<[f64; 2]>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PoseMeasure {
    pub pictures: u32,
    pub stages: Vec<StageAccuracy>,
    pub elapsed_ms: f64,
    pub backend: BackendUsed,
}

facts! {
    /// What must hold whatever the picture.
    pub enum PoseFact {
        /// Joints normalised by a box and back: the largest difference in pixels.
        Normalise = "pose-normalise",
        /// A figure mirrored twice, left and right exchanged each time: the largest difference in pixels.
        Mirror = "pose-mirror",
        /// PCP and PCK beside ones computed by hand: the largest difference.
        Measures = "pose-measures",
        /// Joints of the GPU beside those of the CPU: the largest difference in pixels.
        Devices = "pose-devices",
        /// How much higher PCP is after the second stage than after the first, on drawn figures: above 0.
        SecondStage = "pose-stage2",
        /// The same of the third against the second: not below 0.
        ThirdStage = "pose-stage3",
    }
}
