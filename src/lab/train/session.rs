//! The run in memory, whoever steers it or looks at it meanwhile, and what is kept of it for the next visit.
//!
//! Invariants:
//! - One run, one job that drives it: a new one ends the one before at its next turn.
//! - Between two turns the run is free: looks and exports are answered there, and so are pause and cancel.
//! - Every few seconds, and at every end, the run is kept in the [`RunStore`]; losing the tab or the device costs no more.

use super::{Races, Run, Saved, Turned, dataset_of};
use crate::data::dataset::Dataset;
use crate::lab::device::{Device, MaybeGpu, elsewhere};
use crate::lab::trainer::{Driver, Training};
use crate::lab::{LabError, Watch};
use crate::protocol::{
    BackendChoice, BackendKind, BackendUsed, Begin, Look, Looked, RunState, Setup, Stage, Steer, StoredRun, TrainRun,
    Trained, Why,
};
use async_lock::Mutex;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// Between two reports.
const REPORT_MILLIS: f64 = 150.0;
/// A recovery is told for so long.
const RECOVERED_MILLIS: f64 = 4000.0;

/// Where the run is kept between two visits.
#[allow(async_fn_in_trait, reason = "used by static dispatch within this crate, on single-threaded executors")]
pub trait RunStore {
    /// # Errors
    /// Why it cannot be kept.
    async fn keep(&self, saved: &Saved) -> Result<(), String>;

    /// What an earlier visit left; what cannot be read is as good as nothing.
    async fn stored(&self) -> Option<Saved>;
}

/// What a job with the run may use.
pub struct RunHost<'a, W, S> {
    pub gpu: MaybeGpu,
    /// Those that the person gave last.
    pub examples: Option<Rc<Dataset>>,
    pub store: &'a S,
    pub watch: &'a W,
}

/// Of one page.
#[derive(Default)]
pub struct TrainSession {
    run: Mutex<Option<Run>>,
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

    /// Drives the run, a new one or the present one, to its end or to a pause; `id` is the job's own. `tell` hears how far it is.
    ///
    /// # Errors
    /// [`LabError::NoRun`] where there is none to go on with, [`LabError::Cancelled`], and what [`Run::new`] and a device
    /// refuse.
    pub async fn train(
        &self,
        id: u32,
        job: TrainRun,
        host: &RunHost<'_, impl Watch, impl RunStore>,
        tell: impl Fn(Trained),
    ) -> Result<Trained, LabError> {
        let &RunHost { ref gpu, store, watch, .. } = host;
        self.driver.set(id);
        let mut run = self.run.lock().await;
        if watch.is_cancelled() {
            return Err(LabError::Cancelled);
        }
        self.commands.borrow_mut().clear();
        let TrainRun { setup, from, steps } = job;
        match (from, run.as_mut()) {
            (Begin::Anew, _) => *run = Some(self.new_run(setup, host).await?),
            (Begin::Stored, _) => {
                let saved = store.stored().await.ok_or(LabError::NoRun)?;
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
        let mut driver = Driver::new(watch, gpu, present.setup().backend, present.backend().clone());
        driver.report_every(REPORT_MILLIS);
        drop(run);
        let mut drive = Drive { session: self, id, until, watch, store, tell, unsaved: None, recovered: None };
        loop {
            let mut guard = self.run.lock().await;
            let run = guard.as_mut().ok_or(LabError::NoRun)?;
            if let Some(state) = driver.turn(&mut Driven { run, drive: &mut drive, is_finite: true }).await? {
                let last = Trained { unsaved: drive.unsaved, ..run.report(state) };
                return if watch.is_cancelled() { Err(LabError::Cancelled) } else { Ok(last) };
            }
            drop(guard);
            watch.pause().await;
        }
    }

    /// # Errors
    /// Those of [`Run::look`], and [`LabError::NoRun`].
    pub async fn look(&self, look: Look, host: &RunHost<'_, impl Watch, impl RunStore>) -> Result<Looked, LabError> {
        let &RunHost { ref gpu, watch, .. } = host;
        let mut guard = self.run.lock().await;
        let run = guard.as_mut().ok_or(LabError::NoRun)?;
        match run.look(look.clone(), watch).await {
            Err(error) if error.is_device_lost() => {
                let (device, backend) = elsewhere(run.setup().backend, gpu).await?;
                run.recover(device, backend).await?;
                run.look(look, watch).await
            }
            looked => looked,
        }
    }

    /// The weights as others read them: the name of a file and its bytes.
    ///
    /// # Errors
    /// [`LabError::NoRun`], and what the device refuses.
    pub async fn export(&self) -> Result<(String, Vec<u8>), LabError> {
        let mut guard = self.run.lock().await;
        let run = guard.as_mut().ok_or(LabError::NoRun)?;
        let name = format!("{}-{}.safetensors", file_stem(&run.setup().data.set), run.trainer().step());
        let bytes = run.export().await?.bytes(&name)?;
        Ok((name, bytes))
    }

    /// Takes up the run in a file.
    ///
    /// # Errors
    /// What is wrong with the file, and what [`Run::new`] refuses.
    pub async fn import(
        &self,
        name: &str,
        bytes: Vec<u8>,
        host: &RunHost<'_, impl Watch, impl RunStore>,
    ) -> Result<StoredRun, LabError> {
        let saved = Rc::new(Saved::read(name, bytes)?);
        // Whatever drives the present run gives way.
        self.driver.set(0);
        let run = self.run_from(saved.clone(), saved.setup().clone(), host).await?;
        *self.run.lock().await = Some(run);
        Ok(saved.stored())
    }

    async fn new_run(&self, setup: Setup, host: &RunHost<'_, impl Watch, impl RunStore>) -> Result<Run, LabError> {
        let &RunHost { ref gpu, ref examples, watch, .. } = host;
        let data = dataset_of(&setup.data, examples.as_ref(), watch).await?;
        let (device, backend) = self.races.choose(&setup, &data, gpu, watch).await?;
        watch.step(Stage::Compile, 0, 1).await?;
        match Run::new(setup.clone(), data.clone(), device, backend).await {
            Err(error) if setup.backend == BackendChoice::Auto && error.is_of_gpu() => {
                let backend = Device::Cpu.used(Why::GpuFailed { detail: error.to_string() });
                Run::new(setup, data, Device::Cpu, backend).await
            }
            made => made,
        }
    }

    async fn run_from(
        &self,
        saved: Rc<Saved>,
        setup: Setup,
        host: &RunHost<'_, impl Watch, impl RunStore>,
    ) -> Result<Run, LabError> {
        let &RunHost { ref gpu, ref examples, watch, .. } = host;
        let data = dataset_of(&saved.setup().data, examples.as_ref(), watch).await?;
        // On the device where it began, if that is there: on another, rounding differs.
        let (device, backend) = match (setup.backend, saved.backend()) {
            (BackendChoice::Auto, Some(BackendKind::Cpu)) => (Device::Cpu, Device::Cpu.used(Why::Began)),
            (BackendChoice::Auto, Some(BackendKind::Gpu)) => elsewhere(BackendChoice::Auto, gpu).await?,
            _ => self.races.choose(saved.setup(), &data, gpu, watch).await?,
        };
        watch.step(Stage::Compile, 0, 1).await?;
        Run::from_saved(saved, setup, data, device, backend).await
    }
}

/// What a job does with the run.
struct Drive<'a, W, S, T> {
    session: &'a TrainSession,
    id: u32,
    until: u32,
    watch: &'a W,
    store: &'a S,
    tell: T,
    unsaved: Option<String>,
    recovered: Option<(f64, RunState)>,
}

/// The run for one turn.
struct Driven<'a, 'b, W, S, T> {
    run: &'a mut Run,
    drive: &'a mut Drive<'b, W, S, T>,
    is_finite: bool,
}

impl<W: Watch, S: RunStore, T: Fn(Trained)> Training for Driven<'_, '_, W, S, T> {
    type End = RunState;

