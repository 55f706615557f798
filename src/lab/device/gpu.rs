//! The GPU of a session, or why there is none.

use super::Device;
use crate::backend::{AnyGpu, Later};
use crate::lab::LabError;
use crate::protocol::GpuReport;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// Looks for a GPU, or says why there is none.
pub type Finder = fn() -> Later<'static, Found>;

type Found = Result<Rc<dyn AnyGpu>, String>;

/// All copies are of one GPU; a new one takes its place where it is lost.
#[derive(Clone, Default)]
pub struct MaybeGpu(Rc<Slot>);

#[derive(Default)]
struct Slot {
    find: Cell<Option<Finder>>,
    /// `None` until somebody wants to know.
    found: RefCell<Option<Found>>,
}

impl MaybeGpu {
    /// The fastest GPU that there is, or why there is none.
    pub async fn find() -> Self {
        let gpu = Self::default();
        gpu.meet(crate::backend::gpu::find).await;
        gpu
    }

    /// None; `detail` says why.
    pub fn none(detail: impl Into<String>) -> Self {
        let gpu = Self::default();
        gpu.0.found.replace(Some(Err(detail.into())));
        gpu
    }

    /// Looks for it, unless that was done.
    pub async fn meet(&self, find: Finder) {
        if !self.is_met() {
            self.0.find.set(Some(find));
            let found = find().await;
            self.0.found.replace(Some(found));
        }
    }

    /// Whether it was looked for.
    pub fn is_met(&self) -> bool {
        self.0.found.borrow().is_some()
    }

    /// The GPU as it was found, or why there is none; `None` where nobody has looked.
    pub fn known(&self) -> Option<Result<Rc<dyn AnyGpu>, String>> {
        self.0.found.borrow().clone()
    }

    /// The GPU; a new one where it was lost.
    pub async fn living(&self) -> Result<Rc<dyn AnyGpu>, String> {
        match (self.known(), self.0.find.get()) {
            (Some(Ok(gpu)), find) if gpu.is_lost() => {
                let found = match find {
                    Some(find) => find().await,
                    None => Err("it was lost".to_owned()),
                };
                self.0.found.replace(Some(found.clone()));
                found
            }
            (Some(found), _) => found,
            (None, _) => Err("it was not looked for yet".to_owned()),
        }
    }

    /// [`Self::living`] as a device that somebody chose.
    pub async fn device(&self) -> Result<Device, LabError> {
        self.living().await.map(Device::Gpu).map_err(|detail| LabError::NoGpu { detail })
    }

    /// Bytes and number of the buffers on it; none without one.
    pub fn held(&self) -> [u64; 2] {
        self.known().and_then(Result::ok).map_or([0; 2], |gpu| gpu.held())
    }

    /// Gives the GPU up, as a crash of its driver would. For tests of recovery.
    pub fn lose(&self) {
        if let Some(Ok(gpu)) = self.known() {
            gpu.destroy();
        }
    }

    pub fn report(&self) -> GpuReport {
        match self.known() {
            Some(Ok(gpu)) => GpuReport::Here { adapter: gpu.name().to_owned(), software: gpu.traits().software },
            Some(Err(detail)) => GpuReport::Missing { detail },
            None => GpuReport::NotAsked,
        }
    }
}

impl<G: AnyGpu> From<Result<Rc<G>, String>> for MaybeGpu {
    /// Without a way to find another one where it is lost.
    fn from(found: Result<Rc<G>, String>) -> Self {
        let gpu = Self::default();
        let found: Found = found.map(|gpu| gpu as Rc<dyn AnyGpu>);
        gpu.0.found.replace(Some(found));
        gpu
    }
}
