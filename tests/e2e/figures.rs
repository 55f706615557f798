//! Figures for `docs/measured.md`, printed rather than judged: sizes as they travel, and how long a first visit and a
//! return take. `.ci/page release && cargo test --test e2e figures -- --nocapture` prints them for the release.

use crate::checkpoint;
use crate::page::{Gpu, LONG, Page};
use crate::shared::shared;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// Bytes after `gzip -9`; none where there is no gzip.
fn gzipped(file: &Path) -> Option<usize> {
    let mut gzip = Command::new("gzip").arg("-9c").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()?;
    let mut input = gzip.stdin.take()?;
    let bytes = std::fs::read(file).ok()?;
    let feeder = std::thread::spawn(move || input.write_all(&bytes));
    let output = gzip.wait_with_output().ok()?;
    feeder.join().ok()?.ok()?;
    Some(output.stdout.len())
}

fn sizes() {
    let dist = std::env::var_os("NEOCOG_DIST").unwrap_or_else(|| "dist".into());
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join(dist);
    let mut total = 0;
    let files =
        ["", "app", "worker"].map(|folder| std::fs::read_dir(dist.join(folder)).into_iter().flatten().flatten());
    let mut files: Vec<_> =
        files.into_iter().flatten().map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    files.sort();
    for file in files {
        let Some(packed) = gzipped(&file) else { return };
        total += packed;
        let name = file.strip_prefix(&dist).unwrap_or(&file).display();
        println!("size: {name} {} bytes, {packed} with gzip -9", std::fs::metadata(&file).map_or(0, |m| m.len()));
    }
    println!("size: all {total} bytes with gzip -9");
}

#[test]
fn figures_of_a_visit() {
    // SqueezeNet 1.1 where its weights are at hand, a small network otherwise.
    let (weights, network) = match shared("data") {
        Some(data) => (data.join("models/squeezenet1_1.safetensors"), "squeezenet1_1"),
        None => (checkpoint::file("figures_resnet20.safetensors", &checkpoint::random_resnet20(5)), "cifar10_resnet20"),
    };
    let bytes = std::fs::metadata(&weights).unwrap().len();
    let Some(page) = Page::open(Gpu::Software) else { return };
    sizes();
    page.wait_for("weights-drop", LONG, |_| true);
    page.drop_file(&weights, "weights-drop");
    page.select_network(network);
    page.wait("an answer", LONG, || Some(page.predictions()).filter(|rows| !rows.is_empty()));
    page.wait("the weights to be stored", LONG, || {
        page.stored_files().values().any(|size| *size == bytes).then_some(())
    });
    // A return: all from the browser's own stores, the drawn picture of the tray classified without a click.
    for visit in 1..=3 {
        page.reload();
        let millis = page.wait("an answer", LONG, || {
            let found =
                page.js("return document.querySelector('[data-testid=prediction]') ? performance.now() : null", &[]);
            found.as_f64()
        });
        println!("cold start {visit}: {network} with cached weights, first prediction seen after {millis:.0} ms");
        assert!(!page.predictions().is_empty());
    }
    page.assert_quiet();
}
