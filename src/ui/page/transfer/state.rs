//! The classes as the engine has them, what was learnt of them, and how both are changed. It stays when the page is left.

use super::webcam::Webcam;
use crate::protocol::{
    ClassChange, ClassPicture, Experiment, FineTune, LearningCurve, LearningRow, OwnClass, OwnClasses, SweepRow,
    Transfer, TransferFound, TransferNews, TransferTask, Transferred, Trouble, TroubleKind, TuneEpoch,
};
use crate::sorted::SortedMap;
use crate::ui::client::{job_of, opened, unexpected};
use crate::ui::folder::{self, Dropped};
use crate::ui::state::Incoming;
use crate::ui::{AppState, Ask, app};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// As many pictures as a set of the engine's may have, and what lies beside them.
const FILES: usize = 50_000;
/// What is there before a person brings anything.
const SET: &str = "shapes";
const CLASSES: [&str; 4] = ["triangle", "cross", "ring", "heart"];
const EACH: u32 = 20;

#[derive(Clone, Copy)]
pub(crate) struct TransferState {
    pub(super) classes: RwSignal<Vec<OwnClass>>,
    /// By their numbers.
    pub(super) pictures: RwSignal<SortedMap<u32, ClassPicture>>,
    /// What the last change left out.
    pub(super) left: RwSignal<OwnClasses>,
    pub(super) trouble: RwSignal<Option<Trouble>>,
    pub(super) is_busy: RwSignal<bool>,
    /// Grows with each change.
    revision: RwSignal<u32>,
    /// The one that was learnt last, and what.
    learnt_of: RwSignal<Option<(u32, TransferTask)>>,
    /// The same of what was compared last.
    compared_of: RwSignal<Option<(u32, TransferTask)>>,
    pub(super) learn: Ask<Transfer, Box<TransferFound>>,
    pub(super) sweep: Ask<Transfer, Vec<SweepRow>>,
    pub(super) compare: Ask<Transfer, LearningCurve>,
    /// What was compared last has not come to its end: the engine keeps how far it came.
    is_stopped: RwSignal<bool>,
    /// So far.
    pub(super) compared: RwSignal<Vec<LearningRow>>,
    /// The last one of the fine-tuning under way.
    pub(super) epoch: RwSignal<Option<TuneEpoch>>,
    pub(super) webcam: Webcam,
    /// Over which something is dropped.
    pub(super) over: RwSignal<Option<String>>,
}

impl TransferState {
    fn new() -> Self {
        Self {
            classes: RwSignal::new(Vec::new()),
            pictures: RwSignal::new(SortedMap::new()),
            left: RwSignal::new(OwnClasses::default()),
            trouble: RwSignal::new(None),
            is_busy: RwSignal::new(false),
            revision: RwSignal::new(0),
            learnt_of: RwSignal::new(None),
            compared_of: RwSignal::new(None),
            learn: ask!(Transfer, Restart, Transferred::Learnt),
            sweep: ask!(Transfer, Restart, Transferred::Swept),
            compare: ask!(Transfer, Restart, Transferred::Compared),
            is_stopped: RwSignal::new(false),
            compared: RwSignal::new(Vec::new()),
            epoch: RwSignal::new(None),
            webcam: Webcam::new(),
            over: RwSignal::new(None),
        }
    }

    /// What the page is set to; none while the network has no weights.
    pub(super) fn task(self) -> Option<TransferTask> {
        let network = app().network().filter(|network| network.ready)?;
        let route = app().route.get();
        let usual: TransferTask = route.settings().unwrap_or_default();
        Some(TransferTask { network: network.id, backend: route.backend, fit: route.fit, ..usual })
    }

    /// The same, whether the network can answer or not.
    pub(super) fn settings(self) -> TransferTask {
        untrack(|| {
            let route = app().route.get();
            let network = app().network().map(|network| network.id).unwrap_or_default();
            TransferTask { network, fit: route.fit, ..route.settings().unwrap_or_default() }
        })
    }

