//! Files of hundreds of megabytes: they stay with the browser, and the engine reads the parts that it wants.

use crate::page::{Gpu, LONG, Page};
use crate::zeros::zeros;
use neocog::models::Network;
use serde_json::json;

/// Beside the weights: the engine's own program and data, the picture, the results of the largest layers.
const REST: u64 = 40 << 20;

fn held(page: &Page) -> u64 {
    page.run_job(json!("held")).unwrap()["held"]["wasm_bytes"].as_u64().unwrap()
}

#[test]
fn a_large_network_takes_its_own_size_and_is_there_on_the_next_visit() {
    const ID: &str = "alexnet";
    let Some(page) = Page::open(Gpu::Off) else { return };
    let folder = std::env::temp_dir().join(format!("neocog-large-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("alexnet.safetensors");
    let bytes = zeros(&file, &Network::find(ID).unwrap());
    page.drop_files(&[&file], "drop-zone");
    let answered = |page: &Page| {
        page.select_network(ID);
        page.wait_for("answer", LONG, |answer| {
            answer.attribute("data-network") == ID && answer.attribute("data-state") == "ready"
        });
        held(page)
    };
    let first = answered(&page);
    std::fs::remove_dir_all(&folder).unwrap();
    page.reload();
    let later = answered(&page);
    println!("AlexNet: {bytes} bytes of weights; the engine held {first} bytes when they were dropped, {later} later");
    // WebAssembly's memory never shrinks: this is the most that there ever was.
    assert!(later > bytes && later < bytes + REST, "{later} of {bytes}");
    assert!(first < bytes + bytes / 5 + REST, "{first} of {bytes}");
    page.assert_quiet();
}
