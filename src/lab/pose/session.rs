//! What stays from job to job: networks that are compiled, what was trained, and what people put right.

use super::cascade::{CascadeCard, CascadeFile, CascadeModel, CascadeTrainer, PoseExample, judged_figures};
use super::corrected::{Corrected, exported_keypoints, imported, put};
use super::facts::pose_facts;
use super::found::{PoseInput, by_file, by_heat_maps, in_stages};
use super::heads::BroughtJoints;
use super::measure::accuracy;
use super::movenet::MoveNetModel;
use super::shipped_cascade;
use super::smooth::JointFilter;
use crate::lab::device::{Device, Models, Placed};
use crate::lab::run::{TrainedRun, watch};
use crate::lab::{Host, LabError, Perform, rgb_from_pixels};
use crate::models::POSE;
use crate::protocol::{
    CorrectedPose, Exported, FoundPose, ImportPose, ImportedPose, LivePose, Pose, PoseMeasure, PoseNetwork, PoseTask,
    PoseTrain, Posed, RunProgress, Stage,
};
use async_lock::Mutex;
use std::cell::RefCell;
use std::rc::Rc;

/// Figures that a cascade is measured with, and how many.
pub(super) const MEASURED_STREAM: u32 = 0x3ea5_0000;
const MEASURED: u32 = 64;

#[derive(Default)]
pub struct PoseSession {
    cascade: Mutex<Models<CascadeModel, 1>>,
    heat_maps: Mutex<Models<MoveNetModel, 1>>,
    brought: Mutex<Models<BroughtJoints, 1>>,
    /// Of frames of the webcam.
    filter: RefCell<JointFilter>,
    /// Fetched when it is first asked.
    shipped: RefCell<Option<Rc<CascadeFile>>>,
    trained: RefCell<Option<TrainedRun<CascadeCard>>>,
    corrected: RefCell<Vec<Corrected>>,
}

impl<H: Host> Perform<H> for Pose {
    type Kept = PoseSession;

    async fn perform(self, kept: &PoseSession, host: &H, tell: &dyn Fn(RunProgress)) -> Result<Posed, LabError> {
        match self {
            Pose::Run(task) => {
                let input = input_of(&task, host)?;
                Ok(Posed::Found(Box::new(kept.run(&input, &task, host).await?)))
            }
            Pose::See(live) => Ok(Posed::Found(Box::new(kept.see(&live, host).await?))),
            Pose::Evaluate(task) => Ok(Posed::Evaluated(kept.evaluate(&task, host).await?)),
            Pose::Train(job) => Ok(Posed::Trained(kept.train(&job, host, &tell).await?)),
            Pose::Save => Ok(Posed::Saved(Exported {
                name: "deep-pose.safetensors".to_owned(),
                bytes: kept.trained()?.halved()?.into(),
            })),
            Pose::Correct(pose) => Ok(Posed::Corrected(kept.correct(pose, host)?)),
            Pose::Export => {
                let all = kept.corrected.borrow();
                ensure!(
                    !all.is_empty(),
                    "no picture was put right yet, so there is nothing to write; drag a joint first"
                );
                let bytes = exported_keypoints(&all).into_bytes().into();
                Ok(Posed::Saved(Exported { name: "person_keypoints.json".to_owned(), bytes }))
            }
            Pose::Import(file) => Ok(Posed::Imported(kept.import(file, host)?)),
            Pose::Check(choice) => Ok(Posed::Checked(pose_facts(choice, &kept.shipped(host).await?, host).await?)),
        }
    }
}

/// A picture of the tray, or a drawn figure.
fn input_of(task: &PoseTask, host: &impl Host) -> Result<PoseInput, LabError> {
    match task.picture {
        Some(picture) => Ok(PoseInput { picture: (*host.picture(picture)?).clone(), truth: None }),
        None => PoseInput::of_figure(task.figure),
    }
}

impl PoseSession {
    /// A frame of the webcam; what moves is followed, what trembles is not.
    async fn see(&self, live: &LivePose, host: &impl Host) -> Result<FoundPose, LabError> {
        let known = LivePose::SMOOTHING;
        let smoothing = live.smoothing;
        ensure!(known.holds(smoothing), "a smoothing of {smoothing} is none; choose {known}");
        let input = PoseInput { picture: rgb_from_pixels(&live.frame)?, truth: None };
        let mut found = self.run(&input, &live.task, host).await?;
        if let Some(last) = found.stages.last_mut() {
            let side = found.width.max(found.height) as f32;
            let mut filter = self.filter.borrow_mut();
            last.joints = filter.smoothed(&last.joints, side, live.at_ms, smoothing as f32);
        }
        Ok(found)
    }

