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

/// Torchvision's MobileNet v2 and TensorFlow's have the same tensors: the page asks.
#[test]
fn weights_that_fit_two_networks_are_taken_for_the_one_that_is_chosen() {
    let Some(page) = Page::open(Gpu::Off) else { return };
    let folder = std::env::temp_dir().join(format!("neocog-twins-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("mobilenet.safetensors");
    zeros(&file, &Network::find("mobilenet_v2").unwrap());
    page.drop_files(&[&file], "drop-zone");
    page.wait_for("weights-loaded", LONG, |loaded| loaded.text.contains("MobileNet v2 · MobileNet v2, TensorFlow"));
    std::fs::remove_dir_all(&folder).unwrap();
    let answered = |network: &str| {
        page.wait_for("answer", LONG, |answer| {
            answer.attribute("data-network") == network && answer.attribute("data-state") == "ready"
        });
    };
    answered("mobilenet_v2");
    let choose = "document.querySelector('[data-testid=prepare]').open = true;
        const select = document.querySelector('[data-testid=\"prepare-network\"]');
        if (select?.options.length !== 2) return null;
        select.value = 'mobilenet_v2_tf';
        select.dispatchEvent(new Event('input', { bubbles: true }));
        select.dispatchEvent(new Event('change', { bubbles: true }));
        return true";
    page.wait("both networks to be on offer", LONG, || page.js(choose, &[]).as_bool());
    answered("mobilenet_v2_tf");
    let ready = |page: &Page, network: &str| {
        let networks =
            page.run_job(json!({ "start": { "without_gpu": true } })).unwrap()["station"]["networks"].clone();
        let found = networks.as_array().unwrap().iter().find(|found| found["id"] == network).cloned();
        found.unwrap()["ready"].as_bool().unwrap()
    };
    page.reload();
    answered("mobilenet_v2_tf");
    assert!(ready(&page, "mobilenet_v2_tf") && !ready(&page, "mobilenet_v2"));
    page.assert_quiet();
}

/// `NEOCOG_LARGE` names another network, on the GPU with `:gpu` behind it, whose figures are printed and not judged: on the CPU
/// Winograd's filters are larger than those of the file.
#[test]
fn a_large_network_takes_its_own_size_and_is_there_on_the_next_visit() {
    let chosen = std::env::var("NEOCOG_LARGE").unwrap_or_else(|_| "alexnet".to_owned());
    let (id, gpu) = chosen.strip_suffix(":gpu").map_or((&*chosen, Gpu::Off), |id| (id, Gpu::Software));
    let Some(page) = Page::open(gpu) else { return };
    let folder = std::env::temp_dir().join(format!("neocog-large-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("large.safetensors");
    let bytes = zeros(&file, &Network::find(id).unwrap());
    page.drop_files(&[&file], "drop-zone");
    let answered = |page: &Page| {
        page.select_network(id);
        page.wait_for("answer", LONG, |answer| {
            answer.attribute("data-network") == id && answer.attribute("data-state") == "ready"
        });
        held(page)
    };
    let first = answered(&page);
    std::fs::remove_dir_all(&folder).unwrap();
    page.reload();
    let later = answered(&page);
    println!("{id}: {bytes} bytes of weights; the engine held {first} bytes when they were dropped, {later} later");
    // WebAssembly's memory never shrinks: this is the most that there ever was.
    if id == "alexnet" {
        assert!(later > bytes && later < bytes + REST, "{later} of {bytes}");
        assert!(first < bytes + bytes / 5 + REST, "{first} of {bytes}");
    }
    page.assert_quiet();
}
