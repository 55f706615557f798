//! Shapes, element types, and the errors of building a graph.

use std::fmt;

/// `$body` for the type `$T` of floating-point elements; whole numbers are refused in the name of `$op`.
macro_rules! for_float {
    ($op:expr, $dtype:expr, $T:ident => $body:expr) => {
        match $dtype {
            $crate::graph::DType::U32 => candle_core::bail!("{} wants floating-point tensors", $op),
            $crate::graph::DType::F32 => {
                type $T = f32;
                $body
            }
            $crate::graph::DType::F64(_) => {
                type $T = f64;
                $body
            }
        }
    };
}

/// `$body` for the type `$T` of elements.
macro_rules! for_type {
    ($dtype:expr, $T:ident => $body:expr) => {
        match $dtype {
            $crate::graph::DType::F32 => {
                type $T = f32;
                $body
            }
            $crate::graph::DType::F64(_) => {
                type $T = f64;
                $body
            }
            $crate::graph::DType::U32 => {
                type $T = u32;
                $body
            }
        }
    };
}

/// Type of a tensor's elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DType {
    /// Single-precision floats.
    F32,
    /// For central differences and references; the CPU alone computes it, and no program for browsers has it.
    F64(Wide),
    /// Indices, classes, counts.
    U32,
}

/// That doubles are here. A program for browsers cannot make one of these, so the compiler leaves every rule for doubles out of
/// it; training and classification do not use them.
#[cfg(any(test, not(target_arch = "wasm32")))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Wide;

/// That doubles are here: they are not.
#[cfg(not(any(test, not(target_arch = "wasm32"))))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wide {}

impl Wide {
    /// The one value of this type, where doubles are here.
    #[cfg(any(test, not(target_arch = "wasm32")))]
    pub const HERE: Option<Wide> = Some(Wide);
    /// None: a program for browsers has no doubles.
    #[cfg(not(any(test, not(target_arch = "wasm32"))))]
    pub const HERE: Option<Wide> = None;
}

impl DType {
    /// Whether it is F64.
    pub fn is_wide(self) -> bool {
        matches!(self, DType::F64(_))
    }

    /// Bytes of one element.
    pub fn size_bytes(self) -> usize {
        match self {
            DType::F32 | DType::U32 => 4,
            DType::F64(_) => 8,
        }
    }
}

/// Static shape and element type of one tensor.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Spec {
    /// The extent of each dimension, the outermost first.
    pub shape: Vec<usize>,
    /// The type of the elements.
    pub dtype: DType,
}

impl Spec {
    /// A shape of these elements.
    pub fn new(shape: impl Into<Vec<usize>>, dtype: DType) -> Self {
        Self { shape: shape.into(), dtype }
    }

    /// A shape of F32 elements.
    pub fn f32(shape: impl Into<Vec<usize>>) -> Self {
        Self::new(shape, DType::F32)
    }

    /// A shape of U32 elements.
    pub fn u32(shape: impl Into<Vec<usize>>) -> Self {
        Self::new(shape, DType::U32)
    }

    /// How many dimensions there are.
    pub fn rank(&self) -> usize {
        self.shape.len()
    }

    /// Elements before, along and after dimension `dim`.
    pub fn around(&self, dim: usize) -> [usize; 3] {
        [self.shape[..dim].iter().product(), self.shape[dim], self.shape[dim + 1..].iter().product()]
    }

    /// How many elements there are; the largest number, where there are more than that.
    pub fn elem_count(&self) -> usize {
        self.shape.iter().fold(1, |count: usize, &extent| count.saturating_mul(extent))
    }

    /// Bytes of all elements, likewise.
    pub fn size_bytes(&self) -> usize {
        self.elem_count().saturating_mul(self.dtype.size_bytes())
    }

    /// The four extents of `[batch, channels, height, width]`.
    pub fn nchw(&self, op: &'static str) -> Result<[usize; 4], ShapeError> {
        <[usize; 4]>::try_from(self.shape.as_slice()).map_err(|_| ShapeError::Rank {
            op,
            want: "4 (batch, channels, height, width)",
            got: self.shape.clone(),
        })
    }

