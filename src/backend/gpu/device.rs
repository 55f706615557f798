//! One GPU: its device and queue, what it can do, and whether it is still there.

use super::GpuError;
use super::buffer::Tally;
use super::replay::Pipeline;
use crate::graph::launch::Traits;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// A GPU device. Everything made on it dies with it.
pub struct Gpu {
    pub(super) device: wgpu::Device,
    pub(super) queue: wgpu::Queue,
    /// As the driver or browser names it.
    pub name: String,
    /// The properties by which kernels are chosen.
    pub traits: Traits,
    pub(super) limits: wgpu::Limits,
    pub(super) tally: Tally,
    /// By their source: plans of one network have many kernels in common.
    pipelines: Mutex<HashMap<String, Pipeline>>,
    pub(super) faults: Arc<Mutex<Faults>>,
}

#[derive(Default)]
pub(super) struct Faults {
    pub(super) lost: Option<String>,
    /// The first error that no scope caught.
    error: Option<String>,
}

fn instance() -> wgpu::Instance {
    let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
    descriptor.backends = wgpu::Backends::all();
    wgpu::Instance::new(descriptor)
}

fn title(info: &wgpu::AdapterInfo) -> String {
    let name = if info.name.is_empty() { &info.driver } else { &info.name };
    if name.is_empty() { "unnamed adapter".to_owned() } else { name.clone() }
}

/// The browser's name for the adapter: its description, or vendor and architecture.
#[cfg(target_arch = "wasm32")]
fn browser_title(device: &wgpu::Device) -> Option<String> {
    let get = |object: &wasm_bindgen::JsValue, key: &str| js_sys::Reflect::get(object, &key.into()).ok();
    let info = get(device.as_webgpu()?.as_ref(), "adapterInfo")?;
    let text = |key: &str| get(&info, key).and_then(|v| v.as_string()).filter(|t| !t.is_empty());
    let parts: Vec<String> = ["vendor", "architecture"].into_iter().filter_map(text).collect();
    text("description").or_else(|| (!parts.is_empty()).then(|| parts.join(" ")))
}

#[cfg(not(target_arch = "wasm32"))]
fn browser_title(_: &wgpu::Device) -> Option<String> {
    None
}

fn is_software(info: &wgpu::AdapterInfo) -> bool {
    let name = format!("{} {}", info.name, info.driver).to_ascii_lowercase();
    info.device_type == wgpu::DeviceType::Cpu
        || ["swiftshader", "llvmpipe", "lavapipe", "basic render"].iter().any(|n| name.contains(n))
}

/// Names of all adapters, best first, and whether each is software.
pub async fn adapters() -> Vec<(String, bool)> {
    let mut found = Vec::new();
    for adapter in instance().enumerate_adapters(wgpu::Backends::all()).await {
        let info = adapter.get_info();
        found.push((format!("{} ({})", title(&info), info.backend), is_software(&info)));
    }
    found
}

impl Gpu {
    /// The fastest GPU that there is.
    pub async fn new() -> Result<Gpu, GpuError> {
        let options = wgpu::RequestAdapterOptions {
            power_preference: wgpu::PowerPreference::HighPerformance,
            ..Default::default()
        };
        let adapter = instance()
            .request_adapter(&options)
            .await
            .map_err(|error| GpuError::NoAdapter { detail: error.to_string() })?;
        let info = adapter.get_info();
        let limits = adapter.limits();
        let descriptor = wgpu::DeviceDescriptor {
            required_limits: limits.clone(),
            // Subgroups let quads share their loads; profiles need timestamps.
            required_features: adapter.features() & (wgpu::Features::SUBGROUP | wgpu::Features::TIMESTAMP_QUERY),
            ..Default::default()
        };
        let request = || adapter.request_device(&descriptor);
        #[cfg(target_arch = "wasm32")]
        let request = || super::subgroups::asked_for(request);
        let (device, queue) = request().await.map_err(|error| GpuError::NoDevice { detail: error.to_string() })?;
        let faults = Arc::new(Mutex::new(Faults::default()));
        let seen = faults.clone();
        device.set_device_lost_callback(move |reason, detail| {
            if let Ok(mut faults) = seen.lock() {
                faults.lost.get_or_insert(format!("{reason:?}: {detail}"));
            }
        });
        let seen = faults.clone();
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
            if let Ok(mut faults) = seen.lock() {
                faults.error.get_or_insert(error.to_string());
            }
        }));
        #[cfg(target_arch = "wasm32")]
        let subgroups = super::subgroups::granted(&device);
        #[cfg(not(target_arch = "wasm32"))]
        let subgroups = device.features().contains(wgpu::Features::SUBGROUP);
        let traits = Traits {
            software: is_software(&info),
            subgroups,
            max_invocations: limits.max_compute_invocations_per_workgroup,
            max_storage_buffers: limits.max_storage_buffers_per_shader_stage,
        };
        let name = browser_title(&device).unwrap_or_else(|| title(&info));
        Ok(Gpu { device, queue, name, traits, limits, tally: Tally::default(), pipelines: Mutex::default(), faults })
    }

    /// The first fault since the last call, if any: the device lost, or a command refused.
    pub(super) fn fault(&self) -> Option<GpuError> {
        let mut faults = self.faults.lock().ok()?;
        let error = faults.error.take();
        match &faults.lost {
            Some(detail) => Some(GpuError::Lost { detail: detail.clone() }),
            None => error.map(|detail| GpuError::Refused { detail }),
        }
    }

    /// Refuses to go on after a fault.
    pub(super) fn check(&self) -> Result<(), GpuError> {
        self.fault().map_or(Ok(()), Err)
    }

    /// The pipeline of this source, if a plan has made it before.
    pub(super) fn pipeline(&self, source: &str) -> Option<Pipeline> {
        self.pipelines.lock().ok()?.get(source).cloned()
    }

    /// Keeps a pipeline for other plans.
    pub(super) fn keep(&self, source: &str, pipeline: &Pipeline) {
        // Some kilobytes each. Running plans have their own handles, so that all can go when there are too many.
        const MOST: usize = 1024;
        if let Ok(mut kept) = self.pipelines.lock() {
            if kept.len() >= MOST {
                kept.clear();
            }
            kept.insert(source.to_owned(), pipeline.clone());
        }
    }

    /// Largest buffer that one kernel can bind, in bytes.
    pub fn largest_binding(&self) -> u64 {
        self.limits.max_buffer_size.min(self.limits.max_storage_buffer_binding_size)
    }
}
