//! The page, a wasm binary that Trunk builds; `make run` serves it.

#[cfg(target_arch = "wasm32")]
fn main() {
    neocog::ui::open();
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    println!("This is Neocog's page and runs in a browser: `make run` builds it and serves it.");
}
