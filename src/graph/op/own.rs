//! Custom ops, from outside this crate: a type that implements [`Rule`] becomes an op without a line in `ops!`.

use super::{AnyRule, Cost, Form, GpuRule, KernelRule, Op, Rule, ShapeError, Spec, Tensor, any_rule};
use std::fmt::Debug;
use std::sync::Arc;

/// The rules that [`AnyRule`] lacks. Ops of this crate have them elsewhere, so that a program contains only the rules that it uses.
pub trait Outside {
    fn vjp(&self, x: &[Tensor], y: &Tensor, dy: &Tensor) -> Result<Vec<Option<Tensor>>, ShapeError>;
    fn gpu(&self) -> Option<&dyn GpuRule>;
}

/// A rule whose form is not a kernel.
#[derive(Debug)]
struct Plain<R>(R);

#[derive(Debug)]
struct Kernel<R>(R);

macro_rules! outside {
    ($wrapper:ident, $($bound:ident)+, $rule:ident => $gpu:expr) => {
        impl<R: $($bound +)+ Debug + Send + Sync + 'static> AnyRule for $wrapper<R> {
            any_rule!(self => &self.0);

            fn outside(&self) -> Option<&dyn Outside> {
                Some(self)
            }
        }

        impl<R: $($bound +)+> Outside for $wrapper<R> {
            fn vjp(&self, x: &[Tensor], y: &Tensor, dy: &Tensor) -> Result<Vec<Option<Tensor>>, ShapeError> {
                self.0.vjp(x, y, dy)
            }

            fn gpu(&self) -> Option<&dyn GpuRule> {
                let $rule = &self.0;
                $gpu
            }
        }
    };
}
outside!(Plain, Rule, _rule => None);
outside!(Kernel, Rule KernelRule, rule => Some(rule));

impl Op {
    /// A custom op without a kernel: elementwise, a movement, a join. Ops whose `Debug` texts are equal count as the same
    /// op, so the text must have all settings.
    pub fn own(rule: impl Rule + Debug + Send + Sync + 'static) -> Op {
        Op(Arc::new(Plain(rule)))
    }

    /// The same with kernels for CPU and GPU: its form is [`Form::Kernel`] or [`Form::Rewrite`] of itself.
    pub fn own_kernel(rule: impl Rule + KernelRule + Debug + Send + Sync + 'static) -> Op {
        Op(Arc::new(Kernel(rule)))
    }
}
