//! A list of dispatches, made once and replayed: one pass, one submit.

use super::memory::Region;
use super::{Gpu, GpuError};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

/// One dispatch before it is made ready: binding 0 is written, the others are read.
pub(super) struct Dispatch {
    pub(super) op: &'static str,
    pub(super) source: String,
    pub(super) bindings: Vec<Region>,
    pub(super) groups: [u32; 3],
}

pub(super) struct Replay {
    ready: Vec<(wgpu::ComputePipeline, wgpu::BindGroup, [u32; 3])>,
}

impl Replay {
    pub(super) async fn new(
        gpu: &Gpu,
        buffers: &[wgpu::Buffer],
        dispatches: Vec<Dispatch>,
    ) -> Result<Replay, GpuError> {
        let mut layouts: HashMap<usize, (wgpu::BindGroupLayout, wgpu::PipelineLayout)> = HashMap::new();
        for d in &dispatches {
            layouts.entry(d.bindings.len()).or_insert_with(|| layout(gpu, d.bindings.len()));
        }
        let pipelines = pipelines(gpu, &layouts, &dispatches).await?;
        let mut ready = Vec::with_capacity(dispatches.len());
        for d in dispatches {
            let entries: Vec<wgpu::BindGroupEntry<'_>> = d
                .bindings
                .iter()
                .enumerate()
                .map(|(binding, region)| wgpu::BindGroupEntry {
                    binding: binding as u32,
                    resource: wgpu::BindingResource::Buffer(wgpu::BufferBinding {
                        buffer: &buffers[region.buffer],
                        offset: region.offset,
                        // Kernels that read four elements at a time see whole quads.
                        size: std::num::NonZeroU64::new(region.bytes.next_multiple_of(16)),
                    }),
                })
                .collect();
            let group = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some(d.op),
                layout: &layouts[&d.bindings.len()].0,
                entries: &entries,
            });
            ready.push((pipelines[&d.source].clone(), group, d.groups));
        }
        Ok(Replay { ready })
    }

    pub(super) fn len(&self) -> usize {
        self.ready.len()
    }

    /// Runs all dispatches, then copies regions into the staging buffer.
    pub(super) fn submit(&self, gpu: &Gpu, buffers: &[wgpu::Buffer], copies: &[(Region, u64)], staging: &wgpu::Buffer) {
        let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            for (pipeline, group, [x, y, z]) in &self.ready {
                pass.set_pipeline(pipeline);
                pass.set_bind_group(0, group, &[]);
                pass.dispatch_workgroups(*x, *y, *z);
            }
        }
        for (region, at) in copies {
            encoder.copy_buffer_to_buffer(&buffers[region.buffer], region.offset, staging, *at, region.bytes);
        }
        gpu.queue.submit([encoder.finish()]);
    }
}

fn layout(gpu: &Gpu, bindings: usize) -> (wgpu::BindGroupLayout, wgpu::PipelineLayout) {
    let entries: Vec<wgpu::BindGroupLayoutEntry> = (0..bindings)
        .map(|binding| wgpu::BindGroupLayoutEntry {
            binding: binding as u32,
            visibility: wgpu::ShaderStages::COMPUTE,
            ty: wgpu::BindingType::Buffer {
                ty: wgpu::BufferBindingType::Storage { read_only: binding > 0 },
                has_dynamic_offset: false,
                min_binding_size: None,
            },
            count: None,
        })
        .collect();
    let groups =
        gpu.device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: None, entries: &entries });
    let pipeline = gpu.device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: None,
        bind_group_layouts: &[Some(&groups)],
        immediate_size: 0,
    });
    (groups, pipeline)
}

/// One pipeline per distinct source.
async fn pipelines(
    gpu: &Gpu,
    layouts: &HashMap<usize, (wgpu::BindGroupLayout, wgpu::PipelineLayout)>,
    dispatches: &[Dispatch],
) -> Result<HashMap<String, wgpu::ComputePipeline>, GpuError> {
    let mut made = HashMap::new();
    let scope = gpu.device.push_error_scope(wgpu::ErrorFilter::Validation);
    for d in dispatches {
        if made.contains_key(&d.source) {
            continue;
        }
        let module = gpu.device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some(d.op),
            source: wgpu::ShaderSource::Wgsl(d.source.as_str().into()),
        });
        let pipeline = gpu.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(d.op),
            layout: Some(&layouts[&d.bindings.len()].1),
            module: &module,
            entry_point: Some("main"),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            cache: None,
        });
        made.insert(d.source.clone(), pipeline);
    }
    match scope.pop().await {
        Some(error) => Err(GpuError::Kernel { op: "program", detail: error.to_string() }),
        None => Ok(made),
    }
}

/// Waits until the staging buffer can be read.
pub(super) async fn map(gpu: &Gpu, staging: &wgpu::Buffer) -> Result<(), GpuError> {
    type Shared = Arc<Mutex<(Option<Result<(), wgpu::BufferAsyncError>>, Option<Waker>)>>;
    let shared: Shared = Shared::default();
    let theirs = shared.clone();
    staging.map_async(wgpu::MapMode::Read, .., move |result| {
        if let Ok(mut state) = theirs.lock() {
            state.0 = Some(result);
            state.1.take().into_iter().for_each(Waker::wake);
        }
    });
    // Natively this waits; in the browser the event loop calls back.
    if let Err(error) = gpu.device.poll(wgpu::PollType::wait_indefinitely()) {
        return Err(gpu.fault().unwrap_or(GpuError::Lost { detail: error.to_string() }));
    }
    let mapped = std::future::poll_fn(|context| match shared.lock() {
        Ok(mut state) => match state.0.take() {
            Some(result) => Poll::Ready(result.map_err(|error| error.to_string())),
            None => {
                state.1 = Some(context.waker().clone());
                Poll::Pending
            }
        },
        Err(error) => Poll::Ready(Err(error.to_string())),
    });
    mapped.await.map_err(|detail| gpu.fault().unwrap_or(GpuError::Lost { detail }))
}
