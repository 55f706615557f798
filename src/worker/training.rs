//! Training: the run in memory, whoever steers it or looks at it meanwhile, and what is kept of it for the next visit.
//!
//! Invariants:
//! - One run, one job that drives it: a new [`Train::Train`] ends the one before at its next turn.
//! - Between two turns the run is free: looks and exports are answered there, and so are pause and cancel.
//! - Every few seconds, and at every end, the run is kept in `runs/run.safetensors`; losing the tab or the device costs no more.

use super::context::JobContext;
use super::download::{download, name_of};
use super::folder::{Folder, Refused};
use super::host::JobHost;
use super::picture;
use super::session::Session;
use crate::data::dataset::Dataset;
use crate::data::files::{self, Found};
use crate::lab::device::{Device, elsewhere};
use crate::lab::train::{self, Races, Run, Saved, Turned};
use crate::lab::{LabError, Perform, Watch, describe_network};
use crate::protocol::{
    AddData, BackendChoice, BackendKind, Begin, DataFile, DataReport, ExperimentId, Exported, FetchData, Look, Looked,
    RunState, Setup, Stage, Steer, StoredRun, Train, TrainAnswer, TrainOptions, TrainRun, Trained, Trouble, Why,
};
use async_lock::{Mutex, MutexGuard};
use serde_bytes::ByteBuf;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// Between two reports.
const REPORT_MILLIS: f64 = 150.0;
/// Between two states that are kept: so much work can be lost, and a little more.
const KEEP_MILLIS: f64 = 3000.0;
/// The first one: whoever leaves early has something to come back to.
const FIRST_KEEP_MILLIS: f64 = 500.0;
/// A recovery is told for so long.
const RECOVERED_MILLIS: f64 = 4000.0;
/// Of all files that are dropped together.
const LIMIT_BYTES: u64 = 1 << 30;

const FILE: &str = "run.safetensors";

#[derive(Default)]
pub(super) struct Training {
    run: Mutex<Option<Run>>,
    /// The job that drives the run.
    driver: Cell<u32>,
    /// For the driver's next turn.
    wishes: RefCell<Vec<Steer>>,
    folder: Mutex<Option<Result<Folder, Refused>>>,
    races: Races,
}

/// How the driving of a run came to its end.
enum End {
    Paused,
    Finished,
    NotFinite { step: u32, what: String },
}

impl Perform<JobHost<'_>> for Train {
    type Kept = Training;

    async fn perform(self, _: &Training, host: &JobHost<'_>, tell: &dyn Fn(Trained)) -> Result<TrainAnswer, LabError> {
        let JobHost { session, context } = *host;
        Ok(match self {
            Train::TrainOptions => TrainAnswer::TrainOptions(session.train_options().await),
            Train::AddData(job) => TrainAnswer::Data(session.add_data(job, context).await?),
            Train::FetchData(job) => TrainAnswer::Data(session.fetch_data(job, context).await?),
            Train::DescribeNetwork(job) => {
                TrainAnswer::Described(describe_network(&job.text, job.shape, job.classes, job.batch))
            }
            Train::Train(job) => TrainAnswer::Trained(session.train(job, context, tell).await?),
            Train::Look(look) => TrainAnswer::Looked(session.look(look, context).await?),
            Train::ExportRun => TrainAnswer::Exported(session.export_run(context).await?),
            Train::ImportRun(file) => TrainAnswer::Imported(session.import_run(file, context).await?),
        })
    }

    fn steer(kept: &Training, steer: Steer) {
        kept.wishes.borrow_mut().push(steer);
    }
}

impl Session {
    fn training(&self) -> Rc<Training> {
        self.kept(ExperimentId::Train)
    }

    async fn train_options(&self) -> TrainOptions {
        let stored = self.stored_run().await.map(|saved| saved.stored());
        train::options(self.examples.borrow().as_deref(), stored)
    }

    async fn train(&self, job: TrainRun, context: &JobContext, tell: &dyn Fn(Trained)) -> Result<Trained, Trouble> {
        let id = context.id();
        let training = self.training();
        training.driver.set(id);
        let mut run = context.or_cancelled(training.run.lock()).await?;
        training.wishes.borrow_mut().clear();
        let TrainRun { setup, from, steps } = job;
        match (from, run.as_mut()) {
            (Begin::Anew, _) => *run = Some(self.new_run(setup, context).await?),
            (Begin::Stored, _) => *run = Some(self.taken_up(setup, context).await?),
            (Begin::Here, Some(run)) => run.adjust(setup)?,
            (Begin::LastGood, Some(run)) => {
                run.go_back().await?;
                run.adjust(setup)?;
            }
            (Begin::Here | Begin::LastGood, None) => return Err(Trouble::NoRun),
        }
        let until = run.as_mut().map_or(0, |run| run.trainer().step()).saturating_add(steps.unwrap_or(u32::MAX));
        drop(run);
        self.drive(id, until, context, tell).await
    }

