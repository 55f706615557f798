//! Neocog: a deep-vision laboratory that runs on the browser's GPU.
//!
//! One path runs through the crate:
//!
//! ```text
//! dropped file ─ ui ══ protocol::Job ══▶ worker ─ lab ─ {data, models} ─ nn ─ graph ─▶ plan ─▶ backend (gpu | cpu)
//! page         ◀═ ui ◀══ protocol::Update ══ worker ◀─ lab ◀──────────────────────────────────────┘
//! ```
//!
//! As a library: [`graph`] tells how to start, [`backend`] has a program on a GPU, [`nn`] training with state, [`models`] a network
//! from a file, [`graph::op`] an op of one's own. All these examples are run as tests (`cargo test --doc`).
//!
//! What each room must not know (`tests/tidy.rs` holds this against the `use` lines):
//!
//! - `protocol` knows no other room: plain serde types, the only thing that crosses the worker's edge.
//! - `graph` never names wgpu, web-sys or leptos; it names candle only for the CPU rule of an op and for host values.
//! - `processor` is where browser and native differ below the graph: cores and the matrix product, on slices; it knows no other room.
//! - `backend` never matches on a particular op: what differs per op lives in that op's file.
//! - `ui` names `protocol` alone, and never computes.
//! - A `Program` either freezes its variables (inference) or keeps them as state (training); nothing else has memory from run to
//!   run.
//! - Everything below `worker` builds natively too: tests, benches and the `neocog` command run the same engine.

pub mod backend;
#[cfg(target_arch = "wasm32")]
pub mod bench;
#[cfg(not(target_arch = "wasm32"))]
pub mod command;
pub mod data;
mod experiments;
pub mod graph;
pub mod lab;
pub mod models;
pub mod nn;
#[cfg(target_arch = "wasm32")]
pub mod part;
pub mod processor;
pub mod protocol;
#[cfg(not(target_arch = "wasm32"))]
pub mod serve;
pub mod sorted;
#[cfg(target_arch = "wasm32")]
pub mod ui;
#[cfg(target_arch = "wasm32")]
pub mod worker;
