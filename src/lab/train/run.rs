//! A run that is watched: its curves, its pace, what is kept of it, and the way back after a fault.
//!
//! Whoever drives it calls [`TrainingRun::turn`] again and again and looks in between; nothing here waits for anything but the device.

use super::times::{Clock, StepTimes};
use super::{Dataset, LabError, Part, Tally, Trainer, WeightsFile, data_report};
use crate::lab::Monitor;
use crate::lab::device::Device;
use crate::nn::checkpoint::Checkpoint;
use crate::protocol::{About, BackendKind, BackendUsed, CurvePoint, Measured, RunState, Setup, StoredRun, Trained};
use std::borrow::Cow;
use std::rc::Rc;

/// So long the device works between two looks at it.
const TURN_MILLIS: f64 = 60.0;
/// A measurement on the validation part runs forward once over it, a step three times over a batch: so many times as much is
/// spent on steps.
const STEPS_PER_MEASUREMENT: f64 = 8.0;
/// After so many measurements the next ones lie further apart, each by this part of the steps before it: the list of a run without
/// end stays short.
const MEASUREMENTS: u32 = 1024;

pub struct TrainingRun {
    trainer: Trainer,
    data: Rc<Dataset>,
    device: Device,
    backend: BackendUsed,
    curve: Vec<CurvePoint>,
    validation: Vec<Measured>,
    /// How much of the two, and whether what is trained, was told already.
    told: Told,
    /// Steps that the next turn takes.
    stride: u32,
    times: StepTimes,
    clock: Clock,
    /// The validation part, as far as it was measured at this step.
    measuring: Option<Measuring>,
    /// The last state whose loss was a number.
    good: Option<Rc<Saved>>,
}

struct Measuring {
    tally: Tally,
    batches: usize,
}

#[derive(Default)]
struct Told {
    /// Up to this step.
    curve: u32,
    measured: usize,
    about: bool,
}

/// How a turn ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Turned {
    Well,
    /// At this step the loss was no number any more; what was the first that was none.
    NotFinite {
        step: u32,
        what: String,
    },
}

/// All that is needed to go on in another session.
pub struct Saved {
    setup: Setup,
    step: u32,
    steps: u32,
    curve: Vec<CurvePoint>,
    validation: Vec<Measured>,
    /// Weights, and what the optimiser keeps; curves among them.
    file: Checkpoint,
}

impl TrainingRun {
    pub async fn new(
        setup: Setup,
        data: impl Into<Rc<Dataset>>,
        device: Device,
        backend: BackendUsed,
    ) -> Result<Self, LabError> {
        let data = data.into();
        let trainer = Trainer::new(setup, data.clone(), &device).await?;
        Ok(Self {
            trainer,
            data,
            device,
            backend,
            curve: Vec::new(),
            validation: Vec::new(),
            told: Told::default(),
            stride: 1,
            times: StepTimes::new(),
            clock: Clock::default(),
            measuring: None,
            good: None,
        })
    }

    /// Takes up what was saved; with `setup` other rates or more epochs.
    pub async fn from_saved(
        saved: Rc<Saved>,
        setup: Setup,
        data: impl Into<Rc<Dataset>>,
        device: Device,
        backend: BackendUsed,
    ) -> Result<Self, LabError> {
        let mut run = Self::new(saved.setup.clone(), data, device, backend).await?;
        run.restore(saved)?;
        run.trainer.adjust(setup)?;
        Ok(run)
    }

    pub fn setup(&self) -> &Setup {
        self.trainer.setup()
    }

    pub fn trainer(&mut self) -> &mut Trainer {
        &mut self.trainer
    }

    pub fn step(&self) -> u32 {
        self.trainer.step()
    }

    /// Where it runs, and why.
    pub fn backend(&self) -> &BackendUsed {
        &self.backend
    }

    /// Why it runs where it runs, if that is there: somebody who looked may have moved it elsewhere meanwhile.
    pub(super) fn runs_on(&mut self, backend: &BackendUsed) {
        if (self.backend.kind, &self.backend.adapter) == (backend.kind, &backend.adapter) {
            self.backend.clone_from(backend);
        }
    }

    pub(super) fn data(&self) -> &Dataset {
        &self.data
    }

    /// No step is left, and nothing to measure.
    pub fn is_finished(&self) -> bool {
        self.trainer.step() >= self.trainer.steps() && self.due() > self.trainer.step()
    }

    /// The next turn takes steps; else it measures.
    pub(super) fn is_between_measurements(&self) -> bool {
        self.trainer.step() < self.due()
    }

