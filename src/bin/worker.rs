//! The engine, a wasm binary that runs in a dedicated worker of the page.

#[cfg(target_arch = "wasm32")]
mod wasm {
    use neocog::part::Fetch;
    use neocog::protocol::ExperimentId;
    use neocog::worker::{self, Draw, Export, FindGpu, Keeping, Onnx, Works};

    // What classifying does not need.
    macro_rules! parts {
        ($($part:ident => { $($id:ident $name:ident $group:ident $about:ident),* $(,)? })*) => {
            $(neocog::part!($part: Works = worker::experiments::$part());)*

            fn experiments(id: ExperimentId) -> Fetch<Works> {
                match id {
                    $($(ExperimentId::$name)|* => || Box::pin($part()),)*
                }
            }
        };
    }
    neocog::experiments!(parts);
    neocog::part!(gpu: FindGpu = worker::gpu());
    neocog::part!(keeping: Keeping = worker::keeping());
    neocog::part!(onnx: Onnx = worker::onnx());
    neocog::part!(export: Export = worker::export());
    neocog::part!(gallery: Draw = worker::gallery());
    neocog::part!(names: &'static str = worker::names());

    pub(crate) fn main() {
        worker::run(worker::Parts {
            experiments,
            gpu: || Box::pin(gpu()),
            keeping: || Box::pin(keeping()),
            onnx: || Box::pin(onnx()),
            export: || Box::pin(export()),
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
