//! The engine, a wasm binary that runs in a dedicated worker of the page.

#[cfg(target_arch = "wasm32")]
fn main() {
    neocog::worker::run();
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    println!("This is Neocog's engine and runs in a browser's worker: `make run` builds it and serves the page.");
}
