//! A run from where it stands to its end: progress and time left on a terminal, a line now and then, and a file beside the
//! result from which it goes on after an interrupt.

use super::{Failure, Report};
use crate::data::dataset::Part;
use crate::lab::FileBytes;
use crate::lab::device::{Device, MaybeGpu};
use crate::lab::train::{Classification, Saved, Trainer, WeightsFile};
use crate::lab::trainer::{Driver, Task, TrainingLoop};
use crate::lab::{LabError, NoMonitor};
use crate::protocol::{BackendChoice, BackendKind, BackendUsed, Why};
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

/// The run is saved this often.
const SAVE_MILLIS: f64 = 20_000.0;

/// What differs from command to command.
pub(super) trait Command {
    type Task: Task;

    /// One step.
    async fn step(&mut self, trainer: &mut Trainer<Self::Task>) -> Result<(), LabError> {
        trainer.advance()
    }

    /// What there is to say after a step, at so many steps a second.
    async fn line(&mut self, trainer: &mut Trainer<Self::Task>, speed: f64) -> Result<Option<String>, LabError>;

    /// The run as a file, where it can be taken up again.
    async fn file(&self, trainer: &Trainer<Self::Task>) -> Result<Option<Vec<u8>>, LabError>;
}

/// The file beside the result.
pub(super) fn run_file(out: &Path) -> PathBuf {
    out.with_added_extension("run")
}

/// To the end; returns the steps per second.
pub(super) async fn drive<C: Command>(
    command: C,
    trainer: &mut Trainer<C::Task>,
    gpu: &MaybeGpu,
    out: &Path,
    report: &mut Report<'_>,
) -> Result<f64, Failure> {
    let choice = match trainer.device().kind() {
        BackendKind::Cpu => BackendChoice::Cpu,
        BackendKind::Gpu => BackendChoice::Gpu,
    };
    let watch = NoMonitor::default();
    let mut driver = Driver::new(&watch, gpu, choice, trainer.device().used(Why::Chosen));
    driver.keep_every(SAVE_MILLIS);
    let first = trainer.step();
    let mut training = Driven { command, trainer, out, lines: report, watch: &watch, first, failure: None };
    driver.drive(&mut training).await??;
    Ok(training.speed())
}

struct Driven<'a, 'r, C: Command> {
    command: C,
    trainer: &'a mut Trainer<C::Task>,
    out: &'a Path,
    lines: &'a mut Report<'r>,
    watch: &'a NoMonitor,
    /// Steps that were done before.
    first: u32,
    failure: Option<Failure>,
}

impl<C: Command> Driven<'_, '_, C> {
    fn speed(&self) -> f64 {
        let seconds = (crate::lab::Monitor::now_millis(self.watch) / 1e3).max(1e-9);
        f64::from(self.trainer.step().saturating_sub(self.first)) / seconds
    }
}

impl<C: Command> TrainingLoop for Driven<'_, '_, C> {
    type End = Result<(), Failure>;

    fn step(&self) -> u32 {
        self.trainer.step()
    }

    async fn turn(&mut self) -> Result<Option<Self::End>, LabError> {
        if let Some(failure) = self.failure.take() {
            return Ok(Some(Err(failure)));
        }
        if self.trainer.step() >= self.trainer.steps() {
            return Ok(Some(Ok(())));
        }
        self.command.step(self.trainer).await?;
        let speed = self.speed();
        let said = self.command.line(self.trainer, speed).await?.map(|line| self.lines.line(&line));
        Ok(said.and_then(Result::err).map(Err))
    }

    async fn keep(&mut self) -> Result<(), LabError> {
        self.trainer.keep().await?;
        if let Some(bytes) = self.command.file(self.trainer).await? {
            self.failure = write(&run_file(self.out), &bytes).err();
        }
        Ok(())
    }

    async fn recover(&mut self, device: &Device) -> Result<(), LabError> {
        let lost = self.trainer.recover(device).await?;
        eprintln!("neocog: the GPU was lost; the run goes on after step {}, {lost} steps again", self.trainer.step());
        Ok(())
    }