    fn step(&self) -> u32 {
        self.run.step()
    }

    /// A few steps, unless somebody wants the run to stop.
    async fn turn(&mut self) -> Result<Option<RunState>, LabError> {
        let Drive { session, id, until, watch, .. } = *self.drive;
        for command in session.commands.take() {
            match command {
                Steer::Rate(rate) => self.run.set_rate(rate)?,
                Steer::Pause => return Ok(Some(RunState::Paused)),
            }
        }
        if watch.is_cancelled() || session.driver.get() != id {
            return Ok(Some(RunState::Paused));
        }
        if self.run.is_finished() {
            return Ok(Some(RunState::Finished));
        }
        if self.run.step() >= until {
            return Ok(Some(RunState::Paused));
        }
        Ok(match self.run.turn(until, watch).await? {
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
            self.drive.unsaved = self.drive.store.keep(&saved).await.err();
        }
        Ok(())
    }

    async fn recover(&mut self, device: &Device) -> Result<(), LabError> {
        let lost_steps = self.run.recover(device.clone(), device.used(Why::Began)).await?;
        let state = RunState::Recovered { step: self.run.step(), lost_steps };
        self.drive.recovered = Some((self.drive.watch.now_millis(), state));
        Ok(())
    }

    fn report(&mut self, backend: &BackendUsed, _: f64) {
        let Drive { watch, recovered, unsaved, tell, .. } = &*self.drive;
        let state = match recovered {
            Some((at, state)) if watch.now_millis() - at < RECOVERED_MILLIS => state.clone(),
            _ => RunState::Running,
        };
        self.run.runs_on(backend);
        tell(Trained { unsaved: unsaved.clone(), ..self.run.report(state) });
    }
}

/// A set's name as the beginning of a file's.
fn file_stem(set: &str) -> String {
    let stem: String = set.chars().map(|c| if c.is_alphanumeric() || c == '-' { c } else { '_' }).take(40).collect();
    if stem.is_empty() { "run".to_owned() } else { stem }
}
