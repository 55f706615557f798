//! The GPU behind a pointer.

use super::{Gpu, GpuError, GpuPlan, GpuState};
use crate::backend::{AnyGpu, AnyPlan, AnyState, Later, RunError, State};
use crate::graph::launch::Traits;
use crate::graph::state::Layout;
use crate::graph::{Host, Program};
use std::rc::Rc;

impl AnyGpu for Gpu {
    fn name(&self) -> &str {
        &self.name
    }

    fn traits(&self) -> &Traits {
        &self.traits
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

    fn state(self: Rc<Self>, layout: Layout) -> Result<Rc<dyn AnyState>, RunError> {
        Ok(GpuState::new(&self, layout)?)
    }
}

impl AnyState for GpuState {
    fn write(&self, name: &str, value: &Host) -> Result<(), RunError> {
        State::write(self, name, value)
    }

    fn read_all<'a>(&'a self, names: &'a [&'a str]) -> Later<'a, Result<Vec<Host>, RunError>> {
        Box::pin(self.read(names))
    }

    fn plan(self: Rc<Self>, program: Program) -> Later<'static, Result<Box<dyn AnyPlan>, RunError>> {
        Box::pin(async move {
            let plan: Box<dyn AnyPlan> = Box::new(GpuPlan::with_state(&self.gpu, &program, &self).await?);
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
