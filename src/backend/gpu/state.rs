//! State on a GPU: one buffer per group of variables, shared by the plans that use it.

use super::buffer::Buffer;
use super::memory::{STAGED, STORED, bytes_of, check_bindable, host_of};
use super::replay::map;
use super::{Gpu, GpuError, GpuPlan};
use crate::backend::{Later, Plan, RunError, State, check_value};
use crate::graph::state::{Layout, Stored};
use crate::graph::{DType, Host, Program};
use std::rc::Rc;

/// The values of variables.
pub struct GpuState {
    pub(super) gpu: Rc<Gpu>,
    layout: Layout,
    pub(super) buffers: Vec<Buffer>,
}

impl GpuState {
    /// Zeros everywhere.
    pub fn new(gpu: &Rc<Gpu>, layout: Layout) -> Result<Rc<GpuState>, GpuError> {
        let mut buffers = Vec::new();
        for group in &layout.groups {
            let dtype = group.variables.first().map_or(DType::F32, |stored| stored.spec.dtype);
            if dtype.is_wide() {
                return Err(GpuError::Type { op: "state", dtype });
            }
            let needed = (group.len * dtype.size_bytes()) as u64;
            let names: Vec<&str> = group.variables.iter().map(|stored| stored.name.as_str()).take(3).collect();
            check_bindable(gpu, &names.join(", "), needed)?;
            buffers.push(Buffer::new(gpu, "state", needed.next_multiple_of(16).max(16), STORED));
        }
        gpu.check()?;
        Ok(Rc::new(GpuState { gpu: gpu.clone(), layout, buffers }))
    }

    /// Which variables there are, and where they lie.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    fn find(&self, name: &str) -> Result<(usize, &Stored), RunError> {
        self.layout.find(name).ok_or_else(|| RunError::NoVariable { name: name.to_owned() })
    }
}

impl State for GpuState {
    fn write(&self, name: &str, value: &Host) -> Result<(), RunError> {
        let (group, stored) = self.find(name)?;
        check_value(stored, value)?;
        let data = bytes_of(&value.contiguous()?, stored.spec.dtype)?;
        self.gpu.queue.write_buffer(&self.buffers[group], stored.start as u64 * 4, &data);
        Ok(())
    }

    fn read<'a>(&'a self, names: &'a [&'a str]) -> Later<'a, Result<Vec<Host>, RunError>> {
        Box::pin(async move {
            let found = names.iter().map(|name| self.find(name)).collect::<Result<Vec<_>, _>>()?;
            let total: u64 = found.iter().map(|(_, stored)| stored.spec.size_bytes() as u64).sum();
            if total == 0 {
                return Ok(Vec::new());
            }
            let staging = Buffer::new(&self.gpu, "readback of state", total, STAGED);
            let mut encoder = self.gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
            let mut at = 0;
            for (group, stored) in &found {
                let bytes = stored.spec.size_bytes() as u64;
                encoder.copy_buffer_to_buffer(&self.buffers[*group], stored.start as u64 * 4, &staging, at, bytes);
                at += bytes;
            }
            self.gpu.queue.submit([encoder.finish()]);
            map(&self.gpu, &staging).await?;
            let mut values = Vec::new();
            {
                let view = staging.get_mapped_range(..).map_err(GpuError::refused)?;
                let mut at = 0;
                for (_, stored) in &found {
                    let bytes = &view[at..at + stored.spec.size_bytes()];
                    at += bytes.len();
                    values.push(host_of(bytes, &stored.spec)?);
                }
            }
            self.gpu.check()?;
            Ok(values)
        })
    }

    fn plan(self: Rc<Self>, program: Program) -> Later<'static, Result<Box<dyn Plan>, RunError>> {
        Box::pin(async move {
            let plan: Box<dyn Plan> = Box::new(GpuPlan::with_state(&self.gpu, &program, &self).await?);
            Ok(plan)
        })
    }
}
