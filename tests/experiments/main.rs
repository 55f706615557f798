//! The experiments without a page, the command that runs them, and the arithmetic of the page's charts.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod caption;
mod captions;
mod charts;
mod classify;
mod command;
mod distil;
mod fool;
mod lost;
mod optimise;
mod runs;
#[path = "../shared/mod.rs"]
mod shared;
mod shipped;
mod speed;
mod watched;
