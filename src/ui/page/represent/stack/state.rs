//! What is asked of the engine: a stack that learns, pictures from its top meanwhile, and two classifiers once it has learnt.

use crate::protocol::{
    Represent, RepresentNews, Represented, StackDream, StackDreams, StackProgress, StackTrain, StackTune, TuneLane,
    TunedStack,
};
use crate::ui::page::represent::settings::RepresentSettings;
use crate::ui::{Ask, AskState, app};
use leptos::prelude::*;
use std::collections::BTreeMap;
use std::time::Duration;

/// Between two pictures of the chains.
const FRAME: Duration = Duration::from_millis(130);
/// Chains that are shown.
pub(super) const CHAINS: u32 = 12;

/// Of each layer, what its units weigh.
pub(super) type LayerFilters = BTreeMap<u32, Vec<Vec<u8>>>;

#[derive(Clone, Copy)]
pub(super) struct StackPage {
    pub(super) settings: Memo<RepresentSettings>,
    pub(super) learn: Ask<Represent, Box<StackProgress>>,
    pub(super) progress: RwSignal<Option<StackProgress>>,
    pub(super) filters: RwSignal<LayerFilters>,
    pub(super) dream: Ask<Represent, StackDreams>,
    pub(super) dreams: RwSignal<Option<StackDreams>>,
    pub(super) is_playing: RwSignal<bool>,
    restart: RwSignal<bool>,
    pub(super) tune: Ask<Represent, Box<TunedStack>>,
    pub(super) tuned: RwSignal<Option<TunedStack>>,
    /// Counts data that were brought: they have one name.
    pub(super) brought: RwSignal<u32>,
}

impl StackPage {
    pub(super) fn new(settings: Memo<RepresentSettings>) -> Self {
        let still = window().match_media("(prefers-reduced-motion: reduce)").ok().flatten();
        let page = Self {
            settings,
            learn: ask!(Represent, Restart, Represented::Stacked),
            progress: RwSignal::new(None),
            filters: RwSignal::new(BTreeMap::new()),
            dream: ask!(Represent, Latest, Represented::Dreamt),
            dreams: RwSignal::new(None),
            is_playing: RwSignal::new(!still.is_some_and(|query| query.matches())),
            restart: RwSignal::new(true),
            tune: ask!(Represent, Restart, Represented::Tuned),
            tuned: RwSignal::new(None),
            brought: RwSignal::new(0),
        };
        let wanted = move || {
            let setup = page.settings.with(|settings| settings.stack.clone());
            app().is_up().then(|| (setup, page.brought.get()))
        };
        page.learn.keep(wanted, move |(setup, _)| page.learn_from(setup));
        // Without a click, as soon as there are weights to begin with.
        let wanted = move || page.learn.is_fresh().then(|| page.settings.with(|settings| settings.tune.clone()));
        page.tune.keep(wanted, move |job| page.tune_with(job));
        let clock = set_interval_with_handle(move || page.tick(), FRAME).ok();
        on_cleanup(move || clock.iter().for_each(|clock| clock.clear()));
        page
    }

    pub(super) fn start(self) {
        self.learn_from(self.settings.with_untracked(|settings| settings.stack.clone()));
    }

    fn learn_from(self, setup: StackTrain) {
        self.progress.set(None);
        self.filters.set(BTreeMap::new());
        self.dreams.set(None);
        self.restart.set(true);
        self.tune.forget();
        self.tuned.set(None);
        let of = |news: RepresentNews| {
            let RepresentNews::Stack(news) = news else { return None };
            Some(news)
        };
        self.learn.stream(Represent::Stack(setup), of, move |heard: Box<StackProgress>, is_whole| {
            let is_first = self.progress.try_with_untracked(Option::is_none).unwrap_or(false);
            self.filters.try_update(|known| {
                let each = heard.filters.iter();
                known.extend(each.map(|(layer, all)| (*layer, all.iter().map(|filter| filter.to_vec()).collect())));
            });
            self.progress.try_update(|known| {
                *known = Some(match known.take() {
                    Some(before) if !is_whole => {
                        let mut points = before.points;
                        points.extend(&heard.points);
                        StackProgress { points, ..*heard }
                    }
                    _ => *heard,
                });
            });
            // Without movement there is one picture at least.
            if is_first || is_whole {
                self.go_on(1);
            }
        });
    }

    fn tick(self) {
        if self.is_playing.try_get_untracked() == Some(true) && !document().hidden() && app().is_up() {
            self.go_on(2);
        }
    }

    /// From coins.
    pub(super) fn toss(self) {
        self.restart.set(true);
        self.go_on(20);
    }

    /// So many sweeps, unless some are under way.
    pub(super) fn go_on(self, sweeps: u32) {
        let has_begun = self.progress.with_untracked(Option::is_some);
        if !has_begun || self.dream.state_untracked() == AskState::Working {
            return;
        }
        let seed = self.settings.with_untracked(|settings| settings.stack.seed);
        let restart = self.restart.get_untracked();
        self.restart.set(false);
        let job = StackDream { sweeps, chains: CHAINS, restart, seed };
        self.dream.start(Represent::Dream(job), |_| {}, move |found| drop(self.dreams.try_set(Some(found))));
    }

    pub(super) fn start_tuning(self) {
        self.tune_with(self.settings.with_untracked(|settings| settings.tune.clone()));
    }

    fn tune_with(self, job: StackTune) {
        self.tuned.set(None);
        let backend = app().route.with_untracked(|route| route.backend);
        let of = |news: RepresentNews| {
            let RepresentNews::Tune(news) = news else { return None };
            Some(news)
        };
        let job = Represent::Tune(StackTune { backend, ..job });
        self.tune.stream(job, of, move |heard: Box<TunedStack>, is_whole| {
            app().computed_on(&heard.backend);
            self.tuned.try_update(|known| {
                *known = Some(match known.take() {
                    Some(before) if !is_whole => appended(before, *heard),
                    _ => *heard,
                });
            });
        });
    }
}

/// Points are told once each.
fn appended(before: TunedStack, heard: TunedStack) -> TunedStack {
    let joined = |(known, new): (TuneLane, TuneLane)| {
        let (mut losses, mut right) = (known.losses, known.right);
        losses.extend(new.losses);
        right.extend(new.right);
        TuneLane { losses, right, diverged: new.diverged }
    };
    let lanes = before.lanes.into_iter().zip(heard.lanes).map(joined).collect();
    TunedStack { lanes, ..heard }
}
