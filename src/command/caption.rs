//! `neocog caption`: trains a network that says what is in a picture, and counts how often it is right.

mod own;

use super::train::Where;
use super::{Failure, Report};
use crate::data::scenes::Kind;
use crate::lab::caption::{Captioner, Keep, School, saved, scene_course};
use crate::lab::device::Device;
use clap::{Args, Subcommand};
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

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
/// The run is saved this often.
const SAVE_EVERY: Duration = Duration::from_secs(20);
const EXAM_SCENES: u32 = 256;
const LAST_EXAM_SCENES: u32 = 2000;

pub(super) fn run(arguments: &Arguments, report: &mut Report<'_>) -> Result<(), Failure> {
    match &arguments.what {
        What::Scenes(arguments) => pollster::block_on(scenes(arguments, report)),
        What::Train(arguments) => pollster::block_on(own::run(arguments, report)),
        What::Exam(arguments) => pollster::block_on(exam(arguments, report)),
    }
}

async fn scenes(arguments: &Scenes, report: &mut Report<'_>) -> Result<(), Failure> {
    let device = arguments.device.device().await?;
    let mut course = scene_course(arguments.steps, arguments.seed);
    course.batch = arguments.batch;
    course.optimiser.rate = arguments.rate;
    let mut school = School::new(course, &device).await?;
    let run_file = arguments.out.with_added_extension("run");
    if run_file.exists() {
        take_up(&mut school, &run_file)?;
        report.line(&format!("going on after step {} of {}", school.trainer().step(), run_file.display()))?;
    }
    let (params, macs) = (school.trainer().params(), School::net().macs(school.trainer().times()));
    let calls = school.trainer().dispatches();
    report
        .line(&format!("{params} parameters, {macs} multiply-accumulates per caption, {calls} kernel calls a step"))?;

    let (first, start) = (school.trainer().step(), Instant::now());
    let (mut saved_at, mut losses) = (start, Vec::new());
    while school.trainer().step() < arguments.steps {
        let step = school.trainer().step() + 1;
        losses.extend(school.advance(step.is_multiple_of(10)).await?);
        let speed = f64::from(step - first) / start.elapsed().as_secs_f64();
        if std::io::stderr().is_terminal() && step.is_multiple_of(10) {
            let left = f64::from(arguments.steps - step) / speed;
            // A line that cannot be drawn is no reason to stop.
            let _ = write!(std::io::stderr(), "\r{step}/{}  {left:.0} s left \x1b[K", arguments.steps);
        }
        if step.is_multiple_of(REPORT_EVERY) {
            let mean = losses.iter().sum::<f32>() / losses.len().max(1) as f32;
            losses.clear();
            let exam = school.exam(Kind::HeldOut, EXAM_SCENES).await?;
            report.line(&format!(
                "step {step:6}  loss {mean:.4}  held out: {} of {} right  ({speed:.1} steps/s)",
                exam.right, exam.of
            ))?;
        }
        if saved_at.elapsed() > SAVE_EVERY {
            keep(&school, Keep::All, &run_file).await?;
            saved_at = Instant::now();
        }
    }
    let last = if arguments.half { Keep::Half } else { Keep::Weights };
    keep(&school, last, &arguments.out).await?;
    if run_file.exists() {
        // What it was for is done.
        let _ = std::fs::remove_file(&run_file);
    }
    for (kind, name) in [(Kind::Training, "known combinations"), (Kind::HeldOut, "held-out combinations")] {
        let exam = school.exam(kind, LAST_EXAM_SCENES).await?;
        let share = f64::from(exam.right) / f64::from(exam.of) * 100.0;
        report.line(&format!("{name}: {} of {} captions right to the word, {share:.2} %", exam.right, exam.of))?;
    }
    Ok(())
}

fn take_up(school: &mut School, path: &Path) -> Result<(), Failure> {
    let kept = captioner(path)?;
    let trainer = school.trainer_mut();
    let course = trainer.course();
    if (kept.steps, kept.seed) != (course.steps, course.seed) {
        return Err(Failure::Said(format!(
            "{} is of a run of {} steps from seed {}; give the same, or delete it",
            path.display(),
            kept.steps,
            kept.seed
        )));
    }
    Ok(trainer.restore(kept.step, |name| kept.value(name))?)
}

/// Whole or not at all: an interrupt may come while it is written.
async fn keep(school: &School, keep: Keep, path: &Path) -> Result<(), Failure> {
    let name = path.display().to_string();
    let bytes = saved(school.trainer(), keep, &name).await?;
    let new = path.with_added_extension("new");
    std::fs::write(&new, bytes)
        .and_then(|()| std::fs::rename(&new, path))
        .map_err(|error| Failure::Said(format!("{name} cannot be written: {error}; choose another place with --out")))
}

fn captioner(path: &Path) -> Result<Captioner, Failure> {
    let name = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|error| Failure::Said(format!("{name} cannot be read: {error}")))?;
    Ok(Captioner::parse(&name, bytes)?)
}

async fn exam(arguments: &Exam, report: &mut Report<'_>) -> Result<(), Failure> {
    let kept = captioner(&arguments.weights)?;
    if kept.net != School::net() {
        return Err(Failure::Said(format!("{} was not trained on scenes", arguments.weights.display())));
    }
    let mut school = School::of(&kept, &Device::Cpu).await?;
    for (kind, name) in [(Kind::Training, "known combinations"), (Kind::HeldOut, "held-out combinations")] {
        let exam = school.exam(kind, arguments.scenes).await?;
        let share = f64::from(exam.right) / f64::from(exam.of) * 100.0;
        report.line(&format!("{name}: {} of {} captions right to the word, {share:.2} %", exam.right, exam.of))?;
    }
    Ok(())
}
