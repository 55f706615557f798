//! `neocog summary`: what a network is made of.

use super::{Failure, Report};
use crate::lab;
use crate::protocol::LayerTotals;
use clap::Args;

#[derive(Args)]
pub(super) struct Arguments {
    /// The network: `resnet18`, `squeezenet1_1`, `mobilenet_v1_075`, `cifar10_resnet20`, ….
    network: String,
    /// The whole as one JSON object.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments, report: &mut Report<'_>) -> Result<(), Failure> {
    let summary = lab::summarise(&arguments.network)?;
    if arguments.json {
        return report.json(&summary);
    }
    let width = summary.layers.iter().map(|layer| layer.name.len()).max().unwrap_or(0).max(5);
    report.line(&format!("{:width$}  {:12} {:>20} {:>12} {:>15}", "layer", "op", "output", "params", "macs"))?;
    for layer in &summary.layers {
        let shape = layer.shape.iter().map(usize::to_string).collect::<Vec<_>>().join("×");
        report.line(&format!(
            "{:width$}  {:12} {shape:>20} {:>12} {:>15}",
            layer.name,
            layer.op,
            grouped(layer.params),
            grouped(layer.macs)
        ))?;
    }
    let all = LayerTotals { layers: summary.layers.len() as u32, params: summary.params, macs: summary.macs };
    for (title, totals) in [("convolution", &summary.conv), ("fully connected", &summary.fc), ("all", &all)] {
        report.line(&format!(
            "{title}: {} layers, {} parameters, {} multiply-accumulates",
            totals.layers,
            grouped(totals.params),
            grouped(totals.macs)
        ))?;
    }
    Ok(())
}

/// Thousands apart: 1 235 496.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (k, digit) in digits.chars().enumerate() {
        if k > 0 && (digits.len() - k).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn thousands_stand_apart() {
        assert_eq!(
            ["7", "999", "1 000", "1 235 496"],
            [7, 999, 1000, 1_235_496].map(super::grouped).each_ref().map(String::as_str)
        );
    }
}
