//! The ops. One file each, with every rule: shape, gradient, CPU, GPU, cost, test cases; one line in `ops!` registers it.
//!
//! A rule cannot be forgotten: [`Rule`] has no default methods, and each [`Form`] asks for just what that kind of op needs.
//!
//! # Custom ops
//! Ops outside this crate work the same way: a type that implements [`Rule`] (and, with kernels, [`KernelRule`]) enters a graph
//! by [`Op::own`] or [`Op::own_kernel`]. An elementwise one needs no shader: backends compile its expression into the kernels
//! around it.
//!
//! ```
//! use candle_core::Device;
//! use neocog::backend::cpu::CpuPlan;
//! use neocog::graph::op::{Case, Cost, Form, Op, Pointwise, Rule};
//! use neocog::graph::{Graph, Host, Program, ShapeError, Spec, Tensor, grad};
//!
//! /// `ln(1 + eˣ)` (Dugas et al. 2001), for x below 88.
//! #[derive(Debug)]
//! struct Softplus;
//!
//! impl Rule for Softplus {
//!     const NAME: &'static str = "softplus";
//!
//!     fn spec(&self, x: &[&Spec]) -> Result<Spec, ShapeError> {
//!         Ok(x[0].clone())
//!     }
//!
//!     fn form(&self, _: &[&Spec], _: &Spec) -> Form<'_> {
//!         let f32 = |x: &[&[f32]], y: &mut [f32]| y.iter_mut().zip(x[0]).for_each(|(y, x)| *y = x.exp().ln_1p());
//!         let f64 = |x: &[&[f64]], y: &mut [f64]| y.iter_mut().zip(x[0]).for_each(|(y, x)| *y = x.exp().ln_1p());
//!         Form::Pointwise(Pointwise::new("log(1.0 + exp({0}))".to_owned(), Box::new(f32), |_| Box::new(f64)))
//!     }
//!
//!     fn vjp(&self, x: &[Tensor], _: &Tensor, dy: &Tensor) -> Result<Vec<Option<Tensor>>, ShapeError> {
//!         Ok(vec![Some(dy.mul(&x[0].sigmoid()?)?)])
//!     }
//!
//!     fn cost(&self, x: &[&Spec], y: &Spec) -> Cost {
//!         Cost { macs: 0, bytes: (x[0].size_bytes() + y.size_bytes()) as u64 }
//!     }
//!
//!     fn cases() -> Vec<Case> {
//!         Vec::new()
//!     }
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let graph = Graph::new();
//! let x = graph.input("x", Spec::f32([3]));
//! let y = graph.apply(Op::own(Softplus), &[&x])?;
//! let dx = grad(&y, &[&x])?.remove(0);
//! let plan = CpuPlan::new(Program::inference(&[&y, &dx], &|_| None)?);
//! let outputs = plan.run_now(&[Host::new(&[-1f32, 0.0, 1.0], &Device::Cpu)?])?;
//! let (y, dx) = (outputs[0].to_vec1::<f32>()?, outputs[1].to_vec1::<f32>()?);
//! assert!((y[1] - 2f32.ln()).abs() < 1e-6 && (dx[1] - 0.5).abs() < 1e-6);
//! # Ok(())
//! # }
//! ```

/// The text of a file under `shaders/`.
macro_rules! wgsl {
    ($path:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/shaders/", $path))
    };
}
pub(crate) use wgsl;

/// An elementwise operation with one rule for both types of floats, `$T` in it.
macro_rules! pointwise {
    ($wgsl:expr, $T:ident => $rule:expr) => {
        $crate::graph::op::Pointwise::new(
            $wgsl,
            {
                type $T = f32;
                Box::new($rule)
            },
            |_| {
                type $T = f64;
                Box::new($rule)
            },
        )
    };
}