    /// The step at which the validation part is measured next: once so many steps are done, more rarely after very many, and at
    /// the end. By steps alone, so that the same run is measured at the same steps.
    fn due(&self) -> u32 {
        let examples = self.data.split.range(Part::Validation).len();
        if examples == 0 {
            return u32::MAX;
        }
        let spent = STEPS_PER_MEASUREMENT * examples as f64 / (3.0 * f64::from(self.setup().batch));
        let between = (spent.ceil() as u32).clamp(1, self.trainer.steps_per_epoch().max(1));
        let last = self.validation.last().map_or(0, |measured| measured.step);
        let between = between.max(last / MEASUREMENTS);
        let (next, end) = (last.saturating_add(between), self.trainer.steps());
        if last >= end { u32::MAX } else { next.min(end) }
    }

    /// Other rates, another schedule, more epochs.
    pub fn adjust(&mut self, setup: Setup) -> Result<(), LabError> {
        // A new page may be listening.
        self.told.about = false;
        self.trainer.adjust(setup)
    }

    pub fn set_rate(&mut self, rate: f64) -> Result<(), LabError> {
        let mut setup = self.setup().clone();
        setup.optimiser.rate = rate;
        self.trainer.adjust(setup)
    }

    /// A few steps, at most to step `until`, and what they gave; or, where that is due, a batch of the validation part.
    ///
    /// # Errors
    /// What the device refuses; [`LabError::is_device_lost`] wants [`Self::recover`].
    pub async fn turn(&mut self, until: u32, watch: &impl Monitor) -> Result<Turned, LabError> {
        let due = self.due();
        self.clock.begin(watch.now_millis(), self.trainer.step());
        if self.trainer.step() >= due {
            self.measure().await?;
            self.clock.mark(watch.now_millis(), self.trainer.step());
            return Ok(Turned::Well);
        }
        let (start, first) = (watch.now_millis(), self.trainer.step());
        let until = until.min(self.trainer.steps()).min(due).min(first.saturating_add(self.stride));
        while self.trainer.step() < until && !self.trainer.is_full() {
            self.trainer.advance()?;
            if watch.now_millis() - start > TURN_MILLIS {
                break;
            }
        }
        let points = self.trainer.points().await?;
        self.clock.mark(watch.now_millis(), self.trainer.step());
        let steps = self.trainer.step() - first;
        if steps > 0 {
            let millis = (watch.now_millis() - start) / f64::from(steps);
            self.times.add(millis, steps);
            self.stride = (TURN_MILLIS / millis.max(1e-3)).clamp(1.0, 2.0 * f64::from(self.stride)) as u32;
        }
        if let Some(step) = points.iter().find(|point| !point.loss.is_finite()).map(|bad| bad.step) {
            self.draw(points.into_iter().take_while(|point| point.step < step).collect());
            let what =
                super::fault::first_fault(self.good.as_deref(), self.setup(), &self.data, &self.device, step).await?;
            return Ok(Turned::NotFinite { step, what });
        }
        self.draw(points);
        Ok(Turned::Well)
    }

    /// Takes points to the curve, and from a long one those that it need not keep.
    fn draw(&mut self, points: Vec<CurvePoint>) {
        if let Some(last) = points.last().map(|point| point.step) {
            self.curve.extend(points.into_iter().filter(|point| CurvePoint::stays(point.step, last)));
            if self.curve.len() > CurvePoint::MOST {
                self.curve.retain(|point| CurvePoint::stays(point.step, last));
            }
        }
    }

    /// The next batch of the validation part.
    async fn measure(&mut self) -> Result<(), LabError> {
        let loss = self.setup().loss;
        let mut measuring = self.measuring.take().unwrap_or_else(|| Measuring { tally: Tally::new(loss), batches: 0 });
        let tally = &mut measuring.tally;
        let more =
            self.trainer.predict(Part::Validation, measuring.batches, |_, label, row| tally.add(row, label)).await?;
        measuring.batches += 1;
        match more {
            true => self.measuring = Some(measuring),
            false => self.validation.extend(measuring.tally.measured(self.trainer.step())),
        }
        Ok(())
    }

    /// News since the last report.
    pub fn report(&mut self, state: RunState) -> Trained {
        let (step, steps) = (self.trainer.step(), self.trainer.steps());
        let about = (!std::mem::replace(&mut self.told.about, true)).then(|| self.about());
        // Before the clock has seen enough, by the steps themselves.
        let per_second = self.clock.per_second().or(self.times.late().map(|pace| 1e3 / pace.max(1e-6)));
        let millis_left = per_second.map(|pace| (1e3 * f64::from(steps.saturating_sub(step)) / pace) as u64);
        let per_second = per_second.unwrap_or(0.0);
        let told =
            std::mem::replace(&mut self.told, Told { curve: step, measured: self.validation.len(), about: true });
        let fresh = self.curve.partition_point(|point| point.step <= told.curve);
        Trained {
            step,
            steps,
            epoch: step as f32 / self.trainer.steps_per_epoch().max(1) as f32,
            curve: self.curve[fresh..].to_vec(),
            validation: self.validation[told.measured..].to_vec(),
            steps_per_second: per_second as f32,
            step_millis: self.times.quantiles(),
            examples_per_second: (per_second * f64::from(self.setup().batch)) as f32,
            millis_left,
            state,
            backend: self.backend.clone(),
            unsaved: None,
            about,
        }
    }

