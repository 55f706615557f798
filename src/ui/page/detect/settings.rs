//! What the page is set to: where is looked, by which detector, and which boxes stay.

use crate::protocol::{DetectTask, DetectTrain, DetectorKind, ExperimentId, Interval, RunPlan};
use crate::ui::{Field, PageId, PageSettings};

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum DetectSource {
    Scene,
    Tray,
    /// The picture of the album that is worked at.
    Album,
    Webcam,
}

/// What detectors learn from and are measured with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum LessonSource {
    Scenes,
    Own,
}

/// What is drawn over the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum DetectView {
    Boxes,
    Regions,
    Parts,
}

/// What is drawn over the picture of Faster R-CNN.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum StageView {
    Boxes,
    Proposals,
    Anchors,
}

/// Whose weights Faster R-CNN has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum DetectorOrigin {
    Shipped,
    Trained,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct DetectSettings {
    pub(super) source: DetectSource,
    pub(super) view: DetectView,
    pub(super) stage: StageView,
    pub(super) origin: DetectorOrigin,
    pub(super) lessons: LessonSource,
    /// Of the album; it stays no longer than the album.
    pub(super) album: u32,
    /// The title of the detector of one stage, where one is chosen.
    pub(super) file: Option<String>,
    /// So many of the regions are drawn.
    pub(super) shown: u32,
    /// But for the picture, the network, the backend, and whose weights.
    pub(super) task: DetectTask,
    pub(super) train: DetectTrain,
}

impl Default for DetectSettings {
    fn default() -> Self {
        Self {
            source: DetectSource::Scene,
            view: DetectView::Boxes,
            stage: StageView::Boxes,
            origin: DetectorOrigin::Shipped,
            lessons: LessonSource::Scenes,
            album: 0,
            file: None,
            shown: 40,
            task: DetectTask::default(),
            train: DetectTrain::default(),
        }
    }
}

fn has_regions(settings: &DetectSettings) -> bool {
    settings.task.detector == DetectorKind::Regions
}

impl DetectSettings {
    /// What is shown, and its number there.
    pub(super) fn shown_number(&self) -> (DetectSource, u32) {
        (self.source, if self.source == DetectSource::Album { self.album } else { self.task.scene })
    }

    pub(super) fn shows_anchors(&self) -> bool {
        is_two_stage(self) && self.stage == StageView::Anchors
    }
}

fn is_two_stage(settings: &DetectSettings) -> bool {
    settings.task.detector == DetectorKind::TwoStage
}

impl PageSettings for DetectSettings {
    const PAGE: PageId = PageId::Experiment(ExperimentId::Detect);
    const FIELDS: &'static [Field<Self>] = &[
        choice!(DetectSource, "of", words!(detect.source), source).id("detect-of").in_sight(),
        Field::whole("scene", words!(detect.scene), DetectTask::SCENE, |s: &mut Self| &mut s.task.scene)
            .when(|s| s.source == DetectSource::Scene),
        choice!(DetectorKind, "by", words!(detect.detector), task.detector).id("detect-by").in_sight(),
        Field::whole("regions", words!(detect.region_count), DetectTask::REGIONS, |s: &mut Self| &mut s.task.regions)
            .hint(words!(detect.region_count_hint))
            .when(has_regions),
        Field::whole("scenes", words!(detect.scenes), DetectTask::SCENES, |s: &mut Self| &mut s.task.scenes)
            .hint(words!(detect.scenes_hint))
            .when(has_regions),
        Field::whole("seed", words!(detect.seed), Interval::SEED, |s: &mut Self| &mut s.task.seed).when(has_regions),
        Field::real("threshold", words!(detect.threshold), DetectTask::SHARE, |s: &mut Self| &mut s.task.threshold),
        Field::real("overlap", words!(detect.overlap), DetectTask::SHARE, |s: &mut Self| &mut s.task.overlap),
        choice!(DetectView, "show", words!(detect.show), view).id("detect-show").in_sight().when(has_regions),
        choice!(StageView, "stage", words!(detect.show), stage)
            .id("detect-stage-view")
            .in_sight()
            .when(is_two_stage)
            .brief(),
        choice!(DetectorOrigin, "weights", words!(detect.origin), origin)
            .id("detect-origin")
            .in_sight()
            .when(is_two_stage)
            .brief(),
        choice!(LessonSource, "lessons", words!(detect.lessons), lessons).id("detect-lessons").in_sight().brief(),
        Field::<Self>::switch("moves", words!(detect.moves), |s| s.task.moves, |s, is| s.task.moves = is)
            .when(has_regions)
            .brief(),
        Field::<Self>::whole("steps", words!(train.steps), RunPlan::STEPS, |s| &mut s.train.steps).brief(),
        Field::<Self>::whole("batch", words!(detect.batch), DetectTrain::BATCH, |s| &mut s.train.batch).brief(),
        Field::<Self>::real("rate", words!(train.rate), RunPlan::RATE, |s| &mut s.train.rate).brief(),
        Field::<Self>::whole("train-seed", words!(train.seed), Interval::SEED, |s| &mut s.train.seed).brief(),
        Field::text("file", |s: &Self| s.file.clone(), |s, text| s.file = Some(text.to_owned())).brief(),
        Field::whole("first", words!(detect.first), Interval::whole(0, 2000), |s: &mut Self| &mut s.shown),
    ];
}

choices! {
    DetectSource {
        Scene = ("scene", words!(detect.source_scene)),
        Tray = ("picture", words!(detect.source_tray)),
        Album = ("album", words!(detect.source_album)),
        Webcam = ("webcam", words!(detect.source_webcam)),
    }
    LessonSource {
        Scenes = ("scenes", words!(detect.lessons_scenes)),
        Own = ("own", words!(detect.lessons_own)),
    }
    DetectView {
        Boxes = ("boxes", words!(detect.show_boxes)),
        Regions = ("regions", words!(detect.show_regions)),
        Parts = ("parts", words!(detect.show_parts)),
    }
    StageView {
        Boxes = ("boxes", words!(detect.show_boxes)),
        Proposals = ("proposals", words!(detect.show_proposals)),
        Anchors = ("anchors", words!(detect.show_anchors)),
    }
    DetectorOrigin {
        Shipped = ("shipped", words!(detect.origin_shipped)),
        Trained = ("trained", words!(detect.origin_trained)),
    }
    DetectorKind {
        TwoStage = ("faster", words!(detect.by_two_stage)),
        Regions = ("rcnn", words!(detect.by_regions)),
        OneStage = ("yolo", words!(detect.by_one_stage)),
    }
}
