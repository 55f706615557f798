//! One job under way: its number, its clock, whether it is still wanted, and what it gets from the session.

use super::download::{download, name_of};
use super::parts::Export;
use super::session::{Session, shipped_bytes};
use super::{picture, post};
use crate::data::Rgb;
use crate::data::dataset::Dataset;
use crate::lab::device::MaybeGpu;
use crate::lab::{Host, LabError, Monitor, Weights};
use crate::models::Network;
use crate::protocol::{ExportForm, Progress, Response, ShippedReport, Trouble, Update, trouble};
use js_sys::Promise;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Poll, Waker};
use wasm_bindgen_futures::JsFuture;

pub(super) struct JobContext {
    pub(super) id: u32,
    pub(super) session: &'static Session,
    cancelled: Cell<bool>,
    waiting: RefCell<Option<Waker>>,
}

impl JobContext {
    pub(super) fn new(id: u32, session: &'static Session) -> Self {
        Self { id, session, cancelled: Cell::new(false), waiting: RefCell::default() }
    }

    pub(super) fn cancel(&self) {
        self.cancelled.set(true);
        let waiting = self.waiting.borrow_mut().take();
        waiting.into_iter().for_each(Waker::wake);
    }

    /// `work`, dropped where it stands as soon as the job is cancelled.
    pub(super) async fn or_cancelled<T>(&self, work: impl Future<Output = T>) -> Result<T, Trouble> {
        let mut work = std::pin::pin!(work);
        std::future::poll_fn(|context| {
            if self.cancelled.get() {
                return Poll::Ready(Err(trouble::Cancelled {}.into()));
            }
            *self.waiting.borrow_mut() = Some(context.waker().clone());
            work.as_mut().poll(context).map(Ok)
        })
        .await
    }

    /// What whoever asked hears while the job goes on.
    pub(super) fn tell(&self, update: Update) {
        post(Response { id: self.id, update });
    }

    /// [`Monitor::step`] for what is not the lab's.
    pub(super) async fn step(&self, stage: crate::protocol::Stage) -> Result<(), Trouble> {
        Monitor::step(self, stage, 0, 1).await.map_err(|error: LabError| error.into())
    }
}

impl Monitor for JobContext {
    fn now_millis(&self) -> f64 {
        super::scope().performance().map_or(0.0, |performance| performance.now())
    }

    fn progress(&self, progress: Progress) {
        post(Response { id: self.id, update: Update::Progress(progress) });
    }

    fn is_cancelled(&self) -> bool {
        self.cancelled.get()
    }

    /// A turn of the event loop: messages that wait are received.
    async fn pause(&self) {
        let turn = Promise::new(&mut |resolve, _| {
            // It refuses only what is no function.
            let _ = super::scope().set_timeout_with_callback(&resolve);
        });
        let _ = JsFuture::from(turn).await;
    }
}

impl Host for JobContext {
    fn picture(&self, id: u32) -> Result<Rc<Rgb>, LabError> {
        Ok(self.session.picture(id)?)
    }

    async fn any_weights(&self, network: &str) -> Result<Rc<Weights>, LabError> {
        Ok(self.session.loaded(network, self).await?)
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

    async fn keep(&self, name: &str, file: &[u8]) -> Result<(), String> {
        let kept = match self.session.runs().await.as_ref() {
            Some(Ok(folder)) => folder.write(name, file).await,
            Some(Err(refused)) => Err(refused.clone()),
            None => Ok(()),
        };
        kept.map_err(|refused| refused.detail)
    }

    async fn kept(&self, name: &str) -> Option<Vec<u8>> {
        let folder = self.session.runs().await;
        folder.as_ref()?.as_ref().ok()?.read(name).await.ok()
    }

    async fn decoded(&self, name: &str, bytes: &[u8]) -> Result<Rgb, LabError> {
        Ok(picture::decoded(name, bytes, self).await?)
    }

    async fn shipped(&self, title: &str, file: &ShippedReport) -> Result<Vec<u8>, LabError> {
        Ok(shipped_bytes(title, file, self).await?)
    }

    async fn exported(
        &self,
        form: ExportForm,
        network: &Network,
        weights: Option<&Weights>,
    ) -> Result<Vec<u8>, LabError> {
        let Export(export) = self.or_cancelled((self.session.parts.export)()).await?.map_err(Trouble::from)?;
        export(form, network, weights)
    }

    async fn or_cancelled<T>(&self, work: impl Future<Output = T>) -> Result<T, LabError> {
        JobContext::or_cancelled(self, work).await.map_err(|_: Trouble| LabError::Cancelled)
    }
}
