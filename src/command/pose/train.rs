//! `neocog pose train`: a cascade learns from figures that the program draws, and from people whose joints are known.

use super::evaluate::on_people;
use super::people::{people_from, split};
use crate::command::drive::write;
use crate::command::preprocessing::{Preprocessing, any_weights_from};
use crate::command::run::RunArguments;
use crate::command::{Failure, Report};
use crate::lab::pose::{CascadeTrainer, FeatureCascade, JudgedPose, PoseBench, PoseExample, PoseFeatures, accuracy};
use crate::lab::{LabError, NoMonitor};
use clap::Args;
use std::path::{Path, PathBuf};
use std::rc::Rc;

#[derive(Args)]
pub(in crate::command) struct TrainPose {
    #[command(flatten)]
    run: RunArguments<8000, 16>,
    /// Figures that the cascade is measured with at the end.
    #[arg(long, default_value_t = 400, value_name = "N")]
    figures: u32,
    /// Known joints, of all people but every fifth: COCO's JSON file of keypoints, or a table with tabs. Half of each step is of them.
    #[arg(long, value_name = "PATH")]
    annotations: Option<PathBuf>,
    /// The folder of the pictures; without it, that of the annotations, or `images` in it.
    #[arg(long, value_name = "FOLDER", requires = "annotations")]
    pictures: Option<PathBuf>,
    /// Stages are ridge regressions of what this network, which names classes, makes of the pictures; there are no steps then.
    #[arg(long, value_name = "WEIGHTS", requires = "annotations")]
    features: Option<PathBuf>,
    #[command(flatten)]
    preprocessing: Preprocessing,
}

/// Of each line of figures while training.
const FIGURES: u32 = 48;
/// Of figures that nothing is learnt from.
const STREAM: u32 = 0x3ea5_0000;

pub(super) async fn run(arguments: &TrainPose, report: &mut Report<'_>) -> Result<(), Failure> {
    let TrainPose { run, figures: count, annotations, pictures, features, preprocessing } = arguments;
    let [people, held] = match annotations {
        Some(path) => split(people_from(path, pictures.as_deref())?)?,
        None => [Vec::new(), Vec::new()],
    };
    if let Some(features) = features {
        return on_features(run, (features, preprocessing), [&people, &held], report).await;
    }
    let (device, gpu) = run.device.device().await?;
    let mut trainer = CascadeTrainer::start(&run.plan(), people.into(), &device).await?;
    let told = async |trainer: &mut CascadeTrainer, is_last: bool| {
        let count = if is_last { *count } else { FIGURES };
        figures(trainer, count, &held).await
    };
    run.learn(&mut trainer, &gpu, told, report).await
}

async fn on_features(
    run: &RunArguments<8000, 16>,
    (features, preprocessing): (&Path, &Preprocessing),
    [people, held]: [&[PoseExample]; 2],
    report: &mut Report<'_>,
) -> Result<(), Failure> {
    let (device, _) = run.device.device().await?;
    let weights = Rc::new(any_weights_from(features, None, preprocessing)?);
    let mut eyes = PoseFeatures::new(&weights, &device).await?;
    let tell = |stage: usize, done: usize, of: usize| {
        eprint!("\rstage {}: {done} of {of} squares \x1b[K{}", stage + 1, if done == of { "\n" } else { "" });
    };
    let cascade = FeatureCascade::learnt(people, &mut eyes, run.plan().seed, tell).await?;
    write(&run.out, &cascade.bytes(&run.out.display().to_string())?)?;
    let mut bench = PoseBench::of_features(cascade, eyes, &device);
    let judged = on_people(&mut bench, held, &NoMonitor::default()).await?;
    report.line(&format!("learnt from {} people; {} people held out, {}", people.len(), held.len(), shares(&judged)))
}

/// How near joints come on figures that are not learnt from, and on people.
async fn figures(trainer: &mut CascadeTrainer, count: u32, held: &[PoseExample]) -> Result<String, LabError> {
    let drawn = format!("{count} other figures, {}", shares(&trainer.judged(STREAM, count).await?));
    if held.is_empty() {
        return Ok(drawn);
    }
    let mut judged = Vec::new();
    for PoseExample { picture, joints } in held {
        judged.push(trainer.judged_one(picture, *joints).await?);
    }
    Ok(format!("{drawn}; {} people held out, {}", held.len(), shares(&judged)))
}

fn shares(judged: &[JudgedPose]) -> String {
    let stages = accuracy(judged);
    let percent = |of: Vec<f64>| of.iter().map(|share| format!("{:.1}", 100.0 * share)).collect::<Vec<_>>().join(" / ");
    let pcp = percent(stages.iter().map(|stage| stage.pcp_mean).collect());
    let pck = percent(stages.iter().map(|stage| stage.pck).collect());
    format!("stages 1 / 2 / 3: PCP {pcp} %, PCK@0.2 {pck} %")
}
