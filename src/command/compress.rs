//! `neocog compress`: a network in fewer bytes and operations, and what that costs.

use super::drive::write;
use super::evaluate::examples;
use super::preprocessing::{Preprocessing, weights_from};
use super::train::Where;
use super::{Failure, Report};
use crate::lab::NoMonitor;
use crate::lab::compress::{CompressBench, CompressedFile};
use crate::protocol::{
    ActivationRange, ChannelScore, CompressCost, CompressMethod, CompressNews, CompressRow, CompressTask,
    CompressedNetwork, FactorWay, LayerAllocation, LayerSensitivity, LayerShare,
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
    /// Of `low-rank` and `channels` the share of the network's operations; of `prune` and `share` the share of weights that stays; of
    /// `predict` the share that is known.
    #[arg(long, default_value_t = CompressTask::default().budget, value_name = "SHARE")]
    budget: f64,
    /// Of `share`: each weight is one of two to the power of so many values.
    #[arg(long, default_value_t = CompressTask::default().bits, value_name = "BITS")]
    bits: u32,
    /// Of `low-rank`: how a convolution becomes two.
    #[arg(long, value_enum, default_value_t = Way::Best)]
    way: Way,
    /// Of `channels`: by what they are said to matter.
    #[arg(long, value_enum, default_value_t = Score::Magnitude)]
    score: Score,
    /// What the original's answers weigh in training afterwards, beside the labels: 0 to 1.
    #[arg(long, default_value_t = 0.0, value_name = "SHARE")]
    teacher: f64,
    /// Of `prune` and `share`: how often some weights go and the others learn; the epochs are divided among the rounds.
    #[arg(long, default_value_t = 1)]
    rounds: u32,
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
    /// Of `int8` and `int4`: activations too, with ranges from pictures of the part for training.
    #[arg(long, value_enum, default_value_t = Activations::Float)]
    activations: Activations,
    /// Of `int8` and `int4`: biases make up for what rounding weights moved.
    #[arg(long)]
    correct: bool,
    /// So much of one layer is left, instead of the budget, as often as there are layers; others stay as they are.
    #[arg(long = "layer", value_name = "NAME=SHARE", value_parser = layer_share)]
    layers: Vec<LayerShare>,
    /// Gives each layer its own budget: measures what each alone costs, and leaves `--budget` of the network's bytes, operations or
    /// milliseconds.
    #[arg(long, value_enum, conflicts_with = "layers")]
    allocate: Option<Counted>,
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
        /// Whole channels go, with all that is linked to them.
        Channels,
        /// Weights of fully connected layers that look at places follow from a part of them.
        Predict,
        /// Integers of 8 bits, a scale for each output channel.
        Int8,
        /// Integers of 4 bits, likewise.
        Int4,
    }
}

spelled! {
    enum Activations => ActivationRange {
        /// They stay floats.
        Float,
        /// All that was seen.
        Extent,
        /// A thousandth on either side is left out.
        Percentile,
        /// The least squared error.
        Error,
    }
}

spelled! {
    enum Counted => CompressCost {
        /// Of the whole file.
        Bytes,
        /// Multiply-accumulates.
        Operations,
        /// For a picture on this device, as measured.
        Millis,
    }
}

fn layer_share(text: &str) -> Result<LayerShare, String> {
    let both = text.split_once('=').and_then(|(name, share)| Some((name.to_owned(), share.parse().ok()?)));
    both.map(|(name, share)| LayerShare { name, share }).ok_or_else(|| "write a layer and a share, as 0=0.5".to_owned())
}

spelled! {
    enum Score => ChannelScore {
        /// The norms of their filters, over the mean of their layer's.
        Magnitude,
        /// The scales of their batch norms.
        BatchNorm,
        /// The change of the loss without them, to the first order.
        Taylor,
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
    let Arguments { score, teacher, .. } = arguments;
    let weights = Rc::new(weights_from(file, model.as_deref(), preprocessing)?);
    let data = Rc::new(examples(&arguments.data, None)?);
    let (device, _) = arguments.device.device().await?;
    let mut task = CompressTask {
        method: (*method).into(),
        budget: *budget,
        bits: *bits,
        way: (*way).into(),
        epochs: *epochs,
        rate: *rate,
        score: (*score).into(),
        teacher: *teacher,
        layers: arguments.layers.clone(),
        activations: arguments.activations.into(),
        is_corrected: arguments.correct,
        seed: *seed,
        most: *most,
        rounds: arguments.rounds,
        ..CompressTask::default()
    };
    let watch = NoMonitor::default();
    let bench = CompressBench::new(&weights, data, *most, &device)?;
    if let Some(cost) = arguments.allocate {
        (task.goal, task.cost) = (*budget, cost.into());
        let LayerAllocation { layers, left, lost } = bench.allocate(&task, &watch, &|_| {}).await?;
        let told: Vec<String> = layers.iter().map(|layer| format!("{}: {}", layer.name, layer.share)).collect();
        report.line(&format!("left of each layer: {}", told.join("  ")))?;
        report.line(&format!(
            "alone, these leave {:.1} % and lose {:.1} points together",
            100.0 * left,
            100.0 * lost
        ))?;
        task.layers = layers;
    }
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
    let CompressRow {
        method,
        budget,
        bits,
        epochs,
        rounds,
        is_by_layer,
        is_rounded,
        is_corrected,
        accuracy,
        params,
        macs,
        bytes,
        millis,
    } = row;
    let rounded = if *is_rounded { ", activations too" } else { "" };
    let corrected = if *is_corrected { ", corrected" } else { "" };
    let trained = match (*epochs, *rounds) {
        (0, _) => String::new(),
        (epochs, 0 | 1) => format!(", {epochs} epochs"),
        (epochs, rounds) => format!(", {epochs} epochs in {rounds} rounds"),
    };
    let by_layer = |what: &str| format!("{what}, by layer{trained}");
    let name = match method {
        Some(CompressMethod::LowRank) if *is_by_layer => by_layer("low rank"),
        Some(CompressMethod::Prune) if *is_by_layer => by_layer("pruned"),
        Some(CompressMethod::Share) if *is_by_layer => by_layer("pruned, shared"),
        Some(CompressMethod::Channels) if *is_by_layer => by_layer("channels"),
        Some(CompressMethod::Predict) if *is_by_layer => by_layer("predicted"),
        Some(CompressMethod::Int8 | CompressMethod::Int4) if *is_by_layer => by_layer("integers"),
        None => "as it was".to_owned(),
        Some(CompressMethod::LowRank) => format!("low rank, {budget}{trained}"),
        Some(CompressMethod::Prune) => format!("pruned to {budget}{trained}"),
        Some(CompressMethod::Share) => format!("pruned to {budget}, {bits} bits{trained}"),
        Some(CompressMethod::Channels) => format!("channels, {budget}{trained}"),
        Some(CompressMethod::Predict) => format!("{budget} known{trained}"),
        Some(CompressMethod::Int8) => format!("8-bit integers{rounded}{corrected}{trained}"),
        Some(CompressMethod::Int4) => format!("4-bit integers{rounded}{corrected}{trained}"),
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
