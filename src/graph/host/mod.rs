//! Host values: candle tensors on the CPU, and their elements without a copy.

mod ahead;
mod chain;
mod fault;

pub(crate) use ahead::Ahead;
pub(crate) use chain::Chain;
pub use fault::HostError;

use super::launch::Movement;
use super::op::{Form, Join, Op};
use super::pass::Term;
use super::shape::{DType, Spec, Wide};
use candle_core::{CpuStorage, Device, Storage, Tensor as Host, WithDType};

/// candle's name of an element type.
pub fn candle_dtype(dtype: DType) -> candle_core::DType {
    match dtype {
        DType::F32 => candle_core::DType::F32,
        DType::F64(_) => candle_core::DType::F64,
        DType::U32 => candle_core::DType::U32,
    }
}

/// Calls `read` with the elements of a contiguous CPU tensor, without copying them.
pub fn with_elements<T: WithDType, R>(host: &Host, read: impl FnOnce(&[T]) -> R) -> candle_core::Result<R> {
    with_all(std::slice::from_ref(host), |elements| read(elements[0]))
}

/// The same of several tensors.
pub(crate) fn with_all<T: WithDType, R>(hosts: &[Host], read: impl FnOnce(&[&[T]]) -> R) -> candle_core::Result<R> {
    let held: Vec<_> = hosts.iter().map(Host::storage_and_layout).collect();
    let elements = held.iter().map(|(storage, layout)| {
        let Storage::Cpu(cpu) = &**storage else {
            candle_core::bail!("a host tensor must be on the CPU");
        };
        let Some((start, end)) = layout.contiguous_offsets() else {
            candle_core::bail!("a host tensor must be contiguous, got strides {:?}", layout.stride());
        };
        Ok(&cpu.as_slice::<T>()?[start..end])
    });
    Ok(read(&elements.collect::<candle_core::Result<Vec<_>>>()?))
}

/// The tensor whose elements `compute` makes of the elements of others.
pub(crate) fn computed<T: WithDType, U: WithDType>(
    x: &[Host],
    y: &Spec,
    compute: impl FnOnce(&[&[T]]) -> Vec<U>,
) -> candle_core::Result<Host> {
    from_elements(with_all(x, compute)?, y)
}

/// A CPU tensor that takes over `elements`.
pub fn from_elements<T: WithDType>(elements: Vec<T>, spec: &Spec) -> candle_core::Result<Host> {
    Host::from_vec(elements, spec.shape.as_slice(), &Device::Cpu)
}

/// Rewrites the elements of a tensor that has no other owner.
pub(crate) fn rewrite<F: Fn(&mut CpuStorage) -> candle_core::Result<()>>(host: &Host, f: F) -> candle_core::Result<()> {
    struct Rewrite<F>(F);
    impl<F: Fn(&mut CpuStorage) -> candle_core::Result<()>> candle_core::InplaceOp1 for Rewrite<F> {
        fn name(&self) -> &'static str {
            "rewrite"
        }
        fn cpu_fwd(&self, storage: &mut CpuStorage, _: &candle_core::Layout) -> candle_core::Result<()> {
            (self.0)(storage)
        }
    }
    host.inplace_op1(&Rewrite(f))
}

/// One op on host values.
pub(crate) fn evaluate(op: &Op, x: &[Host], y: &Spec) -> candle_core::Result<Host> {
    let specs: Vec<Spec> =
        x.iter().map(|x| Ok(Spec::new(x.dims(), dtype_of(x)?))).collect::<candle_core::Result<_>>()?;
    let specs: Vec<&Spec> = specs.iter().collect();
    match op.form(&specs, y) {
        Form::Alias => x[0].reshape(y.shape.as_slice()),
        Form::Movement(movement) => reorder(&x[0], &movement, y),
        Form::Join(join) => side_by_side(x, &join, y),
        Form::Kernel(rule) | Form::Rewrite(rule) => rule.cpu(x, y),
        Form::Pointwise(pointwise) => {
            let leaves: Vec<Movement> = specs.iter().map(|s| Movement::broadcast(&s.shape, &y.shape)).collect();
            let terms = (0..x.len()).map(Term::Leaf).collect();
            let chain = Chain::new(vec![(pointwise, terms)], leaves);
            chain.run(None, x, y)
        }
    }
}

/// The element type of a host tensor.
pub fn dtype_of(x: &Host) -> candle_core::Result<DType> {
    Ok(match (x.dtype(), Wide::HERE) {
        (candle_core::DType::F32, _) => DType::F32,
        (candle_core::DType::F64, Some(wide)) => DType::F64(wide),
        (candle_core::DType::U32, _) => DType::U32,
        (other, _) => candle_core::bail!("a host tensor must hold F32, F64 or U32, got {other:?}"),
    })
}

/// The same numbers in another element type, as candle's own `to_dtype` has them; its code for all pairs of its fifteen types
/// is a twentieth of the engine.
pub(crate) fn to_dtype(x: &Host, dtype: DType) -> candle_core::Result<Host> {
    fn cast<S: WithDType, T: WithDType>(x: &Host, y: &Spec) -> candle_core::Result<Host> {
        from_elements(with_elements(x, |x: &[S]| x.iter().map(|v| T::from_f64(v.to_f64())).collect())?, y)
    }
    let (from, x) = (dtype_of(x)?, x.contiguous()?);
    if from == dtype {
        return Ok(x);
    }
    let y = Spec::new(x.dims(), dtype);
    for_type!(from, S => for_type!(dtype, T => cast::<S, T>(&x, &y)))
}

/// The elements of `x` in another order.
pub(crate) fn reorder(x: &Host, movement: &Movement, y: &Spec) -> candle_core::Result<Host> {
    fn typed<T: WithDType>(x: &Host, movement: &Movement, y: &Spec) -> candle_core::Result<Host> {
        let mut out = vec![T::zero(); y.elem_count()];
        with_elements(x, |x: &[T]| movement.collapsed().read(x, 0, &mut out))?;
        from_elements(out, y)
    }
    for_type!(y.dtype, T => typed::<T>(x, movement, y))
}

/// The inputs of a join, one beside the other.
pub(crate) fn side_by_side(x: &[Host], join: &Join, y: &Spec) -> candle_core::Result<Host> {
    fn typed<T: WithDType>(x: &[Host], join: &Join, y: &Spec) -> candle_core::Result<Host> {
        let mut out = vec![T::zero(); y.elem_count()];
        for (x, &start) in x.iter().zip(&join.starts) {
            with_elements(x, |x: &[T]| {
                let part = x.len() / join.outer;
                for (to, from) in out.chunks_exact_mut(join.row).zip(x.chunks_exact(part)) {
                    to[start..start + part].copy_from_slice(from);
                }
            })?;
        }
        from_elements(out, y)
    }
    for_type!(y.dtype, T => typed::<T>(x, join, y))
}
