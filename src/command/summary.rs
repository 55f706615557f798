//! `neocog summary`: what networks are made of.

use super::{Failure, Report};
use crate::lab::{self, LabError};
use crate::models::{NamedLayer, Totals, networks, summarise};
use crate::protocol::LayerTotals;
use clap::Args;

#[derive(Args)]
pub(super) struct Arguments {
    /// The network: `resnet18`, `squeezenet1_1`, `mobilenet_v1_075`, `cifar10_resnet20`, ….
    #[arg(required_unless_present = "table")]
    network: Option<String>,
    /// All networks, one a line: convolutions, fully connected layers, and all together.
    #[arg(long, conflicts_with_all = ["network", "layers"])]
    table: bool,
    /// Every module by PyTorch's path, with what it sees of the picture.
    #[arg(long)]
    layers: bool,
    /// The whole as one JSON object.
    #[arg(long, conflicts_with_all = ["table", "layers"])]
    json: bool,
}

pub(super) fn run(arguments: &Arguments, report: &mut Report<'_>) -> Result<(), Failure> {
    match &arguments.network {
        None => table(report),
        Some(network) if arguments.layers => layers(network, report),
        Some(network) => whole(network, arguments.json, report),
    }
}

fn whole(network: &str, is_json: bool, report: &mut Report<'_>) -> Result<(), Failure> {
    let summary = lab::summarise(network)?;
    if is_json {
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

/// Layers, weights in millions and multiply-accumulates in millions of convolutions, of fully connected layers, of all.
fn table(report: &mut Report<'_>) -> Result<(), Failure> {
    let heads = ["convolutions", "fully connected", "all"].map(|head| format!("{head:>28}")).concat();
    report.line(&format!("{:26}{heads}", ""))?;
    let columns = format!("{:>8}{:>10}{:>10}", "layers", "M weights", "M ops").repeat(3);
    report.line(&format!("{:26}{columns}", ""))?;
    for network in networks() {
        let summary = summarise(&network).map_err(LabError::from)?;
        let millions = |count: u64| format!("{:>10.2}", count as f64 / 1e6);
        let totals = |of: Totals| format!("{:>8}{}{}", of.layers, millions(of.params), millions(of.macs));
        let totals = [summary.conv, summary.fc, summary.all].map(totals).concat();
        report.line(&format!("{:26}{totals}", network.title))?;
    }
    Ok(())
}

fn layers(network: &str, report: &mut Report<'_>) -> Result<(), Failure> {
    let unknown = || LabError::UnknownNetwork { network: network.to_owned() };
    let network = lab::find_network(network).ok_or_else(unknown)?;
    let layers = network.layers().map_err(LabError::from)?;
    let width = layers.iter().map(|layer| layer.name.len()).max().unwrap_or(0).max(5);
    report.line(&format!(
        "{:width$}  {:12} {:>16} {:>6} {:>6} {:>13} {:>15}",
        "layer", "kind", "output", "sees", "stride", "params", "macs"
    ))?;
    for NamedLayer { name, kind, shape, field, params, macs } in layers {
        let shape = shape.iter().map(usize::to_string).collect::<Vec<_>>().join("×");
        let [sees, stride] = match field {
            Some(field) => [field.size.to_string(), field.stride.to_string()],
            None => ["all".to_owned(), String::new()],
        };
        report.line(&format!(
            "{name:width$}  {kind:12} {shape:>16} {sees:>6} {stride:>6} {:>13} {:>15}",
            grouped(params),
            grouped(macs)
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
