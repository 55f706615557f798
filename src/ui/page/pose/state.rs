//! What is asked of the engine: a person through all stages; and what a person puts right.

use super::settings::{CascadeOrigin, PoseSettings, PoseSource};
use crate::protocol::{
    CorrectedPose, Finds, FoundPose, ImportedPose, JointPlace, Pose, PoseNetwork, PoseTask, Posed, Skeleton,
};
use crate::ui::widget::{BroughtFile, brought_files, file_among};
use crate::ui::{Ask, PageSettings, app};
use leptos::prelude::*;

/// The engine's name of the network of heat maps.
const MOVENET: &str = "movenet_lightning";

#[derive(Clone, Copy)]
pub(super) struct PoseState {
    pub(super) settings: Memo<PoseSettings>,
    pub(super) run: Ask<Pose, Box<FoundPose>>,
    pub(super) found: RwSignal<Option<FoundPose>>,
    /// The picture of the tray that it is of.
    pub(super) picture: RwSignal<Option<u32>>,
    /// As a person put them; none while they are as they were found.
    pub(super) edited: RwSignal<Option<Vec<Option<JointPlace>>>>,
    /// Pictures that were put right.
    pub(super) corrected: RwSignal<u32>,
    pub(super) correct: Ask<Pose, u32>,
    /// A joint that the pointer is at or that has the focus.
    pub(super) pointed: RwSignal<Option<usize>>,
    /// Joints from a file, for pictures that may be looked at later.
    pub(super) imported: RwSignal<Vec<CorrectedPose>>,
}

impl PoseState {
    pub(super) fn new() -> Self {
        let state = Self {
            settings: PoseSettings::open(),
            run: ask!(Pose, Restart, Posed::Found),
            found: RwSignal::new(None),
            picture: RwSignal::new(None),
            edited: RwSignal::new(None),
            corrected: RwSignal::new(0),
            correct: ask!(Pose, Latest, Posed::Corrected),
            pointed: RwSignal::new(None),
            imported: RwSignal::new(Vec::new()),
        };
        state.run.keep(move || state.task(), move |task| state.start(task));
        follow();
        state
    }

    /// What the page is set to; none where something is missing.
    pub(super) fn task(self) -> Option<PoseTask> {
        self.task_of(false)
    }

    /// Of a frame of the webcam.
    pub(super) fn live_task(self) -> Option<PoseTask> {
        let is_live = self.settings.with(|settings| settings.source == PoseSource::Webcam);
        self.task_of(true).filter(|_| is_live)
    }

    /// The network of a file that is chosen; none where none was brought.
    pub(super) fn file(self) -> Option<BroughtFile> {
        let chosen = self.settings.with(|settings| settings.file.clone());
        file_among(&pose_files()?, chosen.as_deref())
    }

    fn task_of(self, is_live: bool) -> Option<PoseTask> {
        if !app().is_up() {
            return None;
        }
        let (source, origin, task) =
            self.settings.with(|settings| (settings.source, settings.origin, settings.task.clone()));
        let picture = match source {
            PoseSource::Figure => None,
            PoseSource::Tray => Some(app().chosen.get()?),
            PoseSource::Webcam if is_live => None,
            PoseSource::Webcam => return None,
        };
        let brought = match task.network {
            PoseNetwork::File => Some(self.file()?.id),
            PoseNetwork::Cascade | PoseNetwork::MoveNet => None,
        };
        if task.network == PoseNetwork::MoveNet && has_movenet() != Some(true) {
            return None;
        }
        let trained = task.network == PoseNetwork::Cascade && origin == CascadeOrigin::Trained;
        Some(PoseTask { trained, picture, brought, backend: app().route.with(|route| route.backend), ..task })
    }

    /// The same person once more, where the cascade that is trained here looks at it: it has learnt more.
    pub(super) fn look_again(self) {
        if let Some(task) = untrack(|| self.task()).filter(|task| task.trained) {
            self.start(task);
        }
    }

    fn start(self, task: PoseTask) {
        let (picture, figure) = (task.picture, task.figure);
        self.run.start(
            Pose::Run(task),
            |_| {},
            move |found: Box<FoundPose>| {
                app().computed_on(&found.backend);
                // A person or a file may have said where this person's joints are.
                let known = self.known(picture, figure, found.skeleton);
                self.picture.try_set(picture);
                self.show(*found, known);
            },
        );
    }

    pub(super) fn show(self, found: FoundPose, known: Option<Vec<Option<JointPlace>>>) {
        self.edited.try_set(known);
        self.pointed.try_set(None);
        self.found.try_set(Some(found));
    }

