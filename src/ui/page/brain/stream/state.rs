//! What is asked of the engine, and what has come.

use crate::protocol::{
    AreaFile, Brain, BrainAnswer, BrainNews, DissimilarityKind, RowSource, ScaledPictures, StreamArea, StreamEstimate,
    StreamNews, StreamReport, StreamScaling, StreamScore, StreamSource, StreamTask,
};
use crate::ui::page::brain::settings::{BrainSettings, StreamMeasure};
use crate::ui::{Ask, app};
use leptos::prelude::*;

#[derive(Clone, Copy)]
pub(in crate::ui::page::brain) struct StreamState {
    pub(in crate::ui::page::brain) settings: Memo<BrainSettings>,
    pub(in crate::ui::page::brain) run: Ask<Brain, Box<StreamReport>>,
    pub(super) scaling: Ask<Brain, ScaledPictures>,
    /// As far as it has come.
    pub(super) report: RwSignal<Option<StreamReport>>,
    pub(super) places: RwSignal<Option<ScaledPictures>>,
    /// Populations of the person's own.
    pub(super) files: RwSignal<Vec<AreaFile>>,
    /// Which of them is shown, by its place.
    pub(super) area: RwSignal<usize>,
}

/// The value of a measure, and its interval and chance where it has them.
pub(super) fn measured(score: &StreamScore, by: StreamMeasure) -> Option<StreamEstimate> {
    match by {
        StreamMeasure::Ridge => score.ridge,
        StreamMeasure::LeastSquares => score.least_squares,
        StreamMeasure::Matrix => Some(score.matrix),
        StreamMeasure::Alignment => {
            score.alignment.map(|value| StreamEstimate { value, low: value, high: value, p: f64::NAN })
        }
    }
}

impl StreamState {
    pub(in crate::ui::page::brain) fn new(settings: Memo<BrainSettings>) -> Self {
        let state = Self {
            settings,
            run: ask!(Brain, Restart, BrainAnswer::Streamed),
            scaling: ask!(Brain, Restart, BrainAnswer::Scaled),
            report: RwSignal::new(None),
            places: RwSignal::new(None),
            files: RwSignal::new(Vec::new()),
            area: RwSignal::new(0),
        };
        state.run.keep(move || state.job(), move |job| state.start(job));
        state.scaling.keep(
            move || state.scaling_job(),
            move |job| {
                state.scaling.start(Brain::Scale(job), |_| {}, move |found| drop(state.places.try_set(Some(found))));
            },
        );
        state
    }

    fn job(self) -> Option<StreamTask> {
        let network = app().network().filter(|network| network.ready && app().is_up())?.id;
        let backend = app().route.with(|route| route.backend);
        let task = self.settings.with(|settings| settings.stream.clone());
        let tray = match task.pictures {
            StreamSource::Tray if app().drawings_to_come() > 0 => return None,
            StreamSource::Tray => app().tray(),
            StreamSource::Drawn | StreamSource::Own => Vec::new(),
        };
        Some(StreamTask { network, tray, areas: self.files.get(), backend, ..task })
    }

    pub(super) fn is_able(self) -> bool {
        self.job().is_some()
    }

    pub(super) fn again(self) {
        if let Some(job) = untrack(|| self.job()) {
            self.start(job);
        }
    }

    fn start(self, job: StreamTask) {
        let show = move |report: StreamReport| {
            app().computed_on(&report.backend);
            if self.area.get_untracked() >= report.areas.len() {
                self.area.try_set(0);
            }
            self.report.try_set(Some(report));
        };
        let hear = move |news: BrainNews| match news {
            BrainNews::Stream(StreamNews::Begun(report)) => show(*report),
            BrainNews::Stream(StreamNews::Scored(area, row, score)) => {
                self.report.try_update(|report| {
                    let area = report.as_mut().and_then(|report| report.areas.get_mut(area as usize));
                    if let Some(place) = area.and_then(|area| area.scores.get_mut(row as usize)) {
                        *place = Some(score);
                    }
                });
            }
            BrainNews::Cells(_) | BrainNews::Grows(_) | BrainNews::Tolerates(_) => {}
        };
        self.run.start(Brain::Stream(Box::new(job)), hear, move |report: Box<StreamReport>| show(*report));
    }

    /// Of the area that is shown.
    pub(super) fn with_area<T>(self, of: impl FnOnce(&StreamReport, &StreamArea) -> T) -> Option<T> {
        let at = self.area.get();
        self.report.with(|report| {
            let report = report.as_ref()?;
            Some(of(report, report.areas.get(at)?))
        })
    }

    /// The row of the networks that does best so far, by its place.
    pub(super) fn best(self) -> Option<usize> {
        let by = self.settings.with(|settings| settings.measure);
        self.with_area(|report, area| {
            let of = |at: usize| measured(area.scores[at].as_ref()?, by).map(|found| found.value);
            let is_layer = |at: &usize| matches!(report.rows[*at].source, RowSource::Network | RowSource::Beside);
            let known = (0..report.rows.len()).filter(is_layer).filter_map(|at| Some((at, of(at)?)));
            known.max_by(|one, other| one.1.total_cmp(&other.1)).map(|(at, _)| at)
        })?
    }

    /// Whose matrix is shown.
    pub(super) fn shown_row(self) -> Option<usize> {
        let named = self.settings.with(|settings| settings.row);
        let count = self.report.with(|report| report.as_ref().map(|report| report.rows.len()))?;
        let planted = self.with_area(|_, area| area.planted.map(|(row, _)| row as usize)).flatten();
        named.map(|row| row as usize).or(planted).or_else(|| self.best()).or(Some(0)).filter(|row| *row < count)
    }

    fn scaling_job(self) -> Option<StreamScaling> {
        let row = self.shown_row()?;
        let are_squares = self.settings.with(|settings| settings.stream.distance == DissimilarityKind::Euclidean);
        let dissimilarity = self.report.with(|report| Some(report.as_ref()?.rows.get(row)?.dissimilarity.clone()))?;
        Some(StreamScaling { dissimilarity, are_squares })
    }

    /// Of a planted population.
    pub(in crate::ui::page::brain) fn ceiling_beside_truth(self) -> Option<(f64, [f64; 3])> {
        self.with_area(|_, area| Some((area.planted?.1, area.ceiling?)))?
    }
}
