//! The symbolic graph: tensors with static shapes, ops with all their rules, and what a backend is handed.
//!
//! Invariants:
//! - Nodes are in topological order; a node's inputs have smaller indices.
//! - A node's shape and dtype were accepted by its op's shape rule when it was made; no later stage checks them again.
//! - This room never names wgpu, web-sys or leptos; it names candle for host values and CPU rules only.

mod grad;
pub mod host;
pub mod launch;
pub mod op;
pub mod order;
pub mod pass;
pub mod plan;
pub mod program;
mod shape;
pub mod state;
mod step_cost;
mod sum;
mod tensor;

pub use candle_core::Tensor as Host;
pub use grad::{grad, vjp};
pub use op::Op;
pub use program::Program;
pub use shape::{DType, ShapeError, Spec, Wide, broadcast, strides_of};
pub use step_cost::StepCost;
pub use tensor::{Graph, Init, Kind, Node, NodeId, Tensor};
