//! Elementwise chains on the CPU, block by block: however many operations a chain has, its data passes the cache once.

use super::{from_elements, rewrite, with_all};
use crate::graph::launch::Movement;
use crate::graph::op::{Pointwise, PointwiseFn};
use crate::graph::pass::Term;
use crate::graph::{Host, Spec};
use candle_core::{CpuStorage, WithDType};

/// Elements of one block: four of them in f32 fill half a first-level cache.
const BLOCK: usize = 1024;

/// Elementwise operations, made ready.
pub(crate) struct Chain {
    links: Vec<(Pointwise, Vec<Term>)>,
    leaves: Vec<Movement>,
}

/// An element type that elementwise operations work on.
trait Float: WithDType {
    fn rule(pointwise: &Pointwise) -> &PointwiseFn<Self>;

    /// The elements of a storage of this type.
    fn elements(storage: &mut CpuStorage) -> Option<&mut [Self]>;
}

macro_rules! float {
    ($t:ident, $storage:ident) => {
        impl Float for $t {
            fn rule(pointwise: &Pointwise) -> &PointwiseFn<$t> {
                &pointwise.$t
            }

            fn elements(storage: &mut CpuStorage) -> Option<&mut [$t]> {
                if let CpuStorage::$storage(elements) = storage { Some(elements) } else { None }
            }
        }
    };
}
float!(f32, F32);
float!(f64, F64);

impl Chain {
    /// The links in order; the last one is the result. Leaves are read over the shape of the result.
    pub(crate) fn new(links: Vec<(Pointwise, Vec<Term>)>, leaves: Vec<Movement>) -> Self {
        Self { links, leaves: leaves.iter().map(Movement::collapsed).collect() }
    }

    /// Runs the chain. `anchor` must belong to the caller alone: its memory becomes the result's.
    pub(crate) fn run(&self, anchor: Option<Host>, leaves: &[Host], y: &Spec) -> candle_core::Result<Host> {
        for_float!("an elementwise operation", y.dtype, T => self.typed::<T>(anchor, leaves, y))
    }

    fn typed<T: Float>(&self, anchor: Option<Host>, leaves: &[Host], y: &Spec) -> candle_core::Result<Host> {
        with_all(leaves, |leaves: &[&[T]]| match anchor {
            None => {
                let mut out = vec![T::zero(); y.elem_count()];
                self.blocks(&mut out, leaves);
                from_elements(out, y)
            }
            Some(anchor) => {
                rewrite(&anchor, |storage| match T::elements(storage) {
                    Some(out) => {
                        self.blocks(out, leaves);
                        Ok(())
                    }
                    None => candle_core::bail!("an anchor must have the chain's element type"),
                })?;
                Ok(anchor)
            }
        })?
    }

    fn blocks<T: Float>(&self, out: &mut [T], leaves: &[&[T]]) {
        let identity: Vec<bool> = self.leaves.iter().map(Movement::is_identity).collect();
        let is_used = |leaf| self.links.iter().any(|(_, terms)| terms.contains(&Term::Leaf(leaf)));
        let is_read = identity.iter().enumerate().map(|(leaf, &identity)| !identity && is_used(leaf));
        let mut read: Vec<Vec<T>> = is_read.map(|read| vec![T::zero(); if read { BLOCK } else { 0 }]).collect();
        let mut made: Vec<Vec<T>> = self.links.iter().map(|_| vec![T::zero(); BLOCK]).collect();
        let mut start = 0;
        for out in out.chunks_mut(BLOCK) {
            let len = out.len();
            for ((read, movement), leaf) in
                read.iter_mut().zip(&self.leaves).zip(leaves).filter(|((r, _), _)| !r.is_empty())
            {
                movement.read(leaf, start, &mut read[..len]);
            }
            for (k, (pointwise, terms)) in self.links.iter().enumerate() {
                let mut target = std::mem::take(&mut made[k]);
                let operand = |term: &Term| match *term {
                    Term::Anchor => &*out,
                    Term::Link(link) => &made[link][..len],
                    Term::Leaf(leaf) if identity[leaf] => &leaves[leaf][start..start + len],
                    Term::Leaf(leaf) => &read[leaf][..len],
                };
                match terms.as_slice() {
                    [a] => T::rule(pointwise)(&[operand(a)], &mut target[..len]),
                    [a, b] => T::rule(pointwise)(&[operand(a), operand(b)], &mut target[..len]),
                    many => {
                        let operands: Vec<&[T]> = many.iter().map(operand).collect();
                        T::rule(pointwise)(&operands, &mut target[..len]);
                    }
                }
                made[k] = target;
            }
            if let Some(last) = made.last() {
                out.copy_from_slice(&last[..len]);
            }
            start += len;
        }
    }
}
