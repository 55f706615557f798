//! What the page is set to.

use crate::protocol::{DissimilarityKind, ExperimentId, Interval, StreamTask};
use crate::ui::{Field, PageId, PageSettings};

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct BrainSettings {
    /// But for the backend.
    pub(super) stream: StreamTask,
}

impl PageSettings for BrainSettings {
    const PAGE: PageId = PageId::Experiment(ExperimentId::Brain);
    const FIELDS: &'static [Field<Self>] = &[
        Field::whole("each", words!(brain.each), StreamTask::EACH, |s: &mut Self| &mut s.stream.each),
        Field::whole("seed", words!(train.seed), Interval::SEED, |s: &mut Self| &mut s.stream.seed),
        choice!(DissimilarityKind, "distance", words!(brain.distance), stream.distance).id("brain-distance"),
    ];
}

choices! {
    DissimilarityKind {
        Correlation = ("correlation", words!(brain.distance_correlation)),
        Euclidean = ("euclidean", words!(brain.distance_euclidean)),
    }
}
