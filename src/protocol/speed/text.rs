//! The figures as aligned Markdown: for a terminal, a report, a page of documentation.

use super::{Bound, DeviceTimes, Limits, StepClock, Timed, TimedRow};
use crate::protocol::BackendKind;

impl Timed {
    /// Each device with its limits, then its tables.
    pub fn markdown(&self) -> String {
        self.devices.iter().map(DeviceTimes::markdown).collect::<Vec<_>>().join("\n")
    }
}

impl DeviceTimes {
    fn markdown(&self) -> String {
        let kind = match self.kind {
            BackendKind::Cpu => "CPU",
            BackendKind::Gpu => "GPU",
        };
        let software = if self.software { ", a software adapter" } else { "" };
        let Limits { flops_per_second, bytes_per_second, dispatch_seconds } = self.limits;
        let mut text = format!(
            "{kind}: {}{software}. F {} GFLOP/s, B {} GB/s, t {} µs a dispatch.\n",
            self.name,
            figure(flops_per_second / 1e9),
            figure(bytes_per_second / 1e9),
            figure(dispatch_seconds * 1e6)
        );
        if !self.rows.is_empty() {
            text += &format!("\n{}", table(kind, &self.rows));
        }
        for refused in &self.refused {
            text += &format!("\n{}: {}\n", refused.name, refused.detail);
        }
        if let Some(layers) = &self.layers {
            let clock = match layers.clock {
                StepClock::Timestamps => "by the GPU's own clock",
                StepClock::Outside => "each step repeated and timed from outside",
            };
            let (sum, whole) = (layers.sum_millis(), layers.whole_millis);
            text += &format!("\n{}", table(&format!("layers of {}", layers.network), &layers.layers));
            text += &format!(
                "\n{} steps, {clock}: together {} ms, the whole run {} ms ({:.0} %).\n",
                layers.layers.len(),
                figure(sum),
                figure(whole),
                sum / whole * 100.0
            );
        }
        text
    }
}

/// Four digits that matter.
fn figure(value: f64) -> String {
    let digits = if value > 0.0 { value.log10().floor() as i32 } else { 0 };
    format!("{value:.*}", (3 - digits).clamp(0, 6) as usize)
}

fn table(title: &str, rows: &[TimedRow]) -> String {
    let heads = [title, "ms", "GFLOP/s", "of limit", "bound by"].map(str::to_owned);
    let cells = rows.iter().map(|row| {
        let bound = match row.bound {
            Bound::Compute => "F",
            Bound::Memory => "B",
            Bound::Dispatch => "t",
        };
        let share = format!("{:.1} %", row.share * 100.0);
        [row.name.clone(), figure(row.millis), figure(row.gflops), share, bound.to_owned()]
    });
    let lines: Vec<[String; 5]> = std::iter::once(heads).chain(cells).collect();
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; 5] = std::array::from_fn(width);
    let mut text = String::new();
    for (at, line) in lines.iter().enumerate() {
        let [name, rest @ ..] = line;
        text += &format!("| {name:<0$} |", widths[0]);
        for (cell, width) in rest.iter().zip(&widths[1..]) {
            text += &format!(" {cell:>width$} |");
        }
        text.push('\n');
        if at == 0 {
            text += &format!("|{}|", "-".repeat(widths[0] + 2));
            widths[1..].iter().for_each(|width| text += &format!("{}:|", "-".repeat(width + 1)));
            text.push('\n');
        }
    }
    text
}
