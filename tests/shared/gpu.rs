//! The GPU of the native tests.

use crate::skip::skip;
use neocog::backend::gpu::Gpu;
use std::rc::Rc;

/// A device of its own for each test; `None`, with its reason told, where there is no GPU.
pub(crate) fn gpu() -> Option<Rc<Gpu>> {
    match pollster::block_on(Gpu::new()) {
        Ok(gpu) => Some(Rc::new(gpu)),
        Err(error) => {
            skip(&format!("there is no GPU ({error})"));
            None
        }
    }
}
