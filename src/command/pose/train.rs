//! `neocog pose train`: a cascade learns from figures that the program draws.

use crate::command::run::RunArguments;
use crate::command::{Failure, Report};
use crate::lab::LabError;
use crate::lab::pose::{CascadeTrainer, accuracy};
use clap::Args;
use std::rc::Rc;

#[derive(Args)]
pub(in crate::command) struct TrainPose {
    #[command(flatten)]
    run: RunArguments<8000, 16>,
    /// Figures that the cascade is measured with at the end.
    #[arg(long, default_value_t = 400, value_name = "N")]
    figures: u32,
}

/// Of each line of figures while training.
const FIGURES: u32 = 48;
/// Of figures that nothing is learnt from.
const STREAM: u32 = 0x3ea5_0000;

pub(super) async fn run(arguments: &TrainPose, report: &mut Report<'_>) -> Result<(), Failure> {
    let TrainPose { run, figures: count } = arguments;
    let (device, gpu) = run.device.device().await?;
    let mut trainer = CascadeTrainer::start(&run.plan(), Rc::default(), &device).await?;
    let told = async |trainer: &mut CascadeTrainer, is_last: bool| {
        figures(trainer, if is_last { *count } else { FIGURES }).await
    };
    run.learn(&mut trainer, &gpu, told, report).await
}

/// How near joints come on figures that are not learnt from.
async fn figures(trainer: &mut CascadeTrainer, count: u32) -> Result<String, LabError> {
    let stages = accuracy(&trainer.judged(STREAM, count).await?);
    let percent = |of: Vec<f64>| of.iter().map(|share| format!("{:.1}", 100.0 * share)).collect::<Vec<_>>().join(" / ");
    let pcp = percent(stages.iter().map(|stage| stage.pcp_mean).collect());
    let pck = percent(stages.iter().map(|stage| stage.pck).collect());
    Ok(format!("{count} other figures, stages 1 / 2 / 3: PCP {pcp} %, PCK@0.2 {pck} %"))
}
