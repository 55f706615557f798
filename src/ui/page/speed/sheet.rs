//! The Speed page in the address: which rows, whose layers, how many samples of which length.

use crate::protocol::{ExperimentId, Sampling, Speed};
use crate::ui::desk::Desk;
use crate::ui::page::PageId;
use crate::ui::place::{Sheet, real, whole};
use leptos::prelude::{Get, Memo};
use web_sys::UrlSearchParams;

/// Neither rows nor layers; an empty text would be all rows.
const NONE: &str = "none";
/// What is taken apart unless another is chosen.
const USUAL_NETWORK: &str = "squeezenet1_1";

impl Sheet for Speed {
    const PAGE: PageId = PageId::Experiment(ExperimentId::Speed);

    fn read(params: &UrlSearchParams) -> Option<Speed> {
        let usual = Sampling::default();
        let some = |name: &str, otherwise: &str| {
            let text = params.get(name).unwrap_or_else(|| otherwise.to_owned());
            (text != NONE).then_some(text)
        };
        Some(Speed {
            backend: Speed::default().backend,
            rows: some("rows", ""),
            layers: some("layers", USUAL_NETWORK),
            sampling: Sampling {
                samples: whole(params, "samples", usual.samples).clamp(1, 100),
                sample_millis: real(params, "millis", usual.sample_millis).clamp(1.0, 1000.0),
            },
        })
    }

    fn write(&self, params: &UrlSearchParams) {
        let Speed { backend: _, rows, layers, sampling } = self;
        let text = |name: &str, text: &Option<String>| params.append(name, text.as_deref().unwrap_or(NONE));
        text("rows", rows);
        text("layers", layers);
        params.append("samples", &sampling.samples.to_string());
        params.append("millis", &sampling.sample_millis.to_string());
    }
}

/// What is to be measured, on the devices that the place names.
pub(super) fn job_of(desk: Desk) -> Memo<Speed> {
    Memo::new(move |_| {
        let place = desk.place.get();
        Speed { backend: place.backend, ..place.sheet().unwrap_or_else(usual) }
    })
}

pub(super) fn change(desk: Desk, change: impl FnOnce(&mut Speed)) {
    desk.go(|place| {
        let mut job = place.sheet().unwrap_or_else(usual);
        change(&mut job);
        place.set_sheet(&job);
    });
}

/// As an address that says nothing would have it.
fn usual() -> Speed {
    Speed { layers: Some(USUAL_NETWORK.to_owned()), ..Speed::default() }
}
