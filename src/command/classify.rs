//! `neocog classify`: the five best classes of each picture.

use super::{Failure, Report};
use crate::data::decode;
use crate::lab::{Engine, LabError, Unwatched, Weights, find_network};
use crate::protocol::{BackendChoice, Classified, Classify, Fit, GpuReport, Prediction};
use clap::{Args, ValueEnum};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::rc::Rc;

#[derive(Args)]
pub(super) struct Arguments {
    /// The network, `squeezenet1_1` for example; without it, the one that the weights fit.
    #[arg(long)]
    model: Option<String>,
    /// A safetensors file with torchvision's or timm's tensor names, or what `neocog train` wrote.
    #[arg(long, value_name = "FILE")]
    weights: PathBuf,
    /// How a picture becomes square.
    #[arg(long, value_enum, default_value_t = Resize::Crop)]
    resize: Resize,
    /// Where to run; without it, on a GPU that is no software adapter, else on the CPU.
    #[arg(long, value_enum)]
    device: Option<Device>,
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
    /// PNG, JPEG, WebP, GIF or BMP files.
    #[arg(required = true)]
    images: Vec<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Resize {
    /// The whole picture, its proportions given up.
    Squash,
    /// The shorter side scaled, then the middle.
    Crop,
}

#[derive(Clone, Copy, ValueEnum)]
enum Device {
    Gpu,
    Cpu,
}

#[derive(Serialize)]
struct Row<'a> {
    image: &'a str,
    top: Vec<Class<'a>>,
    elapsed_ms: f64,
}

#[derive(Serialize)]
struct Class<'a> {
    index: u32,
    label: &'a str,
    probability: f32,
}

#[derive(Serialize)]
struct Refused<'a> {
    image: &'a str,
    error: String,
}

pub(super) fn run(arguments: &Arguments, report: &mut Report<'_>) -> Result<(), Failure> {
    let weights = Rc::new(weights(arguments)?);
    let mut engine = match arguments.device {
        Some(Device::Cpu) => Engine::without_gpu("the CPU was chosen"),
        Some(Device::Gpu) | None => pollster::block_on(Engine::start()),
    };
    let backend = match (arguments.device, engine.gpu().report()) {
        (Some(Device::Gpu), _) | (None, GpuReport::Here { software: false, .. }) => BackendChoice::Gpu,
        (Some(Device::Cpu), _) | (None, _) => BackendChoice::Cpu,
    };
    let fit = match arguments.resize {
        Resize::Squash => Fit::Squash,
        Resize::Crop => Fit::Crop,
    };
    let job = Classify { picture: 0, network: weights.network().id.clone(), fit, backend, top: 5 };
    let watch = Unwatched::default();
    let mut refused = false;
    for path in &arguments.images {
        let image = path.display().to_string();
        let picture = read(path).and_then(|bytes| Ok(decode(&image, &bytes).map_err(LabError::from)?));
        let classified =
            picture.and_then(|picture| Ok(pollster::block_on(engine.classify(&weights, &picture, &job, &watch))?));
        match classified {
            Ok(classified) if arguments.json => report.json(&row(&image, &classified))?,
            Ok(classified) => people(&image, &classified, report)?,
            // One bad picture does not keep the others from being classified.
            Err(Failure::Said(error)) => {
                refused = true;
                if arguments.json {
                    report.json(&Refused { image: &image, error })?;
                } else {
                    eprintln!("neocog: {error}");
                }
            }
            Err(other) => return Err(other),
        }
    }
    if refused { Err(Failure::Reported) } else { Ok(()) }
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| Failure::Said(format!("{} cannot be read: {error}", path.display())))
}

fn weights(arguments: &Arguments) -> Result<Weights, Failure> {
    let network = match &arguments.model {
        Some(id) => match find_network(id) {
            Some(network) => Some(network),
            None => return Err(LabError::UnknownNetwork { network: id.clone() }.into()),
        },
        None => None,
    };
    let name = arguments.weights.display().to_string();
    let bytes = read(&arguments.weights)?;
    Ok(match network {
        Some(network) => Weights::from_bytes_as(network, &name, bytes)?,
        None => Weights::from_bytes(&name, bytes)?,
    })
}

fn row<'a>(image: &'a str, classified: &'a Classified) -> Row<'a> {
    let class = |p: &'a Prediction| Class { index: p.index, label: &p.label, probability: p.probability };
    Row { image, top: classified.top.iter().map(class).collect(), elapsed_ms: classified.elapsed_ms }
}

fn people(image: &str, classified: &Classified, report: &mut Report<'_>) -> Result<(), Failure> {
    let place = match classified.backend.adapter.as_str() {
        "" => "CPU",
        adapter => adapter,
    };
    report.line(&format!("{image}  ({:.1} ms, {place})", classified.elapsed_ms))?;
    for p in &classified.top {
        report.line(&format!("  {:6.2} %  {:4}  {}", f64::from(p.probability) * 100.0, p.index, p.label))?;
    }
    Ok(())
}
