//! Simple and complex cells: what the units of a layer answer to gratings, bars and noise, and the Gabor functions that are nearest to
//! what they see.

mod facts;
mod field;
mod frame;
mod gabor;
mod model;
mod show;
mod stimulus;
mod tuning;

pub use facts::cell_facts;

#[cfg(not(target_arch = "wasm32"))]
use crate::lab::Weights;
use crate::lab::device::{Device, again_if_lost, choose};
use crate::lab::{Host, LabError};
use crate::protocol::{BackendUsed, CellTask, CellsFound};
use show::Show;
#[cfg(not(target_arch = "wasm32"))]
use {crate::lab::Monitor, crate::protocol::Why};

pub(super) async fn cells(job: &CellTask, host: &impl Host, tell: &dyn Fn(CellsFound)) -> Result<CellsFound, LabError> {
    let weights = host.any_weights(&job.network).await?;
    let show = Show::new(job, &weights)?;
    let gpu = host.gpu().await?;
    let sample = async |device: &Device| show.sample(&weights, device, host).await;
    let chosen = choose(job.backend, &gpu, sample).await?;
    let run = async |device: &Device, used: BackendUsed| show.run(&weights, device, used, host, tell).await;
    again_if_lost(job.backend, &gpu, chosen, run).await
}

/// The same of a network that is at hand, on this device.
///
/// # Errors
/// [`LabError::Setup`] of figures out of their limits, and of a layer that is not there or has no channels; [`LabError::NotFinite`] where
/// weights overflow.
#[cfg(not(target_arch = "wasm32"))]
pub async fn cells_of(
    job: &CellTask,
    weights: &Weights,
    device: &Device,
    watch: &impl Monitor,
) -> Result<CellsFound, LabError> {
    Show::new(job, weights)?.run(weights, device, device.used(Why::Chosen), watch, &|_| {}).await
}
