//! `neocog pose train`: a cascade learns from figures that the program draws.

use crate::command::drive::{Command, drive, forget, read, run_file, write};
use crate::command::train::Where;
use crate::command::{Failure, Report};
use crate::lab::LabError;
use crate::lab::pose::{CascadeFile, CascadeSave, CascadeTrainer, CascadeTraining, accuracy, cascade_config};
use crate::lab::trainer::Trainer;
use clap::Args;
use std::path::PathBuf;
use std::rc::Rc;

#[derive(Args)]
pub(in crate::command) struct TrainPose {
    /// Where the weights go. While training, FILE.run beside it holds what is needed to go on after an interrupt.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[arg(long, default_value_t = 8000)]
    steps: u32,
    /// Figures of a step.
    #[arg(long, default_value_t = 16)]
    batch: u32,
    #[arg(long, default_value_t = 2e-3)]
    rate: f64,
    #[arg(long, default_value_t = 1)]
    seed: u32,
    #[arg(long, value_enum, default_value_t = Where::Cpu)]
    device: Where,
    /// Figures that the cascade is measured with at the end.
    #[arg(long, default_value_t = 400, value_name = "N")]
    figures: u32,
    /// Write the weights as 16-bit floats.
    #[arg(long)]
    half: bool,
}

/// A line of figures after so many steps, of so many figures.
const REPORT_EVERY: u32 = 100;
const FIGURES: u32 = 48;
/// Of figures that nothing is learnt from.
const STREAM: u32 = 0x3ea5_0000;

pub(super) async fn run(arguments: &TrainPose, report: &mut Report<'_>) -> Result<(), Failure> {
    let TrainPose { out, steps, batch, rate, seed, device, figures: count, half } = arguments;
    let (device, gpu) = device.device().await?;
    let mut trainer =
        CascadeTrainer::start(cascade_config(*steps, *rate, *seed), *batch, Rc::default(), &device).await?;
    let file = run_file(out);
    if file.exists() {
        trainer.go_on_with(&CascadeFile::parse(&file.display().to_string(), read(&file)?)?)?;
        report.line(&format!("going on after step {} of {}", trainer.step(), file.display()))?;
    }
    let (params, calls) = (trainer.params(), trainer.dispatches());
    report.line(&format!("{params} parameters, {calls} kernel calls a step"))?;
    drive(Measured::default(), &mut trainer, &gpu, out, report).await?;
    let form = if *half { CascadeSave::Half } else { CascadeSave::Weights };
    write(out, &trainer.saved(form, &out.display().to_string()).await?)?;
    forget(out);
    let last = figures(&mut trainer, *count).await?;
    report.line(&last)
}

/// How near joints come on figures that are not learnt from.
async fn figures(trainer: &mut CascadeTrainer, count: u32) -> Result<String, LabError> {
    let stages = accuracy(&trainer.judged(STREAM, count).await?);
    let percent = |of: Vec<f64>| of.iter().map(|share| format!("{:.1}", 100.0 * share)).collect::<Vec<_>>().join(" / ");
    let pcp = percent(stages.iter().map(|stage| stage.pcp_mean).collect());
    let pck = percent(stages.iter().map(|stage| stage.pck).collect());
    Ok(format!("{count} other figures, stages 1 / 2 / 3: PCP {pcp} %, PCK@0.2 {pck} %"))
}

/// A line of figures now and then.
#[derive(Default)]
struct Measured {
    sums: [f64; 4],
    count: u32,
}

impl Command for Measured {
    type Task = CascadeTraining;

    async fn step(&mut self, trainer: &mut CascadeTrainer) -> Result<(), LabError> {
        trainer.measure_and_advance().await
    }

    async fn line(&mut self, trainer: &mut CascadeTrainer, speed: f64) -> Result<Option<String>, LabError> {
        let step = trainer.step();
        if !step.is_multiple_of(REPORT_EVERY) {
            return Ok(None);
        }
        for (_, numbers) in trainer.losses().await? {
            self.count += 1;
            self.sums.iter_mut().zip(numbers).for_each(|(sum, number)| *sum += f64::from(number));
        }
        let [all, first, second, third] = self.sums.map(|sum| sum / f64::from(self.count.max(1)));
        *self = Self::default();
        let mut line = format!("step {step:6}  loss {all:.4} = {first:.4} + {second:.4} + {third:.4}");
        if step.is_multiple_of(5 * REPORT_EVERY) {
            line += &format!("  {}", figures(trainer, FIGURES).await?);
        }
        Ok(Some(format!("{line}  ({speed:.2} steps/s)")))
    }

    async fn file(&self, trainer: &Trainer<CascadeTraining>) -> Result<Option<Vec<u8>>, LabError> {
        trainer.saved(CascadeSave::All, "the run").await.map(Some)
    }
}
