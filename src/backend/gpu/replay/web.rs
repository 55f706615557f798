//! Replay on the browser's own WebGPU objects.

use super::{Dispatch, Region, Shape, Stopwatch, sizes};
use crate::backend::gpu::buffer::Buffer;
use crate::backend::gpu::{Gpu, GpuError, subgroups};
use js_sys::{Array, Object, Promise, Reflect};
use std::collections::HashMap;
use std::ops::Range;
use wasm_bindgen::prelude::{JsCast, JsValue, wasm_bindgen};
use wasm_bindgen_futures::JsFuture;

// Just the calls that a replay makes; the objects are those that wgpu made.
#[wasm_bindgen]
extern "C" {
    #[derive(Clone)]
    type Device;
    #[wasm_bindgen(method, js_name = createShaderModule)]
    fn create_shader_module(this: &Device, descriptor: &Object) -> JsValue;
    #[wasm_bindgen(method, js_name = createBindGroupLayout)]
    fn create_bind_group_layout(this: &Device, descriptor: &Object) -> JsValue;
    #[wasm_bindgen(method, js_name = createPipelineLayout)]
    fn create_pipeline_layout(this: &Device, descriptor: &Object) -> JsValue;
    #[wasm_bindgen(method, js_name = createComputePipelineAsync)]
    fn create_compute_pipeline_async(this: &Device, descriptor: &Object) -> Promise;
    #[wasm_bindgen(method, js_name = createBindGroup)]
    fn create_bind_group(this: &Device, descriptor: &Object) -> JsValue;
    #[wasm_bindgen(method, js_name = createCommandEncoder)]
    fn create_command_encoder(this: &Device) -> Encoder;
    #[wasm_bindgen(method, js_name = createQuerySet)]
    fn create_query_set(this: &Device, descriptor: &Object) -> JsValue;

    type Encoder;
    #[wasm_bindgen(method, js_name = beginComputePass)]
    fn begin_compute_pass(this: &Encoder) -> Pass;
    #[wasm_bindgen(method, js_name = beginComputePass)]
    fn begin_timed_pass(this: &Encoder, descriptor: &Object) -> Pass;
    #[wasm_bindgen(method, js_name = resolveQuerySet)]
    fn resolve_query_set(this: &Encoder, set: &JsValue, first: u32, count: u32, target: &JsValue, to: f64);
    #[wasm_bindgen(method, js_name = copyBufferToBuffer)]
    fn copy(this: &Encoder, source: &JsValue, from: f64, target: &JsValue, to: f64, bytes: f64);
    #[wasm_bindgen(method)]
    fn finish(this: &Encoder) -> JsValue;

    type Pass;
    #[wasm_bindgen(method, js_name = setPipeline)]
    fn set_pipeline(this: &Pass, pipeline: &JsValue);
    #[wasm_bindgen(method, js_name = setBindGroup)]
    fn set_bind_group(this: &Pass, index: u32, group: &JsValue);
    #[wasm_bindgen(method, js_name = dispatchWorkgroups)]
    fn dispatch_workgroups(this: &Pass, x: u32, y: u32, z: u32);
    #[wasm_bindgen(method)]
    fn end(this: &Pass);

    type Queue;
    #[wasm_bindgen(method)]
    fn submit(this: &Queue, commands: &Array);
}

/// Two timestamps: a `GPUQuerySet`.
pub(super) type Marks = JsValue;

/// `None` where the device has no clock.
pub(super) fn marks(gpu: &Gpu) -> Option<Marks> {
    if !gpu.device.features().contains(wgpu::Features::TIMESTAMP_QUERY) {
        return None;
    }
    let device: Device = JsValue::from(gpu.device.as_webgpu()?.clone()).unchecked_into();
    Some(device.create_query_set(&object([("type", "timestamp".into()), ("count", 2.into())])))
}

/// A `GPUComputePipeline`.
pub(in crate::backend::gpu) type Pipeline = JsValue;

