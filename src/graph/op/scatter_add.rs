//! Elements or whole slices added up along one dimension at an index each: the reverse of [`super::Gather`]; candle's
//! `scatter_add` and `index_add`.

use super::gather::{Gather, Indexes};
use super::{
    Case, Given, Host, KernelRule, Launch, Operand, Rule, ShapeError, Spec, Tensor, Traits, from_elements,
    with_elements,
};
use candle_core::WithDType;

/// `y[…, indexes[…, i, …], …] += source[…, i, …]` along `dim`, from zeros, with an index for each element; or
/// `y[…, indexes[i], …] += source[…, i, …]`, with one for each slice. Inputs are the U32 `indexes` and `source`. An index
/// beyond the end is an error on the CPU; the GPU adds to the last element instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScatterAdd {
    /// The dimension that is added along.
    pub dim: usize,
    /// Extent of the output along `dim`.
    pub extent: usize,
    /// What each index selects.
    pub indexes: Indexes,
}

/// With at most this many indexes, each output looks through them itself: making lists would cost a dispatch.
const FEW: usize = 4;

/// Invocations that make the lists, where there are fewer lists than this.
const MAKERS: usize = 1024;

impl ScatterAdd {
    /// candle's name for it.
    fn method(&self) -> &'static str {
        match self.indexes {
            Indexes::PerElement => "scatter_add",
            Indexes::PerSlice => "index_add",
        }
    }

    fn typed<T: WithDType>(&self, x: &[Host], y: &Spec) -> candle_core::Result<Host> {
        let [_, extent, inner] = y.around(self.dim);
        let (run, sizes) = (self.indexes.run(inner), [extent, x[1].dims()[self.dim], inner]);
        let sums = with_elements(&x[0], |ids: &[u32]| {
            with_elements(&x[1], |source: &[T]| {
                let mut sums = vec![T::zero(); y.elem_count()];
                let runs = source.chunks_exact(run.max(1));
                for (to, run) in self.indexes.places(self.method(), ids, sizes, runs.len())?.zip(runs) {
                    sums[to..to + run.len()].iter_mut().zip(run).for_each(|(sum, &v)| *sum += v);
                }
                candle_core::Result::Ok(sums)
            })
        })???;
        from_elements(sums, y)
    }
}

impl Rule for ScatterAdd {
    const NAME: &'static str = "scatter_add";

    fn spec(&self, x: &[&Spec]) -> Result<Spec, ShapeError> {
        let (op, mut y) = (self.method(), x[1].clone());
        y.floats(op)?;
        let count = self.indexes.fit(op, &y, x[0], self.dim)?;
        if count != y.shape[self.dim] || self.extent == 0 {
            return Err(ShapeError::mismatch(op, &x[0].shape, &y.shape));
        }
        y.shape[self.dim] = self.extent;
        Ok(y)
    }

    rules! { form: kernel, cost: bytes }

    fn vjp(&self, x: &[Tensor], _: &Tensor, dy: &Tensor) -> Result<Vec<Option<Tensor>>, ShapeError> {
        // dsource[…, i, …] = dy[…, indexes[…, i, …], …]
        Ok(vec![None, Some(dy.then(Gather { dim: self.dim, indexes: self.indexes }, &[&x[0]])?)])
    }

    fn cases() -> Vec<Case> {
        let zeros = |x: &Host, extent, dim: usize| {
            let mut shape = x.dims().to_vec();
            shape[dim] = extent;
            Host::zeros(shape, x.dtype(), x.device())
        };
        let elements = |source: Given, limit: u32, dim: usize| {
            let ids = Given { spec: Spec::u32(source.spec.shape.clone()), ..Given::below([1], limit) };
            let extent = limit as usize;
            Case::new(ScatterAdd { dim, extent, indexes: Indexes::PerElement }, [ids, source], move |x| {
                zeros(&x[1], extent, dim)?.scatter_add(&x[0], &x[1], dim)
            })
        };
        let slices = |source: Given, extent: usize, dim: usize| {
            let ids = Given::below([source.spec.shape[dim]], extent as u32);
            Case::new(ScatterAdd { dim, extent, indexes: Indexes::PerSlice }, [ids, source], move |x| {
                zeros(&x[1], extent, dim)?.index_add(&x[0], &x[1], dim)
            })
        };
        vec![
            elements(Given::signed([7, 4]), 10, 1),
            elements(Given::signed([8, 3]), 5, 0),
            elements(Given::signed([2, 9, 4]), 3, 1),
            // More lists than makers, and fewer makers than places.
            elements(Given::signed([2, 5, 600]), 7, 1),
            elements(Given::signed([3, 40]), 1100, 1),
            slices(Given::signed([9, 5]), 4, 0),
            slices(Given::signed([3, 7, 6]), 4, 1),
            slices(Given::signed([2, 5]), 9, 1),
            slices(Given::signed([3, 2]), 4, 0),
            slices(Given::signed([40, 2]), 1100, 0),
        ]
    }
}

impl KernelRule for ScatterAdd {
    rules! { epilogue: taken }

    fn cpu(&self, x: &[Host], y: &Spec) -> candle_core::Result<Host> {
        for_float!(self.method(), y.dtype, T => self.typed::<T>(x, y))
    }

    fn gpu(&self, x: &[&Spec], y: &Spec, _: &Traits) -> Vec<Launch> {
        let [outer, extent, inner] = y.around(self.dim);
        let len = x[1].shape[self.dim];
        let listed = len > FEW;
        let mut sums = Launch::each(wgsl!("op/scatter_add.wgsl"), 2, y.elem_count()).constants([
            ("EXTENT", extent),
            ("LEN", len),
            ("INNER", inner),
            ("PER_ELEMENT", usize::from(self.indexes == Indexes::PerElement)),
            ("LISTED", usize::from(listed)),
        ]);
        if !listed {
            return vec![sums];
        }
        // Otherwise every output would look through all indexes.
        let [outer, inner] = match self.indexes {
            Indexes::PerElement => [outer, inner],
            Indexes::PerSlice => [1, 1],
        };
        let parts = (MAKERS / (outer * inner).max(1)).clamp(1, extent);
        let makers = outer * parts * inner;
        let lists = Launch::each(wgsl!("op/scatter_lists.wgsl"), 1, makers);
        let lists = lists.constants([("EXTENT", extent), ("LEN", len), ("INNER", inner), ("PARTS", parts)]);
        sums.operands[0] = Operand::scratch(0);
        vec![lists.to_scratch(0, outer * (extent + len) * inner), sums]
    }
}

impl Tensor {
    /// This tensor, plus each element of `source` at its index (U32, of the same shape as `source`) along `dim`.
    pub fn scatter_add(&self, indexes: &Tensor, source: &Tensor, dim: usize) -> Result<Tensor, ShapeError> {
        self.added_at(Indexes::PerElement, indexes, source, dim)
    }

    /// This tensor, plus each slice of `source` at its index (a list of U32) along `dim`.
    pub fn index_add(&self, indexes: &Tensor, source: &Tensor, dim: usize) -> Result<Tensor, ShapeError> {
        self.added_at(Indexes::PerSlice, indexes, source, dim)
    }

    fn added_at(&self, kind: Indexes, indexes: &Tensor, source: &Tensor, dim: usize) -> Result<Tensor, ShapeError> {
        let op = ScatterAdd { dim, extent: self.dims().get(dim).copied().unwrap_or(0), indexes: kind };
        kind.fit(op.method(), self.spec(), indexes.spec(), dim)?;
        self.add(&indexes.then(op, &[source])?)
    }
}
