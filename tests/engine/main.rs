//! The engine below the experiments: ops, networks, layers and optimisers against candle, PyTorch and what papers promise.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "../shared/finished.rs"]
mod finished;
#[path = "../shared/formula.rs"]
mod formula;
#[path = "../shared/gpu.rs"]
mod gpu;
#[path = "../shared/skip.rs"]
mod skip;

mod candle_out;
mod every_op;
mod exports;
mod halves;
mod networks;
mod onnx;
mod onnx_out;
mod onnx_peer;
mod ops;
mod optimisers;
#[path = "../shared/poison.rs"]
mod poison;
mod published;
mod recurrent;
mod training;
