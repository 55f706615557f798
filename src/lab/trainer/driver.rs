//! Drives a training to its end: it rests, reports and keeps in time, and goes on elsewhere when the device is lost.

use crate::lab::device::{Device, MaybeGpu, Pace, elsewhere};
use crate::lab::{LabError, Monitor};
use crate::protocol::{BackendChoice, BackendUsed, Why};

/// Between two states that are kept: so much work can be lost, and a little more.
const KEEP_MILLIS: f64 = 3000.0;
/// The first one: whoever leaves early has something to come back to.
const FIRST_KEEP_MILLIS: f64 = 500.0;

/// A GPU that is lost so often without a state that could be kept between is not asked again.
const MOST_LOSSES: u32 = 2;

/// A training under way: of one network, or of several that take turns.
#[allow(async_fn_in_trait, reason = "used by static dispatch within this crate, on single-threaded executors")]
pub trait TrainingLoop {
    type End;

    fn step(&self) -> u32;

    /// The next step or a few, and what is due after them.
    async fn turn(&mut self) -> Result<Option<Self::End>, LabError>;

    /// Keeps all that is needed to go on from here.
    async fn keep(&mut self) -> Result<(), LabError>;

    /// Goes on with this device from what was kept last, or from the start.
    async fn recover(&mut self, device: &Device) -> Result<(), LabError>;

    /// Tells how far it is, so many seconds after the driver began.
    fn report(&mut self, backend: &BackendUsed, seconds: f64);
}

pub struct Driver<'a, W> {
    watch: &'a W,
    gpu: &'a MaybeGpu,
    choice: BackendChoice,
    backend: BackendUsed,
    pace: Pace,
    keep_millis: f64,
    kept_millis: f64,
    losses: u32,
}

impl<'a, W: Monitor> Driver<'a, W> {
    /// `choice` is the person's, `backend` what came of it.
    pub fn new(watch: &'a W, gpu: &'a MaybeGpu, choice: BackendChoice, backend: BackendUsed) -> Self {
        let kept_millis = watch.now_millis() - KEEP_MILLIS + FIRST_KEEP_MILLIS;
        let pace = Pace::new(watch);
        Self { watch, gpu, choice, backend, pace, keep_millis: KEEP_MILLIS, kept_millis, losses: 0 }
    }

    pub fn report_every(&mut self, millis: f64) {
        self.pace.tell_every(millis);
    }

    /// Another time between two states that are kept, before the first too.
    pub fn keep_every(&mut self, millis: f64) {
        (self.keep_millis, self.kept_millis) = (millis, self.watch.now_millis());
    }

    pub fn backend(&self) -> &BackendUsed {
        &self.backend
    }

    pub fn seconds(&self) -> f64 {
        self.pace.seconds(self.watch)
    }

    /// To the end.
    pub async fn drive<T: TrainingLoop>(&mut self, training: &mut T) -> Result<T::End, LabError> {
        loop {
            if let Some(end) = self.turn(training).await? {
                return Ok(end);
            }
            self.pace.rest(self.watch).await?;
        }
    }

    /// One turn, and what is due after it. A lost device is no error where there is another one.
    pub async fn turn<T: TrainingLoop>(&mut self, training: &mut T) -> Result<Option<T::End>, LabError> {
        match self.attempt(training).await {
            Err(error) if error.is_device_lost() => self.recover(training, error).await.map(|()| None),
            turned => turned,
        }
    }

    async fn attempt<T: TrainingLoop>(&mut self, training: &mut T) -> Result<Option<T::End>, LabError> {
        let end = training.turn().await?;
        let now = self.watch.now_millis();
        if end.is_some() || now - self.kept_millis > self.keep_millis {
            training.keep().await?;
            self.kept_millis = now;
            self.losses = 0;
        }
        if end.is_none() && self.pace.is_time_to_tell(self.watch) {
            training.report(&self.backend, self.seconds());
        }
        Ok(end)
    }

    /// From the state that was kept last, on a new device.
    pub async fn recover<T: TrainingLoop>(&mut self, training: &mut T, mut error: LabError) -> Result<(), LabError> {
        let before = training.step();
        loop {
            self.losses += 1;
            let device = match self.choice {
                _ if self.losses <= MOST_LOSSES => elsewhere(self.choice, self.gpu).await?.0,
                BackendChoice::Gpu => return Err(error),
                BackendChoice::Auto | BackendChoice::Cpu => Device::Cpu,
            };
            match training.recover(&device).await {
                Err(again) if again.is_device_lost() => error = again,
                recovered => {
                    recovered?;
                    let lost_steps = before.saturating_sub(training.step());
                    self.backend = device.used(Why::Recovered { lost_steps });
                    self.pace.tell_soon();
                    return Ok(());
                }
            }
        }
    }
}
