//! A fact as a device measured it, beside what was expected: the same words on every page.

use crate::protocol::BackendKind;
use crate::ui::{live, number};
use leptos::prelude::*;

/// One measurement; `limit` is how far `measured` may be from `expected`.
#[derive(Clone, Copy)]
pub(crate) struct Measurement {
    pub(crate) backend: BackendKind,
    pub(crate) measured: f64,
    pub(crate) expected: f64,
    pub(crate) limit: f64,
}

impl Measurement {
    pub(crate) fn view(self) -> AnyView {
        let Self { backend, measured, expected, limit } = self;
        let device = match backend {
            BackendKind::Cpu => "CPU",
            BackendKind::Gpu => "GPU",
        };
        let near_one = expected == 1.0;
        let found = if near_one { format!("{measured:.6}") } else { shown(measured) };
        let expected = if near_one { "1".to_owned() } else { shown(expected) };
        view! {
            <span data-testid="finding" data-backend=device data-measured=measured.to_string()>
                {live::view(move || {
                    show!(
                        optimise.measured,
                        device = device.to_owned(),
                        found = found.clone(),
                        expected = expected.clone(),
                        limit = number::small(limit)
                    )
                })}
            </span>
        }
        .into_any()
    }
}

/// Counts as they are.
fn shown(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e6 { format!("{value}") } else { number::small(value) }
}
