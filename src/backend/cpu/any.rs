//! The CPU behind the same pointers as a GPU.

use super::{CpuPlan, CpuState};
use crate::backend::{AnyPlan, AnyState, Later, RunError, State};
use crate::graph::{Host, Program};
use std::rc::Rc;

impl AnyState for CpuState {
    fn write(&self, name: &str, value: &Host) -> Result<(), RunError> {
        State::write(self, name, value)
    }

    fn read_all<'a>(&'a self, names: &'a [&'a str]) -> Later<'a, Result<Vec<Host>, RunError>> {
        Box::pin(self.read(names))
    }

    fn plan(self: Rc<Self>, program: Program) -> Later<'static, Result<Box<dyn AnyPlan>, RunError>> {
        Box::pin(async move {
            let plan: Box<dyn AnyPlan> = Box::new(CpuPlan::with_state(program, &self));
            Ok(plan)
        })
    }
}
