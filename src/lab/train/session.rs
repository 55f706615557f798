//! The run in memory, whoever steers it or looks at it meanwhile, and what is kept of it for the next visit.
//!
//! Invariants:
//! - One run, one job that drives it: a new one ends the one before at its next turn.
//! - Between two turns the run is free: looks and exports are answered there, and so are pause and cancel.
//! - Every few seconds, and at every end, the host keeps the run; losing the tab or the device costs no more.

use super::{Dataset, Saved, Trainer, TrainingRun, Turned, data_report, dataset_of, options};
use crate::data::files::{DataFile, Found, combine};
use crate::lab::device::{Device, Race, choose_known, elsewhere};
use crate::lab::trainer::{Driver, TrainingLoop};
use crate::lab::{Host, LIMIT_BYTES, LabError, Perform, describe_network, files_from};
use crate::protocol::{
    BackendChoice, BackendKind, BackendUsed, Begin, DataReport, Exported, Look, Looked, RunState, Setup, Stage, Steer,
    StoredRun, Train, TrainAnswer, TrainRun, Trained, Why,
};
use async_lock::Mutex;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// Between two reports.
const REPORT_MILLIS: f64 = 150.0;
/// A recovery is told for so long.
const RECOVERED_MILLIS: f64 = 4000.0;

#[derive(Default)]
pub struct TrainSession {
    pub(super) run: Mutex<Option<TrainingRun>>,
    /// The job that drives the run.
    driver: Cell<u32>,
    /// For the driver's next turn.
    commands: RefCell<Vec<Steer>>,
    races: Races,
}

impl TrainSession {
    /// Obeyed at the driver's next turn.
    pub fn steer(&self, steer: Steer) {
        self.commands.borrow_mut().push(steer);
    }

    /// Drives the run, a new one or the present one, to its end or to a pause. `tell` hears how far it is.
    ///
    /// # Errors
    /// [`LabError::NoRun`] where there is none to go on with, [`LabError::Cancelled`], and what [`TrainingRun::new`] and a device
    /// refuse.
    pub async fn train(&self, job: TrainRun, host: &impl Host, tell: impl Fn(Trained)) -> Result<Trained, LabError> {
        let gpu = host.gpu().await?;
        self.driver.set(host.job());
        let mut run = self.run.lock().await;
        if host.is_cancelled() {
            return Err(LabError::Cancelled);
        }
        self.commands.borrow_mut().clear();
        let TrainRun { setup, from, steps, pace } = job;
        match (from, run.as_mut()) {
            (Begin::Anew, _) => *run = Some(self.new_run(setup, host).await?),
            (Begin::Stored, _) => {
                let saved = stored(host).await.ok_or(LabError::NoRun)?;
                *run = Some(self.run_from(Rc::new(saved), setup, host).await?);
            }
            (Begin::Here, Some(run)) => run.adjust(setup)?,
            (Begin::LastGood, Some(run)) => {
                run.go_back().await?;
                run.adjust(setup)?;
            }
            (Begin::Here | Begin::LastGood, None) => {}
        }
        let present = run.as_mut().ok_or(LabError::NoRun)?;
        let until = present.trainer().step().saturating_add(steps.unwrap_or(u32::MAX));
        let mut driver = Driver::new(host, &gpu, present.setup().backend, present.backend().clone());
        driver.report_every(REPORT_MILLIS);
        let pace = pace.map(|pace| SlowPace::new(pace, present.step(), host));
        drop(run);
        let mut drive = Drive { session: self, until, pace, host, tell, unsaved: None, recovered: None };
        loop {
            let mut guard = self.run.lock().await;
            let run = guard.as_mut().ok_or(LabError::NoRun)?;
            if let Some(state) = driver.turn(&mut Driven { run, drive: &mut drive, is_finite: true }).await? {
                let last = Trained { unsaved: drive.unsaved, ..run.report(state) };
                return if host.is_cancelled() { Err(LabError::Cancelled) } else { Ok(last) };
            }
            drop(guard);
            host.pause().await;
        }
    }

