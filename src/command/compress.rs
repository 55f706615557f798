//! `neocog compress`: a network in fewer bytes and operations, and what that costs.

use super::drive::write;
use super::evaluate::examples;
use super::preprocessing::{Preprocessing, weights_from};
use super::train::Where;
use super::{Failure, Report};
use crate::lab::NoMonitor;
use crate::lab::compress::{CompressBench, CompressedFile};
use crate::lab::device::{Device, MaybeGpu};
use crate::protocol::{
    CompressMethod, CompressNews, CompressRow, CompressTask, CompressedNetwork, FactorWay, LayerSensitivity,
};
use clap::Args;
use serde::Serialize;
use std::path::PathBuf;
use std::rc::Rc;

#[derive(Args)]
pub(super) struct Arguments {
    /// A file of weights, as `neocog classify` takes it.
    file: PathBuf,
    /// The network; without it, the one that the weights fit.
    #[arg(long)]
    model: Option<String>,
    #[command(flatten)]
    preprocessing: Preprocessing,
    #[arg(long, value_enum, default_value_t = Method::LowRank)]
    method: Method,
    /// Of `low-rank` the share of the network's operations; of `prune` and `share` the share of weights that stays.
    #[arg(long, default_value_t = CompressTask::default().budget, value_name = "SHARE")]
    budget: f64,
    /// Of `share`: each weight is one of two to the power of so many values.
    #[arg(long, default_value_t = CompressTask::default().bits, value_name = "BITS")]
    bits: u32,
    /// Of `low-rank`: how a convolution becomes two.
    #[arg(long, value_enum, default_value_t = Way::Best)]
    way: Way,
    /// Of training on the data afterwards; what was pruned stays zero.
    #[arg(long, default_value_t = 0)]
    epochs: u32,
    /// Of that training, to begin with.
    #[arg(long, default_value_t = CompressTask::default().rate)]
    rate: f64,
    #[arg(long, default_value_t = 1)]
    seed: u32,
    /// Files or folders with examples (MNIST's, CIFAR-10's or -100's, an .npz, pictures by class), or the name of a drawn set.
    #[arg(long, required = true, num_args = 1.., value_name = "PATH")]
    data: Vec<PathBuf>,
    /// Examples of the part for tests that are asked about; 0 for all.
    #[arg(long, default_value_t = 0, value_name = "N")]
    most: u32,
    /// Also the network by several methods and budgets.
    #[arg(long)]
    survey: bool,
    /// Also accuracy where one layer alone is compressed, more and more.
    #[arg(long)]
    sensitivity: bool,
    #[arg(long, value_enum, default_value_t = Where::Cpu)]
    device: Where,
    /// Where the compressed network goes.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The last line is one JSON object.
    #[arg(long)]
    json: bool,
}

spelled! {
    enum Method => CompressMethod {
        /// Each layer as two of a low rank.
        LowRank,
        /// Weights of small magnitude are zero.
        Prune,
        /// Weights of small magnitude are zero, and the others take few values.
        Share,
        /// Integers of 8 bits, a scale for each output channel.
        Int8,
        /// Integers of 4 bits, likewise.
        Int4,
    }
}

spelled! {
    enum Way => FactorWay {
        /// For each layer the one that loses less at the same number of operations.
        Best,
        /// Fewer filters, then 1 × 1.
        Channel,
        /// A column, then a row.
        Spatial,
    }
}

#[derive(Serialize)]
struct Told {
    made: CompressedNetwork,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    survey: Vec<CompressRow>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sensitivity: Vec<LayerSensitivity>,
}

pub(super) fn run(arguments: &Arguments, report: &mut Report<'_>) -> Result<(), Failure> {
    pollster::block_on(compress(arguments, report))
}

