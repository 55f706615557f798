//! What the page is set to.

use crate::protocol::{DissimilarityKind, ExperimentId, Interval, RdmComparison, StreamSource, StreamTask};
use crate::ui::{Field, PageId, PageSettings};

/// By what rows are put beside a population.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum StreamMeasure {
    #[default]
    Ridge,
    LeastSquares,
    Matrix,
    Alignment,
}

/// In which order the pictures stand along a matrix.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum PictureOrder {
    #[default]
    Kind,
    Level,
    /// Along the first dimension of the scaling.
    Alike,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct BrainSettings {
    /// But for the networks, the tray, files and the backend.
    pub(super) stream: StreamTask,
    pub(super) measure: StreamMeasure,
    pub(super) order: PictureOrder,
    /// Whose matrix is shown, by its place; the one that does best where none is named.
    pub(super) row: Option<u32>,
}

fn draws(settings: &BrainSettings) -> bool {
    settings.stream.pictures == StreamSource::Drawn
}

impl PageSettings for BrainSettings {
    const PAGE: PageId = PageId::Experiment(ExperimentId::Brain);
    const FIELDS: &'static [Field<Self>] = &[
        choice!(StreamSource, "shown", words!(brain.shown), stream.pictures).id("brain-shown"),
        Field::whole("each", words!(brain.each), StreamTask::EACH, |s: &mut Self| &mut s.stream.each).when(draws),
        Field::whole("seed", words!(train.seed), Interval::SEED, |s: &mut Self| &mut s.stream.seed),
        Field::text("plant", |s: &Self| s.stream.layer.clone(), |s, path| s.stream.layer = Some(path.to_owned())),
        Field::whole("neurons", words!(brain.neurons), StreamTask::NEURONS, |s: &mut Self| &mut s.stream.neurons),
        Field::whole("repeats", words!(brain.repeats), StreamTask::REPEATS, |s: &mut Self| &mut s.stream.repeats),
        Field::real("noise", words!(brain.noise), StreamTask::NOISE, |s: &mut Self| &mut s.stream.noise),
        choice!(StreamMeasure, "measure", words!(brain.measure), measure).id("brain-measure").in_sight(),
        choice!(DissimilarityKind, "distance", words!(brain.distance), stream.distance).id("brain-distance"),
        choice!(RdmComparison, "compare", words!(brain.compare), stream.comparison).id("brain-compare"),
        choice!(PictureOrder, "order", words!(brain.order), order).id("brain-order"),
        Field::text(
            "beside",
            |s: &Self| Some(s.stream.beside.clone()).filter(|id| !id.is_empty()),
            |s, id| s.stream.beside = id.to_owned(),
        ),
        Field::open("row", words!(brain.row), None, |s: &mut Self| &mut s.row),
        Field::whole("folds", words!(brain.folds), StreamTask::FOLDS, |s: &mut Self| &mut s.stream.folds).brief(),
        Field::whole("components", words!(brain.components), StreamTask::COMPONENTS, |s: &mut Self| {
            &mut s.stream.components
        })
        .brief(),
        Field::whole("resamples", words!(brain.resamples), StreamTask::RESAMPLES, |s: &mut Self| {
            &mut s.stream.resamples
        })
        .brief(),
    ];
}

choices! {
    StreamSource {
        Drawn = ("drawn", words!(brain.shown_drawn)),
        Tray = ("tray", words!(brain.shown_tray)),
        Own = ("own", words!(brain.shown_own)),
    }
    DissimilarityKind {
        Correlation = ("correlation", words!(brain.distance_correlation)),
        Euclidean = ("euclidean", words!(brain.distance_euclidean)),
    }
    RdmComparison {
        Spearman = ("spearman", words!(brain.compare_spearman)),
        RhoA = ("rhoa", words!(brain.compare_rhoa)),
        TauA = ("taua", words!(brain.compare_taua)),
        Cosine = ("cosine", words!(brain.compare_cosine)),
        Pearson = ("pearson", words!(brain.compare_pearson)),
    }
    StreamMeasure {
        Ridge = ("ridge", words!(brain.measure_ridge)),
        LeastSquares = ("pls", words!(brain.measure_pls)),
        Matrix = ("matrix", words!(brain.measure_matrix)),
        Alignment = ("cka", words!(brain.measure_cka)),
    }
    PictureOrder {
        Kind = ("kind", words!(brain.order_kind)),
        Level = ("level", words!(brain.order_level)),
        Alike = ("alike", words!(brain.order_alike)),
    }
}