    /// What a person or a file said of this picture.
    fn known(self, picture: Option<u32>, figure: u32, skeleton: Skeleton) -> Option<Vec<Option<JointPlace>>> {
        let of = place_of(picture, figure, skeleton);
        let joints = |all: &Vec<CorrectedPose>| all.iter().find(|one| key_of(one) == of).map(|one| one.joints.clone());
        self.imported.try_with_untracked(joints).flatten()
    }

    fn keep(self, pose: CorrectedPose) {
        self.imported.try_update(|all| {
            all.retain(|one| key_of(one) != key_of(&pose));
            all.push(pose);
        });
    }

    /// What a file says; of the picture at hand, it is shown.
    pub(super) fn take(self, made: ImportedPose) {
        made.found.into_iter().for_each(|one| self.keep(one));
        let count = self.imported.with_untracked(Vec::len) as u32;
        self.corrected.try_set(count);
        let skeleton = self.found.with_untracked(|found| found.as_ref().map(|found| found.skeleton));
        let (picture, figure) = (self.picture.get_untracked(), self.settings.with_untracked(|s| s.task.figure));
        if let Some(joints) = skeleton.and_then(|skeleton| self.known(picture, figure, skeleton)) {
            self.edited.try_set(Some(joints));
        }
    }

    /// The number of the stage that is shown, from 0 on, in `found`.
    pub(super) fn stage(self, found: &FoundPose) -> usize {
        let stage = self.settings.with(|settings| settings.stage) as usize;
        stage.clamp(1, found.stages.len().max(1)) - 1
    }

    /// As they are shown: as a person put them, else as the stage says.
    pub(super) fn joints(self, found: &FoundPose) -> Vec<Option<JointPlace>> {
        let stage = self.stage(found);
        let said = || found.stages.get(stage).map(|stage| stage.joints.iter().copied().map(Some).collect());
        self.edited.get().or_else(said).unwrap_or_default()
    }

    /// Tells the engine where the joints are.
    pub(super) fn tell(self) {
        // A frame of the webcam is gone before it could be learnt from.
        if self.settings.with_untracked(|settings| settings.source == PoseSource::Webcam) {
            return;
        }
        let Some(joints) = self.edited.get_untracked() else { return };
        let Some(skeleton) = self.found.with_untracked(|found| found.as_ref().map(|found| found.skeleton)) else {
            return;
        };
        let (picture, figure) = (self.picture.get_untracked(), self.settings.with_untracked(|s| s.task.figure));
        let name = picture.and_then(|id| app().item(id)).map(|item| item.name);
        let name = name.unwrap_or_else(|| format!("figure-{figure}.png"));
        let pose = CorrectedPose { picture, figure, name, skeleton, joints };
        self.keep(pose.clone());
        self.correct.start(
            Pose::Correct(pose),
            |_| {},
            move |count| {
                self.corrected.try_set(count);
            },
        );
    }
}

/// Of the tray, else by its number; and which joints.
type PoseKey = (Option<u32>, Option<u32>, Skeleton);

fn place_of(picture: Option<u32>, figure: u32, skeleton: Skeleton) -> PoseKey {
    (picture, picture.is_none().then_some(figure), skeleton)
}

fn key_of(pose: &CorrectedPose) -> PoseKey {
    place_of(pose.picture, pose.figure, pose.skeleton)
}

/// Whether the weights of MoveNet were brought; none while the engine has not said.
pub(super) fn has_movenet() -> Option<bool> {
    app().station.with(|station| station.as_ref().map(|s| s.cached.iter().any(|kept| kept.network == MOVENET)))
}

/// Networks for joints that were brought as files of their own; none while the engine has not said.
pub(super) fn pose_files() -> Option<Vec<BroughtFile>> {
    brought_files(Finds::Joints, ("", ""))
}

/// Whoever chooses another picture wants to see its joints, and whoever brings a network wants to see it work.
fn follow() {
    Effect::new(move |before: Option<Option<u32>>| {
        let now = app().chosen.get();
        if before.flatten().is_some() && now.is_some() && before != Some(now) {
            PoseSettings::change(|settings| settings.source = PoseSource::Tray);
        }
        now
    });
    Effect::new(move |before: Option<Option<bool>>| {
        let now = has_movenet();
        if before.flatten() == Some(false) && now == Some(true) {
            PoseSettings::change(|settings| {
                settings.source = PoseSource::Tray;
                settings.task.network = PoseNetwork::MoveNet;
            });
        }
        now
    });
    Effect::new(move |before: Option<Option<Vec<BroughtFile>>>| {
        let now = pose_files();
        if let (Some(before), Some(now)) = (before.flatten(), &now)
            && let Some(new) = now.iter().rfind(|file| !before.contains(file))
        {
            PoseSettings::change(|settings| {
                settings.source = PoseSource::Tray;
                settings.task.network = PoseNetwork::File;
                settings.file = Some(new.title.clone());
            });
        }
        now
    });
}
