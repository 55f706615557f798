//! What an experiment's job gets from this session.

use super::context::JobContext;
use super::picture;
use super::session::{Session, shipped_bytes};
use crate::data::Rgb;
use crate::data::dataset::Dataset;
use crate::lab::device::MaybeGpu;
use crate::lab::{Host, LabError, Watch, Weights};
use crate::protocol::{Progress, ShippedReport, Trouble};
use std::rc::Rc;

/// The session, for one job.
pub(super) struct JobHost<'a> {
    pub(super) session: &'a Session,
    pub(super) context: &'a JobContext,
}

impl Watch for JobHost<'_> {
    fn now_millis(&self) -> f64 {
        self.context.now_millis()
    }

    fn progress(&self, progress: Progress) {
        self.context.progress(progress);
    }

    fn is_cancelled(&self) -> bool {
        self.context.is_cancelled()
    }

    async fn pause(&self) {
        self.context.pause().await;
    }
}

impl Host for JobHost<'_> {
    fn picture(&self, id: u32) -> Result<Rc<Rgb>, LabError> {
        Ok(self.session.picture(id)?)
    }

    async fn weights(&self, network: &str) -> Result<Rc<Weights>, LabError> {
        Ok(self.session.weights(network, self.context).await?)
    }

    async fn gpu(&self) -> Result<MaybeGpu, LabError> {
        Ok(self.session.gpu(self.context).await?)
    }

    async fn alone<T>(&self, work: impl AsyncFnOnce(MaybeGpu) -> Result<T, LabError>) -> Result<T, LabError> {
        let mut engine = self.session.engine(self.context).await?;
        self.session.meet_gpu(&mut engine, self.context).await?;
        let gpu = engine.gpu().clone();
        work(gpu).await
    }

    fn examples(&self) -> Option<Rc<Dataset>> {
        self.session.examples.borrow().clone()
    }

    async fn decoded(&self, name: &str, bytes: &[u8]) -> Result<Rgb, LabError> {
        Ok(picture::decoded(name, bytes, self.context).await?)
    }

    async fn shipped(&self, title: &str, file: &ShippedReport) -> Result<Vec<u8>, LabError> {
        Ok(shipped_bytes(title, file, self.context).await?)
    }

    async fn or_cancelled<T>(&self, work: impl Future<Output = T>) -> Result<T, LabError> {
        self.context.or_cancelled(work).await.map_err(|_: Trouble| LabError::Cancelled)
    }
}
