//! Networks compiled for the device that was chosen for them. They stay from job to job.

use super::{Device, after_loss, choose};
use crate::lab::{Host, LabError, Monitor};
use crate::protocol::{BackendChoice, BackendUsed, Stage};
use std::rc::Rc;

/// What an experiment compiles of a network.
pub(in crate::lab) trait Model: Sized {
    /// The network with its weights.
    type Network;

    async fn on(network: &Rc<Self::Network>, device: &Device) -> Result<Self, LabError>;

    /// Milliseconds of a typical run: the faster device is taken.
    async fn sample(network: &Rc<Self::Network>, device: &Device, watch: &impl Monitor) -> Result<f64, LabError>;
}

pub(in crate::lab) struct Placed<M: Model> {
    pub(in crate::lab) network: Rc<M::Network>,
    pub(in crate::lab) model: M,
    pub(in crate::lab) used: BackendUsed,
    choice: BackendChoice,
    device: Device,
}

/// At most `MOST` models, the one used last at the end.
pub(in crate::lab) struct Models<M: Model, const MOST: usize>(Vec<Placed<M>>);

impl<M: Model, const MOST: usize> Default for Models<M, MOST> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<M: Model, const MOST: usize> Models<M, MOST> {
    /// Runs `job` with a model of each network, on the chosen device or the faster one. If the GPU is lost meanwhile, the job
    /// runs once more on another device.
    pub(in crate::lab) async fn run<T>(
        &mut self,
        networks: &[Rc<M::Network>],
        choice: BackendChoice,
        host: &impl Host,
        mut job: impl AsyncFnMut(&mut [Placed<M>]) -> Result<T, LabError>,
    ) -> Result<T, LabError> {
        let mut all = Vec::new();
        for network in networks {
            all.push(self.take(network, choice, host).await?);
        }
        let mut found = job(&mut all).await;
        if matches!(&found, Err(error) if error.is_device_lost()) {
            let (device, used) = after_loss(choice, &host.gpu().await?).await?;
            for placed in &mut all {
                placed.model = M::on(&placed.network, &device).await?;
                (placed.used, placed.device) = (used.clone(), device.clone());
            }
            found = job(&mut all).await;
        }
        // A person who stops a job often starts the next one.
        self.0.extend(all);
        let surplus = self.0.len().saturating_sub(MOST);
        self.0.drain(..surplus);
        found
    }

    async fn take(
        &mut self,
        network: &Rc<M::Network>,
        choice: BackendChoice,
        host: &impl Host,
    ) -> Result<Placed<M>, LabError> {
        self.0.retain(|placed| !placed.device.is_lost());
        let is_it = |placed: &Placed<M>| Rc::ptr_eq(&placed.network, network) && placed.choice == choice;
        if let Some(at) = self.0.iter().position(is_it) {
            return Ok(self.0.remove(at));
        }
        host.step(Stage::Compile, 0, 1).await?;
        let sample = async |device: &Device| M::sample(network, device, host).await;
        let (device, used) = choose(choice, &host.gpu().await?, sample).await?;
        let model = M::on(network, &device).await?;
        Ok(Placed { network: network.clone(), model, used, choice, device })
    }
}
