//! Networks that leave the page: trained a little, saved for other programs, dropped again, they answer as before.

use crate::checkpoint;
use crate::page::{Gpu, LONG, Page};
use crate::train::{open_fresh, wait_for_state};
use neocog::data::gallery;
use neocog::lab::{Weights, logits_of};
use pollster::block_on;
use serde_json::{Value, json};
use std::rc::Rc;

const SETUP: &str = "data=digits&count=300&batch=30&epochs=2&seed=5\
    &layers=conv%208%205%20stride%202%0Abatchnorm%0Arelu%0Amaxpool%202%0Alinear%20classes";

const DRAWING: &str = "digit_7";

/// Logits by class.
type Logits = Vec<f64>;

/// From now on what a page saves, and what it copies, is kept in the page.
pub(crate) fn catch_what_leaves(page: &Page) {
    page.js(
        "window.__saved = null; window.__copied = null;
         const make = URL.createObjectURL.bind(URL);
         URL.createObjectURL = (blob) => { window.__saved = blob; return make(blob); };
         navigator.clipboard.write = async (items) => {
             window.__copied = await (await items[0].getType('text/plain')).text();
         };",
        &[],
    );
}

pub(crate) fn saved_by(page: &Page, button: &str) -> Vec<u8> {
    page.js("window.__saved = null", &[]);
    page.wait_for(button, LONG, |button| !button.attributes.contains_key("disabled"));
    page.click(button);
    // As text: an array of numbers takes WebDriver minutes.
    let hex = "return window.__saved
        ? [...new Uint8Array(await window.__saved.arrayBuffer())].map((b) => b.toString(16).padStart(2, '0')).join('') : null";
    let hex = page.wait("a file", LONG, || page.js(hex, &[]).as_str().map(str::to_owned));
    hex.as_bytes().chunks(2).map(|two| u8::from_str_radix(str::from_utf8(two).unwrap(), 16).unwrap()).collect()
}

fn copied_by(page: &Page, button: &str) -> String {
    page.js("window.__copied = null", &[]);
    page.wait_for(button, LONG, |_| true);
    page.click(button);
    page.wait("a text", LONG, || page.js("return window.__copied", &[]).as_str().map(str::to_owned))
}

fn in_the_page(page: &Page, picture: &Value, network: &str) -> Logits {
    let job = json!({ "picture": picture, "network": network, "backend": "cpu", "top": 10 });
    let classified = page.wait(network, LONG, || page.run_job(json!({ "classify": job })).ok());
    let mut logits = vec![f64::NAN; 10];
    for class in classified["classified"]["top"].as_array().unwrap() {
        logits[class["index"].as_u64().unwrap() as usize] = class["logit"].as_f64().unwrap();
    }
    logits
}

fn natively(name: &str, bytes: &[u8]) -> Logits {
    let weights = Rc::new(Weights::from_bytes(name, bytes.to_vec()).unwrap());
    let logits = block_on(logits_of(&weights, &[gallery::draw(DRAWING).unwrap()])).unwrap().remove(0);
    logits.into_iter().map(f64::from).collect()
}

fn assert_same(one: &Logits, other: &Logits, limit: f64) {
    let off = one.iter().zip(other).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    println!("off by {off:.1e}");
    assert!(one.len() == other.len() && off <= limit, "{off:e}: {one:?} {other:?}");
}

#[test]
fn a_network_trained_here_leaves_as_onnx_and_comes_back_the_same() {
    let Some(page) = open_fresh(SETUP) else { return };
    wait_for_state(&page, "finished");
    catch_what_leaves(&page);
    let (run, onnx) = (saved_by(&page, "train-export"), saved_by(&page, "train-onnx"));
    let source = copied_by(&page, "train-pytorch");
    assert!(source.contains("nn.Conv2d(1, 8, 5, stride=2)") && source.contains("F.max_pool2d("), "{source}");
    let source = copied_by(&page, "train-candle");
    assert!(
        source.contains("conv2d(1, 8, 5, Conv2dConfig { stride: 2, ..Default::default() }, vb.pp(\"0\"))?"),
        "{source}"
    );

    // This page takes a file of another program for a network.
    page.drop_file(&checkpoint::file("came_back.onnx", &onnx), "train-main");
    page.js("location.hash = '#/networks'", &[]);
    page.wait_for("network", LONG, |_| true);
    page.drop_file(&checkpoint::file("as_trained.safetensors", &run), "networks");
    let picture = page.add_drawing(DRAWING);
    let trained = in_the_page(&page, &picture, "own:as_trained");
    assert_same(&trained, &in_the_page(&page, &picture, "own:came_back"), 1e-5);
    assert_same(&natively("run.safetensors", &run), &natively("run.onnx", &onnx), 1e-5);
    assert_same(&trained, &natively("run.onnx", &onnx), 1e-4);

    // And once more from there.
    page.js("location.hash = '#/networks?net=own:came_back'", &[]);
    page.wait_for("network-card", LONG, |card| card.attribute("data-network") == "own:came_back");
    assert_same(&trained, &natively("again.onnx", &saved_by(&page, "take-onnx")), 1e-4);
    assert_same(&trained, &natively("again.safetensors", &saved_by(&page, "take-safetensors")), 1e-4);
    let file = String::from_utf8(saved_by(&page, "take-pytorch")).unwrap();
    assert!(file.contains("class Network(Part):") && file == copied_by(&page, "copy-pytorch"), "{file}");
    page.assert_narrow(740);
    page.screenshot("networks-narrow");
    page.assert_quiet();
}

#[test]
fn a_network_without_weights_leaves_as_source_alone() {
    let Some(page) = Page::open_at(Gpu::Off, "#/networks?net=vit_tiny_16&backend=cpu") else { return };
    page.wait_for("network-card", LONG, |card| card.attribute("data-network") == "vit_tiny_16");
    catch_what_leaves(&page);
    assert!(copied_by(&page, "copy-pytorch").contains("nn.LayerNorm(192, eps=0.000001)"));
    assert!(copied_by(&page, "copy-candle").contains("layer_norm(192, 1e-6, vb.pp(\"encoder.ln\"))?"));
    assert!(page.all("take-onnx").is_empty() && page.all("take-safetensors").is_empty());
    page.assert_quiet();
}

#[test]
fn a_student_leaves_when_its_lesson_is_over() {
    let text = "init+glorot%0Aflatten%0Alinear+24%0Arelu%0Alinear+classes";
    let lesson = format!("student={text}&teach={text}&tepochs=1&shift=0&count=600&epochs=4&examples=150");
    let Some(page) = Page::open_at(Gpu::Off, &format!("#/distil?backend=cpu&{lesson}")) else { return };
    page.wait_for("distil-start", LONG, |button| button.attribute("data-state") == "running");
    catch_what_leaves(&page);
    page.wait_for("distil-start", LONG, |button| button.attribute("data-state") == "idle");
    let (weights, onnx) = (saved_by(&page, "distil-save"), saved_by(&page, "distil-onnx"));
    assert_same(&natively("student.safetensors", &weights), &natively("student.onnx", &onnx), 1e-5);
    page.assert_quiet();
}
