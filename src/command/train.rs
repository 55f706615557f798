//! `neocog train`: a network from a text and examples from files to a file of weights.

use super::drive::{drive_on, finish};
use super::evaluate::examples;
use super::{Failure, Report};
use crate::data::dataset::Part;
use crate::lab::device::{Device, MaybeGpu};
use crate::lab::train::Trainer;
use crate::models::spec::preset::Preset;
use crate::protocol::{Augment, BackendChoice, DataChoice, Loss, Optimiser, Rule, Schedule, ScheduleKind, Setup};
use clap::{Args, ValueEnum};
use serde::Serialize;
use std::path::{Path, PathBuf};

#[derive(Args)]
pub(super) struct Arguments {
    /// A file with one layer per line, or the name of a preset: digits, photos, lenet5, resnet20, …
    spec: String,
    /// Files or folders with examples (MNIST's, CIFAR-10's, an .npz, pictures by class), or the name of a drawn set: digits,
    /// shapes, spirals, …
    #[arg(long, required = true, num_args = 1.., value_name = "PATH")]
    data: Vec<PathBuf>,
    /// Where the weights go. While training, FILE.run beside it holds what is needed to go on after an interrupt.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[arg(long, value_enum, default_value_t = Optimise::Adamw)]
    optimiser: Optimise,
    #[arg(long, default_value_t = 1e-3)]
    rate: f64,
    #[arg(long, default_value_t = 0.9)]
    momentum: f64,
    #[arg(long, default_value_t = 0.0)]
    weight_decay: f64,
    /// Largest norm of the gradient; 0 does not clip.
    #[arg(long, default_value_t = 0.0)]
    clip: f64,
    /// Largest norm of the weights into one unit, held after each step; 0 does not bound it.
    #[arg(long, default_value_t = 0.0, value_name = "NORM")]
    max_norm: f64,
    #[arg(long, value_enum, default_value_t = Shape::Cosine)]
    schedule: Shape,
    /// With `--schedule step`: the learning rate changes after every so many epochs.
    #[arg(long, default_value_t = 10, value_name = "N")]
    step_epochs: u32,
    /// With `--schedule step`: what the learning rate is multiplied with.
    #[arg(long, default_value_t = 0.1, value_name = "F")]
    step_factor: f64,
    /// Steps in which the learning rate climbs from nothing.
    #[arg(long, default_value_t = 0)]
    warmup: u32,
    #[arg(long, default_value_t = 0.0)]
    label_smoothing: f64,
    #[arg(long, default_value_t = 10)]
    epochs: u32,
    #[arg(long, default_value_t = 64)]
    batch: u32,
    #[arg(long, default_value_t = 1)]
    seed: u32,
    /// Shift training pictures by up to so many pixels.
    #[arg(long, default_value_t = 0)]
    shift: u32,
    /// Mirror every second training picture.
    #[arg(long)]
    flip: bool,
    /// Bend training pictures: no pixel moves further than this along either axis.
    #[arg(long, default_value_t = 0.0, value_name = "PIXELS")]
    elastic: f32,
    #[arg(long, value_enum, default_value_t = Where::Cpu)]
    device: Where,
    /// Write the weights as 16-bit floats.
    #[arg(long)]
    half: bool,
    /// The last line is one JSON object.
    #[arg(long)]
    json: bool,
}

spelled! { enum Optimise => Rule { Sgd, Momentum, Nesterov, Adagrad, Rmsprop, Adam, Adamw } }

#[derive(Clone, Copy, ValueEnum)]
enum Shape {
    Constant,
    Step,
    Cosine,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub(super) enum Where {
    Gpu,
    Cpu,
}

impl Where {
    /// With the GPU to go on with where that one is lost.
    pub(super) async fn device(self) -> Result<(Device, MaybeGpu), Failure> {
        Ok(match self {
            Self::Cpu => (Device::Cpu, MaybeGpu::none("the CPU was chosen")),
            Self::Gpu => {
                let gpu = MaybeGpu::find().await;
                (gpu.device().await?, gpu)
            }
        })
    }

