//! What was measured, and what is asked next. It stays when the page is left.

use crate::protocol::{
    Compress, CompressMethod, CompressNews, CompressRow, CompressSurvey, CompressTask, Compressed, CompressedNetwork,
    LayerAllocation, LayerSensitivity, LayerSpectrum,
};
use crate::ui::{AppState, Ask, PageSettings, app};
use leptos::prelude::*;

#[derive(Clone, Copy)]
pub(crate) struct CompressState {
    /// All that was measured of the network: as it was, then the others, those made by the person last.
    pub(super) rows: RwSignal<Vec<CompressRow>>,
    pub(super) spectra: RwSignal<Vec<LayerSpectrum>>,
    pub(super) curves: RwSignal<Vec<LayerSensitivity>>,
    /// Of which network, on which data they are.
    of: RwSignal<Option<(String, String)>>,
    pub(super) survey: Ask<Compress, Box<CompressSurvey>>,
    pub(super) make: Ask<Compress, Box<CompressedNetwork>>,
    pub(super) sense: Ask<Compress, Vec<LayerSensitivity>>,
    pub(super) allocate: Ask<Compress, LayerAllocation>,
    /// The task of the network that was made last, and by which method the curves are.
    made_of: RwSignal<Option<CompressTask>>,
    sensed_by: RwSignal<Option<CompressMethod>>,
}

impl CompressState {
    fn new() -> Self {
        Self {
            rows: RwSignal::new(Vec::new()),
            spectra: RwSignal::new(Vec::new()),
            curves: RwSignal::new(Vec::new()),
            of: RwSignal::new(None),
            survey: ask!(Compress, Restart, Compressed::Surveyed),
            make: ask!(Compress, Restart, Compressed::Made),
            sense: ask!(Compress, Restart, Compressed::Sensed),
            allocate: ask!(Compress, Restart, Compressed::Allocated),
            made_of: RwSignal::new(None),
            sensed_by: RwSignal::new(None),
        }
    }

    /// What the page is set to; none while the network has no weights.
    pub(super) fn task(self) -> Option<CompressTask> {
        let network = app().network().filter(|network| network.ready)?;
        let route = app().route.get();
        let usual: CompressTask = route.settings().unwrap_or_default();
        Some(CompressTask { network: network.id, backend: route.backend, ..usual })
    }

    pub(super) fn able(self) -> bool {
        app().is_up() && self.task().is_some()
    }

    /// On the first visit: what there is to see of the network.
    pub(super) fn begin(self) {
        if self.rows.with_untracked(Vec::is_empty) {
            self.start_survey();
        }
    }

    /// Rows of another network, or of other data, are of no use beside these.
    fn take_up(self, task: &CompressTask) {
        let of = (task.network.clone(), task.data.set.clone());
        if self.of.with_untracked(|known| known.as_ref() != Some(&of)) {
            self.rows.set(Vec::new());
            self.spectra.set(Vec::new());
            self.curves.set(Vec::new());
            self.of.set(Some(of));
        }
    }

    pub(super) fn start_survey(self) {
        let Some(task) = untrack(|| self.task()) else { return };
        self.take_up(&task);
        self.rows.set(Vec::new());
        let hear = move |news| match news {
            CompressNews::Row(row) => self.rows.update(|rows| rows.push(row)),
            CompressNews::Layers(layers) => self.spectra.set(layers),
            CompressNews::Sensed(_) => {}
        };
        self.survey.start(Compress::Survey(task), hear, move |survey| {
            app().computed_on(&survey.backend);
            self.rows.set(survey.rows.clone());
            self.survey.answer.set(Some(survey));
        });
    }

    pub(super) fn start(self) {
        let Some(task) = untrack(|| self.task()) else { return };
        self.take_up(&task);
        let of = task.clone();
        self.make.start(
            Compress::Make(task),
            |_| {},
            move |made| {
                app().computed_on(&made.backend);
                self.rows.update(|rows| {
                    if rows.is_empty() {
                        rows.push(made.before.clone());
                    }
                    rows.push(made.after.clone());
                });
                self.made_of.set(Some(of));
                self.make.answer.set(Some(made));
            },
        );
    }

    pub(super) fn start_sense(self) {
        let Some(task) = untrack(|| self.task()) else { return };
        self.take_up(&task);
        self.curves.set(Vec::new());
        self.allocate.answer.set(None);
        self.sensed_by.set(Some(task.method));
        let hear = move |news| {
            if let CompressNews::Sensed(curve) = news {
                self.curves.update(|curves| match curves.iter_mut().find(|known| known.name == curve.name) {
                    Some(known) => *known = curve,
                    None => curves.push(curve),
                });
            }
        };
        self.sense.start(Compress::Sense(task), hear, move |curves| {
            self.curves.set(curves.clone());
            self.sense.answer.set(Some(curves));
        });
    }

    /// Names of the layers that can have a budget each, as far as they are known.
    pub(super) fn layers(self) -> Vec<String> {
        let known = self.spectra.with(|all| all.iter().map(|layer| layer.name.clone()).collect::<Vec<_>>());
        if known.is_empty() {
            self.curves.with(|all| all.iter().map(|layer| layer.name.clone()).collect())
        } else {
            known
        }
    }

    /// Each layer was measured by the method that is chosen.
    pub(super) fn is_sensed(self) -> bool {
        let method = self.task().map(|task| task.method);
        self.sense.answer.with(Option::is_some) && self.sensed_by.get() == method && !self.is_other()
    }

    /// Gives each layer its share within the goal.
    pub(super) fn start_allocate(self) {
        let Some(task) = untrack(|| self.task()) else { return };
        let curves = self.curves.get_untracked();
        self.allocate.start(
            Compress::Allocate { task, curves },
            |_| {},
            move |found| {
                let layers = found.layers.clone();
                CompressTask::change(|task| task.layers = layers);
                self.allocate.answer.set(Some(found));
            },
        );
    }

    /// What was measured is of another network, or of other data, than those that are chosen.
    pub(super) fn is_other(self) -> bool {
        let now = self.task().map(|task| (task.network, task.data.set));
        self.of.with(|of| of.is_some() && *of != now)
    }

    /// What was made is not what the page is set to.
    pub(super) fn is_stale(self) -> bool {
        let now = self.task();
        self.made_of.with(|of| of.is_some() && *of != now)
    }
}

impl AppState {
    pub(crate) fn compression(self) -> CompressState {
        self.page_state(CompressState::new, |_| {})
    }
}
