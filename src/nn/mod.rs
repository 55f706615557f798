//! Layers, parameters, losses and checkpoints, in candle-nn's vocabulary.
//!
//! A training step is one graph: loss, gradients, and the new values of the variables. The variables live in a state, which
//! every run of the plan changes:
//!
//! ```
//! use candle_core::Device;
//! use neocog::backend::cpu::{CpuPlan, CpuState};
//! use neocog::backend::{Plan, State};
//! use neocog::graph::state::Layout;
//! use neocog::graph::{Graph, Host, Program, Spec, Tensor, grad};
//! use neocog::nn::{VarBuilder, init, linear, loss::mse};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // A line through points: the weight and the bias of one linear layer.
//! let graph = Graph::new();
//! let [x, target] = ["x", "target"].map(|name| graph.input(name, Spec::f32([4, 1])));
//! let vb = VarBuilder::training(&graph, graph.input("counter", Spec::u32([2])));
//! let loss = mse(&linear(1, 1, vb.pp("line"))?.forward(&x)?, &target)?;
//!
//! // Gradient descent: p ← p - η·dp.
//! let parameters: Vec<Tensor> = vb.parameters().into_iter().map(|(_, tensor, _)| tensor).collect();
//! let gradients = grad(&loss, &parameters.iter().collect::<Vec<_>>())?;
//! let stepped = |(p, dp): (&Tensor, &Tensor)| p.sub(&dp.affine(0.1, 0.0)?);
//! let new = parameters.iter().zip(&gradients).map(stepped).collect::<Result<Vec<_>, _>>()?;
//! let assigns: Vec<(&Tensor, &Tensor)> = parameters.iter().zip(&new).collect();
//! let program = Program::step(&[&loss], &assigns)?;
//!
//! let state = CpuState::new(Layout::of(&program))?;
//! for (name, tensor, init) in vb.parameters() {
//!     state.write(&name, &init::value(init, tensor.dims(), 1, &name)?)?;
//! }
//! // Nothing here draws random numbers: `counter` is no input of the program.
//! let mut plan = CpuPlan::with_state(program, &state);
//! let x = Host::new(&[[-1f32], [0.0], [1.0], [2.0]], &Device::Cpu)?;
//! let inputs = [x.clone(), x.affine(3.0, 1.0)?];
//! for _ in 0..200 {
//!     plan.step(&inputs)?;
//! }
//!
//! let line = pollster::block_on(state.read(&["line.weight", "line.bias"]))?;
//! let [slope, height] = [line[0].flatten_all()?.to_vec1::<f32>()?[0], line[1].to_vec1::<f32>()?[0]];
//! assert!((slope - 3.0).abs() < 1e-3 && (height - 1.0).abs() < 1e-3);
//! # Ok(())
//! # }
//! ```

#![warn(missing_docs)]

mod attention;
pub mod checkpoint;
mod clip;
mod dropout;
pub mod init;
mod layer;
pub mod loss;
mod norm;
mod normalise;
mod recurrent;
mod resizing;
pub mod roi;
mod var_builder;

/// For readers who know only this module.
pub use crate::graph::host::HostError;
pub use attention::{CausalBlock, causal_block};
pub use clip::clip_by_norm;
pub use dropout::{Dropout, dropout};
pub use layer::{
    Conv2d, Linear, bias_init, config, conv2d, conv2d_no_bias, linear, linear_as_conv2d, linear_no_bias, oblong_conv2d,
};
pub use norm::{BatchNorm, LayerNorm, batch_norm, layer_norm};
pub use normalise::Normalise;
pub use recurrent::{Embedding, Gru, GruStep, Lstm, LstmState, LstmStep, Rnn, embedding, gru, lstm, rnn};
pub use resizing::{Interpolation, Resizing};
pub use var_builder::{TrainingMode, VarBuilder};
