//! What an experiment's job gets from this session.

use super::context::JobContext;
use super::download::{download, name_of};
use super::picture;
use super::session::shipped_bytes;
use crate::data::Rgb;
use crate::data::dataset::Dataset;
use crate::lab::device::MaybeGpu;
use crate::lab::{Host, LabError, Weights};
use crate::protocol::{ShippedReport, Trouble};
use std::rc::Rc;

/// The run in the folder for runs.
const RUN: &str = "run.safetensors";

impl Host for JobContext {
    fn picture(&self, id: u32) -> Result<Rc<Rgb>, LabError> {
        Ok(self.session.picture(id)?)
    }

    async fn weights(&self, network: &str) -> Result<Rc<Weights>, LabError> {
        Ok(self.session.weights(network, self).await?)
    }

    async fn gpu(&self) -> Result<MaybeGpu, LabError> {
        Ok(self.session.gpu(self).await?)
    }

    async fn alone<T>(&self, work: impl AsyncFnOnce(MaybeGpu) -> Result<T, LabError>) -> Result<T, LabError> {
        let mut engine = self.session.engine(self).await?;
        self.session.meet_gpu(&mut engine, self).await?;
        let gpu = engine.gpu().clone();
        work(gpu).await
    }

    fn job(&self) -> u32 {
        self.id
    }

    fn examples(&self) -> Option<Rc<Dataset>> {
        self.session.examples.borrow().clone()
    }

    fn set_examples(&self, data: Dataset) {
        self.session.examples.replace(Some(Rc::new(data)));
    }

    async fn fetch(&self, url: &str, limit_bytes: u64) -> Result<(String, Vec<u8>), LabError> {
        Ok((name_of(url), download(url, limit_bytes, self).await?.bytes))
    }

    async fn keep_run(&self, file: &[u8]) -> Result<(), String> {
        let kept = match self.session.runs().await.as_ref() {
            Some(Ok(folder)) => folder.write(RUN, file).await,
            Some(Err(refused)) => Err(refused.clone()),
            None => Ok(()),
        };
        kept.map_err(|refused| refused.detail)
    }

    async fn kept_run(&self) -> Option<Vec<u8>> {
        let folder = self.session.runs().await;
        folder.as_ref()?.as_ref().ok()?.read(RUN).await.ok()
    }

    async fn decoded(&self, name: &str, bytes: &[u8]) -> Result<Rgb, LabError> {
        Ok(picture::decoded(name, bytes, self).await?)
    }

    async fn shipped(&self, title: &str, file: &ShippedReport) -> Result<Vec<u8>, LabError> {
        Ok(shipped_bytes(title, file, self).await?)
    }

    async fn or_cancelled<T>(&self, work: impl Future<Output = T>) -> Result<T, LabError> {
        JobContext::or_cancelled(self, work).await.map_err(|_: Trouble| LabError::Cancelled)
    }
}