    pub async fn look(&self, look: Look, host: &impl Host) -> Result<Looked, LabError> {
        let mut guard = self.run.lock().await;
        let run = guard.as_mut().ok_or(LabError::NoRun)?;
        match run.look(look.clone(), host).await {
            Err(error) if error.is_device_lost() => {
                let (device, backend) = elsewhere(run.setup().backend, &host.gpu().await?).await?;
                run.recover(device, backend).await?;
                run.look(look, host).await
            }
            looked => looked,
        }
    }

    /// The weights as others read them: the name of a file and its bytes.
    pub async fn export(&self) -> Result<(String, Vec<u8>), LabError> {
        let mut guard = self.run.lock().await;
        let run = guard.as_mut().ok_or(LabError::NoRun)?;
        let name = format!("{}-{}.safetensors", file_stem(&run.setup().data.set), run.trainer().step());
        let bytes = run.export().await?.bytes(&name)?;
        Ok((name, bytes))
    }

    /// Takes up the run in a file.
    pub async fn import(&self, name: &str, bytes: Vec<u8>, host: &impl Host) -> Result<StoredRun, LabError> {
        let saved = Rc::new(Saved::read(name, bytes)?);
        // Whatever drives the present run gives way.
        self.driver.set(0);
        let run = self.run_from(saved.clone(), saved.setup().clone(), host).await?;
        *self.run.lock().await = Some(run);
        Ok(saved.stored())
    }

    async fn new_run(&self, setup: Setup, host: &impl Host) -> Result<TrainingRun, LabError> {
        let data = dataset_of(&setup.data, host.examples().as_ref(), host).await?;
        let (device, backend) = self.races.choose(&setup, &data, host).await?;
        host.step(Stage::Compile, 0, 1).await?;
        match TrainingRun::new(setup.clone(), data.clone(), device, backend).await {
            Err(error) if setup.backend == BackendChoice::Auto && error.is_of_gpu() => {
                let backend = Device::Cpu.used(Why::GpuFailed { trouble: error.into() });
                TrainingRun::new(setup, data, Device::Cpu, backend).await
            }
            made => made,
        }
    }

    async fn run_from(&self, saved: Rc<Saved>, setup: Setup, host: &impl Host) -> Result<TrainingRun, LabError> {
        let data = dataset_of(&saved.setup().data, host.examples().as_ref(), host).await?;
        // On the device where it began, if that is there: on another, rounding differs.
        let (device, backend) = match (setup.backend, saved.backend()) {
            (BackendChoice::Auto, Some(BackendKind::Cpu)) => (Device::Cpu, Device::Cpu.used(Why::Began)),
            (BackendChoice::Auto, Some(BackendKind::Gpu)) => elsewhere(BackendChoice::Auto, &host.gpu().await?).await?,
            _ => self.races.choose(saved.setup(), &data, host).await?,
        };
        host.step(Stage::Compile, 0, 1).await?;
        TrainingRun::from_saved(saved, setup, data, device, backend).await
    }
}

struct Drive<'a, H, T> {
    session: &'a TrainSession,
    until: u32,
    pace: Option<SlowPace>,
    host: &'a H,
    tell: T,
    unsaved: Option<String>,
    recovered: Option<(f64, RunState)>,
}

/// Slower than the device can, so that a person sees what happens.
struct SlowPace {
    per_second: f64,
    from_millis: f64,
    from_step: u32,
}

impl SlowPace {
    fn new(per_second: f64, step: u32, host: &impl Host) -> Self {
        Self { per_second, from_millis: host.now_millis(), from_step: step }
    }

    /// The step that the run may have reached by now. What could not be done in time is not made up for.
    fn until(&mut self, step: u32, host: &impl Host) -> u32 {
        let owed = self.per_second * (host.now_millis() - self.from_millis) / 1e3;
        let until = self.from_step.saturating_add(owed as u32);
        if f64::from(until.saturating_sub(step)) > self.per_second {
            *self = Self::new(self.per_second, step, host);
            return step + 1;
        }
        until
    }
}

