//! Names for variables: dots between the parts, as in PyTorch's and candle's checkpoints.

use crate::graph::{Graph, Init, ShapeError, Spec, Tensor};
use std::fmt::Display;

/// Hands out the variables of a graph under a prefix. The symbolic twin of `candle_nn::VarBuilder`.
#[derive(Clone)]
pub struct VarBuilder {
    graph: Graph,
    prefix: String,
}

impl VarBuilder {
    pub fn new(graph: &Graph) -> Self {
        Self { graph: graph.clone(), prefix: String::new() }
    }

    /// One level deeper: `vb.pp("features").pp(3)` names `features.3.…`.
    pub fn pp(&self, part: impl Display) -> Self {
        Self { graph: self.graph.clone(), prefix: self.name(part) }
    }

    fn name(&self, part: impl Display) -> String {
        if self.prefix.is_empty() { part.to_string() } else { format!("{}.{part}", self.prefix) }
    }

    /// The variable `prefix.name` of this shape, F32.
    pub fn get_with_hints(&self, shape: impl Into<Vec<usize>>, name: &str, init: Init) -> Result<Tensor, ShapeError> {
        self.graph.variable(&self.name(name), Spec::f32(shape), init)
    }
}
