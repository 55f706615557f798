//! Replay through wgpu.

use super::{Dispatch, Region, Shape, Stopwatch, sizes};
use crate::backend::gpu::buffer::Buffer;
use crate::backend::gpu::{Gpu, GpuError};
use std::collections::HashMap;
use std::ops::Range;

/// Two timestamps.
pub(super) type Marks = wgpu::QuerySet;

/// `None` where the device has no clock.
pub(super) fn marks(gpu: &Gpu) -> Option<Marks> {
    gpu.device.features().contains(wgpu::Features::TIMESTAMP_QUERY).then(|| {
        gpu.device.create_query_set(&wgpu::QuerySetDescriptor {
            label: Some("stopwatch"),
            ty: wgpu::QueryType::Timestamp,
            count: 2,
        })
    })
}

pub(in crate::backend::gpu) type Pipeline = wgpu::ComputePipeline;

/// A dispatch made ready: its bindings, its workgroups.
type Ready = (Pipeline, wgpu::BindGroup, [u32; 3]);

fn record(pass: &mut wgpu::ComputePass<'_>, ready: &[Ready]) {
    for (pipeline, group, [x, y, z]) in ready {
        pass.set_pipeline(pipeline);
        pass.set_bind_group(0, group, &[]);
        pass.dispatch_workgroups(*x, *y, *z);
    }
}

pub(in crate::backend::gpu) struct Replay {
    ready: Vec<Ready>,
    /// Held for as long as the bind groups are used.
    _sizes: Buffer,
}

impl Replay {
    pub(in crate::backend::gpu) async fn new(
        gpu: &Gpu,
        buffers: &[Buffer],
        dispatches: Vec<Dispatch>,
    ) -> Result<Replay, GpuError> {
        let mut layouts: HashMap<Shape, (wgpu::BindGroupLayout, wgpu::PipelineLayout)> = HashMap::new();
        for d in &dispatches {
            layouts.entry(d.shape()).or_insert_with(|| layout(gpu, d.shape()));
        }
        let (sizes, begins) = sizes(gpu, &dispatches);
        let pipelines = pipelines(gpu, &layouts, &dispatches)?;
        let mut ready = Vec::with_capacity(dispatches.len());
        for (d, begin) in dispatches.into_iter().zip(begins) {
            let stored = d.bindings.iter().map(|region| (&buffers[region.buffer], region.offset, region.bound_bytes()));
            let read = (!d.sizes.is_empty()).then_some((&sizes, begin, d.sizes_bytes()));
            let entries: Vec<wgpu::BindGroupEntry<'_>> = stored
                .chain(read)
                .enumerate()
                .map(|(binding, (buffer, offset, bytes))| wgpu::BindGroupEntry {
                    binding: binding as u32,
                    resource: wgpu::BindingResource::Buffer(wgpu::BufferBinding {
                        buffer,
                        offset,
                        size: std::num::NonZeroU64::new(bytes),
                    }),
                })
                .collect();
            let group = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some(d.op),
                layout: &layouts[&d.shape()].0,
                entries: &entries,
            });
            ready.push((pipelines[&d.source].clone(), group, d.groups));
        }
        Ok(Replay { ready, _sizes: sizes })
    }

    pub(in crate::backend::gpu) fn len(&self) -> usize {
        self.ready.len()
    }

    /// Runs all dispatches, then the copies between buffers, then those into the staging buffer.
    pub(in crate::backend::gpu) fn submit(
        &self,
        gpu: &Gpu,
        buffers: &[Buffer],
        assigns: &[(Region, Region)],
        copies: &[(Region, u64)],
        staging: &Buffer,
    ) {
        let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            record(&mut pass, &self.ready);
        }
        for (from, to) in assigns {
            let (source, target) = (&buffers[from.buffer], &buffers[to.buffer]);
            encoder.copy_buffer_to_buffer(source, from.offset, target, to.offset, from.bytes);
        }
        for (region, at) in copies {
            encoder.copy_buffer_to_buffer(&buffers[region.buffer], region.offset, staging, *at, region.bytes);
        }
        gpu.queue.submit([encoder.finish()]);
    }

    /// Runs some of the dispatches `times` times, in one pass and one submit, between two marks of the stopwatch.
    pub(in crate::backend::gpu) fn repeat(&self, gpu: &Gpu, some: Range<usize>, times: u32, stopwatch: &Stopwatch) {
        let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        {
            let timestamp_writes = stopwatch.marks.as_ref().map(|query_set| wgpu::ComputePassTimestampWrites {
                query_set,
                beginning_of_pass_write_index: Some(0),
                end_of_pass_write_index: Some(1),
            });
            let mut pass =
                encoder.begin_compute_pass(&wgpu::ComputePassDescriptor { label: Some("profile"), timestamp_writes });
            (0..times).for_each(|_| record(&mut pass, &self.ready[some.clone()]));
        }
        if let Some(marks) = &stopwatch.marks {
            encoder.resolve_query_set(marks, 0..2, &stopwatch.resolved, 0);
        }
        encoder.copy_buffer_to_buffer(&stopwatch.resolved, 0, &stopwatch.staging, 0, Stopwatch::BYTES);
        gpu.queue.submit([encoder.finish()]);
    }
}