    /// As a project was set that was opened; its network only where it is here.
    fn set(task: TransferTask) {
        let is_here = app().station.with_untracked(|station| {
            let all = station.iter().flat_map(|station| &station.networks);
            all.clone().any(|network| network.ready && network.id == task.network)
        });
        app().go(|route| {
            route.fit = task.fit;
            if is_here {
                route.network = Some(task.network.clone());
            }
            route.change_settings(|settings: &mut TransferTask| *settings = task);
        });
    }

    /// On the first visit: drawn classes, and what can be learnt of them; those of a fine-tuning that can go on, where there is one.
    pub(super) fn begin(self) {
        if self.classes.with_untracked(Vec::is_empty) {
            self.run(ClassChange::Stopped, move || match self.classes.with_untracked(Vec::is_empty) {
                true => self.draw(),
                false => {
                    self.compared_of.set(untrack(|| self.subject()));
                    self.is_stopped.set(true);
                    self.start();
                }
            });
        }
    }

    pub(super) fn draw(self) {
        let classes = CLASSES.map(str::to_owned).to_vec();
        let drawn = ClassChange::Drawn { set: SET.to_owned(), classes, each: EACH, seed: 1 };
        self.run(drawn, move || self.start());
    }

    pub(super) fn change(self, change: ClassChange) {
        self.run(change, || {});
    }

    fn run(self, change: ClassChange, after: impl FnOnce() + 'static) {
        self.is_busy.set(true);
        spawn_local(async move {
            if self.settle(app().client.answer(Transfer::Change(change)).await) {
                after();
            }
        });
    }

    /// Files for one class, or in folders that name theirs.
    pub(super) fn bring(self, class: Option<String>, files: Vec<Dropped>) {
        self.is_busy.set(true);
        spawn_local(async move {
            let ask = |files| job_of(Transfer::Change(ClassChange::Files { class, files }));
            let found = match folder::bring(&files, FILES, ask) {
                Ok((title, ask)) => app().try_to_bring(title, ask).await.and_then(opened),
                Err(trouble) => Err(trouble),
            };
            self.settle(found);
        });
    }

    /// Whether it was done.
    fn settle(self, found: Result<Transferred, Trouble>) -> bool {
        self.is_busy.set(false);
        match found {
            Ok(Transferred::Classes(own)) => {
                self.trouble.set(None);
                self.take(own);
                true
            }
            Ok(_) => {
                self.trouble.set(Some(unexpected(Transfer::ID.name())));
                false
            }
            Err(trouble) if trouble.is(TroubleKind::Cancelled) => false,
            Err(trouble) => {
                self.trouble.set(Some(trouble));
                // A name that was refused stands in its field no more.
                self.classes.notify();
                false
            }
        }
    }

    fn take(self, mut own: OwnClasses) {
        let classes = std::mem::take(&mut own.classes);
        let new = std::mem::take(&mut own.thumbnails);
        own.task.take().into_iter().for_each(Self::set);
        self.pictures.update(|pictures| {
            new.into_iter().for_each(|picture| drop(pictures.insert(picture.id, picture)));
            pictures.retain(|id, _| classes.iter().any(|class| class.pictures.contains(id)));
        });
        if self.classes.with_untracked(|before| *before != classes) {
            self.revision.update(|revision| *revision += 1);
        }
        self.classes.set(classes);
        self.left.set(own);
    }

    pub(super) fn start(self) {
        let Some(task) = untrack(|| self.task()) else { return };
        let of = (self.revision.get_untracked(), task.clone());
        self.learn.start(
            Transfer::Learn(task),
            |_| {},
            move |found| {
                app().computed_on(&found.backend);
                self.learnt_of.set(Some(of));
                self.learn.answer.set(Some(found));
            },
        );
    }

