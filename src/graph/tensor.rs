//! The symbolic graph: an arena of nodes, and cheap handles on them.

use super::host::{HostError, dtype_of, from_elements};
use super::op::Op;
use super::shape::{DType, ShapeError, Spec};
use candle_core::{Tensor as Host, WithDType};
use std::cell::{Ref, RefCell};
use std::rc::Rc;

/// Index of a node in its graph. Inputs always have smaller indices: the arena is in topological order.
pub type NodeId = usize;

/// How a variable starts before training or loading.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Init {
    /// This value everywhere.
    Const(f64),
    /// Normal with standard deviation √(2 / fan_in) (He et al. 2015).
    HeNormal,
    /// Uniform in ±√(6 / fan_in): the variance of [`Init::HeNormal`].
    HeUniform,
    /// Normal with standard deviation √(2 / (fan_in + fan_out)) (Glorot & Bengio 2010).
    GlorotNormal,
    /// Uniform in ±√(6 / (fan_in + fan_out)).
    GlorotUniform,
    /// Normal with standard deviation √(1 / fan_in) (LeCun et al. 1998).
    LeCunNormal,
    /// Uniform in ±√(1 / fan_in): what PyTorch's layers start with.
    TorchUniform,
    /// Uniform in ±bound.
    Uniform(f64),
}

/// The kind of a node.
#[derive(Clone, Debug)]
pub enum Kind {
    /// An input: every run gets its own value.
    Input {
        /// The name of the input.
        name: String,
    },
    /// Named state: a parameter or a running statistic.
    Variable {
        /// As in a checkpoint.
        name: String,
        /// How it starts.
        init: Init,
    },
    /// Known when the graph is built.
    Constant(Host),
    /// Computed.
    Op(Op),
}

/// One node of the graph.
#[derive(Clone, Debug)]
pub struct Node {
    /// Its kind.
    pub kind: Kind,
    /// The nodes that it reads.
    pub inputs: Vec<NodeId>,
    /// Shape and element type of its value.
    pub spec: Spec,
}

/// A graph under construction; clones share it.
#[derive(Clone, Default)]
pub struct Graph {
    nodes: Rc<RefCell<Vec<Node>>>,
    modules: Rc<RefCell<Vec<(String, NodeId)>>>,
}

impl Graph {
    /// An empty graph.
    pub fn new() -> Self {
        Self::default()
    }

