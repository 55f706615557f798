//! Where a workload runs.

use super::error::BenchError;
use crate::backend::gpu::Gpu;
use crate::graph::Host;
use crate::lab::device::Device;
use serde::Deserialize;
use std::pin::Pin;
use std::rc::Rc;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Backend {
    Gpu,
    Cpu,
}

/// As the page's address says.
pub(super) fn of_address() -> Backend {
    let search = web_sys::window().and_then(|window| window.location().search().ok()).unwrap_or_default();
    if search.contains("backend=cpu") { Backend::Cpu } else { Backend::Gpu }
}

/// A device on its way.
pub(super) type Opening = Pin<Box<dyn Future<Output = Result<Device, BenchError>>>>;

pub(super) async fn device(backend: Backend) -> Result<Device, BenchError> {
    Ok(match backend {
        Backend::Cpu => Device::Cpu,
        Backend::Gpu => Device::Gpu(Rc::new(Gpu::new().await?)),
    })
}

/// The elements of the first of these, in double precision.
pub(super) fn elements(outputs: &[Host]) -> Result<Vec<f64>, BenchError> {
    let flat = outputs.first().map(|y| y.flatten_all()?.to_dtype(candle_core::DType::F64)?.to_vec1::<f64>());
    Ok(flat.transpose()?.unwrap_or_default())
}
