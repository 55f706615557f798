//! Networks compiled for the device that was chosen for them. They stay from job to job.

use super::{Device, MaybeGpu, after_loss, choose};
use crate::lab::{LabError, Watch};
use crate::protocol::{BackendChoice, BackendUsed, Stage};
use std::rc::Rc;

/// What an experiment compiles of a network.
pub(in crate::lab) trait Model: Sized {
    /// The network with its weights.
    type Network;

    async fn on(network: &Rc<Self::Network>, device: &Device) -> Result<Self, LabError>;

    /// Milliseconds of a typical run: the faster device is taken.
    async fn sample(network: &Rc<Self::Network>, device: &Device, watch: &impl Watch) -> Result<f64, LabError>;
}

/// A model, and where it runs.
pub(in crate::lab) struct Placed<M: Model> {
    pub(in crate::lab) network: Rc<M::Network>,
    pub(in crate::lab) model: M,
    pub(in crate::lab) used: BackendUsed,
    choice: BackendChoice,
    device: Device,
}

/// At most so many models, the one used last at the end.
pub(in crate::lab) struct Models<M: Model> {
    most: usize,
    placed: Vec<Placed<M>>,
}

impl<M: Model> Models<M> {
    pub(in crate::lab) const fn new(most: usize) -> Self {
        Self { most, placed: Vec::new() }
    }

    /// Runs `job` with a model of each network, on the chosen device or the faster one. If the GPU is lost meanwhile, the job
    /// runs once more on another device.
    pub(in crate::lab) async fn run<T>(
        &mut self,
        networks: &[Rc<M::Network>],
        choice: BackendChoice,
        gpu: &MaybeGpu,
        watch: &impl Watch,
        mut job: impl AsyncFnMut(&mut [Placed<M>]) -> Result<T, LabError>,
    ) -> Result<T, LabError> {
        let mut all = Vec::new();
        for network in networks {
            all.push(self.take(network, choice, gpu, watch).await?);
        }
        let mut found = job(&mut all).await;
        if matches!(&found, Err(error) if error.is_device_lost()) {
            let (device, used) = after_loss(choice, gpu).await?;
            for placed in &mut all {
                placed.model = M::on(&placed.network, &device).await?;
                (placed.used, placed.device) = (used.clone(), device.clone());
            }
            found = job(&mut all).await;
        }
        // A person who stops a job often starts the next one.
        self.placed.extend(all);
        let surplus = self.placed.len().saturating_sub(self.most);
        self.placed.drain(..surplus);
        found
    }

    async fn take(
        &mut self,
        network: &Rc<M::Network>,
        choice: BackendChoice,
        gpu: &MaybeGpu,
        watch: &impl Watch,
    ) -> Result<Placed<M>, LabError> {
        self.placed.retain(|placed| !placed.device.is_lost());
        let is_it = |placed: &Placed<M>| Rc::ptr_eq(&placed.network, network) && placed.choice == choice;
        if let Some(at) = self.placed.iter().position(is_it) {
            return Ok(self.placed.remove(at));
        }
        watch.step(Stage::Compile, 0, 1).await?;
        let (device, used) = choose(choice, gpu, async |device| M::sample(network, device, watch).await).await?;
        let model = M::on(network, &device).await?;
        Ok(Placed { network: network.clone(), model, used, choice, device })
    }
}
