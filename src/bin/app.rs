//! The page, a wasm binary that Trunk builds; `make run` serves it.

#[cfg(target_arch = "wasm32")]
mod wasm {
    use neocog::part::Fetch;
    use neocog::protocol::ExperimentId;
    use neocog::ui::{self, LaterCode, Script, Views};

    // What classifying does not need.
    macro_rules! parts {
        ($($part:ident => { $($id:ident $name:ident $group:ident $about:ident),* $(,)? })*) => {
            $(neocog::part!($part: Views = ui::experiments::$part());)*

            fn experiments(id: ExperimentId) -> Fetch<Views> {
                match id {
                    $($(ExperimentId::$name)|* => || Box::pin($part()),)*
                }
            }
        };
    }
    neocog::experiments!(parts);
    neocog::part!(later: LaterCode = ui::later());
    neocog::part!(script: Script = ui::script());

    pub(crate) fn main() {
        ui::open(ui::PageParts { experiments, later: || Box::pin(later()), script: || Box::pin(script()) });
    }
}

#[cfg(target_arch = "wasm32")]
fn main() {
    wasm::main();
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    println!("This is Neocog's page and runs in a browser: `make run` builds it and serves it.");
}
