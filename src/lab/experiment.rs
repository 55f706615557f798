//! The one shape of all experiments: a job, what is kept between jobs, and a host that has what a job may need.

use super::device::MaybeGpu;
use super::{LabError, Monitor, Weights};
use crate::data::dataset::Dataset;
use crate::data::files::DataFile;
use crate::data::{DataError, Rgb};
use crate::models::Network;
use crate::protocol::{self, Experiment, ExportForm, ShippedReport, Stage};
use std::rc::Rc;

/// What the session of a person has: the worker's in the browser, the command's or a test's natively.
#[allow(async_fn_in_trait, reason = "used by static dispatch within this crate, on single-threaded executors")]
pub trait Host: Monitor {
    /// A picture of the tray.
    fn picture(&self, id: u32) -> Result<Rc<Rgb>, LabError>;

    /// Of any network: of one that names no classes too.
    async fn any_weights(&self, network: &str) -> Result<Rc<Weights>, LabError>;

    /// Of a network that names classes, fetched or read from storage where they are not in memory.
    async fn weights(&self, network: &str) -> Result<Rc<Weights>, LabError>;

    /// The GPU, or why there is none; a new one where the last one was lost.
    async fn gpu(&self) -> Result<MaybeGpu, LabError>;

    /// Does `work` while nobody else uses the GPU or the engine.
    async fn alone<T>(&self, work: impl AsyncFnOnce(MaybeGpu) -> Result<T, LabError>) -> Result<T, LabError>;

    fn job(&self) -> u32;

    /// The examples that the person gave last.
    fn examples(&self) -> Option<Rc<Dataset>>;

    fn set_examples(&self, data: Dataset);

    /// The name and the bytes of a file at an address.
    async fn fetch(&self, url: &str, limit_bytes: u64) -> Result<(String, Vec<u8>), LabError>;

    /// Keeps a file for the next visit, in place of the one of this name; the error says in the platform's words why that is impossible.
    async fn keep(&self, name: &str, file: &[u8]) -> Result<(), String>;

    /// The file that was kept last by this name, by an earlier visit too.
    async fn kept(&self, name: &str) -> Option<Vec<u8>>;

    /// A picture file, as the platform reads it.
    async fn decoded(&self, name: &str, bytes: &[u8]) -> Result<Rgb, LabError>;

    /// A file that comes with the page.
    async fn shipped(&self, title: &str, file: &ShippedReport) -> Result<Vec<u8>, LabError>;

    /// A network as a file in this form; those that hold weights want them.
    async fn exported(
        &self,
        form: ExportForm,
        network: &Network,
        weights: Option<&Weights>,
    ) -> Result<Vec<u8>, LabError>;

    /// `work`, given up as soon as the job is cancelled.
    async fn or_cancelled<T>(&self, work: impl Future<Output = T>) -> Result<T, LabError>;
}

/// For all files together that a person gives at once.
pub(super) const LIMIT_BYTES: u64 = 1 << 30;

/// The files of a job, as [`crate::data`] reads them.
pub(super) async fn files_from(given: Vec<protocol::DataFile>, host: &impl Host) -> Result<Vec<DataFile>, LabError> {
    let bytes = given.iter().map(|file| file.bytes.len() as u64).sum();
    if bytes > LIMIT_BYTES {
        let file = given.first().map(|file| file.name.clone()).unwrap_or_default();
        return Err(DataError::TooManyBytes { file, bytes, limit_bytes: LIMIT_BYTES }.into());
    }
    host.step(Stage::Verify, 0, 1).await?;
    Ok(given.into_iter().map(|file| DataFile { name: file.name, bytes: file.bytes.into_vec() }).collect())
}

/// What an experiment does.
#[allow(async_fn_in_trait, reason = "used by static dispatch within this crate, on single-threaded executors")]
pub trait Perform<H: Host>: Experiment {
    /// What stays between jobs: compiled plans, examples, trained networks. Where only one job may use it at a time, the lock is
    /// within.
    type Kept: Default + 'static;

    /// Does the job; `tell` hears of it meanwhile.
    async fn perform(self, kept: &Self::Kept, host: &H, tell: &dyn Fn(Self::News)) -> Result<Self::Answer, LabError>;

    /// Changes the job under way, if there is one.
    fn steer(kept: &Self::Kept, steer: Self::Steer) {
        let _ = (kept, steer);
    }
}
