//! `neocog classify`: the five best classes of each picture.

use super::pictures::{each_picture, picture};
use super::preprocessing::{Preprocessing, weights_from};
use super::train::Where;
use super::{Failure, Report};
use crate::lab::{Engine, NoMonitor, Weights};
use crate::protocol::{BackendChoice, Classified, Classify, Fit, GpuReport, Prediction};
use clap::Args;
use serde::Serialize;
use std::path::PathBuf;
use std::rc::Rc;

#[derive(Args)]
pub(super) struct Arguments {
    /// The network, `squeezenet1_1` for example; without it, the one that the weights fit.
    #[arg(long)]
    model: Option<String>,
    /// A .safetensors or PyTorch file with torchvision's or timm's tensor names, an .onnx file, or what `neocog train` wrote.
    #[arg(long, value_name = "FILE")]
    weights: PathBuf,
    #[command(flatten)]
    preprocessing: Preprocessing,
    /// How a picture becomes square.
    #[arg(long, value_enum, default_value_t = Resize::Crop)]
    resize: Resize,
    /// Where to run; without it, on a GPU that is no software adapter, else on the CPU.
    #[arg(long, value_enum)]
    device: Option<Where>,
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
    /// PNG, JPEG, WebP, GIF or BMP files.
    #[arg(required = true)]
    images: Vec<PathBuf>,
}

spelled! {
    pub(super) enum Resize => Fit {
        /// The whole picture, its proportions given up.
        Squash,
        /// The shorter side scaled, then the middle.
        Crop,
    }
}

#[derive(Serialize)]
struct Row<'a> {
    image: &'a str,
    top: Vec<Class<'a>>,
    /// Probably none of these, where the weights say when that is so.
    #[serde(skip_serializing_if = "Option::is_none")]
    unknown: Option<bool>,
    elapsed_ms: f64,
}

#[derive(Serialize)]
struct Class<'a> {
    index: u32,
    label: &'a str,
    probability: f32,
}

pub(super) fn run(arguments: &Arguments, report: &mut Report<'_>) -> Result<(), Failure> {
    let weights = weights_from(&arguments.weights, arguments.model.as_deref(), &arguments.preprocessing)?;
    let weights = Rc::new(weights);
    let mut engine = match arguments.device {
        Some(Where::Cpu) => Engine::without_gpu("the CPU was chosen"),
        Some(Where::Gpu) | None => pollster::block_on(Engine::start()),
    };
    let backend = match (arguments.device, engine.gpu().report()) {
        (Some(Where::Gpu), _) | (None, GpuReport::Here { software: false, .. }) => BackendChoice::Gpu,
        (Some(Where::Cpu), _) | (None, _) => BackendChoice::Cpu,
    };
    let fit = arguments.resize.into();
    let job = Classify { picture: 0, network: weights.network().id.clone(), fit, backend, top: 5 };
    let watch = NoMonitor::default();
    each_picture(&arguments.images, arguments.json, report, |path, report| {
        let image = path.display().to_string();
        let classified = pollster::block_on(engine.classify(&weights, &picture(path)?, &job, &watch))?;
        if arguments.json {
            report.json(&row(&image, &classified, &weights))
        } else {
            people(&image, &classified, report)
        }
    })
}

fn row<'a>(image: &'a str, classified: &'a Classified, weights: &Weights) -> Row<'a> {
    let class = |p: &'a Prediction| Class { index: p.index, label: &p.label, probability: p.probability };
    let unknown = weights.calibration().unknown_below.map(|_| classified.is_unknown);
    Row { image, top: classified.top.iter().map(class).collect(), unknown, elapsed_ms: classified.elapsed_ms }
}

fn people(image: &str, classified: &Classified, report: &mut Report<'_>) -> Result<(), Failure> {
    let place = match classified.backend.adapter.as_str() {
        "" => "CPU",
        adapter => adapter,
    };
    report.line(&format!("{image}  ({:.1} ms, {place})", classified.elapsed_ms))?;
    if classified.is_unknown {
        report.line("  probably none of these")?;
    }
    for p in &classified.top {
        report.line(&format!("  {:6.2} %  {:4}  {}", f64::from(p.probability) * 100.0, p.index, p.label))?;
    }
    Ok(())
}