struct Driven<'a, 'b, H, T> {
    run: &'a mut TrainingRun,
    drive: &'a mut Drive<'b, H, T>,
    is_finite: bool,
}

impl<H: Host, T: Fn(Trained)> TrainingLoop for Driven<'_, '_, H, T> {
    type End = RunState;

    fn step(&self) -> u32 {
        self.run.step()
    }

    /// A few steps, unless somebody wants the run to stop.
    async fn turn(&mut self) -> Result<Option<RunState>, LabError> {
        let Drive { session, until, host, .. } = *self.drive;
        let step = self.run.step();
        for command in session.commands.take() {
            match command {
                Steer::Rate(rate) => self.run.set_rate(rate)?,
                Steer::Pace(pace) => self.drive.pace = pace.map(|pace| SlowPace::new(pace, step, host)),
                Steer::Pause => return Ok(Some(RunState::Paused)),
            }
        }
        if host.is_cancelled() || session.driver.get() != host.job() {
            return Ok(Some(RunState::Paused));
        }
        if self.run.is_finished() {
            // The last step may have left what no later loss can show.
            return Ok(Some(match self.run.trainer().first_not_finite().await? {
                None => RunState::Finished,
                Some(what) => {
                    self.is_finite = false;
                    RunState::NotFinite { step: self.run.step(), what }
                }
            }));
        }
        if self.run.step() >= until {
            return Ok(Some(RunState::Paused));
        }
        let until = match &mut self.drive.pace {
            Some(pace) => until.min(pace.until(step, host)),
            None => until,
        };
        if until <= step && self.run.is_between_measurements() {
            return Ok(None);
        }
        Ok(match self.run.turn(until, host).await? {
            Turned::Well => None,
            Turned::NotFinite { step, what } => {
                self.is_finite = false;
                Some(RunState::NotFinite { step, what })
            }
        })
    }

    /// A run that has stopped being numbers is kept as it was before.
    async fn keep(&mut self) -> Result<(), LabError> {
        if self.is_finite {
            let saved = self.run.save().await?;
            self.drive.unsaved = self.drive.host.keep(RUN, &saved.bytes()?).await.err();
        }
        Ok(())
    }

    async fn recover(&mut self, device: &Device) -> Result<(), LabError> {
        let lost_steps = self.run.recover(device.clone(), device.used(Why::Began)).await?;
        let state = RunState::Recovered { step: self.run.step(), lost_steps };
        self.drive.recovered = Some((self.drive.host.now_millis(), state));
        Ok(())
    }

    fn report(&mut self, backend: &BackendUsed, _: f64) {
        let Drive { host, recovered, unsaved, tell, .. } = &*self.drive;
        let state = match recovered {
            Some((at, state)) if host.now_millis() - at < RECOVERED_MILLIS => state.clone(),
            _ => RunState::Running,
        };
        self.run.runs_on(backend);
        tell(Trained { unsaved: unsaved.clone(), ..self.run.report(state) });
    }
}

/// The file that a run is kept in.
const RUN: &str = "run.safetensors";

/// What an earlier visit left; a file that cannot be read counts as none.
async fn stored(host: &impl Host) -> Option<Saved> {
    Saved::read(RUN, host.kept(RUN).await?).ok()
}

impl<H: Host> Perform<H> for Train {
    type Kept = TrainSession;

