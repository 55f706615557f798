//! A run from where it stands to its end: progress and time left on a terminal, a line for each epoch, and a file beside the
//! result from which it goes on after an interrupt.

use super::{Failure, Report};
use crate::data::dataset::Part;
use crate::lab::train::{Kept, Saved, Trainer};
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The run is saved this often.
const SAVE_EVERY: Duration = Duration::from_secs(20);

fn run_file(out: &Path) -> PathBuf {
    out.with_added_extension("run")
}

/// Goes on where an earlier run to `out` was interrupted, and on to the end; returns the steps per second.
pub(super) async fn drive(trainer: &mut Trainer, out: &Path, report: &mut Report<'_>) -> Result<f64, Failure> {
    let run_file = run_file(out);
    if run_file.exists() {
        take_up(trainer, &run_file)?;
        report.line(&format!("going on after step {} of {}", trainer.step(), trainer.steps()))?;
    }
    let (start, first) = (Instant::now(), trainer.step());
    let mut saved = start;
    let live = std::io::stderr().is_terminal();
    while trainer.step() < trainer.steps() {
        trainer.advance()?;
        let done = trainer.step() - first;
        let speed = f64::from(done) / start.elapsed().as_secs_f64();
        if live && done.is_multiple_of(10) {
            let left = f64::from(trainer.steps() - trainer.step()) / speed;
            progress(trainer.step(), trainer.steps(), speed, left);
        }
        let epoch_ends = trainer.step().is_multiple_of(trainer.steps_per_epoch());
        if epoch_ends {
            let epoch = trainer.step() / trainer.steps_per_epoch();
            if let Some(point) = trainer.point().await? {
                let mut line = format!(
                    "epoch {epoch:3}  loss {:.4}  accuracy {:6.2} %",
                    point.loss,
                    f64::from(point.accuracy) * 100.0
                );
                if let Some(found) = trainer.measure(Part::Validation).await? {
                    let accuracy = f64::from(found.accuracy) * 100.0;
                    line += &format!("  validation: loss {:.4}, {accuracy:.2} %, {} errors", found.loss, found.errors);
                }
                report.line(&format!("{line}  ({speed:.1} steps/s)"))?;
            }
        }
        if saved.elapsed() > SAVE_EVERY {
            // Whole or not at all: an interrupt may come while it is written.
            let new = out.with_added_extension("new");
            save(&new, &trainer.kept(true).await?)?;
            std::fs::rename(&new, &run_file)
                .map_err(|error| Failure::Said(format!("{} cannot be written: {error}", run_file.display())))?;
            saved = Instant::now();
        }
    }
    Ok(f64::from(trainer.step() - first) / start.elapsed().as_secs_f64().max(1e-9))
}

/// Where the run in this file was saved.
pub(super) fn take_up(trainer: &mut Trainer, file: &Path) -> Result<(), Failure> {
    let name = file.display().to_string();
    let bytes = std::fs::read(file).map_err(|error| Failure::Said(format!("{name} cannot be read: {error}")))?;
    Ok(trainer.go_on(Saved::read(&name, bytes)?.file())?)
}

/// Writes the result, and forgets what there was to go on from.
pub(super) fn finish(out: &Path, kept: &Kept) -> Result<(), Failure> {
    save(out, kept)?;
    let run_file = run_file(out);
    if run_file.exists() {
        // What it was for is done.
        let _ = std::fs::remove_file(&run_file);
    }
    Ok(())
}

fn save(path: &Path, kept: &Kept) -> Result<(), Failure> {
    let name = path.display().to_string();
    std::fs::write(path, kept.bytes(&name)?)
        .map_err(|error| Failure::Said(format!("{name} cannot be written: {error}; choose another place with --out")))
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
