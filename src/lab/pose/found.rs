//! A person through all stages.

use super::cascade::CascadeStage;
use super::heads::BroughtJoints;
use super::joints::{KnownJoints, PoseBox, known};
use super::movenet::MoveNetModel;
use super::smooth::JointScore;
use crate::data::Rgb;
use crate::data::procedural::DrawnFigure;
use crate::lab::{LabError, Monitor, thumbnail};
use crate::protocol::{BackendUsed, FoundPose, PoseStage, PoseTask, Skeleton};

/// Of what is shown, the longer side at most, in pixels.
const SHOWN: u32 = 640;
/// Figures that are looked at, of a stream of their own.
const SHOWN_STREAM: u32 = 0x5402_0000;

/// What is looked at, and where the joints are if that is known.
pub struct PoseInput {
    pub picture: Rgb,
    pub truth: Option<KnownJoints>,
}

impl PoseInput {
    /// A figure that is shown, and nothing is learnt from.
    ///
    /// # Errors
    /// [`LabError::Setup`] of a number that is out of its limits.
    pub fn of_figure(number: u32) -> Result<Self, LabError> {
        let limits = PoseTask::FIGURE;
        ensure!(limits.holds(number), "there is no figure {number}; choose {limits}");
        let figure = DrawnFigure::drawn(SHOWN_STREAM, u64::from(number))?;
        Ok(Self { truth: Some(known(&figure)), picture: figure.picture })
    }

    /// The person's square: around the joints where they are known, else the whole picture.
    pub(super) fn frame(&self) -> PoseBox {
        let whole = PoseBox::whole(self.picture.width(), self.picture.height());
        self.truth.as_ref().and_then(|truth| PoseBox::around(truth)).unwrap_or(whole)
    }
}

fn blank(input: &PoseInput, skeleton: Skeleton, used: &BackendUsed) -> Result<FoundPose, LabError> {
    Ok(FoundPose {
        preview: thumbnail(&input.picture, SHOWN)?,
        width: input.picture.width(),
        height: input.picture.height(),
        skeleton,
        truth: input.truth.as_ref().map(|truth| truth.to_vec()),
        stages: Vec::new(),
        scores: Vec::new(),
        elapsed_ms: 0.0,
        backend: used.clone(),
    })
}

/// By a cascade, whose stages `look` runs on a picture and the square of a person.
pub(super) async fn in_stages(
    input: &PoseInput,
    used: &BackendUsed,
    watch: &impl Monitor,
    look: impl AsyncFnOnce(&Rgb, PoseBox) -> Result<Vec<(CascadeStage, f64)>, LabError>,
) -> Result<FoundPose, LabError> {
    let start = watch.now_millis();
    let mut found = blank(input, Skeleton::Lsp, used)?;
    for (stage, millis) in look(&input.picture, input.frame()).await? {
        let looked_at = stage.looked_at.iter().map(PoseBox::corner).collect();
        found.stages.push(PoseStage { joints: stage.joints.to_vec(), looked_at, millis });
    }
    found.elapsed_ms = watch.now_millis() - start;
    Ok(found)
}

/// By MoveNet, which has one stage.
pub(super) async fn by_heat_maps(
    input: &PoseInput,
    (model, used): (&mut MoveNetModel, &BackendUsed),
    watch: &impl Monitor,
) -> Result<FoundPose, LabError> {
    let start = watch.now_millis();
    let joints = model.look(&input.picture).await?;
    at_once(input, Skeleton::Coco, joints, used, watch.now_millis() - start)
}

/// By a network that a file brought.
pub(super) async fn by_file(
    input: &PoseInput,
    (model, used): (&mut BroughtJoints, &BackendUsed),
    watch: &impl Monitor,
) -> Result<FoundPose, LabError> {
    let start = watch.now_millis();
    let joints = model.look(&input.picture).await?;
    at_once(input, model.skeleton(), joints, used, watch.now_millis() - start)
}

fn at_once(
    input: &PoseInput,
    skeleton: Skeleton,
    joints: Vec<JointScore>,
    used: &BackendUsed,
    millis: f64,
) -> Result<FoundPose, LabError> {
    let mut found = blank(input, skeleton, used)?;
    if skeleton != Skeleton::Lsp {
        // Its joints are others than a figure's.
        found.truth = None;
    }
    found.elapsed_ms = millis;
    found.scores = joints.iter().map(|(_, score)| *score).collect();
    let frame = PoseBox::whole(input.picture.width(), input.picture.height());
    found.stages = vec![PoseStage {
        joints: joints.into_iter().map(|(joint, _)| joint).collect(),
        looked_at: vec![frame.corner()],
        millis,
    }];
    Ok(found)
}
