//! Files and pictures that come in: read right, or refused with their reason.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod datasets;
mod gallery;
mod hostile_images;
mod hostile_models;
mod labels;
mod pytorch;
#[path = "../shared/data.rs"]
mod shared;
#[path = "../shared/skip.rs"]
mod skip;
