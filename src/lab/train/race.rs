//! Which device trains faster: a few steps on each, from the same start, thrown away afterwards.

use super::{Dataset, Device, LabError, Trainer};
use crate::backend::gpu::Gpu;
use crate::lab::Watch;
use crate::protocol::{BackendKind, Setup, Stage, Why};
use std::rc::Rc;

/// Steps that are timed, after one that warms up.
const STEPS: u32 = 4;

/// Milliseconds of a step on either device.
#[derive(Clone)]
pub struct Race {
    network: String,
    batch: u32,
    shape: [usize; 3],
    gpu_millis: f64,
    cpu_millis: f64,
}

impl Race {
    /// # Errors
    /// Those of [`Trainer::new`], and [`LabError::Cancelled`].
    pub async fn run(setup: &Setup, data: &Rc<Dataset>, gpu: &Rc<Gpu>, watch: &impl Watch) -> Result<Self, LabError> {
        let cpu_millis = timed(setup, data, &Device::Cpu, watch).await?;
        let gpu_millis = timed(setup, data, &Device::Gpu(gpu.clone()), watch).await?;
        Ok(Self { network: setup.network.clone(), batch: setup.batch, shape: data.shape, gpu_millis, cpu_millis })
    }

    /// Whether it was run for a network, batch and size of examples like these.
    pub fn is_of(&self, setup: &Setup, data: &Dataset) -> bool {
        self.network == setup.network && self.batch == setup.batch && self.shape == data.shape
    }

    pub fn winner(&self) -> BackendKind {
        if self.gpu_millis <= self.cpu_millis { BackendKind::Gpu } else { BackendKind::Cpu }
    }

    pub fn why(&self) -> Why {
        let (millis, other_millis) = match self.winner() {
            BackendKind::Gpu => (self.gpu_millis, self.cpu_millis),
            BackendKind::Cpu => (self.cpu_millis, self.gpu_millis),
        };
        Why::Faster { millis, other_millis }
    }
}

/// Of one step. Reading the losses waits until the device is done.
async fn timed(setup: &Setup, data: &Rc<Dataset>, device: &Device, watch: &impl Watch) -> Result<f64, LabError> {
    watch.step(Stage::Race, 0, 1).await?;
    let mut trainer = Trainer::new(setup.clone(), data.clone(), device).await?;
    trainer.advance()?;
    trainer.points().await?;
    let start = watch.now_millis();
    for _ in 0..STEPS {
        trainer.advance()?;
    }
    trainer.points().await?;
    Ok((watch.now_millis() - start) / f64::from(STEPS))
}
