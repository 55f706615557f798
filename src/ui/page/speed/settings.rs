//! What the page is set to: which rows, whose layers, how many samples of which length.

use crate::protocol::{BackendChoice, ExperimentId, Interval, Sampling, Speed};
use crate::ui::{Choice, Field, PageId, PageSettings, app};
use leptos::prelude::With;

#[derive(Clone, Debug, PartialEq)]
pub(super) struct SpeedSettings {
    /// Rows of the table of workloads by a part of their names; an empty one is all of them.
    pub(super) rows: Option<String>,
    /// The network that is taken apart.
    pub(super) layers: Option<String>,
    pub(super) sampling: Sampling,
    /// What is measured, whatever the rest of the laboratory computes on; the same where not given.
    pub(super) device: Option<BackendChoice>,
}

impl Default for SpeedSettings {
    fn default() -> Self {
        Self {
            rows: Some(String::new()),
            layers: Some("squeezenet1_1".to_owned()),
            sampling: Sampling::default(),
            device: None,
        }
    }
}

const MILLIS: Interval = Interval::real(1.0, 1000.0);
/// Neither rows nor layers; an empty text would be all rows.
pub(super) const NONE: &str = "none";

impl PageSettings for SpeedSettings {
    const PAGE: PageId = PageId::Experiment(ExperimentId::Speed);
    const FIELDS: &'static [Field<Self>] = &[
        Field::text("rows", |s| Some(text(&s.rows)), |s, text| s.rows = some(text)),
        Field::text("layers", |s| Some(text(&s.layers)), |s, text| s.layers = some(text)),
        Field::whole("samples", words!(speed.samples), Sampling::SAMPLES, |s| &mut s.sampling.samples),
        Field::text("device", |s| Some(s.device?.key().to_owned()), |s, key| s.device = BackendChoice::from_key(key)),
        Field::real("millis", words!(speed.sample_millis), MILLIS, |s| &mut s.sampling.sample_millis),
    ];
}

impl SpeedSettings {
    pub(super) fn device(&self) -> BackendChoice {
        self.device.unwrap_or_else(|| app().route.with(|route| route.backend))
    }

    pub(super) fn job(self) -> Speed {
        let backend = self.device();
        let Self { rows, layers, sampling, .. } = self;
        Speed { backend, rows, layers, sampling }
    }
}

/// As the address has it.
pub(super) fn text(part: &Option<String>) -> String {
    part.as_deref().unwrap_or(NONE).to_owned()
}

pub(super) fn some(text: &str) -> Option<String> {
    (text != NONE).then(|| text.to_owned())
}
