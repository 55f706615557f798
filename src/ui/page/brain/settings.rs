//! What the page is set to.

use crate::protocol::{
    CellTask, Deformation, DissimilarityKind, ExperimentId, GratingWindow, Interval, NeocognitronData, NeocognitronRun,
    RdmComparison, StreamSource, StreamTask,
};
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

#[derive(Clone, Debug, PartialEq)]
pub(super) struct BrainSettings {
    /// But for the networks, the tray, files and the backend.
    pub(super) stream: StreamTask,
    pub(super) measure: StreamMeasure,
    pub(super) order: PictureOrder,
    /// Whose matrix is shown, by its place; the one that does best where none is named.
    pub(super) row: Option<u32>,
    /// But for the network and the backend.
    pub(super) cells: CellTask,
    /// The channel whose unit is shown.
    pub(super) unit: Option<u32>,
    pub(super) neocognitron: NeocognitronRun,
    /// Of which the chart is.
    pub(super) deformation: Deformation,
}

impl Default for BrainSettings {
    fn default() -> Self {
        Self {
            stream: StreamTask::default(),
            measure: StreamMeasure::default(),
            order: PictureOrder::default(),
            row: None,
            cells: CellTask::default(),
            unit: None,
            neocognitron: NeocognitronRun::default(),
            deformation: Deformation::Shift,
        }
    }
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
        Field::text("cell-layer", |s: &Self| s.cells.layer.clone(), |s, path| s.cells.layer = Some(path.to_owned()))
            .brief(),
        Field::open("unit", words!(brain.cells_channel), None, |s: &mut Self| &mut s.unit).brief(),
        Field::whole("orientations", words!(brain.cells_orientations), CellTask::ORIENTATIONS, |s: &mut Self| {
            &mut s.cells.orientations
        })
        .brief(),
        Field::whole("frequencies", words!(brain.cells_frequencies), CellTask::FREQUENCIES, |s: &mut Self| {
            &mut s.cells.frequencies
        })
        .brief(),
        Field::whole("phases", words!(brain.cells_phases), CellTask::PHASES, |s: &mut Self| &mut s.cells.phases)
            .brief(),
        Field::real("highest", words!(brain.cells_highest), CellTask::FREQUENCY, |s: &mut Self| &mut s.cells.highest)
            .brief(),
        Field::real("contrast", words!(brain.cells_contrast), CellTask::CONTRAST, |s: &mut Self| &mut s.cells.contrast)
            .brief(),
        choice!(GratingWindow, "window", words!(brain.cells_window), cells.window).id("brain-window").brief(),
        Field::whole("shots", words!(brain.cells_noise), CellTask::NOISE, |s: &mut Self| &mut s.cells.noise).brief(),
        Field::whole("noise-seed", words!(train.seed), Interval::SEED, |s: &mut Self| &mut s.cells.seed).brief(),
        choice!(NeocognitronData, "from", words!(brain.grow_from), neocognitron.data).id("brain-from").brief(),
        Field::whole("digits", words!(brain.grow_examples), NeocognitronRun::EXAMPLES, |s: &mut Self| {
            &mut s.neocognitron.examples
        })
        .brief(),
        Field::whole("planes", words!(brain.grow_planes), NeocognitronRun::PLANES, |s: &mut Self| {
            &mut s.neocognitron.planes
        })
        .brief(),
        Field::real("growth", words!(brain.grow_growth), NeocognitronRun::GROWTH, |s: &mut Self| {
            &mut s.neocognitron.growth
        })
        .brief(),
        Field::real("firm", words!(brain.grow_classes), NeocognitronRun::CLASSES, |s: &mut Self| {
            &mut s.neocognitron.classes
        })
        .brief(),
        Field::whole("growseed", words!(train.seed), Interval::SEED, |s: &mut Self| &mut s.neocognitron.seed).brief(),
        choice!(Deformation, "bend", words!(brain.deformation), deformation).id("brain-bend").brief(),
    ];
}

choices! {
    StreamSource {
        Drawn = ("drawn", words!(brain.shown_drawn)),
        Tray = ("tray", words!(brain.shown_tray)),
        Own = ("own", words!(brain.shown_own)),
    }
    GratingWindow {
        Full = ("full", words!(brain.cells_window_full)),
        Disc = ("disc", words!(brain.cells_window_disc)),
    }
    NeocognitronData {
        Digits = ("digits", words!(brain.grow_digits)),
        Own = ("own", words!(brain.grow_own)),
    }
    Deformation {
        Shift = ("shift", words!(brain.deform_shift)),
        Turn = ("turn", words!(brain.deform_turn)),
        Scale = ("scale", words!(brain.deform_scale)),
        Bend = ("elastic", words!(brain.deform_bend)),
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
