//! Elements picked along one dimension by an index each, or whole slices: candle's `gather` and `index_select`.

use super::{
    Case, Cost, DType, Given, Host, KernelRule, Launch, Rule, ScatterAdd, ShapeError, Spec, Tensor, Traits, bytes_of,
    check_indexes, from_elements, with_elements,
};
use candle_core::WithDType;

/// What each index selects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Indexes {
    /// One element: the indexes have the extents of what they pick.
    PerElement,
    /// A whole slice: the indexes are one list, for all other dimensions.
    PerSlice,
}

impl Indexes {
    /// Checks that `ids` are U32 and fit a tensor of shape `x` along `dim`; gives how many there are along it.
    pub(super) fn fit(self, op: &'static str, x: &Spec, ids: &Spec, dim: usize) -> Result<usize, ShapeError> {
        ids.of_type(op, DType::U32)?;
        if dim >= x.rank() {
            return Err(ShapeError::bad(op, format!("no dimension {dim}"), &x.shape));
        }
        match (self, ids.shape.as_slice()) {
            (Indexes::PerSlice, &[count]) => Ok(count),
            (Indexes::PerSlice, _) => Err(ShapeError::Rank { op, want: "1 (indexes)", got: ids.shape.clone() }),
            (Indexes::PerElement, shape) => {
                let fits = x.rank() == shape.len() && (0..x.rank()).all(|d| d == dim || x.shape[d] == shape[d]);
                if !fits {
                    return Err(ShapeError::mismatch(op, &x.shape, &ids.shape));
                }
                Ok(shape[dim])
            }
        }
    }

    /// Neighbours that move together in tensors of `[outer, extent, inner]` and `[outer, len, inner]`.
    pub(super) fn run(self, inner: usize) -> usize {
        match self {
            Indexes::PerElement => 1,
            Indexes::PerSlice => inner,
        }
    }

    /// Where each run of the tensor of `len` begins in that of `extent`. An index beyond the end is an error.
    pub(super) fn places(
        self,
        op: &str,
        ids: &[u32],
        [extent, len, inner]: [usize; 3],
        runs: usize,
    ) -> candle_core::Result<impl Iterator<Item = usize>> {
        check_indexes(op, ids, extent)?;
        let run = self.run(inner);
        Ok((0..runs).map(move |k| {
            let i = k * run;
            (i / (len * inner) * extent + ids[k % ids.len()] as usize) * inner + i % inner
        }))
    }
}

/// `y[…, i, …] = x[…, indexes[…, i, …], …]` along `dim`, with an index for each element; or `y[…, i, …] = x[…, indexes[i], …]`,
/// with one for each slice. An index beyond the end is an error on the CPU; the GPU takes the last element instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gather {
    /// The dimension that is picked along.
    pub dim: usize,
    /// What each index selects.
    pub indexes: Indexes,
}

impl Gather {
    /// candle's name for it.
    fn method(&self) -> &'static str {
        match self.indexes {
            Indexes::PerElement => "gather",
            Indexes::PerSlice => "index_select",
        }
    }

    fn typed<T: WithDType>(&self, x: &[Host], y: &Spec) -> candle_core::Result<Host> {
        let [_, len, inner] = y.around(self.dim);
        let (run, sizes) = (self.indexes.run(inner), [x[0].dims()[self.dim], len, inner]);
        let picked = with_elements(&x[1], |ids: &[u32]| {
            with_elements(&x[0], |x: &[T]| {
                let mut picked = Vec::with_capacity(y.elem_count());
                for from in self.indexes.places(self.method(), ids, sizes, y.elem_count() / run.max(1))? {
                    picked.extend_from_slice(&x[from..from + run]);
                }
                candle_core::Result::Ok(picked)
            })
        })???;
        from_elements(picked, y)
    }
}

impl Rule for Gather {
    const NAME: &'static str = "gather";

    fn spec(&self, x: &[&Spec]) -> Result<Spec, ShapeError> {
        let count = self.indexes.fit(self.method(), x[0], x[1], self.dim)?;
        if x[0].elem_count() == 0 {
            let why = format!("nothing to pick from along dimension {}", self.dim);
            return Err(ShapeError::bad(self.method(), why, &x[0].shape));
        }
        let mut y = x[0].clone();
        y.shape[self.dim] = count;
        Ok(y)
    }

    rules! { form: kernel }

    fn vjp(&self, x: &[Tensor], _: &Tensor, dy: &Tensor) -> Result<Vec<Option<Tensor>>, ShapeError> {
        // dx[…, indexes[…, i, …], …] += dy[…, i, …]
        let scatter = ScatterAdd { dim: self.dim, extent: x[0].dims()[self.dim], indexes: self.indexes };
        Ok(vec![if x[0].dtype() == DType::U32 { None } else { Some(x[1].then(scatter, &[dy])?) }, None])
    }

    fn cost(&self, x: &[&Spec], y: &Spec) -> Cost {
        Cost { macs: 0, bytes: bytes_of(&x[1..], y) + y.size_bytes() as u64 }
    }

    fn cases() -> Vec<Case> {
        let elements = |x: Given, ids: Given, dim: usize| {
            let op = Gather { dim, indexes: Indexes::PerElement };
            Case::new(op, [x, ids], move |x| x[0].gather(&x[1], dim))
        };
        let slices = |x: Given, ids: Given, dim: usize| {
            let op = Gather { dim, indexes: Indexes::PerSlice };
            Case::new(op, [x, ids], move |x| x[0].index_select(&x[1], dim))
        };
        vec![
            elements(Given::signed([7, 10]), Given::below([7, 1], 10), 1),
            elements(Given::signed([5, 3]), Given::below([8, 3], 5), 0),
            elements(Given::signed([2, 6, 4]), Given::below([2, 9, 4], 6), 1),
            elements(Given::below([4, 5], 1000), Given::below([4, 3], 5), 1),
            slices(Given::signed([9, 5]), Given::below([4], 9), 0),
            slices(Given::signed([3, 4, 6]), Given::below([7], 4), 1),
            slices(Given::signed([2, 5]), Given::below([6], 5), 1),
            slices(Given::below([6, 3], 1000), Given::below([5], 6), 0),
        ]
    }
}

impl KernelRule for Gather {
    fn cpu(&self, x: &[Host], y: &Spec) -> candle_core::Result<Host> {
        for_type!(y.dtype, T => self.typed::<T>(x, y))
    }

    fn gpu(&self, x: &[&Spec], y: &Spec, _: &Traits) -> Vec<Launch> {
        let [_, len, inner] = y.around(self.dim);
        vec![Launch::each(wgsl!("op/gather.wgsl"), 2, y.elem_count()).constants([
            ("EXTENT", x[0].shape[self.dim]),
            ("LEN", len),
            ("INNER", inner),
            ("PER_ELEMENT", usize::from(self.indexes == Indexes::PerElement)),
        ])]
    }
}

impl Tensor {
    /// The elements at `indexes` (U32) along `dim`, one index for each; other extents are this tensor's.
    pub fn gather(&self, indexes: &Tensor, dim: usize) -> Result<Tensor, ShapeError> {
        self.then(Gather { dim, indexes: Indexes::PerElement }, &[indexes])
    }

    /// The slices at `indexes`, a list of U32, along `dim`: rows of an embedding, a shuffled batch.
    pub fn index_select(&self, indexes: &Tensor, dim: usize) -> Result<Tensor, ShapeError> {
        self.then(Gather { dim, indexes: Indexes::PerSlice }, &[indexes])
    }
}