    async fn run(&self, input: &PoseInput, task: &PoseTask, host: &impl Host) -> Result<FoundPose, LabError> {
        match task.network {
            PoseNetwork::Cascade => {
                let file = self.cascade_of(task, host).await?;
                let mut models = host.or_cancelled(self.cascade.lock()).await?;
                let run = async |models: &mut [Placed<CascadeModel>]| {
                    let Placed { model, used, .. } = &mut models[0];
                    in_stages(input, used, host, async |picture, frame| model.look(picture, frame, host).await).await
                };
                models.run(std::slice::from_ref(&file), task.backend, host, run).await
            }
            PoseNetwork::MoveNet => {
                let weights = host.any_weights(POSE).await?;
                let mut models = host.or_cancelled(self.heat_maps.lock()).await?;
                let run = async |models: &mut [Placed<MoveNetModel>]| {
                    let Placed { model, used, .. } = &mut models[0];
                    by_heat_maps(input, (model, used), host).await
                };
                models.run(std::slice::from_ref(&weights), task.backend, host, run).await
            }
            PoseNetwork::File => {
                let Some(brought) = &task.brought else {
                    return Err(bad_setup!("no network for joints was brought; drop an ONNX file of one"));
                };
                let weights = host.any_weights(brought).await?;
                let mut models = host.or_cancelled(self.brought.lock()).await?;
                let run = async |models: &mut [Placed<BroughtJoints>]| {
                    let Placed { model, used, .. } = &mut models[0];
                    by_file(input, (model, used), host).await
                };
                models.run(std::slice::from_ref(&weights), task.backend, host, run).await
            }
        }
    }

    async fn train(
        &self,
        job: &PoseTrain,
        host: &impl Host,
        tell: &impl Fn(RunProgress),
    ) -> Result<RunProgress, LabError> {
        let own: Rc<[PoseExample]> = match job.own {
            true => self.corrected.borrow().iter().map(|one| one.example.clone()).collect(),
            false => Rc::default(),
        };
        ensure!(
            !job.own || !own.is_empty(),
            "no picture was put right yet, so none can be learnt from; drag a joint first"
        );
        let (plan, before) = (job.plan(), self.trained.borrow().clone());
        let make = async |device: &Device| CascadeTrainer::start(&plan, own.clone(), device).await;
        let keep = |trained| _ = self.trained.replace(Some(trained));
        watch(make, job.backend, job.resume, before, host, tell, &keep).await
    }

    /// What was trained in this session.
    fn trained(&self) -> Result<Rc<CascadeFile>, LabError> {
        let trained = self.trained.borrow().as_ref().map(|trained| trained.file.clone());
        trained.ok_or_else(|| bad_setup!("no cascade was trained here yet; train one first"))
    }

    async fn shipped(&self, host: &impl Host) -> Result<Rc<CascadeFile>, LabError> {
        if let Some(file) = self.shipped.borrow().clone() {
            return Ok(file);
        }
        let report = shipped_cascade();
        let bytes = host.shipped("DeepPose", &report).await?;
        let file = Rc::new(CascadeFile::parse(&report.file, bytes)?);
        self.shipped.replace(Some(file.clone()));
        Ok(file)
    }

    async fn cascade_of(&self, task: &PoseTask, host: &impl Host) -> Result<Rc<CascadeFile>, LabError> {
        if task.trained { self.trained() } else { self.shipped(host).await }
    }

    async fn evaluate(&self, task: &PoseTask, host: &impl Host) -> Result<PoseMeasure, LabError> {
        ensure!(
            task.network == PoseNetwork::Cascade,
            "drawn figures measure a cascade; `neocog pose evaluate` measures other networks on pictures with joints"
        );
        let start = host.now_millis();
        let file = self.cascade_of(task, host).await?;
        let mut models = host.or_cancelled(self.cascade.lock()).await?;
        let run = async |models: &mut [Placed<CascadeModel>]| {
            let Placed { model, used, .. } = &mut models[0];
            let each = async |number: u32| host.step(Stage::Run, u64::from(number), u64::from(MEASURED)).await;
            let judged = judged_figures(model, (MEASURED_STREAM, MEASURED), host, each).await?;
            Ok((judged, used.clone()))
        };
        let (judged, backend) = models.run(std::slice::from_ref(&file), task.backend, host, run).await?;
        let elapsed_ms = host.now_millis() - start;
        Ok(PoseMeasure { pictures: MEASURED, stages: accuracy(&judged), elapsed_ms, backend })
    }

    fn correct(&self, pose: CorrectedPose, host: &impl Host) -> Result<u32, LabError> {
        let picture = match pose.picture {
            Some(picture) => host.picture(picture)?,
            None => Rc::new(PoseInput::of_figure(pose.figure)?.picture),
        };
        let one = Corrected::of(pose, picture)?;
        let mut all = self.corrected.borrow_mut();
        put(&mut all, one);
        Ok(all.len() as u32)
    }

    /// What the file says of pictures that are here is learnt from, too.
    fn import(&self, file: ImportPose, host: &impl Host) -> Result<ImportedPose, LabError> {
        let name = file.file.name.clone();
        let made = imported(file)?;
        ensure!(
            !made.found.is_empty(),
            "{name} has joints of {} people, and none of their pictures is in the tray; drop the pictures first",
            made.elsewhere
        );
        for pose in &made.found {
            self.correct(pose.clone(), host)?;
        }
        Ok(made)
    }
}