fn layout(gpu: &Gpu, (bindings, sized): Shape) -> (wgpu::BindGroupLayout, wgpu::PipelineLayout) {
    let stored = (0..bindings).map(|binding| wgpu::BufferBindingType::Storage { read_only: binding > 0 });
    let entries: Vec<wgpu::BindGroupLayoutEntry> = stored
        .chain(sized.then_some(wgpu::BufferBindingType::Uniform))
        .enumerate()
        .map(|(binding, ty)| wgpu::BindGroupLayoutEntry {
            binding: binding as u32,
            visibility: wgpu::ShaderStages::COMPUTE,
            ty: wgpu::BindingType::Buffer { ty, has_dynamic_offset: false, min_binding_size: None },
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

/// One pipeline per distinct source; those that the device does not have yet are compiled on all cores.
fn pipelines(
    gpu: &Gpu,
    layouts: &HashMap<Shape, (wgpu::BindGroupLayout, wgpu::PipelineLayout)>,
    dispatches: &[Dispatch],
) -> Result<HashMap<String, Pipeline>, GpuError> {
    let mut distinct: HashMap<&str, &Dispatch> = HashMap::new();
    dispatches.iter().for_each(|d| _ = distinct.entry(&d.source).or_insert(d));
    let mut made: HashMap<String, Pipeline> =
        distinct.keys().filter_map(|&source| Some((source.to_owned(), gpu.pipeline(source)?))).collect();
    let distinct: Vec<&Dispatch> = distinct.into_values().filter(|d| !made.contains_key(&d.source)).collect();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let parts: Vec<Result<Vec<_>, GpuError>> = std::thread::scope(|scope| {
        let part = |some: Vec<&Dispatch>| {
            some.into_iter().map(|d| Ok((d.source.clone(), pipeline(gpu, &layouts[&d.shape()].1, d)?))).collect()
        };
        let workers: Vec<_> = distinct
            .chunks(distinct.len().div_ceil(threads).max(1))
            .map(|some| {
                let some = some.to_vec();
                scope.spawn(move || part(some))
            })
            .collect();
        let join = |worker: std::thread::ScopedJoinHandle<'_, _>| {
            worker.join().unwrap_or_else(|_| {
                Err(GpuError::Kernel { op: "program", detail: "the shader compiler panicked".to_owned() })
            })
        };
        workers.into_iter().map(join).collect()
    });
    for part in parts {
        let part = part?;
        part.iter().for_each(|(source, pipeline)| gpu.keep(source, pipeline));
        made.extend(part);
    }
    Ok(made)
}

fn pipeline(gpu: &Gpu, layout: &wgpu::PipelineLayout, d: &Dispatch) -> Result<Pipeline, GpuError> {
    let scope = gpu.device.push_error_scope(wgpu::ErrorFilter::Validation);
    let module = gpu.device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: Some(d.op),
        source: wgpu::ShaderSource::Wgsl(d.source.as_str().into()),
    });
    let pipeline = gpu.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label: Some(d.op),
        layout: Some(layout),
        module: &module,
        entry_point: Some("main"),
        compilation_options: wgpu::PipelineCompilationOptions::default(),
        cache: None,
    });
    match pollster::block_on(scope.pop()) {
        Some(error) => Err(GpuError::Kernel { op: d.op, detail: error.to_string() }),
        None => Ok(pipeline),
    }
}
