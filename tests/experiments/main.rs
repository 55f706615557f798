//! The experiments without a page, the command that runs them, and the arithmetic of the page's charts.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod attention;
mod boxes;
mod brain;
mod brought;
mod calibration;
mod caption;
mod captions;
mod cells;
mod charts;
mod classifiers;
mod classify;
mod command;
mod compress;
mod depth;
mod detect;
mod distil;
mod dream;
mod excite;
mod exported;
mod faster;
mod fool;
#[path = "../shared/formula.rs"]
mod formula;
#[path = "../shared/gpu.rs"]
mod gpu;
mod heads;
mod host;
mod invariance;
mod language;
mod look;
mod look_files;
mod lost;
mod memory;
mod networks;
mod optimal;
mod optimise;
mod own_files;
mod pointing;
mod pose;
mod protocol;
mod published_boxes;
mod refusals;
mod represent;
mod runs;
#[path = "../shared/data.rs"]
mod shared;
mod shipped;
#[path = "../shared/skip.rs"]
mod skip;
mod slice;
mod speed;
mod style;
#[path = "../shared/tensor_file.rs"]
mod tensor_file;
mod transfer;
mod tuning;
mod watched;
mod written;
#[path = "../shared/zeros.rs"]
mod zeros;
