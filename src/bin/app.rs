//! The page, a wasm binary that Trunk builds; `make run` serves it.

#[cfg(target_arch = "wasm32")]
mod wasm {
    use neocog::ui::{self, Script, Views};

    // What classifying does not need.
    neocog::part!(learn: Views = ui::learn());
    neocog::part!(fool: Views = ui::fool());
    neocog::part!(caption: Views = ui::caption());
    neocog::part!(speed: Views = ui::speed());
    neocog::part!(networks: Views = ui::networks());
    neocog::part!(script: Script = ui::script());

    pub(crate) fn main() {
        ui::open(ui::Parts {
            learn: || Box::pin(learn()),
            fool: || Box::pin(fool()),
            caption: || Box::pin(caption()),
            speed: || Box::pin(speed()),
            networks: || Box::pin(networks()),
            script: || Box::pin(script()),
        });
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
