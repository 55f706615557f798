//! What the engine takes, on the CPU and on the GPU if there is one: matrix products and convolutions with both gradients,
//! training steps, inference, against the limits of the device that are measured in the same run.
//!
//! The table of workloads, the limits and the table of figures are those of `neocog bench` and of the Speed page
//! (`neocog::lab::speed`). `cargo bench` runs all of it, `cargo bench -- training` or `cargo bench -- GPU/kernels` a part; the
//! table at the end has only what ran. On a software adapter ratios mean something, milliseconds do not.

#[cfg(not(target_arch = "wasm32"))]
mod measure;

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    measure::all();
}

#[cfg(target_arch = "wasm32")]
fn main() {}