    fn report(&mut self, _: &BackendUsed, _: f64) {
        if std::io::stderr().is_terminal() {
            let (step, steps, speed) = (self.trainer.step(), self.trainer.steps(), self.speed());
            progress(step, steps, speed, f64::from(steps - step) / speed);
        }
    }
}

/// A network that names what is in pictures: a line for each epoch.
pub(super) struct ByEpoch;

impl Command for ByEpoch {
    type Task = Classification;

    async fn line(&mut self, trainer: &mut Trainer, speed: f64) -> Result<Option<String>, LabError> {
        if !trainer.step().is_multiple_of(trainer.steps_per_epoch()) {
            return Ok(None);
        }
        let epoch = trainer.step() / trainer.steps_per_epoch();
        let Some(point) = trainer.point().await? else { return Ok(None) };
        let accuracy = f64::from(point.accuracy) * 100.0;
        let mut line = format!("epoch {epoch:3}  loss {:.4}  accuracy {accuracy:6.2} %", point.loss);
        if let Some(found) = trainer.measure(Part::Validation).await? {
            let accuracy = f64::from(found.accuracy) * 100.0;
            line += &format!("  validation: loss {:.4}, {accuracy:.2} %, {} errors", found.loss, found.errors);
        }
        Ok(Some(format!("{line}  ({speed:.1} steps/s)")))
    }

    async fn file(&self, trainer: &Trainer) -> Result<Option<Vec<u8>>, LabError> {
        Ok(Some(trainer.kept(true).await?.bytes("the run")?))
    }
}

/// [`drive`] from where an earlier run to `out` was interrupted.
pub(super) async fn drive_on(
    trainer: &mut Trainer,
    gpu: &MaybeGpu,
    out: &Path,
    report: &mut Report<'_>,
) -> Result<f64, Failure> {
    let file = run_file(out);
    if file.exists() {
        take_up(trainer, &file)?;
        report.line(&format!("going on after step {} of {}", trainer.step(), trainer.steps()))?;
    }
    drive(ByEpoch, trainer, gpu, out, report).await
}

/// Where the run in this file was saved.
pub(super) fn take_up(trainer: &mut Trainer, file: &Path) -> Result<(), Failure> {
    let name = file.display().to_string();
    Ok(trainer.go_on(Saved::read(&name, read(file)?)?.file())?)
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| Failure::Said(format!("{} cannot be read: {error}", path.display())))
}

/// A file that stays on its disk.
pub(super) fn open(path: &Path) -> Result<FileBytes, Failure> {
    let unread = |error| Failure::Said(format!("{} cannot be read: {error}", path.display()));
    // What is no plain file, such as a pipe, can be read only once.
    match path.metadata().is_ok_and(|about| about.is_file()) {
        true => FileBytes::open(path).map_err(unread),
        false => Ok(read(path)?.into()),
    }
}

/// Writes the result, and forgets what there was to go on from.
pub(super) fn finish(out: &Path, kept: &WeightsFile) -> Result<(), Failure> {
    write(out, &kept.bytes(&out.display().to_string())?)?;
    forget(out);
    Ok(())
}

/// What the file beside the result was for is done.
pub(super) fn forget(out: &Path) {
    let _ = std::fs::remove_file(run_file(out));
}

/// Whole or not at all: an interrupt may come while it is written.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let new = path.with_added_extension("new");
    std::fs::write(&new, bytes).and_then(|()| std::fs::rename(&new, path)).map_err(|error| {
        Failure::Said(format!("{} cannot be written: {error}; choose another place with --out", path.display()))
    })
}

/// A bar over the last line of a terminal.
fn progress(step: u32, steps: u32, speed: f64, seconds_left: f64) {
    const WIDTH: u32 = 30;
    let full = (u64::from(step) * u64::from(WIDTH) / u64::from(steps.max(1))) as usize;
    let bar: String = (0..WIDTH as usize).map(|k| if k < full { '█' } else { '·' }).collect();
    let (minutes, seconds) = (seconds_left as u64 / 60, seconds_left as u64 % 60);
    let mut err = std::io::stderr().lock();
    // A bar that cannot be drawn is no reason to stop.
    let _ = write!(err, "\r{bar} {step}/{steps}  {speed:.1} steps/s  {minutes}:{seconds:02} left \x1b[K");
    let _ = err.flush();
}
