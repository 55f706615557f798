//! What is asked of the engine: a machine that learns, and its chains, which go on several times a second meanwhile.

use super::settings::RepresentSettings;
use crate::protocol::{
    BoltzmannProgress, BoltzmannSweep, BoltzmannTrain, PartitionReport, PartitionRun, Represent, RepresentNews,
    Represented, SweptChains,
};
use crate::ui::{Ask, AskState, app};
use leptos::prelude::*;
use std::time::Duration;

/// Between two pictures of the chains.
const FRAME: Duration = Duration::from_millis(110);
/// Energies that are drawn.
const RECENT: usize = 240;
/// Chains that are shown.
pub(super) const CHAINS: u32 = 12;

#[derive(Clone, Copy)]
pub(super) struct RepresentState {
    pub(super) settings: Memo<RepresentSettings>,
    pub(super) learn: Ask<Represent, BoltzmannProgress>,
    pub(super) progress: RwSignal<Option<BoltzmannProgress>>,
    pub(super) sweep: Ask<Represent, SweptChains>,
    pub(super) chains: RwSignal<Option<SweptChains>>,
    /// Sweep, mean energy of all chains, energy of the first.
    pub(super) energies: RwSignal<Vec<[f64; 3]>>,
    pub(super) estimate: Ask<Represent, PartitionReport>,
    pub(super) is_playing: RwSignal<bool>,
    /// Of each pixel 0 free, 1 held off, 2 held on; empty where all are free.
    pub(super) held: RwSignal<Vec<u8>>,
    /// New states at the next sweep.
    restart: RwSignal<bool>,
    /// Counts data that were brought: they have one name.
    pub(super) brought: RwSignal<u32>,
}

impl RepresentState {
    pub(super) fn new(settings: Memo<RepresentSettings>) -> Self {
        let still = window().match_media("(prefers-reduced-motion: reduce)").ok().flatten();
        let state = Self {
            settings,
            learn: ask!(Represent, Restart, Represented::Learnt),
            progress: RwSignal::new(None),
            sweep: ask!(Represent, Latest, Represented::Swept),
            chains: RwSignal::new(None),
            energies: RwSignal::new(Vec::new()),
            estimate: ask!(Represent, Restart, Represented::Estimated),
            is_playing: RwSignal::new(!still.is_some_and(|query| query.matches())),
            held: RwSignal::new(Vec::new()),
            restart: RwSignal::new(false),
            brought: RwSignal::new(0),
        };
        let opened = app().opened_machines();
        let seen = StoredValue::new(opened.get_untracked());
        let wanted = move || {
            let setup = state.settings.with(|settings| settings.train.clone());
            app().is_up().then_some((setup, state.brought.get(), opened.get()))
        };
        state.learn.keep(wanted, move |(setup, _, count)| {
            // One that was opened goes on.
            let resume = seen.get_value() != count;
            seen.set_value(count);
            state.learn_from(BoltzmannTrain { resume, ..setup });
        });
        let clock = set_interval_with_handle(move || state.tick(), FRAME).ok();
        on_cleanup(move || clock.iter().for_each(|clock| clock.clear()));
        state
    }

    pub(super) fn start(self, resume: bool) {
        let setup = self.settings.with_untracked(|settings| settings.train.clone());
        self.learn_from(BoltzmannTrain { resume, ..setup });
    }

    fn learn_from(self, setup: BoltzmannTrain) {
        self.progress.set(None);
        self.estimate.forget();
        self.estimate.answer.set(None);
        self.forget_chains();
        let of = |news: RepresentNews| {
            let RepresentNews::Boltzmann(news) = news else { return None };
            Some(*news)
        };
        self.learn.stream(Represent::Boltzmann(setup), of, move |heard, is_whole| {
            let is_first = self.progress.try_with_untracked(Option::is_none).unwrap_or(false);
            self.progress.try_update(|known| {
                *known = Some(match known.take() {
                    Some(before) if !is_whole => appended(before, heard),
                    _ => heard,
                });
            });
            if is_whole {
                self.weigh();
            }
            // Without movement there is one picture at least.
            if is_first || is_whole {
                self.go_on(1);
            }
        });
    }

    fn forget_chains(self) {
        self.chains.set(None);
        self.energies.set(Vec::new());
        self.held.set(Vec::new());
        self.restart.set(true);
    }

    /// By annealing, where the machine is one for that.
    pub(super) fn weigh(self) {
        let is_restricted =
            self.settings.with_untracked(|settings| settings.train.kind == crate::protocol::BoltzmannKind::Restricted);
        if is_restricted && self.progress.with_untracked(Option::is_some) {
            self.estimate.ask(Represent::Partition(PartitionRun::default()));
        }
    }

    fn tick(self) {
        let is_hidden = document().hidden();
        if self.is_playing.try_get_untracked() == Some(true) && !is_hidden && app().is_up() {
            self.go_on(1);
        }
    }

    /// From coins.
    pub(super) fn toss(self) {
        self.restart.set(true);
        self.energies.set(Vec::new());
        self.go_on(1);
    }

    /// So many sweeps, unless some are under way.
    pub(super) fn go_on(self, sweeps: u32) {
        let shape = self.progress.with_untracked(|known| known.as_ref().map(|known| known.height * known.width));
        let Some(pixels) = shape else { return };
        if self.sweep.state_untracked() == AskState::Working {
            return;
        }
        let held = self.held.get_untracked();
        let held = if held.len() == pixels as usize { held } else { Vec::new() };
        let (temperature, seed) = self.settings.with_untracked(|settings| (settings.temperature, settings.train.seed));
        let restart = self.restart.get_untracked();
        self.restart.set(false);
        let job = BoltzmannSweep { sweeps, chains: CHAINS, temperature, held: held.into(), restart, seed };
        self.sweep.start(
            Represent::Sweep(job),
            |_| {},
            move |swept: SweptChains| {
                let first = swept.chains.first().map_or(0.0, |chain| chain.energy);
                let point = [swept.sweeps as f64, swept.mean_energy, first];
                self.energies.try_update(|energies| {
                    if energies.last().is_some_and(|last| last[0] >= point[0]) {
                        energies.clear();
                    }
                    energies.push(point);
                    let extra = energies.len().saturating_sub(RECENT);
                    energies.drain(..extra);
                });
                self.chains.try_set(Some(swept));
            },
        );
    }
}

/// Points are told once each.
fn appended(before: BoltzmannProgress, heard: BoltzmannProgress) -> BoltzmannProgress {
    let mut points = before.points;
    points.extend(&heard.points);
    BoltzmannProgress { points, ..heard }
}
