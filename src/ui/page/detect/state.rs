//! What is asked of the engine: a picture through all stages; another threshold, which runs no network.

use super::settings::{DetectSettings, DetectSource, DetectorOrigin, LessonSource};
use crate::protocol::{
    BoxCorners, Detect, DetectNews, DetectTask, Detected, DetectedPicture, DetectorKind, Finds, KeptBoxes, Suppression,
};
use crate::ui::widget::{BroughtFile, brought_files, file_among};
use crate::ui::{Ask, PageSettings, app};
use leptos::prelude::*;

/// The engine's name of the one-stage detector that it knows, and people's.
const ONE_STAGE: (&str, &str) = ("yolo_fastest", "Yolo-Fastest 1.1");

#[derive(Clone, Copy)]
pub(super) struct DetectState {
    pub(super) settings: Memo<DetectSettings>,
    pub(super) run: Ask<Detect, Box<DetectedPicture>>,
    again: Ask<Detect, KeptBoxes>,
    /// As far as it is known.
    pub(super) found: RwSignal<Option<DetectedPicture>>,
    pub(super) kept: RwSignal<Option<KeptBoxes>>,
    /// By what the boxes were chosen.
    by: RwSignal<Option<Suppression>>,
    /// In the list of boxes.
    pub(super) pointed: RwSignal<Option<usize>>,
    /// Of a mistake that was pressed: its box, as long as its picture is shown.
    pub(super) marked: RwSignal<Option<((DetectSource, u32), BoxCorners)>>,
    /// Column and row of the place whose anchors are shown.
    pub(super) place: RwSignal<Option<[u32; 2]>>,
}

impl DetectState {
    pub(super) fn new() -> Self {
        let state = Self {
            settings: DetectSettings::open(),
            run: ask!(Detect, Restart, Detected::Found),
            again: ask!(Detect, Latest, Detected::Kept),
            found: RwSignal::new(None),
            kept: RwSignal::new(None),
            by: RwSignal::new(None),
            pointed: RwSignal::new(None),
            marked: RwSignal::new(None),
            place: RwSignal::new(None),
        };
        state.run.keep(move || state.wanted(), move |task| state.start(task));
        Effect::new(move |_| {
            let now = state.settings.with(|settings| settings.task.suppression());
            if state.run.is_fresh() && state.by.with_untracked(|by| *by != Some(now)) {
                state.by.set(Some(now));
                let end = move |kept: KeptBoxes| {
                    state.pointed.try_set(None);
                    state.kept.try_set(Some(kept));
                };
                state.again.start(Detect::Suppress(now), |_| {}, end);
            }
        });
        follow();
        state
    }

    /// All but the threshold and the overlap, which need no network; none where something is missing.
    fn wanted(self) -> Option<DetectTask> {
        let usual = DetectTask::default().suppression();
        let Suppression { threshold, overlap } = usual;
        self.task().map(|task| DetectTask { threshold, overlap, ..task })
    }

    /// What the page is set to.
    pub(super) fn task(self) -> Option<DetectTask> {
        self.task_of(false)
    }

    /// Of a frame of the webcam.
    pub(super) fn live_task(self) -> Option<DetectTask> {
        self.task_of(true)
    }

    fn task_of(self, is_live: bool) -> Option<DetectTask> {
        if !app().is_up() {
            return None;
        }
        let (source, origin, task) =
            self.settings.with(|settings| (settings.source, settings.origin, settings.task.clone()));
        let (lessons, album) = self.settings.with(|settings| (settings.lessons, settings.album));
        let own = app().boxes();
        let (picture, album) = match source {
            DetectSource::Scene => (None, None),
            DetectSource::Tray => (Some(app().chosen.get()?), None),
            DetectSource::Album => (None, Some(own.find(album)?)),
            DetectSource::Webcam if is_live => (None, None),
            DetectSource::Webcam => return None,
        };
        let own = lessons == LessonSource::Own && own.has_boxes();
        let network = match task.detector {
            DetectorKind::Regions => app().network().filter(|network| network.ready)?.id,
            DetectorKind::TwoStage | DetectorKind::OneStage => String::new(),
        };
        let brought = match task.detector {
            DetectorKind::OneStage => Some(self.one_stage()?.id).filter(|id| id != ONE_STAGE.0),
            DetectorKind::Regions | DetectorKind::TwoStage => None,
        };
        let trained = task.detector == DetectorKind::TwoStage && origin == DetectorOrigin::Trained;
        Some(DetectTask {
            trained,
            picture,
            album,
            own,
            brought,
            network,
            backend: app().route.with(|route| route.backend),
            ..task
        })
    }

    /// The detector of one stage that is chosen; none where none was brought.
    pub(super) fn one_stage(self) -> Option<BroughtFile> {
        let chosen = self.settings.with(|settings| settings.file.clone());
        file_among(&one_stage_files()?, chosen.as_deref())
    }

    /// The same picture once more, where the detector that is trained here looks at it: it has learnt more.
    pub(super) fn look_again(self) {
        if let Some(task) = untrack(|| self.wanted()).filter(|task| task.trained) {
            self.start(task);
        }
    }

    fn start(self, wanted: DetectTask) {
        let by = self.settings.with_untracked(|settings| settings.task.suppression());
        let task = DetectTask { threshold: by.threshold, overlap: by.overlap, ..wanted };
        let hear = move |news| match news {
            DetectNews::Found(found) => self.show(*found),
            DetectNews::Training(_) => {}
        };
        self.run.start(Detect::Run(task), hear, move |found: Box<DetectedPicture>| {
            app().computed_on(&found.backend);
            self.by.try_set(Some(by));
            self.show(*found);
        });
    }

    pub(super) fn show(self, found: DetectedPicture) {
        self.pointed.try_set(None);
        self.kept.try_set(Some(found.kept.clone()));
        self.found.try_set(Some(found));
    }

    /// The box of the mistake that was pressed, while its picture is shown.
    pub(super) fn mark(self) -> Option<BoxCorners> {
        let (of, corners) = self.marked.get()?;
        let is_it = self.settings.with(|settings| settings.shown_number() == of);
        (is_it && !self.run.is_on()).then_some(corners)
    }
}

/// Detectors of one stage that were brought; none while the engine has not said.
pub(super) fn one_stage_files() -> Option<Vec<BroughtFile>> {
    brought_files(Finds::Boxes, ONE_STAGE)
}

/// Whoever chooses another picture wants to see its boxes, and whoever brings a detector wants to see it work.
fn follow() {
    Effect::new(move |before: Option<Option<u32>>| {
        let now = app().chosen.get();
        if before.flatten().is_some() && now.is_some() && before != Some(now) {
            DetectSettings::change(|settings| settings.source = DetectSource::Tray);
        }
        now
    });
    Effect::new(move |before: Option<Option<Vec<BroughtFile>>>| {
        let now = one_stage_files();
        if let (Some(before), Some(now)) = (before.flatten(), &now)
            && let Some(new) = now.iter().rfind(|file| !before.contains(file))
        {
            DetectSettings::change(|settings| {
                settings.source = DetectSource::Tray;
                settings.task.detector = DetectorKind::OneStage;
                settings.file = Some(new.title.clone());
            });
        }
        now
    });
}
