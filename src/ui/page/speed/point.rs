//! A measured row as a point under the roofline, and which one the person looks at.

use crate::protocol::{BackendKind, DeviceTimes, TimedRow};
use crate::ui::number;

/// By its name; one device's, where that is known.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Chosen {
    pub(super) name: String,
    pub(super) kind: Option<BackendKind>,
}

impl Chosen {
    pub(super) fn is(&self, name: &str, kind: BackendKind) -> bool {
        self.name == name && self.kind.is_none_or(|own| own == kind)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Point {
    pub(super) kind: BackendKind,
    pub(super) is_layer: bool,
    pub(super) row: TimedRow,
}

/// Everything that computes; what only moves data has no place on a logarithmic axis.
pub(super) fn points_of(devices: &[DeviceTimes]) -> Vec<Point> {
    let of_device = |device: &DeviceTimes| {
        let kind = device.kind;
        let rows = device.rows.iter().map(|row| (false, row));
        let layers = device.layers.iter().flat_map(|times| &times.layers).map(|row| (true, row));
        let computing = rows.chain(layers).filter(|(_, row)| row.work.flops > 0 && row.gflops.is_finite());
        computing.map(|(is_layer, row)| Point { kind, is_layer, row: row.clone() }).collect::<Vec<_>>()
    };
    let mut points: Vec<Point> = devices.iter().flat_map(of_device).collect();
    points.sort_by(|a, b| a.row.work.intensity().total_cmp(&b.row.work.intensity()));
    points
}

/// The colour of a device: a class of the style sheet.
pub(super) fn colour_of(kind: BackendKind) -> &'static str {
    match kind {
        BackendKind::Gpu => "run-0",
        BackendKind::Cpu => "run-1",
    }
}

/// `58 %`, `0.4 %`
pub(super) fn share(value: f64) -> String {
    let percent = value * 100.0;
    if percent < 9.95 { format!("{percent:.1} %") } else { format!("{percent:.0} %") }
}

/// Milliseconds with three digits that matter: a layer may take a few microseconds.
pub(super) fn millis(value: f64) -> String {
    if value >= 1000.0 { format!("{value:.0}") } else { number::digits(value as f32) }
}
