//! The native command.

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    neocog::command::main()
}

#[cfg(target_arch = "wasm32")]
fn main() {}
