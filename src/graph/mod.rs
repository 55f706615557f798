//! The symbolic graph: tensors with static shapes, ops with all their rules, and what a backend is handed.
//!
//! # Getting started
//! [`Tensor`]s of a [`Graph`] have candle's methods, but compute nothing. A [`Program`] is the optimised graph of the tensors
//! that the caller wants. A plan is a program compiled for one device, [`CpuPlan`](crate::backend::cpu::CpuPlan) or
//! [`GpuPlan`](crate::backend::gpu::GpuPlan); it can run any number of times, and takes and returns candle's tensors ([`Host`]).
//! [`grad`] adds gradients to a graph:
//!
//! ```
//! use candle_core::Device;
//! use neocog::backend::cpu::CpuPlan;
//! use neocog::graph::{Graph, Host, Program, Spec, grad};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // y = Σ (x·w)², and its gradient 2·xᵀ·(x·w).
//! let graph = Graph::new();
//! let x = graph.input("x", Spec::f32([2, 3]));
//! let w = graph.input("w", Spec::f32([3, 1]));
//! let y = x.matmul(&w)?.sqr()?.sum_all()?;
//! let dw = grad(&y, &[&w])?.remove(0);
//!
//! // No variable wants a value: there are only inputs, here in the order in which they were made.
//! let program = Program::inference(&[&y, &dw], &|_| None)?;
//! assert!(program.inputs.iter().map(|(name, _)| name.as_str()).eq(["x", "w"]));
//! let plan = CpuPlan::new(program);
//! let x = Host::new(&[[1f32, 2.0, 3.0], [4.0, 5.0, 6.0]], &Device::Cpu)?;
//! let w = Host::new(&[[1f32], [0.0], [-1.0]], &Device::Cpu)?;
//! let outputs = plan.run_now(&[x, w])?;
//! assert_eq!(outputs[0].flatten_all()?.to_vec1::<f32>()?, [8.0]);
//! assert_eq!(outputs[1].flatten_all()?.to_vec1::<f32>()?, [-20.0, -28.0, -36.0]);
//! # Ok(())
//! # }
//! ```
//!
//! The same program on a GPU is an example of [`crate::backend`], training with state one of [`crate::nn`], a network from a file
//! one of [`crate::models`], and an op of one's own one of [`op`].
//!
//! Invariants:
//! - Nodes are in topological order; a node's inputs have smaller indices.
//! - A node's shape and dtype were accepted by its op's shape rule when it was made; no later stage checks them again.
//! - This module never names wgpu, web-sys or leptos; it names candle for host values and CPU rules only.

#![warn(missing_docs)]

#[macro_use]
mod shape;

mod grad;
pub mod host;
mod known;
pub mod launch;
pub mod op;
pub(crate) mod order;
pub mod pass;
pub mod plan;
pub mod program;
pub mod state;
mod step_cost;
mod sum;
mod tensor;

pub use candle_core::Tensor as Host;
pub use grad::{Gradients, RuleInstead, grad, vjp, vjp_with};
pub use known::{KeptTensor, KnownValue};
pub use op::Op;
pub use program::Program;
pub use shape::{DType, ShapeError, Spec, Wide, broadcast, strides_of};
pub use step_cost::StepCost;
pub use tensor::{Graph, Init, Kind, Node, NodeId, Tensor};
