//! Values that are known before anything runs: shapes, axes, scales. A file computes with them, and the graph must not.

use crate::graph::{DType, Graph, Host, ShapeError, Spec, Tensor};

/// What the numbers of a value mean; all are computed as floats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Float,
    Int,
    Bool,
}

/// A tensor whose elements are known. Whole numbers are exact up to 2⁵³, which no shape reaches.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct KnownArray {
    pub(super) kind: Kind,
    pub(super) shape: Vec<usize>,
    pub(super) values: Vec<f64>,
}

/// What a node reads or gives.
#[derive(Clone)]
pub(super) enum Value {
    Known(KnownArray),
    /// Computed by the graph, always in its floats; the kind says what they stand for.
    Live(Tensor, Kind),
}

impl KnownArray {
    pub(super) fn new(kind: Kind, shape: Vec<usize>, values: Vec<f64>) -> Self {
        Self { kind, shape, values }
    }

    pub(super) fn ints(values: impl IntoIterator<Item = i64>) -> Self {
        let values: Vec<f64> = values.into_iter().map(|value| value as f64).collect();
        Self::new(Kind::Int, vec![values.len()], values)
    }

    /// One value without dimensions.
    pub(super) fn scalar(kind: Kind, value: f64) -> Self {
        Self::new(kind, Vec::new(), vec![value])
    }

    pub(super) fn as_ints(&self) -> Vec<i64> {
        self.values.iter().map(|&value| value as i64).collect()
    }

    /// The one value that it has.
    pub(super) fn single(&self) -> Option<f64> {
        match self.values[..] {
            [value] => Some(value),
            _ => None,
        }
    }

    /// As a constant of the graph.
    pub(super) fn live(&self, graph: &Graph) -> Result<Tensor, ShapeError> {
        graph.constant_of("onnx", &self.values, &Spec::new(self.shape.clone(), DType::F32))
    }

    /// As a tensor of singles outside the graph.
    pub(super) fn host(&self) -> candle_core::Result<Host> {
        let values: Vec<f32> = self.values.iter().map(|&value| value as f32).collect();
        Host::from_vec(values, self.shape.clone(), &candle_core::Device::Cpu)
    }

    /// Floats as a file's own arithmetic rounds them.
    pub(super) fn rounded(mut self) -> Self {
        if self.kind == Kind::Float {
            self.values.iter_mut().for_each(|value| *value = f64::from(*value as f32));
        }
        self
    }

    /// The element of a broadcast shape that lies at `at` of it.
    pub(super) fn at_broadcast(&self, shape: &[usize], at: usize) -> f64 {
        let (mut rest, mut stride, mut from) = (at, 1, 0);
        for (back, &extent) in shape.iter().rev().enumerate() {
            let place = rest % extent;
            rest /= extent;
            if back < self.shape.len() {
                let own = self.shape[self.shape.len() - 1 - back];
                if own > 1 {
                    from += place * stride;
                }
                stride *= own;
            }
        }
        self.values[from]
    }
}

impl Value {
    pub(super) fn shape(&self) -> &[usize] {
        match self {
            Value::Known(array) => &array.shape,
            Value::Live(tensor, _) => tensor.dims(),
        }
    }

    pub(super) fn kind(&self) -> Kind {
        match self {
            Value::Known(array) => array.kind,
            Value::Live(_, kind) => *kind,
        }
    }

    pub(super) fn float(tensor: Tensor) -> Self {
        Value::Live(tensor, Kind::Float)
    }
}
