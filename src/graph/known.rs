//! Values that are known before a run: at hand, or kept elsewhere until a plan takes them.
//!
//! A network of half a gigabyte lies in its file until it is compiled: each tensor is read when a plan uploads it, in the order
//! that the plan wants, and no two of them are in memory at once unless the plan keeps them there.

use super::Host;
use super::host::from_elements;
use super::launch::Movement;
use super::shape::Spec;
use candle_core::Error;
use std::fmt;
use std::rc::Rc;

/// A tensor of numbers that become f32, kept outside of memory.
pub trait KeptTensor {
    /// The extent of each dimension.
    fn dims(&self) -> &[usize];

    /// Fills `to` with the elements from `start` on, in row-major order.
    ///
    /// # Errors
    /// A sentence: what cannot be read, and why.
    fn read(&self, start: usize, to: &mut [f32]) -> Result<(), String>;

    /// Whether every element is a 16-bit float, so that a device may keep it as such.
    fn is_half(&self) -> bool {
        false
    }
}

/// The value of a node that needs no computing.
#[derive(Clone)]
pub enum KnownValue {
    /// In memory.
    Here(Host),
    /// Kept elsewhere, and read in this order, in which every element occurs once.
    Kept(Rc<dyn KeptTensor>, Movement),
}

impl From<Host> for KnownValue {
    fn from(host: Host) -> Self {
        Self::Here(host)
    }
}

impl From<Rc<dyn KeptTensor>> for KnownValue {
    fn from(kept: Rc<dyn KeptTensor>) -> Self {
        let movement = Movement::broadcast(kept.dims(), kept.dims());
        Self::Kept(kept, movement)
    }
}

impl fmt::Debug for KnownValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if matches!(self, Self::Here(_)) { "here" } else { "kept" };
        write!(f, "{:?} {kind}", self.dims())
    }
}

/// Elements of a kept tensor that are read at a time where they are put in another order.
const STRIP: usize = 1 << 20;

impl KnownValue {
    /// The extent of each dimension.
    pub fn dims(&self) -> &[usize] {
        match self {
            Self::Here(host) => host.dims(),
            Self::Kept(_, movement) => &movement.shape,
        }
    }

    /// How many bytes it takes once it is read; 0 where it is in memory.
    pub(crate) fn kept_bytes(&self) -> usize {
        match self {
            Self::Here(_) => 0,
            Self::Kept(_, movement) => movement.shape.iter().fold(4, |bytes: usize, &e| bytes.saturating_mul(e)),
        }
    }

    /// Whether it is said that every element is a 16-bit float.
    pub(crate) fn is_half(&self) -> bool {
        matches!(self, Self::Kept(kept, _) if kept.is_half())
    }

    /// In memory, read where it is kept elsewhere.
    ///
    /// # Errors
    /// What its keeper says, and a sentence with figures where there is no room for it.
    pub fn host(&self) -> candle_core::Result<Host> {
        let (kept, movement) = match self {
            Self::Here(host) => return Ok(host.clone()),
            Self::Kept(kept, movement) => (kept, movement),
        };
        let spec = Spec::f32(movement.shape.as_slice());
        let count = spec.elem_count();
        let mut elements = Vec::new();
        if elements.try_reserve_exact(count).is_err() {
            return Err(Error::Msg(format!("there is no room for {} more bytes", self.kept_bytes())));
        }
        elements.resize(count, 0_f32);
        if movement.is_identity() {
            kept.read(0, &mut elements).map_err(Error::Msg)?;
            return from_elements(elements, &spec);
        }
        let mut strip = vec![0_f32; STRIP.min(count)];
        for start in (0..count).step_by(STRIP) {
            let strip = &mut strip[..STRIP.min(count - start)];
            kept.read(start, strip).map_err(Error::Msg)?;
            movement.scatter(strip, start, &mut elements);
        }
        from_elements(elements, &spec)
    }

    /// The same elements as `by` reads them, which has every one of them once; `None` where that takes them into memory.
    pub(crate) fn permuted(&self, by: Movement) -> Option<Self> {
        match self {
            Self::Kept(kept, movement) if movement.is_identity() => Some(Self::Kept(kept.clone(), by)),
            Self::Here(_) | Self::Kept(..) => None,
        }
    }