    pub(super) fn start_sweep(self) {
        let Some(task) = untrack(|| self.task()) else { return };
        self.sweep.answer.set(Some(Vec::new()));
        let hear = move |news| {
            if let TransferNews::Swept(row) = news {
                self.sweep.answer.update(|rows| rows.get_or_insert_default().push(row));
            }
        };
        self.sweep.start(Transfer::Sweep(task), hear, move |rows| self.sweep.answer.set(Some(rows)));
    }

    /// The classes as they are now, and what is set.
    fn subject(self) -> Option<(u32, TransferTask)> {
        Some((self.revision.get(), self.task()?))
    }

    /// The comparison that was stopped is of these classes, as the page is set.
    pub(super) fn can_go_on(self) -> bool {
        self.is_stopped.get() && !self.compare.is_on() && self.able() && !self.is_other()
    }

    /// Anew, or from where it was stopped.
    pub(super) fn start_compare(self, goes_on: bool) {
        let Some((revision, task)) = untrack(|| self.subject()) else { return };
        self.compared_of.set(Some((revision, task.clone())));
        // What has come to nothing yet is not kept.
        self.is_stopped.set(goes_on);
        self.epoch.set(None);
        self.compared.set(Vec::new());
        self.compare.answer.set(None);
        let hear = move |news| {
            self.is_stopped.set(true);
            match news {
                TransferNews::Learnt(row) => self.compared.update(|rows| rows.push(row)),
                TransferNews::Tuned(epoch) => self.epoch.set(Some(epoch)),
                TransferNews::Swept(_) => {}
            }
        };
        let job = if goes_on { Transfer::GoOn(task) } else { Transfer::Compare(task) };
        self.compare.start(job, hear, move |found| {
            self.is_stopped.set(false);
            self.compare.answer.set(Some(found));
        });
    }

    /// What was learnt is no longer of these classes, or not what the page is set to.
    pub(super) fn is_stale(self) -> bool {
        // How the network is fine-tuned makes no difference to the classifier.
        let of_classifier = |task: &TransferTask| TransferTask { tune: FineTune::default(), ..task.clone() };
        let now = (self.revision.get(), self.task().as_ref().map(of_classifier));
        self.learnt_of
            .with(|of| of.as_ref().is_some_and(|(revision, task)| (*revision, Some(of_classifier(task))) != now))
    }

    /// The same of what was compared.
    pub(super) fn is_other(self) -> bool {
        let now = self.subject();
        self.compared_of.with(|of| of.is_some() && *of != now)
    }

    pub(super) fn able(self) -> bool {
        app().is_up() && self.task().is_some() && self.classes.with(|classes| classes.len() > 1)
    }

    /// Its place among the classes, and its name; none of a picture that was taken out.
    pub(super) fn class_of(self, picture: u32) -> Option<(usize, String)> {
        self.classes.with(|all| {
            let at = all.iter().position(|class| class.pictures.contains(&picture))?;
            Some((at, all[at].name.clone()))
        })
    }

    pub(super) fn name_of(self, picture: u32) -> String {
        self.pictures.with(|all| all.get(&picture).map(|picture| picture.name.clone())).unwrap_or_default()
    }
}

impl AppState {
    pub(crate) fn transfer(self) -> TransferState {
        self.page_state(TransferState::new, |_| {})
    }

    /// Dropped on a class: its pictures. Dropped beside them: folders, archives and sets are classes; the rest goes where it always does.
    pub(crate) fn take_for_classes(self, incoming: &Incoming) -> bool {
        let state = self.transfer();
        let class = state.over.get_untracked();
        state.over.set(None);
        if incoming.files.is_empty() {
            return false;
        }
        let dropped = folder::dropped(incoming);
        spawn_local(async move {
            let files = dropped.await;
            let is_usual = |dropped: &Dropped| dropped.is_loose_picture() || dropped.is_weights();
            match (class, files.iter().all(is_usual)) {
                (None, true) => self.take_files(files.into_iter().map(|dropped| dropped.file).collect()),
                (class, _) => state.bring(class, files),
            }
        });
        true
    }
}
