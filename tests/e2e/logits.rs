//! All thousand logits in the browser, on the GPU and on the CPU, against those of PyTorch.

use crate::page::{Gpu, LONG, Page};
use crate::shared::shared;
use serde_json::{Value, json};
use std::path::Path;

/// Largest permitted difference of a logit.
const LIMIT: f64 = 1e-3;
const CLASSES: usize = 1000;

/// Adds a picture to the tray; its id.
fn add(page: &Page, file: &Path) -> Value {
    // As text: an array of numbers takes WebDriver minutes.
    let hex: String = std::fs::read(file).unwrap().iter().map(|byte| format!("{byte:02x}")).collect();
    let add = "const bytes = Uint8Array.from(args[0].match(/../g), (pair) => parseInt(pair, 16));
        const { picture } = await window.neocog.run({ add_picture: { name: 'reference.png', source: { bytes } } });
        return picture.id;";
    page.js(add, &[json!(hex)])
}

#[test]
fn logits_in_the_browser_are_pytorchs() {
    let Some(data) = shared("data") else { return };
    let Some(page) = Page::open_idle(Gpu::Software) else { return };
    let folder = data.join("reference/pixels");
    let pictures: Vec<Value> = (0..6).map(|number| add(&page, &folder.join(format!("p{number:02}.png")))).collect();
    for (network, file) in [
        ("squeezenet1_0", "squeezenet1_0.safetensors"),
        ("squeezenet1_1", "squeezenet1_1.safetensors"),
        ("mobilenet_v1_075", "mobilenet_v1_075-f16.safetensors"),
    ] {
        // Anywhere: this page asks for no weights.
        page.drop_file(&data.join("models").join(file), "page-speed");
        page.wait("the weights to be taken", LONG, || {
            page.run_job(json!({ "classify": { "picture": pictures[0], "network": network, "backend": "cpu" } })).ok()
        });
        let stored = std::fs::read(folder.join(format!("{network}.logits.f32"))).unwrap();
        let stored: Vec<f32> = stored.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
        for backend in ["gpu", "cpu"] {
            let mut worst = 0.0f64;
            for (picture, expected) in pictures.iter().zip(stored.chunks_exact(CLASSES)) {
                let job = json!({ "picture": picture, "network": network, "fit": "squash", "backend": backend, "top": CLASSES });
                let classified = page.run_job(json!({ "classify": job })).unwrap()["classified"].clone();
                assert_eq!(classified["backend"]["kind"], backend);
                let top = classified["top"].as_array().unwrap();
                assert_eq!(top.len(), CLASSES);
                for class in top {
                    let index = class["index"].as_u64().unwrap() as usize;
                    worst = worst.max((class["logit"].as_f64().unwrap() - f64::from(expected[index])).abs());
                }
            }
            println!("{network} in the browser on the {backend}: logits off by at most {worst:.1e}");
            assert!(worst <= LIMIT, "{network} on the {backend}: {worst:e}");
        }
    }
    page.assert_quiet();
}
