//! `neocog caption`: trains a network that says what is in a picture, and counts how often it is right.

mod own;

use super::drive::{Command, drive, forget, read, run_file, write};
use super::train::Where;
use super::{Failure, Report};
use crate::data::scenes::SceneKind;
use crate::lab::LabError;
use crate::lab::caption::{Captioner, Captioning, Evaluation, SaveKind, SceneTrainer, saved, scene_config, scene_net};
use crate::lab::device::Device;
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};

#[derive(Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Train on scenes that the program draws. An interrupted run goes on when the same command is given again.
    Scenes(Scenes),
    /// Train on pictures and captions of one's own; prints BLEU on those kept for validation.
    Train(own::Arguments),
    /// Count the scenes that a trained network captions right to the word.
    Exam(Exam),
}

#[derive(Args)]
struct Scenes {
    /// Where the weights go. While training, FILE.run beside it holds what is needed to go on after an interrupt.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[arg(long, default_value_t = 6000)]
    steps: u32,
    #[arg(long, default_value_t = 64)]
    batch: u32,
    #[arg(long, default_value_t = 4e-3)]
    rate: f64,
    #[arg(long, default_value_t = 1)]
    seed: u32,
    #[arg(long, value_enum, default_value_t = Where::Cpu)]
    device: Where,
    /// Write the weights as 16-bit floats.
    #[arg(long)]
    half: bool,
}

#[derive(Args)]
struct Exam {
    #[arg(long, value_name = "FILE")]
    weights: PathBuf,
    /// Scenes with held-out combinations.
    #[arg(long, default_value_t = 2000)]
    scenes: u32,
}

/// A line of figures after so many steps.
const REPORT_EVERY: u32 = 250;
const EVALUATION_SCENES: u32 = 256;
const LAST_EVALUATION_SCENES: u32 = 2000;

pub(super) fn run(arguments: &Arguments, report: &mut Report<'_>) -> Result<(), Failure> {
    match &arguments.what {
        What::Scenes(arguments) => pollster::block_on(scenes(arguments, report)),
        What::Train(arguments) => pollster::block_on(own::run(arguments, report)),
        What::Exam(arguments) => pollster::block_on(exam(arguments, report)),
    }
}

async fn scenes(arguments: &Scenes, report: &mut Report<'_>) -> Result<(), Failure> {
    let (device, gpu) = arguments.device.device().await?;
    let mut config = scene_config(arguments.steps, arguments.seed);
    config.batch = arguments.batch;
    config.optimiser.rate = arguments.rate;
    let mut trainer = SceneTrainer::start(config, &device).await?;
    let file = run_file(&arguments.out);
    if file.exists() {
        take_up(&mut trainer, &file)?;
        report.line(&format!("going on after step {} of {}", trainer.step(), file.display()))?;
    }
    let (params, macs) = (trainer.params(), scene_net().macs(trainer.times()));
    let calls = trainer.dispatches();
    report
        .line(&format!("{params} parameters, {macs} multiply-accumulates per caption, {calls} kernel calls a step"))?;

    drive(Evaluated, &mut trainer, &gpu, &arguments.out, report).await?;
    let last = if arguments.half { SaveKind::Half } else { SaveKind::Weights };
    write(&arguments.out, &saved(&trainer, last, &arguments.out.display().to_string()).await?)?;
    forget(&arguments.out);
    evaluate_both(&mut trainer, LAST_EVALUATION_SCENES, report).await
}

/// A line of figures now and then.
struct Evaluated;

impl Command for Evaluated {
    type Task = Captioning<crate::lab::caption::Scenes>;

    async fn line(&mut self, trainer: &mut SceneTrainer, speed: f64) -> Result<Option<String>, LabError> {
        let step = trainer.step();
        if !step.is_multiple_of(REPORT_EVERY) {
            return Ok(None);
        }
        let losses = trainer.word_losses().await?;
        let mean = losses.iter().map(|(_, loss)| loss).sum::<f32>() / losses.len().max(1) as f32;
        let Evaluation { right, of } = trainer.evaluate(SceneKind::HeldOut, EVALUATION_SCENES).await?;
        Ok(Some(format!("step {step:6}  loss {mean:.4}  held out: {right} of {of} right  ({speed:.1} steps/s)")))
    }

    async fn file(&self, trainer: &SceneTrainer) -> Result<Option<Vec<u8>>, LabError> {
        saved(trainer, SaveKind::All, "the run").await.map(Some)
    }
}

fn take_up(trainer: &mut SceneTrainer, path: &Path) -> Result<(), Failure> {
    let kept = captioner(path)?;
    if (kept.steps, kept.seed) != (trainer.steps(), trainer.config().seed) {
        return Err(Failure::Said(format!(
            "{} is of a run of {} steps from seed {}; give the same, or delete it",
            path.display(),
            kept.steps,
            kept.seed
        )));
    }
    Ok(trainer.restore(kept.step, |name| kept.value(name))?)
}

fn captioner(path: &Path) -> Result<Captioner, Failure> {
    Ok(Captioner::parse(&path.display().to_string(), read(path)?)?)
}

async fn exam(arguments: &Exam, report: &mut Report<'_>) -> Result<(), Failure> {
    let kept = captioner(&arguments.weights)?;
    if kept.net != scene_net() {
        return Err(Failure::Said(format!("{} was not trained on scenes", arguments.weights.display())));
    }
    let mut trainer = SceneTrainer::from_captioner(&kept, &Device::Cpu).await?;
    evaluate_both(&mut trainer, arguments.scenes, report).await
}

async fn evaluate_both(trainer: &mut SceneTrainer, scenes: u32, report: &mut Report<'_>) -> Result<(), Failure> {
    for (kind, name) in [(SceneKind::Training, "known combinations"), (SceneKind::HeldOut, "held-out combinations")] {
        let Evaluation { right, of } = trainer.evaluate(kind, scenes).await?;
        let share = f64::from(right) / f64::from(of) * 100.0;
        report.line(&format!("{name}: {right} of {of} captions right to the word, {share:.2} %"))?;
    }
    Ok(())
}