/// A dispatch made ready: its bindings, its workgroups.
type Ready = (Pipeline, JsValue, [u32; 3]);

fn record(pass: &Pass, ready: &[Ready]) {
    for (pipeline, group, [x, y, z]) in ready {
        pass.set_pipeline(pipeline);
        pass.set_bind_group(0, group);
        pass.dispatch_workgroups(*x, *y, *z);
    }
}

pub(in crate::backend::gpu) struct Replay {
    device: Device,
    queue: Queue,
    ready: Vec<Ready>,
    /// Held for as long as the bind groups are used.
    _sizes: Buffer,
}

fn object<const N: usize>(fields: [(&str, JsValue); N]) -> Object {
    let object = Object::new();
    for (name, value) in fields {
        // A fresh plain object takes any property.
        _ = Reflect::set(&object, &name.into(), &value);
    }
    object
}

fn raw(buffer: &Buffer) -> JsValue {
    buffer.as_webgpu().map(|b| JsValue::from(b.clone())).unwrap_or_default()
}

fn layouts(device: &Device, (bindings, sized): Shape) -> (JsValue, JsValue) {
    // GPUShaderStage.COMPUTE
    const COMPUTE: f64 = 4.0;
    let entry = |binding: usize| {
        let kind = match binding {
            0 => "storage",
            _ if binding < bindings => "read-only-storage",
            _ => "uniform",
        };
        let buffer = object([("type", kind.into())]);
        JsValue::from(object([
            ("binding", (binding as f64).into()),
            ("visibility", COMPUTE.into()),
            ("buffer", buffer.into()),
        ]))
    };
    let entries: Array = (0..bindings + usize::from(sized)).map(entry).collect();
    let groups = device.create_bind_group_layout(&object([("entries", entries.into())]));
    let list = Array::of1(&groups);
    let pipeline = device.create_pipeline_layout(&object([("bindGroupLayouts", list.into())]));
    (groups, pipeline)
}

