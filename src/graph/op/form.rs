//! The forms an op can have, and what a backend needs for each.

use super::super::launch::{Launch, Movement, Traits};
use super::super::{Host, Spec, Wide};
use std::any::Any;

/// How an op is computed. Backends and passes know these forms, never a particular op.
pub enum Form<'a> {
    /// The same bytes under another shape: no work.
    Alias,
    /// One element of each input at one (broadcast) index gives one element of the output; fuses with its neighbours.
    Pointwise(Pointwise),
    /// The elements of input 0, read in another order.
    Movement(Movement),
    /// The inputs side by side.
    Join(Join),
    /// Anything else: kernels of its own.
    Kernel(&'a dyn CpuRule),
    /// A kernel that changes input 0: the output begins as a copy of it, or, where that input is state that the output is
    /// assigned to, in its very memory. Its launches bind the output and the other inputs.
    Rewrite(&'a dyn CpuRule),
}

/// A kernel's two implementations.
pub trait KernelRule {
    /// Whether its kernels have a slot `epilogue`, and so can finish elementwise work before they store.
    const TAKES_EPILOGUE: bool = false;

    /// On contiguous CPU tensors.
    fn cpu(&self, x: &[Host], y: &Spec) -> candle_core::Result<Host>;

    /// As dispatches in order; each writes the output `y` or a part of it, or scratch memory that a later one reads.
    fn gpu(&self, x: &[&Spec], y: &Spec, device: &Traits) -> Vec<Launch>;

    /// The CPU's rule that does some of it, where there is one.
    fn finishing(&self) -> Option<&dyn FinishRule> {
        None
    }

    /// The actual number of multiply-accumulates, where it is not that of the op's [`Cost`]: on a GPU with these traits or,
    /// without one, on the CPU. `known` tells which inputs never change.
    fn macs(&self, _x: &[&Spec], _y: &Spec, _known: &[bool], _gpu: Option<&Traits>) -> Option<u64> {
        None
    }
}

/// A CPU kernel that can apply the following operations before it stores, and can prepare its weights beforehand.
pub trait FinishRule {
    /// Prepares the constant inputs once; `x` has them. What is prepared is read instead of the second input, which may be gone
    /// afterwards.
    fn prepare(&self, x: &[Option<&Host>], specs: &[&Spec], y: &Spec) -> candle_core::Result<Option<Prepared>>;

    /// The op with what is before and behind it.
    fn cpu_finished(&self, x: &[Host], y: &Spec, around: &Around<'_>) -> candle_core::Result<Host>;
}

/// The prepared data of a kernel; only the kernel knows its type.
pub struct Prepared(Box<dyn Any>);

impl Prepared {
    /// Anything that a kernel prepares and reads again.
    pub fn new(ready: impl Any) -> Self {
        Self(Box::new(ready))
    }

    /// Access to the concrete type.
    pub fn get<T: Any>(&self) -> Option<&T> {
        self.0.downcast_ref()
    }
}

/// The prepared data of a kernel, and the operations after it: `min(max(y + bias[channel], low), high)`.
#[derive(Default)]
pub struct Around<'a> {
    /// The result of [`FinishRule::prepare`], where there is one.
    pub prepared: Option<&'a Prepared>,
    /// One number for each channel.
    pub bias: Option<Host>,
    /// The least and the largest result.
    pub bounds: Option<[f64; 2]>,
}

/// The elementwise operations that some kernels can apply by themselves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Simple {
    /// Of the two operands.
    Add,
    /// The least and the largest result.
    Bounds([f64; 2]),
}

/// The CPU's part of a kernel. Every op includes it; [`super::Op::gpu`] gives the GPU's part, so that a program without the GPU
/// backend has no shaders either.
pub trait CpuRule {
    /// [`KernelRule::cpu`]
    fn cpu(&self, x: &[Host], y: &Spec) -> candle_core::Result<Host>;
    /// [`KernelRule::TAKES_EPILOGUE`]
    fn takes_epilogue(&self) -> bool;
    /// [`KernelRule::finishing`]
    fn finishing(&self) -> Option<&dyn FinishRule>;
    /// [`KernelRule::macs`]
    fn macs(&self, x: &[&Spec], y: &Spec, known: &[bool], gpu: Option<&Traits>) -> Option<u64>;
}

impl<R: KernelRule> CpuRule for R {
    fn cpu(&self, x: &[Host], y: &Spec) -> candle_core::Result<Host> {
        KernelRule::cpu(self, x, y)
    }

    fn takes_epilogue(&self) -> bool {
        R::TAKES_EPILOGUE
    }

    fn finishing(&self) -> Option<&dyn FinishRule> {
        KernelRule::finishing(self)
    }

    fn macs(&self, x: &[&Spec], y: &Spec, known: &[bool], gpu: Option<&Traits>) -> Option<u64> {
        KernelRule::macs(self, x, y, known, gpu)
    }
}

/// The GPU's part of a kernel.
pub trait GpuRule {
    /// [`KernelRule::gpu`]
    fn gpu(&self, x: &[&Spec], y: &Spec, device: &Traits) -> Vec<Launch>;
}

impl<R: KernelRule> GpuRule for R {
    fn gpu(&self, x: &[&Spec], y: &Spec, device: &Traits) -> Vec<Launch> {
        KernelRule::gpu(self, x, y, device)
    }
}

/// Finds out which ops are kernels: where `R` is one, its own method is nearer than [`OtherRule`]'s.
pub(super) struct IfKernel<'a, R>(pub(super) &'a R);

impl<'a, R: KernelRule> IfKernel<'a, R> {
    pub(super) fn gpu(&self) -> Option<&'a dyn GpuRule> {
        Some(self.0)
    }
}

pub(super) trait OtherRule<'a> {
    fn gpu(&self) -> Option<&'a dyn GpuRule> {
        None
    }
}

impl<'a, R> OtherRule<'a> for IfKernel<'a, R> {}

/// An expression over the inputs at one index. Shapes broadcast as NumPy's do; dtype is the same for all.
pub struct Pointwise {
    /// WGSL with `{0}`, `{1}`, … for the operands.
    pub wgsl: String,
    /// The rule for single precision.
    pub f32: PointwiseFn<f32>,
    /// The rule for doubles.
    pub f64: PointwiseFn<f64>,
    /// The operation, where kernels can apply it by themselves.
    pub simple: Option<Simple>,
}

impl Pointwise {
    /// `f64` is asked for its rule only where there are doubles.
    pub fn new(wgsl: String, f32: PointwiseFn<f32>, f64: impl FnOnce(Wide) -> PointwiseFn<f64>) -> Self {
        let nothing = || -> PointwiseFn<f64> { Box::new(|_: &[&[f64]], _: &mut [f64]| {}) };
        Self { wgsl, f32, f64: Wide::HERE.map_or_else(nothing, f64), simple: None }
    }

    /// The same, said to be `simple`.
    pub fn simple(self, simple: Option<Simple>) -> Self {
        Self { simple, ..self }
    }
}

/// The same on slices of equal length: operands, result.
pub type PointwiseFn<T> = Box<dyn Fn(&[&[T]], &mut [T])>;

/// Inputs side by side along one axis: the output is `outer` rows of `row` elements, and input `k` fills the columns from
/// `starts[k]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Join {
    /// Rows of the output.
    pub outer: usize,
    /// Elements of each.
    pub row: usize,
    /// The first column of each input.
    pub starts: Vec<usize>,
}

/// The cost of an op.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Multiply-accumulates, as papers count the operations of convolutions and matrix products.
    pub macs: u64,
    /// Read and written at least once.
    pub bytes: u64,
}