    async fn perform(self, kept: &TrainSession, host: &H, tell: &dyn Fn(Trained)) -> Result<TrainAnswer, LabError> {
        Ok(match self {
            Train::TrainOptions => {
                let stored = stored(host).await.map(|saved| saved.stored());
                TrainAnswer::TrainOptions(options(host.examples().as_deref(), stored))
            }
            Train::AddData(job) => {
                TrainAnswer::Data(take_data(files_from(job.files, host).await?, job.side, host).await?)
            }
            Train::FetchData(job) => {
                let (name, bytes) = host.fetch(&job.url, LIMIT_BYTES).await?;
                host.step(Stage::Verify, 0, 1).await?;
                TrainAnswer::Data(take_data(vec![DataFile { name, bytes }], job.side, host).await?)
            }
            Train::DescribeNetwork(job) => {
                TrainAnswer::Described(describe_network(&job.text, job.shape, job.classes, job.batch))
            }
            Train::Train(job) => TrainAnswer::Trained(kept.train(job, host, tell).await?),
            Train::Look(look) => TrainAnswer::Looked(kept.look(look, host).await?),
            Train::ExportRun => {
                let (name, bytes) = kept.export().await?;
                TrainAnswer::Exported(Exported { name, bytes: bytes.into() })
            }
            Train::ExportRunAs(form) => TrainAnswer::Exported(kept.export_as(form, host).await?),
            Train::WriteSource(job) => TrainAnswer::Exported(kept.write_source(job, host).await?),
            Train::ImportRun(file) => {
                TrainAnswer::Imported(kept.import(&file.name, file.bytes.into_vec(), host).await?)
            }
        })
    }

    fn steer(kept: &TrainSession, steer: Steer) {
        kept.steer(steer);
    }
}

/// Examples from files: a data set, or pictures that are decoded here. They replace those given before.
async fn take_data(given: Vec<DataFile>, side: Option<u32>, host: &impl Host) -> Result<DataReport, LabError> {
    let data = match combine(given)? {
        Found::Dataset(data) => data,
        Found::Pictures(pictures) => {
            let mut gather = pictures.gather(side)?;
            let mut refused = None;
            for (index, file) in pictures.iter().enumerate() {
                host.step(Stage::Decode, index as u64, pictures.len() as u64).await?;
                let decoded = match file {
                    Ok(file) => host.decoded(file.name, &file.bytes).await,
                    Err(error) => Err(error.into()),
                };
                match decoded {
                    Ok(picture) => gather.add(&picture)?,
                    Err(LabError::Cancelled) => return Err(LabError::Cancelled),
                    // One bad picture does not keep the others from being learnt.
                    Err(error) => {
                        gather.leave_out(None);
                        refused = refused.or(Some(error));
                    }
                }
            }
            match (gather.finish(), refused) {
                (Err(error), Some(refused)) if error.is_too_few() => return Err(refused),
                (finished, _) => finished?,
            }
        }
    };
    let report = data_report(&data);
    host.set_examples(data);
    Ok(report)
}

/// A set's name as the beginning of a file's.
pub(super) fn file_stem(set: &str) -> String {
    let stem: String = set.chars().map(|c| if c.is_alphanumeric() || c == '-' { c } else { '_' }).take(40).collect();
    if stem.is_empty() { "run".to_owned() } else { stem }
}

/// Which device trains faster: a few steps on each, from the same start, thrown away afterwards.
/// They are kept by network, batch and size of the examples.
#[derive(Default)]
struct Races(RefCell<Vec<(Key, Race)>>);

type Key = (String, u32, [usize; 3]);

impl Races {
    /// The device that the person chose, else the faster one.
    async fn choose(
        &self,
        setup: &Setup,
        data: &Rc<Dataset>,
        host: &impl Host,
    ) -> Result<(Device, BackendUsed), LabError> {
        let key = (setup.network.clone(), setup.batch, data.shape);
        let earlier = self.0.borrow().iter().find(|(known, _)| *known == key).map(|(_, race)| *race);
        let mut race = earlier;
        let sample = async |device: &Device| {
            host.step(Stage::Race, 0, 1).await?;
            Trainer::new(setup.clone(), data.clone(), device).await?.step_millis(host).await
        };
        let chosen = choose_known(setup.backend, &host.gpu().await?, &mut race, sample).await?;
        if let (None, Some(race)) = (earlier, race) {
            self.0.borrow_mut().push((key, race));
        }
        Ok(chosen)
    }
}