impl Replay {
    pub(in crate::backend::gpu) async fn new(
        gpu: &Gpu,
        buffers: &[Buffer],
        dispatches: Vec<Dispatch>,
    ) -> Result<Replay, GpuError> {
        let handles = (gpu.device.as_webgpu(), gpu.queue.as_webgpu());
        let (Some(device), Some(queue)) = handles else {
            return Err(GpuError::NoDevice { detail: "the device is not the browser's".to_owned() });
        };
        let device: Device = JsValue::from(device.clone()).unchecked_into();
        let queue: Queue = JsValue::from(queue.clone()).unchecked_into();

        let mut by_shape: HashMap<Shape, (JsValue, JsValue)> = HashMap::new();
        // One pipeline per distinct source; all that the device does not have are asked for before any is awaited: the browser
        // may compile them in parallel.
        let mut promises: HashMap<&str, (&'static str, Promise)> = HashMap::new();
        let mut pipelines: HashMap<&str, Pipeline> = HashMap::new();
        for d in &dispatches {
            let (_, layout) = by_shape.entry(d.shape()).or_insert_with(|| layouts(&device, d.shape()));
            if pipelines.contains_key(d.source.as_str()) || promises.contains_key(d.source.as_str()) {
                continue;
            }
            if let Some(pipeline) = gpu.pipeline(&d.source) {
                pipelines.insert(&d.source, pipeline);
                continue;
            }
            let code = subgroups::announced(&d.source);
            let module = device.create_shader_module(&object([("code", code.into())]));
            let compute = object([("module", module), ("entryPoint", "main".into())]);
            let descriptor = object([("label", d.op.into()), ("layout", layout.clone()), ("compute", compute.into())]);
            promises.insert(&d.source, (d.op, device.create_compute_pipeline_async(&descriptor)));
        }
        for (source, (op, promise)) in promises {
            let pipeline = JsFuture::from(promise).await.map_err(|error| {
                let detail = Reflect::get(&error, &"message".into()).ok().and_then(|m| m.as_string());
                GpuError::Kernel { op, detail: detail.unwrap_or_else(|| "refused without a reason".to_owned()) }
            })?;
            gpu.keep(source, &pipeline);
            pipelines.insert(source, pipeline);
        }

        let buffers: Vec<JsValue> = buffers.iter().map(raw).collect();
        let (sizes, begins) = sizes(gpu, &dispatches);
        let shared = raw(&sizes);
        let ready = dispatches.iter().zip(begins).map(|(d, begin)| {
            let entry = |(binding, (buffer, offset, bytes)): (usize, (&JsValue, u64, u64))| {
                let resource = object([
                    ("buffer", buffer.clone()),
                    ("offset", (offset as f64).into()),
                    ("size", (bytes as f64).into()),
                ]);
                JsValue::from(object([("binding", (binding as f64).into()), ("resource", resource.into())]))
            };
            let stored = d.bindings.iter().map(|region| (&buffers[region.buffer], region.offset, region.bound_bytes()));
            let read = (!d.sizes.is_empty()).then_some((&shared, begin, d.sizes_bytes()));
            let entries: Array = stored.chain(read).enumerate().map(entry).collect();
            let layout = by_shape[&d.shape()].0.clone();
            let group = device.create_bind_group(&object([("layout", layout), ("entries", entries.into())]));
            (pipelines[d.source.as_str()].clone(), group, d.groups)
        });
        let ready = ready.collect();
        Ok(Replay { device, queue, ready, _sizes: sizes })
    }

    pub(in crate::backend::gpu) fn len(&self) -> usize {
        self.ready.len()
    }

    /// Runs all dispatches, then the copies between buffers, then those into the staging buffer.
    pub(in crate::backend::gpu) fn submit(
        &self,
        _: &Gpu,
        buffers: &[Buffer],
        assigns: &[(Region, Region)],
        copies: &[(Region, u64)],
        staging: &Buffer,
    ) {
        let encoder = self.device.create_command_encoder();
        let pass = encoder.begin_compute_pass();
        record(&pass, &self.ready);
        pass.end();
        for (from, to) in assigns {
            let (source, target) = (raw(&buffers[from.buffer]), raw(&buffers[to.buffer]));
            encoder.copy(&source, from.offset as f64, &target, to.offset as f64, from.bytes as f64);
        }
        let staging = raw(staging);
        for (region, at) in copies {
            let source = raw(&buffers[region.buffer]);
            encoder.copy(&source, region.offset as f64, &staging, *at as f64, region.bytes as f64);
        }
        self.queue.submit(&Array::of1(&encoder.finish()));
    }

    /// Runs some of the dispatches `times` times, in one pass and one submit, between two marks of the stopwatch.
    pub(in crate::backend::gpu) fn repeat(&self, _: &Gpu, some: Range<usize>, times: u32, stopwatch: &Stopwatch) {
        let encoder = self.device.create_command_encoder();
        let pass = match &stopwatch.marks {
            None => encoder.begin_compute_pass(),
            Some(marks) => {
                let writes = object([
                    ("querySet", marks.clone()),
                    ("beginningOfPassWriteIndex", 0.into()),
                    ("endOfPassWriteIndex", 1.into()),
                ]);
                encoder.begin_timed_pass(&object([("timestampWrites", writes.into())]))
            }
        };
        (0..times).for_each(|_| record(&pass, &self.ready[some.clone()]));
        pass.end();
        let resolved = raw(&stopwatch.resolved);
        if let Some(marks) = &stopwatch.marks {
            encoder.resolve_query_set(marks, 0, 2, &resolved, 0.0);
        }
        encoder.copy(&resolved, 0.0, &raw(&stopwatch.staging), 0.0, Stopwatch::BYTES as f64);
        self.queue.submit(&Array::of1(&encoder.finish()));
    }
}