    /// The same of floating-point elements.
    pub(crate) fn float_nchw(&self, op: &'static str) -> Result<[usize; 4], ShapeError> {
        let extents = self.nchw(op)?;
        self.floats(op).map(|()| extents)
    }

    /// Pictures that are `done` (pooled, resized) to another height and width.
    pub(crate) fn planes(&self, op: &'static str, done: &str, size: [usize; 2]) -> Result<Spec, ShapeError> {
        let [batch, channels, h, w] = self.float_nchw(op)?;
        if size.contains(&0) || h * w == 0 {
            return Err(ShapeError::bad(op, format!("cannot be {done} to {size:?}"), &self.shape));
        }
        Ok(Spec::new([batch, channels, size[0], size[1]], self.dtype))
    }

    /// Refuses whole numbers.
    pub(crate) fn floats(&self, op: &'static str) -> Result<(), ShapeError> {
        if self.dtype == DType::U32 { self.of_type(op, DType::F32) } else { Ok(()) }
    }

    /// Refuses elements of another type.
    pub(crate) fn of_type(&self, op: &'static str, want: DType) -> Result<(), ShapeError> {
        if self.dtype == want { Ok(()) } else { Err(ShapeError::Type { op, want, got: self.dtype }) }
    }
}

impl fmt::Debug for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}{:?}", self.dtype, self.shape)
    }
}

/// Row-major strides in elements.
pub fn strides_of(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1; shape.len()];
    for d in (0..shape.len().saturating_sub(1)).rev() {
        strides[d] = strides[d + 1] * shape[d + 1];
    }
    strides
}

/// NumPy's broadcasting of two shapes.
pub fn broadcast(op: &'static str, a: &[usize], b: &[usize]) -> Result<Vec<usize>, ShapeError> {
    let rank = a.len().max(b.len());
    let at = |s: &[usize], d: usize| if d + s.len() < rank { 1 } else { s[d + s.len() - rank] };
    (0..rank)
        .map(|d| match (at(a, d), at(b, d)) {
            (x, y) if x == y => Ok(x),
            (1, y) => Ok(y),
            (x, 1) => Ok(x),
            _ => Err(ShapeError::mismatch(op, a, b)),
        })
        .collect()
}

/// Why a node cannot be built.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[expect(missing_docs, reason = "each message says what its fields are")]
pub enum ShapeError {
    /// A tensor has too many or too few dimensions.
    #[error("{op}: wants a tensor of rank {want}, got {got:?}")]
    Rank { op: &'static str, want: &'static str, got: Vec<usize> },
    /// Two shapes do not fit together.
    #[error("{op}: shapes {a:?} and {b:?} do not fit together")]
    Mismatch { op: &'static str, a: Vec<usize>, b: Vec<usize> },
    /// A shape or a setting is refused.
    #[error("{op}: {why}, got {got:?}")]
    Bad { op: &'static str, why: String, got: Vec<usize> },
    /// A tensor has elements of the wrong type.
    #[error("{op}: wants {want:?} elements, got {got:?}")]
    Type { op: &'static str, want: DType, got: DType },
    /// A variable was asked for again with another shape.
    #[error("variable {name} was asked for with shape {want:?} and has shape {got:?}")]
    Variable { name: String, want: Vec<usize>, got: Vec<usize> },
    /// The op cannot be differentiated.
    #[error("{op} has no gradient: {why}")]
    NoGradient { op: &'static str, why: &'static str },
}

impl ShapeError {
    #[cold]
    pub(crate) fn bad(op: &'static str, why: impl ToString, got: &[usize]) -> Self {
        Self::Bad { op, why: why.to_string(), got: got.to_vec() }
    }

    #[cold]
    pub(crate) fn mismatch(op: &'static str, a: &[usize], b: &[usize]) -> Self {
        Self::Mismatch { op, a: a.to_vec(), b: b.to_vec() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broadcast_follows_numpy() {
        assert_eq!(broadcast("t", &[2, 1, 3], &[4, 1]), Ok(vec![2, 4, 3]));
        assert!(broadcast("t", &[2, 3], &[2]).is_err());
    }
}
