//! What is asked of the engine: a neocognitron that grows, what its cells make of a picture, and how it does beside others.

use crate::protocol::{
    Brain, BrainAnswer, BrainNews, NeocognitronPicture, NeocognitronProgress, NeocognitronReport, NeocognitronRun,
    NeocognitronView, ToleranceReport, ToleranceRow, ToleranceRun,
};
use crate::ui::page::brain::settings::BrainSettings;
use crate::ui::{Ask, app};
use leptos::prelude::*;

#[derive(Clone, Copy)]
pub(in crate::ui::page::brain) struct NeocognitronState {
    pub(super) settings: Memo<BrainSettings>,
    pub(super) grow: Ask<Brain, Box<NeocognitronReport>>,
    pub(super) progress: RwSignal<Option<NeocognitronProgress>>,
    pub(super) report: RwSignal<Option<NeocognitronReport>>,
    pub(super) look: Ask<Brain, Box<NeocognitronView>>,
    /// The picture that is looked at: a byte for each pixel.
    pub(super) pixels: RwSignal<Vec<u8>>,
    /// Layer and plane that are shown large.
    pub(super) chosen: RwSignal<[usize; 2]>,
    pub(super) tolerance: Ask<Brain, Box<ToleranceReport>>,
    pub(super) rows: RwSignal<Vec<ToleranceRow>>,
    /// Counts data that were brought: they have one name.
    pub(super) brought: RwSignal<u32>,
}

/// The layer whose planes are shown large at first: S2.
const FIRST: [usize; 2] = [3, 0];

impl NeocognitronState {
    pub(in crate::ui::page::brain) fn new(settings: Memo<BrainSettings>) -> Self {
        let state = Self {
            settings,
            grow: ask!(Brain, Restart, BrainAnswer::Grown),
            progress: RwSignal::new(None),
            report: RwSignal::new(None),
            look: ask!(Brain, Latest, BrainAnswer::Viewed),
            pixels: RwSignal::new(Vec::new()),
            chosen: RwSignal::new(FIRST),
            tolerance: ask!(Brain, Restart, BrainAnswer::Tolerated),
            rows: RwSignal::new(Vec::new()),
            brought: RwSignal::new(0),
        };
        let wanted = move || {
            let run = settings.with(|settings| settings.neocognitron.clone());
            app().is_up().then_some((run, state.brought.get()))
        };
        state.grow.keep(wanted, move |(run, _)| state.grow_by(run));
        Effect::new(move |_| {
            let is_there = state.report.with(Option::is_some);
            let pixels = state.pixels.get();
            if is_there && !pixels.is_empty() {
                state.look.ask(Brain::View(NeocognitronPicture { pixels: pixels.into() }));
            }
        });
        state
    }

    pub(super) fn again(self) {
        self.grow_by(self.settings.with_untracked(|settings| settings.neocognitron.clone()));
    }

    fn grow_by(self, run: NeocognitronRun) {
        self.report.set(None);
        self.rows.set(Vec::new());
        self.tolerance.forget();
        self.tolerance.answer.set(None);
        let hear = move |news: BrainNews| {
            if let BrainNews::Grows(progress) = news {
                self.progress.try_set(Some(*progress));
            }
        };
        self.grow.start(Brain::Grow(run), hear, move |report: Box<NeocognitronReport>| {
            self.progress.try_set(Some(report.progress.clone()));
            let first = report.shown.first().map(|(pixels, _)| pixels.to_vec());
            let fits = self.pixels.try_with_untracked(Vec::len) == Some((report.side * report.side) as usize);
            self.report.try_set(Some(*report));
            if let (Some(first), false) = (first, fits) {
                self.pixels.try_set(first);
            }
        });
    }

    /// Beside networks that learn by gradient.
    pub(super) fn try_all(self) {
        self.rows.set(Vec::new());
        let backend = app().route.with_untracked(|route| route.backend);
        let hear = move |news: BrainNews| {
            if let BrainNews::Tolerates(row) = news {
                self.rows.try_update(|rows| rows.push(row));
            }
        };
        let job = Brain::Tolerance(ToleranceRun { backend, ..ToleranceRun::default() });
        self.tolerance.start(job, hear, move |report: Box<ToleranceReport>| {
            app().computed_on(&report.backend);
            self.rows.try_set(report.rows.clone());
            self.tolerance.answer.try_set(Some(report));
        });
    }

    /// Side of the pictures; 0 until it has grown.
    pub(super) fn side(self) -> usize {
        self.report.with(|report| report.as_ref().map_or(0, |report| report.side as usize))
    }

    /// The picture so many pixels to the right and down; what leaves it is gone.
    pub(super) fn move_by(self, [across, down]: [i32; 2]) {
        let side = untrack(|| self.side()) as i32;
        self.pixels.update(|pixels| {
            let before = std::mem::take(pixels);
            let at = |row: i32, column: i32| {
                let within = (0..side).contains(&row) && (0..side).contains(&column);
                if within { before.get((row * side + column) as usize).copied().unwrap_or(0) } else { 0 }
            };
            *pixels = (0..side * side).map(|cell| at(cell / side - down, cell % side - across)).collect();
        });
    }

    /// A pen of about two pixels.
    pub(super) fn draw_at(self, [across, down]: [f64; 2]) {
        let side = untrack(|| self.side());
        let place = [across, down].map(|share| share * side as f64 - 0.5);
        self.pixels.update(|pixels| {
            for (cell, pixel) in pixels.iter_mut().enumerate() {
                let [x, y] = [cell % side.max(1), cell / side.max(1)].map(|at| at as f64);
                let away = (x - place[0]).hypot(y - place[1]);
                let ink = (255.0 * (PEN + 0.5 - away).clamp(0.0, 1.0)) as u8;
                *pixel = (*pixel).max(ink);
            }
        });
    }
}

/// Its radius in pixels.
const PEN: f64 = 1.3;
