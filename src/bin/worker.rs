//! The engine, a wasm binary that runs in a dedicated worker of the page.

#[cfg(target_arch = "wasm32")]
mod wasm {
    use neocog::worker::{self, Draw, FindGpu, Keeping, Work};

    // What classifying does not need.
    neocog::part!(learn: Work = worker::learn());
    neocog::part!(fool: Work = worker::fool());
    neocog::part!(caption: Work = worker::caption());
    neocog::part!(speed: Work = worker::speed());
    neocog::part!(gpu: FindGpu = worker::gpu());
    neocog::part!(keeping: Keeping = worker::keeping());
    neocog::part!(gallery: Draw = worker::gallery());
    neocog::part!(names: &'static str = worker::names());

    pub(crate) fn main() {
        worker::run(worker::Parts {
            learn: || Box::pin(learn()),
            fool: || Box::pin(fool()),
            caption: || Box::pin(caption()),
            speed: || Box::pin(speed()),
            gpu: || Box::pin(gpu()),
            keeping: || Box::pin(keeping()),
            gallery: || Box::pin(gallery()),
            names: || Box::pin(names()),
        });
    }
}

#[cfg(target_arch = "wasm32")]
fn main() {
    wasm::main();
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    println!("This is Neocog's engine and runs in a browser's worker: `make run` builds it and serves the page.");
}
