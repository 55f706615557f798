//! Passes: graph in, equivalent and better graph out. Each is one file; `optimise` is their order.

mod fold;
mod freeze;
mod fuse;
mod straighten;
mod tidy;

pub use fuse::{Leaf, Link, Step, StepWork, Term};
pub(crate) use fuse::{form_of, fuse, resolve};

use super::host::HostError;
use super::{Kind, KnownValue, Node, NodeId, ShapeError};
use crate::sorted::SortedMap;

/// A flat graph with the nodes that must survive.
#[derive(Clone, Debug)]
pub(crate) struct Flat {
    pub(crate) nodes: Vec<Node>,
    pub(crate) outputs: Vec<NodeId>,
    /// For each node the one of the graph that it computes, whatever passes made of it.
    pub(crate) origins: Vec<NodeId>,
}

impl Flat {
    /// A graph before any pass.
    pub(crate) fn new(nodes: Vec<Node>, outputs: Vec<NodeId>) -> Self {
        let origins = (0..nodes.len()).collect();
        Self { nodes, outputs, origins }
    }
}

/// Values of the variables, by name.
pub type Values<'a> = &'a dyn Fn(&str) -> Option<KnownValue>;

/// Which variables never change. The others are state: they change, and nothing is folded into them.
#[derive(Clone, Copy)]
pub(crate) enum Known<'a> {
    /// None: all are state.
    None,
    /// All; one without a value is an error.
    All(Values<'a>),
    /// Those that have a value.
    Some(Values<'a>),
}

impl Known<'_> {
    fn value(self, name: &str) -> Result<Option<KnownValue>, PassError> {
        match self {
            Known::None => Ok(None),
            Known::All(values) => values(name).map(Some).ok_or_else(|| PassError::NoValue { name: name.to_owned() }),
            Known::Some(values) => Ok(values(name)),
        }
    }

    fn has(self, name: &str) -> bool {
        match self {
            Known::None => false,
            Known::All(_) => true,
            Known::Some(values) => values(name).is_some(),
        }
    }
}

/// For each node: whether it depends on known variables and constants alone.
fn fixed(flat: &Flat, known: Known<'_>) -> Vec<bool> {
    let mut fixed: Vec<bool> = Vec::with_capacity(flat.nodes.len());
    for node in &flat.nodes {
        let is_fixed = match &node.kind {
            Kind::Input { .. } => false,
            Kind::Variable { name, .. } => known.has(name),
            Kind::Constant(_) => true,
            Kind::Op(_) => node.inputs.iter().all(|&i| fixed[i]),
        };
        fixed.push(is_fixed);
    }
    fixed
}

/// Prunes, merges equal nodes, folds per-channel scales into convolutions, straightens the matrices of products, and computes all
/// that depends on known variables and constants alone. The returned map holds the value of every node that needs no computing.
pub(crate) fn optimise(flat: Flat, known: Known<'_>) -> Result<(Flat, SortedMap<NodeId, KnownValue>), PassError> {
    let mut flat = tidy::merge(&tidy::prune(&flat));
    if !matches!(known, Known::None) {
        flat = straighten::straighten(&fold::fold_scales(&flat, known)?, known)?;
        flat = tidy::prune(&tidy::merge(&flat));
    }
    let (flat, frozen) = freeze::freeze(&flat, known)?;
    let kept = tidy::prune_with(&flat, |id| frozen.contains_key(&id));
    let frozen = frozen.into_iter().filter_map(|(id, value)| kept.renamed[id].map(|id| (id, value))).collect();
    Ok((kept.flat, frozen))
}

/// Why a graph cannot be prepared.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each message says what its fields are")]
pub enum PassError {
    /// A pass built a node that does not fit.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// A variable that must be known is not.
    #[error("variable {name} has no value")]
    NoValue { name: String },
    /// A variable's value has another shape than the variable.
    #[error("variable {name} wants shape {want:?}, its value has {got:?}")]
    WrongShape { name: String, want: Vec<usize>, got: Vec<usize> },
    /// The target of an assignment is not state.
    #[error("{name} is not a variable, and not variables packed together; only those can be assigned to")]
    NotState { name: String },
    /// A step reads what it assigns.
    #[error("{name} reads the new value of a variable within the step that makes it")]
    ReadsNew { name: String },
    /// A constant could not be computed.
    #[error("while computing a constant: {0}")]
    Host(#[from] HostError),
}

impl From<candle_core::Error> for PassError {
    fn from(error: candle_core::Error) -> Self {
        HostError::from(error).into()
    }
}
