//! `neocog detect train`: Faster R-CNN learns from scenes that the program draws, or from pictures with known boxes.

use super::boxes::BoxFolder;
use crate::command::drive::{Command, drive, forget, read, run_file, write};
use crate::command::train::Where;
use crate::command::{Failure, Report};
use crate::lab::LabError;
use crate::lab::detect::{
    DetectInput, FasterFile, FasterSave, FasterTrainer, FasterTraining, Lessons, faster_config, measured,
    measured_scene,
};
use crate::lab::trainer::Trainer;
use crate::protocol::{BackendKind, BackendUsed, DetectTask, Why};
use clap::Args;
use std::path::PathBuf;
use std::rc::Rc;

#[derive(Args)]
pub(in crate::command) struct TrainDetector {
    /// Where the weights go. While training, FILE.run beside it holds what is needed to go on after an interrupt.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[arg(long, default_value_t = 4000)]
    steps: u32,
    /// Pictures of a step.
    #[arg(long, default_value_t = 8)]
    batch: u32,
    #[arg(long, default_value_t = 2e-3)]
    rate: f64,
    #[arg(long, default_value_t = 1)]
    seed: u32,
    #[arg(long, value_enum, default_value_t = Where::Cpu)]
    device: Where,
    /// Scenes that the detector is measured with at the end.
    #[arg(long, default_value_t = 200, value_name = "N")]
    scenes: u32,
    /// Pictures with known boxes to learn from, all but every fifth: COCO's JSON file, a folder of PASCAL VOC's XML files, a folder of YOLO's text files with `classes.txt`, or a table with tabs.
    #[arg(long, value_name = "PATH")]
    annotations: Option<PathBuf>,
    /// The folder of the pictures; without it, that of the annotations.
    #[arg(long, value_name = "FOLDER", requires = "annotations")]
    pictures: Option<PathBuf>,
    /// Begin with the weights of this detector, whatever classes it knows.
    #[arg(long, value_name = "FILE")]
    begin: Option<PathBuf>,
    /// Write the weights as 16-bit floats.
    #[arg(long)]
    half: bool,
}

/// A line of figures after so many steps, of so many scenes.
const REPORT_EVERY: u32 = 100;
const SCENES: u32 = 24;

pub(super) async fn run(arguments: &TrainDetector, report: &mut Report<'_>) -> Result<(), Failure> {
    let TrainDetector { out, steps, batch, rate, seed, device, scenes, half, annotations, pictures, begin } = arguments;
    let lessons = match annotations {
        Some(path) => Lessons::Own(Rc::new(BoxFolder::open(path, pictures.as_deref())?.read()?)),
        None => Lessons::Scenes,
    };
    let (device, gpu) = device.device().await?;
    let mut trainer =
        FasterTrainer::start(faster_config(*steps, *rate, *seed), *batch, lessons.clone(), &device).await?;
    let file = run_file(out);
    if file.exists() {
        trainer.go_on_with(&FasterFile::parse(&file.display().to_string(), read(&file)?)?)?;
        report.line(&format!("going on after step {} of {}", trainer.step(), file.display()))?;
    } else if let Some(begin) = begin {
        trainer.begin_with(&FasterFile::parse(&begin.display().to_string(), read(begin)?)?).await?;
    }
    let (params, calls) = (trainer.params(), trainer.dispatches());
    report.line(&format!("{params} parameters, {calls} kernel calls a step"))?;
    drive(Measured::of(lessons.clone()), &mut trainer, &gpu, out, report).await?;
    let form = if *half { FasterSave::Half } else { FasterSave::Weights };
    write(out, &trainer.saved(form, &out.display().to_string()).await?)?;
    forget(out);
    let last = figures(&mut trainer, &lessons, *scenes).await?;
    report.line(&last)
}

/// Precision on scenes, or on the pictures, that are not learnt from.
async fn figures(trainer: &mut FasterTrainer, lessons: &Lessons, scenes: u32) -> Result<String, LabError> {
    let (inputs, what): (Vec<Result<DetectInput, LabError>>, _) = match lessons {
        Lessons::Scenes => ((0..scenes).map(measured_scene).collect(), "other scenes"),
        Lessons::Own(own) => {
            (own.held_out()?.into_iter().map(|(_, input)| Ok(input.clone())).collect(), "pictures held out")
        }
    };
    let count = inputs.len();
    let judged = trainer.judged(inputs, DetectTask::default().overlap).await?;
    let names: Vec<[String; 2]> = lessons.classes().into_iter().map(|name| [name.clone(), name]).collect();
    let backend = BackendUsed { kind: BackendKind::Cpu, adapter: String::new(), why: Why::Chosen };
    let found = measured(&judged, &names, 0.5, backend);
    let [ap50, ap75, coco] = [found.ap50, found.ap75_coco, found.ap_coco].map(|share| 100.0 * share);
    Ok(format!("{count} {what}: AP50 {ap50:.1} %, AP75 {ap75:.1} %, COCO {coco:.1} %"))
}

/// A line of figures now and then.
struct Measured {
    lessons: Lessons,
    sums: [f64; 5],
    count: u32,
}

impl Measured {
    fn of(lessons: Lessons) -> Self {
        Self { lessons, sums: [0.0; 5], count: 0 }
    }
}

impl Command for Measured {
    type Task = FasterTraining;

    async fn step(&mut self, trainer: &mut FasterTrainer) -> Result<(), LabError> {
        trainer.propose_and_advance().await
    }

    async fn line(&mut self, trainer: &mut FasterTrainer, speed: f64) -> Result<Option<String>, LabError> {
        let step = trainer.step();
        if !step.is_multiple_of(REPORT_EVERY) {
            return Ok(None);
        }
        for (_, numbers) in trainer.losses().await? {
            self.count += 1;
            self.sums.iter_mut().zip(numbers).for_each(|(sum, number)| *sum += f64::from(number));
        }
        let [all, objects, anchors, classes, boxes] = self.sums.map(|sum| sum / f64::from(self.count.max(1)));
        *self = Self::of(self.lessons.clone());
        let parts = format!("{objects:.3} + {anchors:.3} + {classes:.3} + {boxes:.3}");
        let mut line = format!("step {step:6}  loss {all:.3} = {parts}");
        if step.is_multiple_of(5 * REPORT_EVERY) {
            line += &format!("  {}", figures(trainer, &self.lessons, SCENES).await?);
        }
        Ok(Some(format!("{line}  ({speed:.2} steps/s)")))
    }

    async fn file(&self, trainer: &Trainer<FasterTraining>) -> Result<Option<Vec<u8>>, LabError> {
        trainer.saved(FasterSave::All, "the run").await.map(Some)
    }
}
