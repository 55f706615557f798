//! The GPU behind a pointer.

use super::{Gpu, GpuError, GpuState};
use crate::backend::{AnyGpu, Later, RunError, State};
use crate::graph::launch::Traits;
use crate::graph::state::Layout;
use std::rc::Rc;

impl AnyGpu for Gpu {
    fn name(&self) -> &str {
        &self.name
    }

    fn traits(&self) -> &Traits {
        &self.traits
    }

    fn is_lost(&self) -> bool {
        self.faults.lock().is_ok_and(|faults| faults.lost.is_some())
    }

    fn held(&self) -> [u64; 2] {
        self.tally.held()
    }

    fn destroy(&self) {
        self.device.destroy();
        if let Ok(mut faults) = self.faults.lock() {
            faults.lost.get_or_insert("destroyed".to_owned());
        }
    }

    fn state(self: Rc<Self>, layout: Layout) -> Result<Rc<dyn State>, RunError> {
        Ok(GpuState::new(&self, layout)?)
    }
}

/// The fastest GPU that there is, or why there is none.
pub fn find() -> Later<'static, Result<Rc<dyn AnyGpu>, String>> {
    Box::pin(async {
        let gpu: Rc<dyn AnyGpu> = Rc::new(Gpu::new().await.map_err(words)?);
        Ok(gpu)
    })
}

/// Why there is none in a browser that has WebGPU.
pub const NO_ADAPTER: &str = "the browser has WebGPU, but gives this page no GPU";

/// In the browser wgpu's words are about backends that exist natively alone.
fn words(error: GpuError) -> String {
    match error {
        GpuError::NoAdapter { .. } if cfg!(target_arch = "wasm32") => NO_ADAPTER.to_owned(),
        error => error.to_string(),
    }
}
