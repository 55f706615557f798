//! The benchmark page, a wasm binary that `make bench-page` builds.

#[cfg(target_arch = "wasm32")]
fn main() {
    neocog::bench::open();
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    println!(
        "This is Neocog's benchmark page and runs in a browser: `make bench-page` builds it, `cargo bench` is its native sister."
    );
}
