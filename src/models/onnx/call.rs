//! One node while it is built: what it reads, its attributes, and refusals in words.

use super::array::{Kind, KnownArray, Value};
use crate::graph::{Graph, ShapeError, Spec, Tensor};
use rten_onnx::onnx::{AttributeProto, NodeProto, TensorProto};

/// Why a node cannot be built: the rest of a sentence that begins with its name.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Refusal(pub(super) String);

impl From<ShapeError> for Refusal {
    fn from(error: ShapeError) -> Self {
        Self(error.to_string())
    }
}

pub(super) fn refuse<T>(why: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal(why.into()))
}

/// What a node gives: mostly one value.
pub(super) type NodeValues = Result<Vec<Value>, Refusal>;

pub(super) struct NodeCall<'a> {
    pub(super) node: &'a NodeProto,
    /// Version of the standard operators that the file uses.
    pub(super) opset: i64,
    pub(super) graph: &'a Graph,
    /// `None` where an optional one is left out.
    pub(super) inputs: Vec<Option<Value>>,
    /// The least and the largest number of those that the file keeps in 8 or 16 bits.
    pub(super) limits: Vec<Option<[f64; 2]>>,
    /// The tensor of the checkpoint that an input is, where it is one.
    pub(super) variable: &'a dyn Fn(usize) -> Option<Result<Tensor, ShapeError>>,
}

impl NodeCall<'_> {
    pub(super) fn op(&self) -> &str {
        self.node.op_type.as_deref().unwrap_or_default()
    }

    fn attribute(&self, name: &str) -> Option<&AttributeProto> {
        self.node.attribute.iter().find(|attribute| attribute.name.as_deref() == Some(name))
    }

    pub(super) fn int(&self, name: &str) -> Option<i64> {
        self.attribute(name)?.i
    }

    pub(super) fn int_or(&self, name: &str, default: i64) -> i64 {
        self.int(name).unwrap_or(default)
    }

    pub(super) fn flag(&self, name: &str, default: bool) -> bool {
        self.int(name).map_or(default, |value| value != 0)
    }

    pub(super) fn float_or(&self, name: &str, default: f64) -> f64 {
        self.attribute(name).and_then(|attribute| attribute.f).map_or(default, f64::from)
    }

    pub(super) fn ints(&self, name: &str) -> Option<Vec<i64>> {
        self.attribute(name).map(|attribute| attribute.ints.clone())
    }

    pub(super) fn floats(&self, name: &str) -> Option<&[f32]> {
        self.attribute(name).map(|attribute| attribute.floats.as_slice())
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.attribute(name)?.s.as_deref()
    }

    pub(super) fn strings(&self, name: &str) -> &[String] {
        self.attribute(name).map_or(&[], |attribute| &attribute.strings)
    }

    pub(super) fn tensor_of(&self, name: &str) -> Option<&TensorProto> {
        self.attribute(name)?.t.as_ref()
    }

    pub(super) fn has(&self, at: usize) -> bool {
        self.inputs.get(at).is_some_and(Option::is_some)
    }

    /// How many results are wanted.
    pub(super) fn wanted(&self) -> usize {
        self.node.output.len()
    }

    pub(super) fn value(&self, at: usize) -> Result<&Value, Refusal> {
        match self.inputs.get(at) {
            Some(Some(value)) => Ok(value),
            _ => refuse(format!("its input {at} is missing")),
        }
    }

    /// As a tensor of the graph, known or not.
    pub(super) fn live(&self, at: usize) -> Result<Tensor, Refusal> {
        match self.value(at)? {
            Value::Known(array) => match (self.variable)(at) {
                Some(variable) => Ok(variable?),
                None => Ok(array.live(self.graph)?),
            },
            Value::Live(tensor, _) => Ok(tensor.clone()),
        }
    }

    pub(super) fn optional(&self, at: usize) -> Result<Option<Tensor>, Refusal> {
        if self.has(at) { self.live(at).map(Some) } else { Ok(None) }
    }

    /// A value that must be known before anything runs.
    pub(super) fn known(&self, at: usize, what: &str) -> Result<&KnownArray, Refusal> {
        match self.value(at)? {
            Value::Known(array) => Ok(array),
            Value::Live(..) => refuse(format!("its {what} depends on the picture, and must be known before")),
        }
    }

    /// The same of whole numbers; `None` where the input is left out.
    pub(super) fn known_ints(&self, at: usize, what: &str) -> Result<Option<Vec<i64>>, Refusal> {
        if self.has(at) { self.known(at, what).map(|array| Some(array.as_ints())) } else { Ok(None) }
    }

    /// All inputs, where every one is known.
    pub(super) fn all_known(&self) -> Option<Vec<&KnownArray>> {
        let known = self.inputs.iter().map(|input| match input {
            Some(Value::Known(array)) => Some(array),
            _ => None,
        });
        known.collect()
    }

    /// From an attribute of old versions of an operator, or an input of new ones.
    pub(super) fn ints_or_input(&self, name: &str, at: usize) -> Result<Option<Vec<i64>>, Refusal> {
        match self.ints(name) {
            Some(ints) => Ok(Some(ints)),
            None => self.known_ints(at, name),
        }
    }

    /// A dimension of a value of this rank, counted from the end where it is negative.
    pub(super) fn axis(&self, axis: i64, rank: usize) -> Result<usize, Refusal> {
        let from_start = if axis < 0 { axis + rank as i64 } else { axis };
        match usize::try_from(from_start) {
            Ok(at) if at < rank => Ok(at),
            _ => refuse(format!("it has no dimension {axis} among {rank}")),
        }
    }

    /// `axes` of a value of this rank, all of them where none are given.
    pub(super) fn axes(&self, axes: Option<Vec<i64>>, rank: usize) -> Result<Vec<usize>, Refusal> {
        let Some(axes) = axes else { return Ok((0..rank).collect()) };
        let mut axes = axes.into_iter().map(|axis| self.axis(axis, rank)).collect::<Result<Vec<_>, _>>()?;
        axes.sort_unstable();
        axes.dedup();
        Ok(axes)
    }
}

/// These places along a dimension, in this order.
pub(super) fn selected(x: &Tensor, places: &[f64], dim: usize) -> Result<Tensor, Refusal> {
    Ok(x.index_select(&indexes(x.graph(), places)?, dim)?)
}

pub(super) fn indexes(graph: &Graph, places: &[f64]) -> Result<Tensor, Refusal> {
    Ok(graph.constant_of("onnx", places, &Spec::u32([places.len()]))?)
}

/// One value as a node's result.
pub(super) fn one(tensor: Tensor) -> NodeValues {
    Ok(vec![Value::float(tensor)])
}

pub(super) fn known(array: KnownArray) -> NodeValues {
    Ok(vec![Value::Known(array.rounded())])
}

pub(super) fn of_kind(tensor: Tensor, kind: Kind) -> NodeValues {
    Ok(vec![Value::Live(tensor, kind)])
}
