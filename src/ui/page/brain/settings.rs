//! What the page is set to.

use crate::protocol::{CellTask, DissimilarityKind, ExperimentId, GratingWindow, Interval, StreamTask};
use crate::ui::{Field, PageId, PageSettings};

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct BrainSettings {
    /// But for the backend.
    pub(super) stream: StreamTask,
    /// But for the network and the backend.
    pub(super) cells: CellTask,
    /// The channel whose unit is shown.
    pub(super) unit: Option<u32>,
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
    ];
}

choices! {
    GratingWindow {
        Full = ("full", words!(brain.cells_window_full)),
        Disc = ("disc", words!(brain.cells_window_disc)),
    }
    DissimilarityKind {
        Correlation = ("correlation", words!(brain.distance_correlation)),
        Euclidean = ("euclidean", words!(brain.distance_euclidean)),
    }
}