/// Elementwise functions, one row each: what it is, its settings, its WGSL, and the same for a float type `T`. `$each` makes a
/// rule for slices of such a function.
macro_rules! functions {
    (@f64 $setting:ident) => { f64 };
    (@rule $name:ident $t:ident $each:ident $($row:ident $(($($setting:ident),+))? |$($x:ident),+| $rule:expr;)+) => {
        fn $name(self) -> $crate::graph::op::PointwiseFn<$t> {
            type T = $t;
            match self {
                $(Self::$row $(($($setting),+))? => $each(move |$($x: T),+| $rule),)+
            }
        }
    };
    (
        $(#[$meta:meta])+ $functions:ident by $each:ident:
        $($(#[$doc:meta])+ $row:ident $(($($setting:ident),+))? => $wgsl:expr, |$($x:ident),+| $rule:expr;)+
    ) => {
        $(#[$meta])+
        pub enum $functions {
            $($(#[$doc])+ $row $(($(functions!(@f64 $setting)),+))?,)+
        }

        impl $functions {
            fn wgsl(self) -> String {
                match self {
                    $(Self::$row $(($($setting),+))? => $wgsl.to_string(),)+
                }
            }

            functions! { @rule one_by_one_f32 f32 $each $($row $(($($setting),+))? |$($x),+| $rule;)+ }
            functions! { @rule rule_f64 f64 $each $($row $(($($setting),+))? |$($x),+| $rule;)+ }
        }
    };
}

/// The rules that many ops share.
macro_rules! rules {
    (@form kernel) => {
        fn form(&self, _: &[&$crate::graph::Spec], _: &$crate::graph::Spec) -> $crate::graph::op::Form<'_> {
            $crate::graph::op::Form::Kernel(self)
        }
    };
    // Whole numbers have none.
    (@gradient none) => {
        fn vjp(
            &self,
            x: &[$crate::graph::Tensor],
            _: &$crate::graph::Tensor,
            _: &$crate::graph::Tensor,
        ) -> Result<Vec<Option<$crate::graph::Tensor>>, $crate::graph::ShapeError> {
            Ok(vec![None; x.len()])
        }
    };
    // It reads its inputs and writes its output.
    (@cost bytes) => {
        fn cost(&self, x: &[&$crate::graph::Spec], y: &$crate::graph::Spec) -> $crate::graph::op::Cost {
            $crate::graph::op::Cost { macs: 0, bytes: $crate::graph::op::bytes_of(x, y) }
        }
    };
    // `typed` for the type of the elements, which must be floats.
    (@cpu floats) => {
        fn cpu(&self, x: &[$crate::graph::Host], y: &$crate::graph::Spec) -> candle_core::Result<$crate::graph::Host> {
            for_float!(Self::NAME, y.dtype, T => self.typed::<T>(x, y))
        }
    };
    // It can finish elementwise work before it stores.
    (@epilogue taken) => {
        const TAKES_EPILOGUE: bool = true;
    };
    ($($rule:ident: $how:ident),+) => {
        $(rules! { @$rule $how })+
    };
}

mod case;
mod form;
mod own;
pub mod windows;

pub use case::{Case, Fill, Given};
use form::OtherRule;
pub use form::{
    Around, Cost, CpuRule, FinishRule, Form, GpuRule, Join, KernelRule, Pointwise, PointwiseFn, Prepared, Simple,
};

// The common imports of the files of ops.
use super::host::{candle_dtype, computed, dtype_of, from_elements, to_dtype, with_elements};
use super::launch::{Launch, Made, Movement, Operand, Packing, Traits, flat_groups};
use super::{DType, Graph, Host, Kind, ShapeError, Spec, Tensor, Wide, broadcast, strides_of};
use std::any::Any;
use std::fmt::Debug;
use std::ops::Deref;
use std::sync::Arc;

/// All rules of one op.
pub trait Rule {
    /// candle's name for the op.
    const NAME: &'static str;

    /// Shape rule.
    fn spec(&self, x: &[&Spec]) -> Result<Spec, ShapeError>;

    /// How backends compute it.
    fn form(&self, x: &[&Spec], y: &Spec) -> Form<'_>;

    /// Gradient rule: the gradient of each input from the gradient `dy` of the output, as graph ops; `None` where the
    /// output does not depend on it smoothly.
    fn vjp(&self, x: &[Tensor], y: &Tensor, dy: &Tensor) -> Result<Vec<Option<Tensor>>, ShapeError>;

    /// Multiply-accumulates and bytes.
    fn cost(&self, x: &[&Spec], y: &Spec) -> Cost;

    /// Its test cases, for every backend.
    fn cases() -> Vec<Case>;
}

/// The rules that computing an op takes. The gradient is not among them: a program that never differentiates contains neither
/// gradient rules nor the ops that only they use.
pub trait AnyRule: Any + Debug + Send + Sync {
    /// [`Rule::NAME`]
    fn name(&self) -> &'static str;
    /// [`Rule::spec`]
    fn spec(&self, x: &[&Spec]) -> Result<Spec, ShapeError>;
    /// [`Rule::form`]
    fn form(&self, x: &[&Spec], y: &Spec) -> Form<'_>;
    /// [`Rule::cost`]
    fn cost(&self, x: &[&Spec], y: &Spec) -> Cost;
    /// The other rules of an op that is not listed.
    fn outside(&self) -> Option<&dyn own::Outside> {
        None
    }
}

/// [`AnyRule`] by a [`Rule`] `R`.
macro_rules! any_rule {
    ($self:ident => $rule:expr) => {
        fn name(&$self) -> &'static str {
            R::NAME
        }

        fn spec(&$self, x: &[&Spec]) -> Result<Spec, ShapeError> {
            Rule::spec($rule, x)
        }

        fn form(&$self, x: &[&Spec], y: &Spec) -> Form<'_> {
            Rule::form($rule, x, y)
        }

        fn cost(&$self, x: &[&Spec], y: &Spec) -> Cost {
            Rule::cost($rule, x, y)
        }
    };
}
use any_rule;

impl<R: Rule + Any + Debug + Send + Sync> AnyRule for R {
    any_rule!(self => self);
}

/// Any op.
#[derive(Clone, Debug)]
pub struct Op(Arc<dyn AnyRule>);

impl Op {
    /// This op, where it is an `R`.
    pub fn get<R: Rule + Any>(&self) -> Option<&R> {
        (&*self.0 as &dyn Any).downcast_ref()
    }
}

impl Deref for Op {
    type Target = dyn AnyRule;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

macro_rules! ops {
    ($($file:ident :: $name:ident),* $(,)?) => {
        $(pub mod $file;)*
        $(pub use $file::$name;)*

        $(impl From<$name> for Op {
            fn from(op: $name) -> Self {
                Op(Arc::new(op))
            }
        })*

        impl Op {
            /// The op's own gradient rule.
            pub fn vjp(&self, x: &[Tensor], y: &Tensor, dy: &Tensor) -> Result<Vec<Option<Tensor>>, ShapeError> {
                $(if let Some(op) = self.get::<$name>() {
                    return op.vjp(x, y, dy);
                })*
                self.0.outside().map_or_else(|| Ok(vec![None; x.len()]), |op| op.vjp(x, y, dy))
            }
        }

        impl Op {
            /// The op's GPU rule, where it is a kernel.
            pub fn gpu(&self) -> Option<&dyn GpuRule> {
                $(if let Some(op) = self.get::<$name>() {
                    return form::IfKernel(op).gpu();
                })*
                self.0.outside().and_then(own::Outside::gpu)
            }
        }

        /// The name of every op.
        pub const NAMES: &[&str] = &[$(<$name as Rule>::NAME),*];

        /// The test cases of every op, with its name.
        pub fn all_cases() -> Vec<(&'static str, Case)> {
            let mut all = Vec::new();
            $(all.extend(<$name as Rule>::cases().into_iter().map(|case| (<$name as Rule>::NAME, case)));)*
            all
        }
    };
}

ops! {
    unary::Unary,
    erf::Erf,
    binary::Binary,
    reshape::Reshape,
    movement::Move,
    concat::Concat,
    pad::Pad,
    conv2d::Conv2d,
    conv_transpose2d::ConvTranspose2d,
    conv2d_weight::Conv2dWeight,
    matmul::Matmul,
    pool2d::Pool2d,
    reduce::Reduce,
    softmax::Softmax,
    lrn::Lrn,
    arg_reduce::ArgReduce,
    cast::Cast,
    where_cond::WhereCond,
    gather::Gather,
    scatter_add::ScatterAdd,
    resize2d::Resize2d,
    adaptive_pool2d::AdaptivePool2d,
    pool_index::PoolIndex,
    unpool2d::Unpool2d,
    random::Random,
    shuffle::Shuffle,
    sequence::Sequence,
    load_bytes::LoadBytes,
    load_augmented::LoadAugmented,
    moments::Moments,
    channel_sums::ChannelSums,
    batch_norm::BatchNorm,
    pack::Pack,
    optimiser_step::OptimiserStep,
}

/// A WGSL literal. With the digits of a double: those of a single are rounded, and for the largest one beyond what a single
/// holds, which Chromium refuses.
fn literal(v: f64) -> String {
    format!("f32({:?})", f64::from(v as f32))
}

/// `y` in WGSL, but `x` where that is NaN, which functions may drop: told by its bits, for a compiler may assume that no float is NaN.
fn keeping_nan(x: &str, y: &str) -> String {
    format!("select({y}, {x}, (bitcast<u32>({x}) & 0x7fffffffu) > 0x7f800000u)")
}

/// Refuses an index beyond `extent`.
fn check_indexes(op: &str, ids: &[u32], extent: usize) -> candle_core::Result<()> {
    match ids.iter().find(|&&id| id as usize >= extent) {
        Some(id) => candle_core::bail!("{op}: index {id} is beyond the {extent} that there are"),
        None => Ok(()),
    }
}

/// The element count of each shape of a list, in bytes, inputs and output together.
fn bytes_of(x: &[&Spec], y: &Spec) -> u64 {
    x.iter().map(|s| s.size_bytes() as u64).sum::<u64>() + y.size_bytes() as u64
}
