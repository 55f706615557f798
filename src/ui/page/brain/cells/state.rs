//! What is asked of a layer's units, and what has come.

use crate::protocol::{Brain, BrainAnswer, BrainNews, CellTask, CellUnit, CellsFound};
use crate::ui::page::brain::settings::BrainSettings;
use crate::ui::{Ask, app};
use leptos::prelude::*;

/// Multiply-accumulates of all pictures together that are done unasked.
const LIGHT: u64 = 500_000_000_000;

#[derive(Clone, Copy)]
pub(in crate::ui::page::brain) struct CellsState {
    pub(super) settings: Memo<BrainSettings>,
    pub(in crate::ui::page::brain) run: Ask<Brain, Box<CellsFound>>,
    /// As far as it is known.
    pub(in crate::ui::page::brain) found: RwSignal<Option<CellsFound>>,
}

impl CellsState {
    pub(in crate::ui::page::brain) fn new(settings: Memo<BrainSettings>) -> Self {
        let state = Self { settings, run: ask!(Brain, Restart, BrainAnswer::Cells), found: RwSignal::new(None) };
        // What takes long waits for a press.
        state.run.keep(move || state.job().filter(is_light), move |job| state.start(job));
        state
    }

    fn job(self) -> Option<CellTask> {
        let network = app().network().filter(|network| network.ready && app().is_up())?;
        let backend = app().route.with(|route| route.backend);
        let task = self.settings.with(|settings| settings.cells.clone());
        Some(CellTask { network: network.id, backend, ..task })
    }

    pub(super) fn is_able(self) -> bool {
        self.job().is_some()
    }

    pub(super) fn again(self) {
        if let Some(job) = untrack(|| self.job()) {
            self.start(job);
        }
    }

    fn start(self, job: CellTask) {
        let hear = move |news| {
            if let BrainNews::Cells(found) = news {
                self.found.try_set(Some(*found));
            }
        };
        self.run.start(Brain::Cells(job), hear, move |found: Box<CellsFound>| {
            app().computed_on(&found.backend);
            self.found.try_set(Some(*found));
        });
    }

    /// Of the unit that is chosen; where none is, of the one that answers the most.
    pub(super) fn with_unit<T>(self, then: impl FnOnce(&CellsFound, &CellUnit) -> T) -> Option<T> {
        let at = self.place()?;
        self.found.with(|found| found.as_ref().and_then(|found| Some(then(found, found.units.get(at)?))))
    }

    /// Its place among the units.
    pub(super) fn place(self) -> Option<usize> {
        let chosen = self.settings.with(|settings| settings.unit);
        self.found.with(|found| {
            let units = &found.as_ref()?.units;
            let known = chosen.and_then(|channel| units.iter().position(|unit| unit.channel == channel));
            let most = || (0..units.len()).max_by(|&a, &b| units[a].largest.total_cmp(&units[b].largest));
            known.or_else(most)
        })
    }
}

fn is_light(job: &CellTask) -> bool {
    let macs = app().network().map_or(u64::MAX, |network| network.macs);
    let pictures = job.orientations * (job.frequencies * job.phases + 2 * CellTask::BAR_PLACES as u32) + job.noise;
    macs.saturating_mul(u64::from(pictures)) <= LIGHT
}