    fn about(&self) -> About {
        let totals = self.trainer.network().totals();
        let layers = self.trainer.network().lines().iter().filter(|line| line.params > 0).map(|line| line.name.clone());
        About {
            data: data_report(&self.data),
            params: totals.params,
            macs: totals.macs,
            dispatches: self.trainer.dispatches(),
            planned_bytes: self.trainer.planned_bytes() as u64,
            layers: layers.collect(),
        }
    }

    /// Reads all that is needed to go on from here. It counts as the last good state where every number of it is one.
    pub async fn save(&mut self) -> Result<Rc<Saved>, LabError> {
        let kept =
            self.trainer.kept(true).await?.with_curves(&self.curve, &self.validation)?.with_backend(self.backend.kind);
        let saved = Rc::new(Saved::read("run", kept.bytes("run")?)?);
        if saved.file.first_not_finite()?.is_none() {
            self.good = Some(saved.clone());
        }
        Ok(saved)
    }

    /// The weights alone, as others read them.
    pub async fn export(&self) -> Result<WeightsFile, LabError> {
        self.trainer.kept(false).await?.with_curves_told(&self.curve, &self.validation)
    }

    /// Back to the last good state, or to the start where there is none; returns how many steps are lost.
    pub async fn go_back(&mut self) -> Result<u32, LabError> {
        let step = self.trainer.step();
        match self.good.clone() {
            Some(good) => self.restore(good)?,
            None => {
                self.begin_anew().await?;
                self.forget();
            }
        }
        Ok(step - self.trainer.step())
    }

    /// On a new device from the last good state; returns how many steps are lost.
    pub async fn recover(&mut self, device: Device, backend: BackendUsed) -> Result<u32, LabError> {
        let step = self.trainer.step();
        (self.device, self.backend) = (device, backend);
        self.begin_anew().await?;
        match self.good.clone() {
            Some(good) => self.restore(good)?,
            None => self.forget(),
        }
        Ok(step - self.trainer.step())
    }

    async fn begin_anew(&mut self) -> Result<(), LabError> {
        self.trainer.begin_anew(&self.device).await?;
        (self.stride, self.measuring) = (1, None);
        Ok(())
    }

    fn forget(&mut self) {
        self.curve.clear();
        self.validation.clear();
        self.told = Told { about: self.told.about, ..Told::default() };
    }

    fn restore(&mut self, saved: Rc<Saved>) -> Result<(), LabError> {
        self.trainer.go_on(&saved.file)?;
        self.told.curve = self.told.curve.min(saved.step);
        self.told.measured = self.told.measured.min(saved.validation.len());
        self.curve.clone_from(&saved.curve);
        self.validation.clone_from(&saved.validation);
        self.measuring = None;
        self.good = Some(saved);
        Ok(())
    }
}

impl Saved {
    /// # Errors
    /// [`LabError::OtherRun`] where the file is none of a run, and what is wrong with the file.
    pub fn read(name: &str, bytes: Vec<u8>) -> Result<Self, LabError> {
        let file = Checkpoint::parse(name, bytes)?;
        let (setup, step) = super::save::setup_of(&file)?;
        let (curve, validation) = super::save::curves_of(&file)?;
        let steps = super::save::steps_of(&file).max(step);
        Ok(Self { setup, step, steps, curve, validation, file })
    }

    pub fn setup(&self) -> &Setup {
        &self.setup
    }

    /// Where it was trained; `None` of a file of weights alone.
    pub fn backend(&self) -> Option<BackendKind> {
        super::save::backend_of(&self.file)
    }

    pub fn bytes(&self) -> Result<Cow<'_, [u8]>, LabError> {
        Ok(self.file.whole()?)
    }

    /// What [`Trainer::go_on`] takes.
    pub fn file(&self) -> &Checkpoint {
        &self.file
    }

    /// As a page hears of it.
    pub fn stored(&self) -> StoredRun {
        StoredRun {
            setup: self.setup.clone(),
            step: self.step,
            steps: self.steps,
            curve: self.curve.clone(),
            validation: self.validation.clone(),
        }
    }
}
