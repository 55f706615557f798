//! What the page is set to.

use crate::protocol::{
    CellTask, Deformation, DissimilarityKind, ExperimentId, GratingWindow, Interval, NeocognitronData, NeocognitronRun,
    StreamTask,
};
use crate::ui::{Field, PageId, PageSettings};

#[derive(Clone, Debug, PartialEq)]
pub(super) struct BrainSettings {
    /// But for the backend.
    pub(super) stream: StreamTask,
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
            cells: CellTask::default(),
            unit: None,
            neocognitron: NeocognitronRun::default(),
            deformation: Deformation::Shift,
        }
    }
}

impl PageSettings for BrainSettings {
    const PAGE: PageId = PageId::Experiment(ExperimentId::Brain);
    const FIELDS: &'static [Field<Self>] = &[
        Field::whole("each", words!(brain.each), StreamTask::EACH, |s: &mut Self| &mut s.stream.each),
        Field::whole("seed", words!(train.seed), Interval::SEED, |s: &mut Self| &mut s.stream.seed),
        choice!(DissimilarityKind, "distance", words!(brain.distance), stream.distance).id("brain-distance"),
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
        Field::whole("noise", words!(brain.cells_noise), CellTask::NOISE, |s: &mut Self| &mut s.cells.noise).brief(),
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
}