    pub(super) fn choice(self) -> BackendChoice {
        match self {
            Self::Cpu => BackendChoice::Cpu,
            Self::Gpu => BackendChoice::Gpu,
        }
    }
}

#[derive(Serialize)]
struct Found {
    test_accuracy: f64,
    test_errors: u32,
    steps: u32,
    steps_per_second: f64,
}

fn setup(arguments: &Arguments) -> Result<Setup, Failure> {
    let path = Path::new(&arguments.spec);
    let network = match Preset::find(&arguments.spec) {
        Some(preset) if !path.exists() => preset.text.to_owned(),
        _ => std::fs::read_to_string(path).map_err(|error| {
            Failure::Said(format!("{} is no preset and cannot be read as a file: {error}", arguments.spec))
        })?,
    };
    let rule = arguments.optimiser.into();
    let (rate, momentum) = (arguments.rate, arguments.momentum);
    let kind = match arguments.schedule {
        Shape::Constant => ScheduleKind::Constant,
        Shape::Step => ScheduleKind::Step { every_epochs: arguments.step_epochs, factor: arguments.step_factor },
        Shape::Cosine => ScheduleKind::Cosine,
    };
    Ok(Setup {
        network,
        optimiser: Optimiser {
            rule,
            rate,
            momentum,
            weight_decay: arguments.weight_decay,
            clip: arguments.clip,
            max_norm: arguments.max_norm,
            ..Optimiser::default()
        },
        schedule: Schedule { kind, warmup_steps: arguments.warmup },
        data: DataChoice { set: named(&arguments.data), ..DataChoice::default() },
        loss: Loss::CrossEntropy,
        label_smoothing: arguments.label_smoothing,
        batch: arguments.batch,
        epochs: arguments.epochs,
        seed: arguments.seed,
        augment: Augment { shift: arguments.shift, flip: arguments.flip, elastic: arguments.elastic },
        backend: arguments.device.choice(),
    })
}

/// The last parts of the paths: a folder may have been moved when the run goes on.
fn named(paths: &[PathBuf]) -> String {
    let last = |path: &PathBuf| path.file_name().map(|name| name.to_string_lossy().into_owned());
    paths.iter().filter_map(last).collect::<Vec<_>>().join(" ")
}

pub(super) fn run(arguments: &Arguments, report: &mut Report<'_>) -> Result<(), Failure> {
    pollster::block_on(train(arguments, report))
}

async fn train(arguments: &Arguments, report: &mut Report<'_>) -> Result<(), Failure> {
    let setup = setup(arguments)?;
    let data = examples(&arguments.data, None)?;
    let (device, gpu) = arguments.device.device().await?;
    let parts = Part::ALL.map(|part| data.split.range(part).len());
    let mut trainer = Trainer::new(setup, data, &device).await?;
    let totals = trainer.network().totals();
    report.line(&format!(
        "{} parameters, {} multiply-accumulates a picture; {} examples for training, {} for validation, {} for test",
        totals.params, totals.macs, parts[0], parts[1], parts[2]
    ))?;

    let steps_per_second = drive_on(&mut trainer, &gpu, &arguments.out, report).await?;
    let mut kept = trainer.kept(false).await?;
    if arguments.half {
        kept = kept.halved()?;
    }
    finish(&arguments.out, &kept)?;
    let tested = trainer.measure(Part::Test).await?;
    let (test_errors, of) = tested.map_or((0, 0), |tested| (tested.errors, tested.of));
    let test_accuracy = if of == 0 { 0.0 } else { 1.0 - f64::from(test_errors) / f64::from(of) };
    report.line(&format!("test: {test_errors} errors of {of}, accuracy {:.2} %", test_accuracy * 100.0))?;
    if arguments.json {
        report.json(&Found { test_accuracy, test_errors, steps: trainer.steps(), steps_per_second })?;
    }
    Ok(())
}
