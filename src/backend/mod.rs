//! Where programs run. Both backends take the same [`crate::graph::Program`] and give the same numbers.
//!
//! ```
//! use candle_core::Device;
//! use neocog::backend::cpu::CpuPlan;
//! use neocog::backend::gpu::{Gpu, GpuPlan};
//! use neocog::backend::{Plan, RunError};
//! use neocog::graph::{Graph, Host, Program, Spec};
//! use std::rc::Rc;
//!
//! async fn run(plan: &mut impl Plan, x: &Host) -> Result<Vec<f32>, RunError> {
//!     let outputs = plan.run(std::slice::from_ref(x)).await?;
//!     Ok(outputs[0].to_vec1()?)
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # pollster::block_on(async {
//! let graph = Graph::new();
//! let x = graph.input("x", Spec::f32([4]));
//! let program = Program::inference(&[&x.relu()?.affine(2.0, 1.0)?], &|_| None)?;
//! let x = Host::new(&[-1f32, 0.0, 1.0, 2.0], &Device::Cpu)?;
//!
//! match Gpu::new().await {
//!     Ok(gpu) => {
//!         let mut plan = GpuPlan::new(&Rc::new(gpu), &program).await?;
//!         assert_eq!(plan.dispatches(), 1);
//!         assert_eq!(run(&mut plan, &x).await?, [1.0, 1.0, 3.0, 5.0]);
//!     }
//!     Err(error) => println!("no GPU here: {error}"),
//! }
//! assert_eq!(run(&mut CpuPlan::new(program), &x).await?, [1.0, 1.0, 3.0, 5.0]);
//! # Ok(())
//! # })
//! # }
//! ```
//!
//! Invariant: nothing here matches on a particular op. The differences between ops are in their [`crate::graph::op::Form`] and
//! rules.

#![warn(missing_docs)]

pub mod cpu;
pub mod gpu;

use crate::graph::host::HostError;
use crate::graph::launch::Traits;
use crate::graph::state::Layout;
use crate::graph::{Host, Program};
use std::any::Any;
use std::pin::Pin;
use std::rc::Rc;

/// A future on this thread, behind a pointer.
pub type Later<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// A program made ready on one device, to be run many times. Behind a pointer, so that a caller need not carry the code of each
/// backend.
pub trait Plan {
    /// Runs it once. `inputs` are in the order of [`crate::graph::Program::inputs`].
    fn run<'a>(&'a mut self, inputs: &'a [Host]) -> Later<'a, Result<Vec<Host>, RunError>>;

    /// Runs it once for what it does to its state; outputs stay where they are. On a GPU it returns when the work is handed
    /// over, not when it is done.
    fn step(&mut self, inputs: &[Host]) -> Result<(), RunError>;

    /// Kernel calls of one run: GPU dispatches, or steps on the CPU.
    fn dispatches(&self) -> usize;

    /// Bytes of intermediate results, and what they would be without sharing.
    fn memory_bytes(&self) -> (usize, usize);

    /// Runs it once, and takes it apart into its steps.
    fn profile<'a>(&'a mut self, inputs: &'a [Host]) -> Later<'a, Result<Box<dyn Profile + 'a>, RunError>>;
}

/// A GPU, likewise behind a pointer.
pub trait AnyGpu: Any {
    /// As the driver or browser names it.
    fn name(&self) -> &str;
    /// The properties by which kernels are chosen.
    fn traits(&self) -> &Traits;
    /// The device is gone: find another one.
    fn is_lost(&self) -> bool;
    /// Bytes and number of the buffers that plans and states hold at the moment.
    fn held(&self) -> [u64; 2];
    /// Gives the device up, as a crash of the driver would. For tests of recovery.
    fn destroy(&self);
    /// Zeros for all state of this layout.
    fn state(self: Rc<Self>, layout: Layout) -> Result<Rc<dyn State>, RunError>;
}

/// A plan whose steps run one by one, each as often as a clock needs. It has run once as a whole.
pub trait Profile {
    /// Kernel calls of one step of the program; one without any needs no time.
    fn dispatches(&self, step: usize) -> usize;

    /// Runs a step `times` times, and returns when it is done: with the seconds by the device's own clock, where there is
    /// one.
    fn repeat(&mut self, step: usize, times: u32) -> Later<'_, Result<Option<f64>, RunError>>;
}

/// The values of variables on one device, shared by the plans that use them.
pub trait State {
    /// Gives a variable a value of its shape.
    fn write(&self, name: &str, value: &Host) -> Result<(), RunError>;

    /// The values of these variables after all runs so far.
    fn read<'a>(&'a self, names: &'a [&'a str]) -> Later<'a, Result<Vec<Host>, RunError>>;

    /// A program all of whose variables are in this state.
    fn plan(self: Rc<Self>, program: Program) -> Later<'static, Result<Box<dyn Plan>, RunError>>;
}

/// Why a plan cannot be made or run.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each message says what its fields are")]
pub enum RunError {
    /// An input has another shape or type than the program's.
    #[error("input {index} should be {want}, got {got}")]
    Input { index: usize, want: String, got: String },
    /// The program uses a variable that the state lacks.
    #[error("there is no variable {name} in this state")]
    NoVariable { name: String },
    /// A value has another shape or type than its variable.
    #[error("variable {name} wants {want}, got {got}")]
    Value { name: String, want: String, got: String },
    /// There is not enough memory for a run or a state.
    #[error("the CPU has no room for {needed_bytes} more bytes")]
    NoMemory { needed_bytes: u64 },
    /// A kernel on the CPU failed.
    #[error("on the CPU: {0}")]
    Host(#[from] HostError),
    /// The GPU failed.
    #[error(transparent)]
    Gpu(#[from] gpu::GpuError),
}

impl From<candle_core::Error> for RunError {
    fn from(error: candle_core::Error) -> Self {
        HostError::from(error).into()
    }
}

/// The value has the variable's shape and type.
fn check_value(stored: &crate::graph::state::Stored, value: &Host) -> Result<(), RunError> {
    let want = (stored.spec.shape.clone(), crate::graph::host::candle_dtype(stored.spec.dtype));
    let got = (value.dims().to_vec(), value.dtype());
    if got == want {
        return Ok(());
    }
    Err(RunError::Value { name: stored.name.clone(), want: format!("{want:?}"), got: format!("{got:?}") })
}

/// The inputs have the program's shapes and types.
fn check_inputs(specs: &[crate::graph::Spec], inputs: &[Host]) -> Result<(), RunError> {
    for (index, spec) in specs.iter().enumerate() {
        let got = inputs.get(index).map(|h| (h.dims().to_vec(), h.dtype()));
        let want = (spec.shape.clone(), crate::graph::host::candle_dtype(spec.dtype));
        if got.as_ref() != Some(&want) {
            let got = got.map_or_else(|| "nothing".to_owned(), |g| format!("{g:?}"));
            return Err(RunError::Input { index, want: format!("{want:?}"), got });
        }
    }
    Ok(())
}