    async fn drive(
        &self,
        id: u32,
        until: u32,
        context: &JobContext,
        tell: &dyn Fn(Trained),
    ) -> Result<Trained, Trouble> {
        let training = self.training();
        let mut told = f64::NEG_INFINITY;
        let mut kept = context.now_millis() - KEEP_MILLIS + FIRST_KEEP_MILLIS;
        let mut unsaved = None;
        let mut recovered: Option<(f64, RunState)> = None;
        loop {
            let mut guard = training.run.lock().await;
            let run = guard.as_mut().ok_or(Trouble::NoRun)?;
            let end = match self.turn(id, run, until, context).await {
                Ok(end) => end,
                Err(error) if error.is_device_lost() => {
                    let lost_steps = self.recover(run, context).await?;
                    let step = run.trainer().step();
                    recovered = Some((context.now_millis(), RunState::Recovered { step, lost_steps }));
                    told = f64::NEG_INFINITY;
                    None
                }
                Err(error) => return Err(error.into()),
            };
            let now = context.now_millis();
            if end.is_some() || now - kept > KEEP_MILLIS {
                kept = now;
                // A run that has stopped being numbers is kept as it was before.
                if !matches!(end, Some(End::NotFinite { .. })) {
                    match run.save().await {
                        Ok(saved) => unsaved = self.keep(&saved).await.err().map(|refused| refused.detail),
                        Err(error) if error.is_device_lost() => continue,
                        Err(error) => return Err(error.into()),
                    }
                }
            }
            if let Some(end) = end {
                let state = match end {
                    End::Paused => RunState::Paused,
                    End::Finished => RunState::Finished,
                    End::NotFinite { step, what } => RunState::NotFinite { step, what },
                };
                let mut last = run.report(state);
                last.unsaved = unsaved;
                return if context.is_cancelled() { Err(Trouble::Cancelled) } else { Ok(last) };
            }
            if now - told > REPORT_MILLIS {
                told = now;
                let state = match &recovered {
                    Some((at, state)) if now - at < RECOVERED_MILLIS => state.clone(),
                    _ => RunState::Running,
                };
                let mut report = run.report(state);
                report.unsaved.clone_from(&unsaved);
                tell(report);
            }
            drop(guard);
            context.pause().await;
        }
    }

    /// One turn, unless somebody wants the run to stop; how it ended, if it did.
    async fn turn(&self, id: u32, run: &mut Run, until: u32, context: &JobContext) -> Result<Option<End>, LabError> {
        let training = self.training();
        for wish in training.wishes.take() {
            match wish {
                Steer::Rate(rate) => run.set_rate(rate)?,
                Steer::Pause => return Ok(Some(End::Paused)),
            }
        }
        if context.is_cancelled() || training.driver.get() != id {
            return Ok(Some(End::Paused));
        }
        if run.is_finished() {
            return Ok(Some(End::Finished));
        }
        if run.trainer().step() >= until {
            return Ok(Some(End::Paused));
        }
        Ok(match run.turn(until, context).await? {
            Turned::Well => None,
            Turned::NotFinite { step, what } => Some(End::NotFinite { step, what }),
        })
    }

    async fn look(&self, look: Look, context: &JobContext) -> Result<Looked, Trouble> {
        let training = self.training();
        let mut guard = context.or_cancelled(training.run.lock()).await?;
        let run = guard.as_mut().ok_or(Trouble::NoRun)?;
        match run.look(look.clone(), context).await {
            Err(error) if error.is_device_lost() => {
                self.recover(run, context).await?;
                Ok(run.look(look, context).await?)
            }
            looked => Ok(looked?),
        }
    }

    async fn export_run(&self, context: &JobContext) -> Result<Exported, Trouble> {
        let training = self.training();
        let mut guard = context.or_cancelled(training.run.lock()).await?;
        let run = guard.as_mut().ok_or(Trouble::NoRun)?;
        let name = format!("{}-{}.safetensors", file_stem(&run.setup().data.set), run.trainer().step());
        let bytes = run.export().await?.bytes(&name)?;
        Ok(Exported { name, bytes: ByteBuf::from(bytes) })
    }

    async fn import_run(&self, file: DataFile, context: &JobContext) -> Result<StoredRun, Trouble> {
        let saved = Rc::new(Saved::read(&file.name, file.bytes.into_vec())?);
        // Whatever drives the present run gives way.
        let training = self.training();
        training.driver.set(0);
        let run = self.run_from(saved.clone(), saved.setup().clone(), context).await?;
        *context.or_cancelled(training.run.lock()).await? = Some(run);
        Ok(saved.stored())
    }

    async fn add_data(&self, job: AddData, context: &JobContext) -> Result<DataReport, Trouble> {
        let given = job.files.into_iter().map(|file| files::DataFile { name: file.name, bytes: file.bytes.into_vec() });
        self.take_data(given.collect(), job.side, context).await
    }

    async fn fetch_data(&self, job: FetchData, context: &JobContext) -> Result<DataReport, Trouble> {
        let bytes = download(&job.url, LIMIT_BYTES, context).await?.bytes;
        let file = files::DataFile { name: name_of(&job.url), bytes };
        self.take_data(vec![file], job.side, context).await
    }

