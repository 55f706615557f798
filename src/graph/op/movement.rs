//! The same elements read in another order: permute, broadcast, narrow, flip. Free where a neighbour can read so itself.

use super::{Case, Form, Given, Movement, Rule, ShapeError, Spec, Tensor, strides_of};

/// The order of the elements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Move {
    /// Dimension `d` of the output is dimension `dims[d]` of the input.
    Permute(Vec<usize>),
    /// Repeats dimensions of extent 1, and adds leading ones.
    BroadcastAs(Vec<usize>),
    /// A stretch of one dimension.
    Narrow {
        /// The dimension.
        dim: usize,
        /// The first index.
        start: usize,
        /// How many.
        len: usize,
    },
    /// This dimension last first.
    Flip(usize),
}

impl Move {
    fn bad(&self, x: &Spec) -> ShapeError {
        ShapeError::bad(Self::NAME, format!("{self:?} does not apply"), &x.shape)
    }
}

impl Rule for Move {
    const NAME: &'static str = "movement";

    fn spec(&self, x: &[&Spec]) -> Result<Spec, ShapeError> {
        let x = x[0];
        let shape = match self {
            Move::Permute(dims) => {
                if dims.len() != x.rank() || (0..x.rank()).any(|dim| !dims.contains(&dim)) {
                    return Err(self.bad(x));
                }
                dims.iter().map(|&d| x.shape[d]).collect()
            }
            Move::BroadcastAs(shape) => {
                let lead = shape.len().checked_sub(x.rank()).ok_or_else(|| self.bad(x))?;
                let fits = x.shape.iter().zip(&shape[lead..]).all(|(&from, &to)| from == to || from == 1);
                if !fits {
                    return Err(self.bad(x));
                }
                shape.clone()
            }
            Move::Narrow { dim, start, len } => {
                let mut shape = x.shape.clone();
                let extent = shape.get_mut(*dim).ok_or_else(|| self.bad(x))?;
                if *len == 0 || start + len > *extent {
                    return Err(self.bad(x));
                }
                *extent = *len;
                shape
            }
            Move::Flip(dim) => {
                if *dim >= x.rank() {
                    return Err(self.bad(x));
                }
                x.shape.clone()
            }
        };
        Ok(Spec::new(shape, x.dtype))
    }

    fn form(&self, x: &[&Spec], y: &Spec) -> Form<'_> {
        let x = x[0];
        let mut strides: Vec<isize> = strides_of(&x.shape).iter().map(|&s| s as isize).collect();
        let mut offset = 0;
        match self {
            Move::Permute(dims) => strides = dims.iter().map(|&d| strides[d]).collect(),
            Move::BroadcastAs(shape) => {
                let lead = shape.len() - x.rank();
                let repeated = |d: usize| d < lead || x.shape[d - lead] == 1;
                strides = (0..shape.len()).map(|d| if repeated(d) { 0 } else { strides[d - lead] }).collect();
            }
            Move::Narrow { dim, start, .. } => offset = start * strides[*dim] as usize,
            Move::Flip(dim) => {
                offset = (x.shape[*dim] - 1) * strides[*dim] as usize;
                strides[*dim] = -strides[*dim];
            }
        }
        Form::Movement(Movement { shape: y.shape.clone(), offset, strides })
    }

    fn vjp(&self, x: &[Tensor], _: &Tensor, dy: &Tensor) -> Result<Vec<Option<Tensor>>, ShapeError> {
        let x = &x[0];
        let dx = match self {
            Move::Permute(dims) => {
                let mut inverse = vec![0; dims.len()];
                dims.iter().enumerate().for_each(|(to, &from)| inverse[from] = to);
                dy.permute(inverse)?
            }
            Move::BroadcastAs(_) => dy.sum_to(x.dims())?,
            Move::Narrow { dim, start, len } => dy.pad_with_zeros(*dim, *start, x.dims()[*dim] - start - len)?,
            Move::Flip(dim) => dy.flip(*dim)?,
        };
        Ok(vec![Some(dx)])
    }

    rules! { cost: bytes }

    fn cases() -> Vec<Case> {
        let x = || [Given::signed([2, 3, 4, 5])];
        vec![
            Case::new(Move::Permute(vec![0, 2, 3, 1]), x(), |x| x[0].permute((0, 2, 3, 1))?.contiguous()),
            Case::new(Move::Permute(vec![3, 0, 1, 2]), x(), |x| x[0].permute((3, 0, 1, 2))?.contiguous()),
            Case::new(Move::BroadcastAs(vec![7, 2, 3]), [Given::signed([2, 1])], |x| {
                x[0].broadcast_as((7, 2, 3))?.contiguous()
            }),
            Case::new(Move::Narrow { dim: 2, start: 1, len: 2 }, x(), |x| x[0].narrow(2, 1, 2)?.contiguous()),
            Case::new(Move::Flip(3), x(), |x| {
                let last_first = candle_core::Tensor::new(&[4u32, 3, 2, 1, 0], x[0].device())?;
                x[0].index_select(&last_first, 3)
            }),
        ]
    }
}

