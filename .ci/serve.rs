//! `make run`: serves a folder on loopback until it is stopped. A file of its own, so that nobody waits for a native build of
//! the whole engine to look at the page.

#[allow(dead_code, reason = "the tests use more of it")]
#[path = "../src/serve.rs"]
mod serve;

fn main() -> std::io::Result<()> {
    let mut args = std::env::args().skip(1);
    let dir = args.next().unwrap_or_else(|| "dist".into());
    let port = args.next().and_then(|port| port.parse().ok()).unwrap_or(8080);
    let server = match serve::serve(dir.as_ref(), port) {
        // Somebody else's server is on the usual port: any other does.
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => serve::serve(dir.as_ref(), 0)?,
        other => other?,
    };
    println!("Neocog is at {} (Ctrl-C stops it).", server.url());
    server.join();
    Ok(())
}
