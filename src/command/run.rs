//! Runs that can be interrupted and go on when the same command is given again: what `detect train` and `pose train` have in common.

use super::drive::{Command, drive, forget, read, run_file, write};
use super::train::Where;
use super::{Failure, Report};
use crate::lab::LabError;
use crate::lab::device::MaybeGpu;
use crate::lab::run::{RunFile, RunTask, SaveAs};
use crate::lab::trainer::Trainer;
use crate::protocol::RunPlan;
use clap::Args;
use std::path::{Path, PathBuf};

/// A line of losses after so many steps; of figures, after so many such lines.
const REPORT_EVERY: u32 = 100;
const FIGURES_EVERY: u32 = 5 * REPORT_EVERY;

#[derive(Args)]
pub(super) struct RunArguments<const STEPS: u32, const BATCH: u32> {
    /// Where the weights go. While training, FILE.run beside it holds what is needed to go on after an interrupt.
    #[arg(long, value_name = "FILE")]
    pub(super) out: PathBuf,
    #[arg(long, default_value_t = STEPS)]
    steps: u32,
    /// Pictures of a step.
    #[arg(long, default_value_t = BATCH)]
    batch: u32,
    #[arg(long, default_value_t = 2e-3)]
    rate: f64,
    #[arg(long, default_value_t = 1)]
    seed: u32,
    #[arg(long, value_enum, default_value_t = Where::Cpu)]
    pub(super) device: Where,
    /// Write the weights as 16-bit floats.
    #[arg(long)]
    half: bool,
}

impl<const STEPS: u32, const BATCH: u32> RunArguments<STEPS, BATCH> {
    pub(super) fn plan(&self) -> RunPlan {
        let Self { steps, batch, rate, seed, .. } = *self;
        RunPlan { steps, batch, rate, seed }
    }

    /// To the end, from where an earlier run to the same file was interrupted; `figures` are told now and then, and at the end.
    pub(super) async fn learn<T: RunTask>(
        &self,
        trainer: &mut Trainer<T>,
        gpu: &MaybeGpu,
        figures: impl AsyncFn(&mut Trainer<T>, bool) -> Result<String, LabError>,
        report: &mut Report<'_>,
    ) -> Result<(), Failure> {
        let Self { out, half, .. } = self;
        let file = run_file(out);
        if file.exists() {
            trainer.go_on_with(&run_from(&file)?)?;
            report.line(&format!("going on after step {} of {}", trainer.step(), file.display()))?;
        }
        let (params, calls) = (trainer.params(), trainer.dispatches());
        report.line(&format!("{params} parameters, {calls} kernel calls a step"))?;
        let told = Told { sums: Vec::new(), count: 0, figures: &figures, task: std::marker::PhantomData };
        drive(told, trainer, gpu, out, report).await?;
        let form = if *half { SaveAs::Half } else { SaveAs::Weights };
        write(out, &trainer.saved(form, &out.display().to_string()).await?)?;
        forget(out);
        let last = figures(trainer, true).await?;
        report.line(&last)
    }
}

/// A run, or what came of one.
pub(super) fn run_from<C: crate::lab::run::RunCard>(file: &Path) -> Result<RunFile<C>, Failure> {
    Ok(RunFile::parse(&file.display().to_string(), read(file)?)?)
}

/// Means of the losses now and then, and figures.
struct Told<'a, T, F> {
    sums: Vec<f64>,
    count: u32,
    figures: &'a F,
    task: std::marker::PhantomData<T>,
}

impl<T: RunTask, F: AsyncFn(&mut Trainer<T>, bool) -> Result<String, LabError>> Command for Told<'_, T, F> {
    type Task = T;

    async fn step(&mut self, trainer: &mut Trainer<T>) -> Result<(), LabError> {
        trainer.learn().await
    }

    async fn line(&mut self, trainer: &mut Trainer<T>, speed: f64) -> Result<Option<String>, LabError> {
        let step = trainer.step();
        if !step.is_multiple_of(REPORT_EVERY) {
            return Ok(None);
        }
        for (_, numbers) in trainer.losses().await? {
            self.count += 1;
            self.sums.resize(numbers.len(), 0.0);
            self.sums.iter_mut().zip(numbers).for_each(|(sum, number)| *sum += f64::from(number));
        }
        let means: Vec<String> = self.sums.iter().map(|sum| format!("{:.4}", sum / f64::from(self.count))).collect();
        (self.sums, self.count) = (Vec::new(), 0);
        let losses =
            means.split_first().map_or_else(String::new, |(all, parts)| format!("{all} = {}", parts.join(" + ")));
        let mut line = format!("step {step:6}  loss {losses}");
        if step.is_multiple_of(FIGURES_EVERY) {
            line += &format!("  {}", (self.figures)(trainer, false).await?);
        }
        Ok(Some(format!("{line}  ({speed:.2} steps/s)")))
    }

    async fn file(&self, trainer: &Trainer<T>) -> Result<Option<Vec<u8>>, LabError> {
        trainer.saved(SaveAs::Run, "the run").await.map(Some)
    }
}