    /// The same where nobody says that it has every element once.
    pub(crate) fn moved(&self, by: &Movement) -> Option<Self> {
        let count = self.dims().iter().product();
        if by.is_permutation(count) { self.permuted(by.clone()) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::cpu::CpuPlan;
    use crate::graph::{Graph, Init, Program};
    use candle_core::Device;
    use std::cell::Cell;

    /// Counts up from 0, and how many elements of it are read.
    struct Counting {
        dims: Vec<usize>,
        read: Cell<usize>,
        refuses: bool,
    }

    impl KeptTensor for Counting {
        fn dims(&self) -> &[usize] {
            &self.dims
        }

        fn read(&self, start: usize, to: &mut [f32]) -> Result<(), String> {
            if self.refuses {
                return Err("the disk is gone".to_owned());
            }
            self.read.set(self.read.get() + to.len());
            to.iter_mut().enumerate().for_each(|(at, to)| *to = (start + at) as f32);
            Ok(())
        }
    }

    fn counting(dims: &[usize]) -> Rc<Counting> {
        Rc::new(Counting { dims: dims.to_vec(), read: Cell::new(0), refuses: false })
    }

    #[test]
    fn elements_come_in_the_order_that_is_wanted() {
        // More than one strip, which ends in the middle of a row.
        for (dims, order) in [(vec![1030, 1021], vec![1, 0]), (vec![3, 1, 700, 501], vec![3, 1, 0, 2])] {
            let kept = counting(&dims);
            let plain: KnownValue = (kept.clone() as Rc<dyn KeptTensor>).into();
            let here = plain.host().unwrap();
            let strides = crate::graph::strides_of(&dims);
            let moved = plain.moved(&Movement {
                shape: order.iter().map(|&d| dims[d]).collect(),
                offset: 0,
                strides: order.iter().map(|&d| strides[d] as isize).collect(),
            });
            let moved = moved.unwrap().host().unwrap();
            let wanted = here.permute(order).unwrap().contiguous().unwrap();
            assert_eq!(moved.dims(), wanted.dims());
            let flat = |host: &Host| host.flatten_all().unwrap().to_vec1::<f32>().unwrap();
            assert_eq!(flat(&moved), flat(&wanted));
            assert_eq!(kept.read.get(), 2 * here.elem_count());
        }
        let kept: KnownValue = (counting(&[4, 4]) as Rc<dyn KeptTensor>).into();
        assert!(kept.moved(&Movement::broadcast(&[4], &[4, 4])).is_none(), "one that repeats elements");
    }

    #[test]
    fn a_tensor_is_read_when_a_plan_takes_it() {
        let (matrix, bias) = (counting(&[2, 3]), counting(&[2]));
        let gone = Rc::new(Counting { dims: vec![2, 3], read: Cell::new(0), refuses: true });
        let graph = Graph::new();
        let x = graph.input("x", Spec::f32([1, 3]));
        let w = graph.variable("w", Spec::f32([2, 3]), Init::Const(0.0)).unwrap();
        let b = graph.variable("b", Spec::f32([2]), Init::Const(0.0)).unwrap();
        let y = x.matmul(&w.t().unwrap()).unwrap().broadcast_add(&b).unwrap();
        let program = |matrix: Rc<dyn KeptTensor>| {
            let value = |name: &str| Some(if name == "w" { matrix.clone() } else { bias.clone() }.into());
            Program::inference(&[&y], &value).unwrap()
        };
        let ready = program(matrix.clone());
        assert_eq!((matrix.read.get(), ready.kept_bytes()), (0, 32));
        let x = Host::new(&[[1_f32, 10.0, 100.0]], &Device::Cpu).unwrap();
        let found = CpuPlan::new(ready).run_now(std::slice::from_ref(&x)).unwrap();
        assert_eq!(found[0].to_vec2::<f32>().unwrap(), [[210.0, 544.0]]);
        assert_eq!(matrix.read.get(), 6);
        let refused = CpuPlan::new(program(gone)).run_now(&[x]).unwrap_err();
        assert!(refused.to_string().contains("the disk is gone"), "{refused}");
    }
}
