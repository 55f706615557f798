//! Networks made smaller, on the page Compress.

use crate::page::{Gpu, LONG, Page};
use neocog::lab::Weights;

fn show(page: &Page, card: &str, name: &str) {
    page.js("document.querySelector(`[data-testid=${args[0]}]`).scrollIntoView()", &[card.into()]);
    page.screenshot(name);
}

#[test]
fn compress_surveys_by_itself_makes_and_saves() {
    let Some(page) = Page::open_at(Gpu::Off, "#/compress?net=digits&picture=ship&backend=cpu&most=60") else { return };
    page.wait_until_ready("compress-survey");
    let rows = page.all("compress-row");
    let figure = |at: usize, of: &str| rows[at].attribute(of).parse::<f64>().unwrap();
    assert!(rows.len() > 8 && figure(0, "data-accuracy") > 0.8);
    assert!((1..rows.len()).all(|at| figure(at, "data-bytes") < figure(0, "data-bytes")));
    assert!((1..rows.len()).any(|at| figure(at, "data-macs") < 0.4 * figure(0, "data-macs")));
    page.wait_for("compress-on", LONG, |on| on.text.contains("60"));
    page.resize(1280, 3200);
    page.screenshot("compress");

    page.click("compress-start");
    page.wait_until_ready("compress");
    page.wait_for_checks(&[
        "compress-energy",
        "compress-file",
        "compress-full-rank",
        "compress-channels",
        "compress-clusters",
    ]);
    let made = page.all("compress-made");
    let macs = |at: usize| made[at].attribute("data-macs").parse::<f64>().unwrap();
    assert!(made.len() == 2 && 2.0 * macs(1) <= macs(0), "{} {}", macs(0), macs(1));
    page.screenshot("compress-made");

    page.click("method-int8");
    page.wait("the method in the address", LONG, || page.hash().contains("method=int8").then_some(()));
    page.wait_for("compress-stale", LONG, |_| true);
    page.click("compress-start");
    page.wait("another answer", LONG, || page.all("compress-stale").is_empty().then_some(()));
    page.wait_until_ready("compress");

    // What was made is a network like any other.
    page.click("compress-use");
    page.wait("the network in the list", LONG, || page.hash().contains("digits-int8").then_some(()));
    let made = page.run_job(serde_json::json!({ "compress": { "make": {
        "network": "digits", "backend": "cpu", "method": "share", "budget": 0.4, "most": 20
    } } }));
    assert!(made.unwrap()["compressed"]["made"]["after"]["bytes"].as_u64().unwrap() < 40_000);
    page.click("compress-sense-start");
    page.wait_until_ready("compress-sense");
    page.click("compress-allocate-start");
    page.wait("a budget for each layer in the address", LONG, || page.hash().contains("layers=").then_some(()));
    page.click("compress-start");
    page.wait("the network by layer", LONG, || page.all("compress-stale").is_empty().then_some(()));
    page.wait_until_ready("compress");
    page.js("document.querySelector('[data-testid=compress-sliders]').open = true", &[]);
    show(&page, "compress", "compress-sliders");
    page.assert_narrow(740);
    for (card, name) in [
        ("compress-survey", "compress-narrow"),
        ("compress", "compress-narrow-made"),
        ("compress-sense", "compress-narrow-sense"),
        ("compress-spectra", "compress-narrow-spectra"),
    ] {
        show(&page, card, name);
    }
    page.assert_quiet();
}

#[test]
fn a_compressed_file_is_dropped_like_any_other() {
    let Some(page) = Page::open_at(Gpu::Off, "#/classify?net=digits&picture=ship&backend=cpu") else { return };
    let file = std::env::temp_dir().join(format!("neocog-packed-{}.safetensors", std::process::id()));
    let weights = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/www/models/digits.safetensors")).unwrap();
    let weights = std::rc::Rc::new(Weights::from_bytes("digits.safetensors", weights).unwrap());
    let data = neocog::data::procedural::Set::find("digits").unwrap().draw(&Default::default()).unwrap();
    let bench = neocog::lab::compress::CompressBench::new(&weights, data.into(), 20, &neocog::lab::device::Device::Cpu);
    let task = neocog::protocol::CompressTask {
        method: neocog::protocol::CompressMethod::Int4,
        ..neocog::protocol::CompressTask::default()
    };
    let made = pollster::block_on(bench.unwrap().make(&task, &neocog::lab::NoMonitor::default())).unwrap();
    std::fs::write(&file, &made.bytes).unwrap();
    page.drop_file(&file, "weights-drop");
    let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
    page.wait("the network to be chosen", LONG, || page.hash().contains(&name).then_some(()));
    std::fs::remove_file(&file).unwrap();
    page.assert_quiet();
}
