//! The GPU behind a pointer.

use super::{Gpu, GpuError, GpuPlan};
use crate::backend::{AnyGpu, AnyPlan, Later};
use crate::graph::Program;
use std::rc::Rc;

impl AnyGpu for Gpu {
    fn name(&self) -> &str {
        &self.name
    }

    fn is_software(&self) -> bool {
        self.traits.software
    }

    fn is_lost(&self) -> bool {
        Gpu::is_lost(self)
    }

    fn held(&self) -> [u64; 2] {
        Gpu::held(self)
    }

    fn destroy(&self) {
        Gpu::destroy(self);
    }

    fn plan<'a>(self: Rc<Self>, program: &'a Program) -> Later<'a, Result<Box<dyn AnyPlan>, GpuError>> {
        Box::pin(async move {
            let plan: Box<dyn AnyPlan> = Box::new(GpuPlan::new(&self, program).await?);
            Ok(plan)
        })
    }
}

/// The fastest GPU that there is, or why there is none.
pub fn find() -> Later<'static, Result<Rc<dyn AnyGpu>, String>> {
    Box::pin(async {
        let gpu: Rc<dyn AnyGpu> = Rc::new(Gpu::new().await.map_err(words)?);
        Ok(gpu)
    })
}

/// In the browser wgpu's words are about backends that exist natively alone.
fn words(error: GpuError) -> String {
    match error {
        GpuError::NoAdapter { .. } if cfg!(target_arch = "wasm32") => {
            "the browser has WebGPU, but gives this page no GPU".to_owned()
        }
        error => error.to_string(),
    }
}