    /// All nodes so far, in topological order.
    pub fn nodes(&self) -> Ref<'_, Vec<Node>> {
        self.nodes.borrow()
    }

    /// Each module's path, as PyTorch has it, with the node that is its output, in the order in which they were made. A node can
    /// be the output of several, the inner one first.
    pub fn modules(&self) -> Ref<'_, Vec<(String, NodeId)>> {
        self.modules.borrow()
    }

    /// Says that `output` is that of the module of this path.
    pub(crate) fn name_module(&self, path: &str, output: &Tensor) {
        self.modules.borrow_mut().push((path.to_owned(), output.id));
    }

    /// A value that is given anew for each run, under this name.
    pub fn input(&self, name: &str, spec: Spec) -> Tensor {
        self.push(Kind::Input { name: name.to_owned() }, Vec::new(), spec)
    }

    /// The variable of this name; made on first use.
    pub fn variable(&self, name: &str, spec: Spec, init: Init) -> Result<Tensor, ShapeError> {
        let known = self.nodes().iter().position(|n| matches!(&n.kind, Kind::Variable { name: n, .. } if n == name));
        let Some(id) = known else {
            return Ok(self.push(Kind::Variable { name: name.to_owned(), init }, Vec::new(), spec));
        };
        let got = self.nodes()[id].spec.clone();
        if got != spec {
            return Err(ShapeError::Variable { name: name.to_owned(), want: spec.shape, got: got.shape });
        }
        Ok(Tensor { graph: self.clone(), id, spec })
    }

    /// A value that is known now; only F32, F64 and U32 tensors have a place in a graph.
    pub fn constant(&self, value: &Host) -> candle_core::Result<Tensor> {
        let spec = Spec::new(value.dims(), dtype_of(value)?);
        Ok(self.push(Kind::Constant(value.contiguous()?), Vec::new(), spec))
    }

    /// The same from doubles, in the element type that `spec` asks for in the name of `op`.
    pub(crate) fn constant_of(&self, op: &'static str, values: &[f64], spec: &Spec) -> Result<Tensor, ShapeError> {
        let values = values.iter().copied();
        let host = for_type!(spec.dtype, T => from_elements(values.map(<T as WithDType>::from_f64).collect(), spec));
        let constant = host.and_then(|host| self.constant(&host));
        constant.map_err(|error| ShapeError::bad(op, HostError::from(error), &spec.shape))
    }

    /// `value` everywhere.
    pub fn full(&self, value: f64, spec: Spec) -> Result<Tensor, ShapeError> {
        let one = self.constant_of("full", &[value], &Spec::new(vec![1; spec.rank()], spec.dtype))?;
        if spec.elem_count() == 1 { Ok(one) } else { one.broadcast_as(spec.shape) }
    }

    /// The handle of a node.
    pub(crate) fn tensor(&self, id: NodeId) -> Tensor {
        let spec = self.nodes()[id].spec.clone();
        Tensor { graph: self.clone(), id, spec }
    }

    /// A node that computes `op`; its shape rule speaks first.
    pub fn apply(&self, op: impl Into<Op>, inputs: &[&Tensor]) -> Result<Tensor, ShapeError> {
        let op = op.into();
        let specs: Vec<&Spec> = inputs.iter().map(|t| &t.spec).collect();
        let spec = op.spec(&specs)?;
        Ok(self.push(Kind::Op(op), inputs.iter().map(|t| t.id).collect(), spec))
    }

    fn push(&self, kind: Kind, inputs: Vec<NodeId>, spec: Spec) -> Tensor {
        let mut nodes = self.nodes.borrow_mut();
        nodes.push(Node { kind, inputs, spec: spec.clone() });
        Tensor { graph: self.clone(), id: nodes.len() - 1, spec }
    }
}

/// Handle on a node: a value that a compiled plan will compute. Its methods have candle's names and meaning; each stands in
/// the file of its op.
///
/// # Errors
/// Every method that makes a node is refused with a [`ShapeError`] where the op's shape rule does not take the shapes or types.
#[derive(Clone)]
pub struct Tensor {
    graph: Graph,
    id: NodeId,
    spec: Spec,
}

impl Tensor {
    /// The graph that it belongs to.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Its node.
    pub fn id(&self) -> NodeId {
        self.id
    }

    /// Shape and element type.
    pub fn spec(&self) -> &Spec {
        &self.spec
    }

    /// The extent of each dimension.
    pub fn dims(&self) -> &[usize] {
        &self.spec.shape
    }

    /// The type of the elements.
    pub fn dtype(&self) -> DType {
        self.spec.dtype
    }

    /// How many dimensions there are.
    pub fn rank(&self) -> usize {
        self.spec.rank()
    }

    /// How many elements there are.
    pub fn elem_count(&self) -> usize {
        self.spec.elem_count()
    }

    /// Zeros of this shape and type.
    pub fn zeros_like(&self) -> Result<Tensor, ShapeError> {
        self.graph.full(0.0, self.spec.clone())
    }

    /// Ones of this shape and type.
    pub fn ones_like(&self) -> Result<Tensor, ShapeError> {
        self.graph.full(1.0, self.spec.clone())
    }

    /// `op` on this tensor and others of the same graph.
    pub(super) fn then(&self, op: impl Into<Op>, others: &[&Tensor]) -> Result<Tensor, ShapeError> {
        let mut inputs = vec![self];
        inputs.extend(others);
        self.graph.apply(op, &inputs)
    }
}

impl std::fmt::Debug for Tensor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "%{}: {:?}", self.id, self.spec)
    }
}
