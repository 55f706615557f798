//! One job under way: its number, its clock, and whether it is still wanted.

use super::post;
use super::session::Session;
use crate::lab::{LabError, Watch};
use crate::protocol::{Progress, Response, Trouble, Update};
use js_sys::Promise;
use std::cell::{Cell, RefCell};
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
                return Poll::Ready(Err(Trouble::Cancelled));
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

    /// [`Watch::step`] for what is not the lab's.
    pub(super) async fn step(&self, stage: crate::protocol::Stage) -> Result<(), Trouble> {
        Watch::step(self, stage, 0, 1).await.map_err(|error: LabError| error.into())
    }
}

impl Watch for JobContext {
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
