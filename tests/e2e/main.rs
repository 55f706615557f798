//! The page end to end: Chromium, driven through WebDriver, opens what `make test` built and does what a person does.
//!
//! `NEOCOG_DIST` names the built page (`dist` where it is not set), `CHROMEDRIVER` and `CHROMIUM` the programs where they are
//! not on the path. What is missing is said and skipped; under `CI=true` it is a failure.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod accessible;
mod boxes;
mod brain;
mod caption;
mod cells;
mod checkpoint;
mod classify;
mod compress;
mod controls;
mod depth;
mod detect;
mod distil;
mod download;
mod dream;
mod excite;
mod exported;
mod figures;
mod fool;
mod heads;
mod hostile;
mod invariance;
mod keyboard;
mod language;
mod large;
mod links;
mod logits;
mod look;
mod lost;
mod networks;
#[path = "../shared/odd_pictures.rs"]
mod odd_pictures;
mod opens;
mod optimal;
mod optimise;
mod own_captions;
mod own_files;
mod page;
mod parts;
mod pose;
mod represent;
mod scripted;
#[path = "../shared/data.rs"]
mod shared;
mod shipped;
#[path = "../shared/skip.rs"]
mod skip;
mod speed;
mod steady;
mod style;
mod table;
#[path = "../shared/tensor_file.rs"]
mod tensor_file;
mod train;
mod train_files;
mod training;
mod transfer;
mod web_driver;
#[path = "../shared/zeros.rs"]
mod zeros;
