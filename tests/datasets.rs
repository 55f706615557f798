//! Data sets from files: read right, or refused with the figures that explain it, whatever the bytes.
#![cfg(not(target_arch = "wasm32"))]
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

#[path = "datasets/good.rs"]
mod good;
#[path = "datasets/made.rs"]
mod made;
#[path = "datasets/mutated.rs"]
mod mutated;
#[path = "datasets/real.rs"]
mod real;
#[path = "datasets/refused.rs"]
mod refused;
mod shared;
