//! `neocog distil`: the paper's experiment on MNIST in full: teacher, student alone, student distilled, and a student that has
//! never seen a 3.

mod folder;

use super::drive::{drive_on, finish, take_up};
use super::evaluate::examples;
use super::train::Where;
use super::{Failure, Report};
use crate::data::dataset::{Dataset, Part};
use crate::lab::NoMonitor;
use crate::lab::device::{Device, MaybeGpu};
use crate::lab::distil::{Answers, TransferSet, best, paper, with_validation};
use crate::lab::train::Trainer;
use crate::protocol::{BiasPoint, PUBLISHED};
use clap::Args;
use folder::DistilSettings;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Instant;

#[derive(Args)]
pub(super) struct Arguments {
    /// The folder with MNIST's four files.
    #[arg(long, value_name = "DIR")]
    mnist: PathBuf,
    /// Passes of the teacher over the training pictures.
    #[arg(long, default_value_t = 24)]
    epochs: u32,
    /// Passes of each student, alone or matching the teacher.
    #[arg(long, default_value_t = 20)]
    student_epochs: u32,
    #[arg(long, default_value_t = 1)]
    seed: u32,
    #[arg(long, value_enum, default_value_t = Where::Cpu)]
    device: Where,
    /// Where the four networks and the settings go; an interrupted experiment of the same settings goes on from what is there.
    #[arg(long, value_name = "DIR", default_value = "distilled")]
    out: PathBuf,
    /// The last line is one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Found {
    teacher: u32,
    plain: u32,
    distilled: u32,
    gap_closed: f64,
    without: BiasPoint,
    corrected: BiasPoint,
    of: usize,
    seconds: f64,
}

/// What all four have in common.
struct Experiment<'a> {
    device: Device,
    gpu: MaybeGpu,
    data: Rc<Dataset>,
    out: &'a Path,
}

pub(super) fn run(arguments: &Arguments, report: &mut Report<'_>) -> Result<(), Failure> {
    pollster::block_on(distil(arguments, report))
}

async fn distil(arguments: &Arguments, report: &mut Report<'_>) -> Result<(), Failure> {
    let start = Instant::now();
    let Arguments { mnist, epochs, student_epochs, seed, device, out, json } = arguments;
    let data = Rc::new(with_validation(examples(std::slice::from_ref(mnist), None)?));
    let (of, omitted) = (data.split.range(Part::Test).len(), paper::OMITTED);
    if of == 0 || omitted as usize >= data.classes.len() {
        return Err(Failure::Said(format!("{} has no test pictures of MNIST's ten classes", mnist.display())));
    }
    let settings = DistilSettings::new(*epochs, *student_epochs, *seed, device.choice(), &data);
    settings.claim(out)?;
    let (device, gpu) = device.device().await?;
    let experiment = Experiment { device, gpu, data: data.clone(), out };
    let mut teacher = Trainer::new(settings.teacher, data.clone(), &experiment.device).await?;
    let taught = experiment.trained("teacher", &mut teacher, report).await?;
    let knowledge = teacher.answers(Part::Train, &NoMonitor::default()).await?;
    drop(teacher);

    let mut plain = Trainer::new(settings.student.clone(), data.clone(), &experiment.device).await?;
    let plain = experiment.trained("plain", &mut plain, report).await?;

    let student = settings.student;
    let all = TransferSet::of(&data, None, None)?;
    let mut distilled =
        Trainer::student(student.clone(), all.data.clone(), &all.soft(&knowledge)?, paper::MIX, &experiment.device)
            .await?;
    let distilled = experiment.trained("distilled", &mut distilled, report).await?;

    let some = TransferSet::of(&data, None, Some(omitted))?;
    let mut without =
        Trainer::student(student, some.data.clone(), &some.soft(&knowledge)?, paper::MIX, &experiment.device).await?;
    let without = experiment.trained("without-3", &mut without, report).await?;

    let errors = |answers: &Answers| answers.at(omitted, 0.0).errors;
    let (teacher, plain, distilled) = (errors(&taught), errors(&plain), errors(&distilled));
    let gap_closed = f64::from(plain as i32 - distilled as i32) / f64::from((plain as i32 - teacher as i32).max(1));
    let curve = without.curve(omitted, 20.0, 200);
    let (before, after) = (without.at(omitted, 0.0), best(&curve).unwrap_or(without.at(omitted, 0.0)));
    let seconds = start.elapsed().as_secs_f64();
    let p = &PUBLISHED;
    for line in [
        format!("errors of {of} test pictures, here and in the paper:"),
        format!("teacher                {teacher:4}  {:4}", p.teacher),
        format!("student alone          {plain:4}  {:4}", p.plain),
        format!("student distilled      {distilled:4}  {:4}", p.distilled),
        format!("  of the gap between the two, closed: {:.0} %", gap_closed * 100.0),
        format!(
            "distilled without a 3  {:4}  {:4}, on 3s {} and {}",
            before.errors, p.without, before.of_class, p.without_of_class
        ),
        format!(
            "  bias of 3 + {:.1}     {:4}  {:4}, on 3s {} and {}",
            after.bias, after.errors, p.corrected, after.of_class, p.corrected_of_class
        ),
        format!("{seconds:.0} s"),
    ] {
        report.line(&line)?;
    }
    if *json {
        report.json(&Found {
            teacher,
            plain,
            distilled,
            gap_closed,
            without: before,
            corrected: after,
            of,
            seconds,
        })?;
    }
    Ok(())
}

impl Experiment<'_> {
    /// Trained to the end, or taken as it lies there finished; what it says of the test pictures.
    async fn trained(&self, name: &str, trainer: &mut Trainer, report: &mut Report<'_>) -> Result<Answers, Failure> {
        let (start, file) = (Instant::now(), self.out.join(format!("{name}.safetensors")));
        if file.exists() {
            take_up(trainer, &file)?;
        }
        report.line(&format!("{name}: {} parameters", trainer.network().totals().params))?;
        if trainer.step() < trainer.steps() {
            drive_on(trainer, &self.gpu, &file, report).await?;
            finish(&file, &trainer.kept(false).await?)?;
        }
        let logits = trainer.answers(Part::Test, &NoMonitor::default()).await?;
        let answers =
            Answers::new(logits, &self.data.labels[self.data.split.range(Part::Test)], self.data.classes.len());
        let errors = answers.at(paper::OMITTED, 0.0).errors;
        report.line(&format!("{name}: {errors} errors in {:.0} s", start.elapsed().as_secs_f64()))?;
        Ok(answers)
    }
}