    async fn take_data(
        &self,
        given: Vec<files::DataFile>,
        side: Option<u32>,
        context: &JobContext,
    ) -> Result<DataReport, Trouble> {
        let bytes = given.iter().map(|file| file.bytes.len() as u64).sum();
        if bytes > LIMIT_BYTES {
            let file = given.first().map(|file| file.name.clone()).unwrap_or_default();
            return Err(Trouble::TooLarge { file, bytes, limit_bytes: LIMIT_BYTES });
        }
        context.step(Stage::Verify).await?;
        let data = match files::combine(given).map_err(LabError::from)? {
            Found::Dataset(data) => data,
            Found::Pictures(pictures) => {
                let mut gather = pictures.gather(side).map_err(LabError::from)?;
                let count = pictures.len() as u64;
                for (index, file) in pictures.iter().enumerate() {
                    let file = file.map_err(LabError::from)?;
                    Watch::step(context, Stage::Decode, index as u64, count).await?;
                    let picture = picture::decoded(file.name, &file.bytes, context).await?;
                    gather.add(&picture).map_err(LabError::from)?;
                }
                gather.finish().map_err(LabError::from)?
            }
        };
        let report = train::data_report(&data);
        *self.examples.borrow_mut() = Some(Rc::new(data));
        Ok(report)
    }

    async fn new_run(&self, setup: Setup, context: &JobContext) -> Result<Run, Trouble> {
        let data = self.data_of(&setup, context).await?;
        let gpu = self.gpu(context).await?;
        let (device, backend) = self.training().races.choose(&setup, &data, &gpu, context).await?;
        context.step(Stage::Compile).await?;
        match Run::new(setup.clone(), data.clone(), device, backend).await {
            Err(error) if setup.backend == BackendChoice::Auto && error.is_of_gpu() => {
                let backend = Device::Cpu.used(Why::GpuFailed { detail: error.to_string() });
                Ok(Run::new(setup, data, Device::Cpu, backend).await?)
            }
            made => Ok(made?),
        }
    }

    /// What an earlier visit left.
    async fn taken_up(&self, setup: Setup, context: &JobContext) -> Result<Run, Trouble> {
        let saved = self.stored_run().await.ok_or(Trouble::NoRun)?;
        self.run_from(Rc::new(saved), setup, context).await
    }

    async fn run_from(&self, saved: Rc<Saved>, setup: Setup, context: &JobContext) -> Result<Run, Trouble> {
        let data = self.data_of(saved.setup(), context).await?;
        let gpu = self.gpu(context).await?;
        // On the device where it began, if that is there: on another, rounding differs.
        let (device, backend) = match (setup.backend, saved.backend()) {
            (BackendChoice::Auto, Some(BackendKind::Cpu)) => (Device::Cpu, Device::Cpu.used(Why::Began)),
            (BackendChoice::Auto, Some(BackendKind::Gpu)) => elsewhere(BackendChoice::Auto, &gpu).await?,
            _ => self.training().races.choose(saved.setup(), &data, &gpu, context).await?,
        };
        context.step(Stage::Compile).await?;
        Ok(Run::from_saved(saved, setup, data, device, backend).await?)
    }

    async fn data_of(&self, setup: &Setup, context: &JobContext) -> Result<Rc<Dataset>, Trouble> {
        let brought = self.examples.borrow().clone();
        Ok(train::dataset_of(&setup.data, brought.as_ref(), context).await?)
    }

    /// A run whose device is gone goes on with a new one; returns how many steps are lost.
    async fn recover(&self, run: &mut Run, context: &JobContext) -> Result<u32, Trouble> {
        let gpu = self.gpu(context).await?;
        let (device, backend) = elsewhere(run.setup().backend, &gpu).await?;
        Ok(run.recover(device, backend).await?)
    }

    async fn stored_run(&self) -> Option<Saved> {
        let training = self.training();
        let folder = Session::run_folder(&training).await;
        let bytes = folder.as_ref()?.as_ref().ok()?.read(FILE).await.ok()?;
        // One that cannot be read is as good as none.
        Saved::read(FILE, bytes).ok()
    }

    async fn keep(&self, saved: &Saved) -> Result<(), Refused> {
        match Session::run_folder(&self.training()).await.as_ref() {
            Some(Ok(folder)) => folder.write(FILE, saved.bytes()).await,
            Some(Err(refused)) => Err(refused.clone()),
            None => Ok(()),
        }
    }

    async fn run_folder(training: &Training) -> MutexGuard<'_, Option<Result<Folder, Refused>>> {
        let mut folder = training.folder.lock().await;
        if folder.is_none() {
            *folder = Some(Folder::open("runs").await);
        }
        folder
    }
}

/// A set's name as the beginning of a file's.
fn file_stem(set: &str) -> String {
    let stem: String = set.chars().map(|c| if c.is_alphanumeric() || c == '-' { c } else { '_' }).take(40).collect();
    if stem.is_empty() { "run".to_owned() } else { stem }
}
