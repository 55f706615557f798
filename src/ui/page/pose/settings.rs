//! What the page is set to: who is looked at, by which network, and which stage is shown.

use crate::protocol::{ExperimentId, Interval, LivePose, PoseNetwork, PoseTask, PoseTrain, RunPlan};
use crate::ui::{Field, PageId, PageSettings};

/// Who is looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum PoseSource {
    Figure,
    Tray,
    Webcam,
}

/// What is drawn over the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum PoseView {
    Joints,
    Corrections,
    Squares,
}

/// Whose weights the cascade has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum CascadeOrigin {
    Shipped,
    Trained,
}

/// What is learnt from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum PoseExamples {
    Drawn,
    Own,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct PoseSettings {
    pub(super) source: PoseSource,
    pub(super) view: PoseView,
    pub(super) origin: CascadeOrigin,
    pub(super) examples: PoseExamples,
    /// From 1 on.
    pub(super) stage: u32,
    /// The title of the network of a file, where one is chosen.
    pub(super) file: Option<String>,
    /// Of frames of the webcam.
    pub(super) smoothing: f64,
    /// But for the picture, the backend, and whose weights.
    pub(super) task: PoseTask,
    pub(super) train: PoseTrain,
}

impl Default for PoseSettings {
    fn default() -> Self {
        Self {
            source: PoseSource::Figure,
            view: PoseView::Corrections,
            origin: CascadeOrigin::Shipped,
            examples: PoseExamples::Drawn,
            stage: 3,
            file: None,
            smoothing: 0.5,
            task: PoseTask::default(),
            train: PoseTrain::default(),
        }
    }
}

fn is_cascade(settings: &PoseSettings) -> bool {
    settings.task.network == PoseNetwork::Cascade
}

impl PoseSettings {
    pub(super) const STAGES: Interval = Interval::whole(1, 3);
}

impl PageSettings for PoseSettings {
    const PAGE: PageId = PageId::Experiment(ExperimentId::Pose);
    const FIELDS: &'static [Field<Self>] = &[
        choice!(PoseSource, "of", words!(detect.source), source).id("pose-of").in_sight(),
        Field::whole("figure", words!(pose.figure), PoseTask::FIGURE, |s: &mut Self| &mut s.task.figure)
            .when(|s| s.source == PoseSource::Figure),
        choice!(PoseNetwork, "by", words!(pose.network), task.network).id("pose-by").in_sight(),
        choice!(CascadeOrigin, "weights", words!(detect.origin), origin)
            .id("pose-origin")
            .in_sight()
            .when(is_cascade)
            .brief(),
        choice!(PoseView, "show", words!(detect.show), view).id("pose-show").in_sight().when(is_cascade).brief(),
        Field::whole("stage", words!(pose.stage), Self::STAGES, |s: &mut Self| &mut s.stage).when(is_cascade).brief(),
        Field::<Self>::whole("steps", words!(train.steps), RunPlan::STEPS, |s| &mut s.train.steps).brief(),
        Field::<Self>::whole("batch", words!(pose.batch), PoseTrain::BATCH, |s| &mut s.train.batch).brief(),
        Field::<Self>::real("rate", words!(train.rate), RunPlan::RATE, |s| &mut s.train.rate).brief(),
        Field::<Self>::whole("train-seed", words!(train.seed), Interval::SEED, |s| &mut s.train.seed).brief(),
        Field::text("file", |s: &Self| s.file.clone(), |s, text| s.file = Some(text.to_owned())).brief(),
        Field::<Self>::real("smoothing", words!(pose.smoothing), LivePose::SMOOTHING, |s| &mut s.smoothing).brief(),
        choice!(PoseExamples, "from", words!(pose.examples), examples).id("pose-from").in_sight().brief(),
    ];
}

choices! {
    PoseSource {
        Figure = ("figure", words!(pose.source_figure)),
        Tray = ("picture", words!(detect.source_tray)),
        Webcam = ("webcam", words!(pose.source_webcam)),
    }
    PoseView {
        Joints = ("joints", words!(pose.show_joints)),
        Corrections = ("corrections", words!(pose.show_corrections)),
        Squares = ("squares", words!(pose.show_squares)),
    }
    CascadeOrigin {
        Shipped = ("shipped", words!(detect.origin_shipped)),
        Trained = ("trained", words!(detect.origin_trained)),
    }
    PoseExamples {
        Drawn = ("drawn", words!(pose.examples_drawn)),
        Own = ("own", words!(pose.examples_own)),
    }
    PoseNetwork {
        Cascade = ("cascade", words!(pose.by_cascade)),
        MoveNet = ("movenet", words!(pose.by_movenet)),
        File = ("file", words!(pose.by_file)),
    }
}