async fn compress(arguments: &Arguments, report: &mut Report<'_>) -> Result<(), Failure> {
    let Arguments { file, model, preprocessing, method, budget, bits, way, epochs, rate, seed, most, .. } = arguments;
    let weights = Rc::new(weights_from(file, model.as_deref(), preprocessing)?);
    let data = Rc::new(examples(&arguments.data, None)?);
    let device = match arguments.device {
        Where::Cpu => Device::Cpu,
        Where::Gpu => MaybeGpu::find().await.device().await?,
    };
    let task = CompressTask {
        method: (*method).into(),
        budget: *budget,
        bits: *bits,
        way: (*way).into(),
        epochs: *epochs,
        rate: *rate,
        seed: *seed,
        most: *most,
        ..CompressTask::default()
    };
    let watch = NoMonitor::default();
    let bench = CompressBench::new(&weights, data, *most, &device)?;
    let CompressedFile { about, bytes } = bench.make(&task, &watch).await?;
    report.line(HEAD)?;
    for row in [&about.before, &about.after] {
        report.line(&line_of(row, &about.before))?;
    }
    for layer in &about.layers {
        let split = match layer.rank {
            Some(rank) if layer.is_spatial => format!("a column and a row, {rank} between"),
            Some(rank) => format!("two layers, {rank} between"),
            None => format!("{:.1} % of the weights", 100.0 * layer.kept),
        };
        report.line(&format!(
            "  {:12} {:18} {split}; lost {:.2} %",
            layer.name,
            shape(&layer.shape),
            100.0 * layer.lost
        ))?;
    }
    for finding in &about.findings {
        let verdict = if finding.holds() { "holds" } else { "does not hold" };
        let (measured, limit) = (finding.measured, finding.limit);
        report.line(&format!("  {:?}: {measured:.2e}, at most {limit:.0e}, {verdict}", finding.fact))?;
    }
    if let Some(out) = &arguments.out {
        write(out, &bytes)?;
    }
    let mut survey = Vec::new();
    if arguments.survey {
        survey = bench.survey(&task, &watch, &|_| {}).await?.rows;
        report.line(HEAD)?;
        for row in &survey {
            report.line(&line_of(row, &survey[0]))?;
        }
    }
    let mut sensitivity = Vec::new();
    if arguments.sensitivity {
        sensitivity = bench.sense(&task, &watch, &|_: CompressNews| {}).await?;
        report.line("accuracy where one layer alone has so much left:")?;
        for layer in &sensitivity {
            let points = layer.points.iter().map(|[left, share]| format!("{left:.2}: {:.1} %", 100.0 * share));
            report.line(&format!("  {:12} {}", layer.name, points.collect::<Vec<_>>().join("  ")))?;
        }
    }
    if arguments.json { report.json(&Told { made: about, survey, sensitivity }) } else { Ok(()) }
}

const HEAD: &str = "method                      accuracy            parameters   operations        bytes         ms";

fn line_of(row: &CompressRow, before: &CompressRow) -> String {
    let CompressRow { method, budget, bits, epochs, accuracy, params, macs, bytes, millis } = row;
    let trained = if *epochs > 0 { format!(", {epochs} epochs") } else { String::new() };
    let name = match method {
        None => "as it was".to_owned(),
        Some(CompressMethod::LowRank) => format!("low rank, {budget}{trained}"),
        Some(CompressMethod::Prune) => format!("pruned to {budget}{trained}"),
        Some(CompressMethod::Share) => format!("pruned to {budget}, {bits} bits{trained}"),
        Some(CompressMethod::Int8) => format!("8-bit integers{trained}"),
        Some(CompressMethod::Int4) => format!("4-bit integers{trained}"),
    };
    let ratio = before.bytes as f64 / *bytes as f64;
    let share = 100.0 * accuracy.share();
    format!(
        "{name:26} {share:6.2} % of {:<6} {params:11} {macs:12} {bytes:10} 1/{ratio:<5.2} {millis:8.3}",
        accuracy.of
    )
}

fn shape(shape: &[usize]) -> String {
    shape.iter().map(usize::to_string).collect::<Vec<_>>().join(" × ")
}