impl Tensor {
    /// Dimension `d` of the result is this tensor's dimension `dims[d]`.
    pub fn permute(&self, dims: impl Into<Vec<usize>>) -> Result<Tensor, ShapeError> {
        self.then(Move::Permute(dims.into()), &[])
    }

    /// Swaps two dimensions.
    pub fn transpose(&self, a: usize, b: usize) -> Result<Tensor, ShapeError> {
        let mut dims: Vec<usize> = (0..self.rank()).collect();
        if a.max(b) >= dims.len() {
            return Err(ShapeError::bad("transpose", format!("no dimension {}", a.max(b)), self.dims()));
        }
        dims.swap(a, b);
        self.permute(dims)
    }

    /// Swaps the last two dimensions.
    pub fn t(&self) -> Result<Tensor, ShapeError> {
        let rank = self.rank();
        if rank < 2 {
            return Err(ShapeError::Rank { op: "t", want: "2 or more", got: self.dims().to_vec() });
        }
        self.transpose(rank - 2, rank - 1)
    }

    /// Repeats dimensions of extent 1 up to `shape`, and adds leading ones, as NumPy broadcasts.
    pub fn broadcast_as(&self, shape: impl Into<Vec<usize>>) -> Result<Tensor, ShapeError> {
        self.then(Move::BroadcastAs(shape.into()), &[])
    }

    /// The `len` indices of dimension `dim` from `start` on.
    pub fn narrow(&self, dim: usize, start: usize, len: usize) -> Result<Tensor, ShapeError> {
        self.then(Move::Narrow { dim, start, len }, &[])
    }

    /// Cuts dimension `dim` into parts of equal extent; the first ones are longer by one where it does not divide.
    pub fn chunk(&self, chunks: usize, dim: usize) -> Result<Vec<Tensor>, ShapeError> {
        let extent = self.dims().get(dim).copied().unwrap_or(0);
        if chunks == 0 || extent == 0 {
            return Err(ShapeError::bad("chunk", format!("no {chunks} parts along dimension {dim}"), self.dims()));
        }
        let chunks = chunks.min(extent);
        let starts = |k: usize| extent / chunks * k + k.min(extent % chunks);
        (0..chunks).map(|k| self.narrow(dim, starts(k), starts(k + 1) - starts(k))).collect()
    }

    /// Each dimension over and over: `counts` has one number per dimension, leading ones first.
    pub fn repeat(&self, counts: impl Into<Vec<usize>>) -> Result<Tensor, ShapeError> {
        let mut counts = counts.into();
        let rank = counts.len().max(self.rank());
        counts.splice(..0, vec![1; rank - counts.len()]);
        let mut shape = vec![1; rank - self.rank()];
        shape.extend(self.dims());
        // Beside each dimension one that repeats it, then both are one.
        let between: Vec<usize> = shape.iter().flat_map(|&extent| [1, extent]).collect();
        let repeated: Vec<usize> = shape.iter().zip(&counts).flat_map(|(&extent, &count)| [count, extent]).collect();
        let joined: Vec<usize> = shape.iter().zip(&counts).map(|(extent, count)| extent * count).collect();
        self.reshape(between)?.broadcast_as(repeated)?.reshape(joined)
    }

    /// Last first along one dimension.
    pub fn flip(&self, dim: usize) -> Result<Tensor, ShapeError> {
        self.then(Move::Flip(dim), &[])
    }
}
