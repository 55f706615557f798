//! A picture is brought, and the class on the screen is the right one.

use crate::checkpoint;
use crate::page::{Gpu, LONG, Page, Prediction};
use crate::shared::shared;
use crate::table::Table;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Photographs on whose class the network is sure, and what it answered when it was measured.
const PHOTOGRAPHS: [&str; 2] = ["n01443537_goldfish.jpg", "n01518878_ostrich.jpg"];
/// For a probability: resizing and the decoder of JPEG differ in the last bits.
const TOLERANCE: f64 = 0.02;
/// Largest difference between the logits of the two backends.
const AGREEMENT: f64 = 1e-3;

/// SqueezeNet 1.1 with its reference answers.
struct Reference {
    data: PathBuf,
    table: Table,
}

impl Reference {
    fn read() -> Option<Self> {
        let data = shared("data")?;
        let table = Table::read(&data.join("reference/squeezenet1_1.crop256-224.shared.tsv"));
        Some(Self { data, table })
    }

    fn weights(&self) -> PathBuf {
        self.data.join("models/squeezenet1_1.safetensors")
    }

    fn photograph(&self, name: &str) -> PathBuf {
        self.data.join("imagenet-samples").join(name)
    }

    fn class(&self, photograph: &str) -> u32 {
        self.table.cell(photograph, "idx1").parse().unwrap()
    }

    fn assert_answer(&self, photograph: &str, rows: &[Prediction]) {
        let expected: f64 = self.table.cell(photograph, "prob1").parse().unwrap();
        let found = &rows[0];
        assert_eq!(found.index, self.class(photograph));
        assert!((found.probability - expected).abs() < TOLERANCE, "{photograph}: {found:?}, expected {expected}");
        assert!(!found.label.is_empty());
        assert_eq!(rows.len(), 5, "{rows:?}");
        assert!(rows.is_sorted_by(|a, b| a.probability >= b.probability), "{rows:?}");
    }
}

/// The page with the network loaded and selected.
fn with_weights(gpu: Gpu, weights: &Path, network: &str) -> Option<Page> {
    let page = Page::open(gpu)?;
    page.wait_for("weights-drop", LONG, |_| true);
    page.drop_file(weights, "weights-drop");
    page.select_network(network);
    Some(page)
}

fn assert_told_how(page: &Page, kind: Option<&str>) {
    let badge = page.wait_for("backend-badge", LONG, |badge| !badge.attribute("data-kind").is_empty());
    let found = badge.attribute("data-kind");
    assert!(kind.map_or(["gpu", "cpu"].contains(&found), |kind| kind == found), "{badge:?}");
    assert!(!badge.text.trim().is_empty(), "{badge:?}");
    let millis = page.wait_for("elapsed-ms", LONG, |elapsed| elapsed.text.chars().any(|c| c.is_ascii_digit()));
    assert!(!millis.text.contains("NaN"), "{millis:?}");
}

#[test]
fn a_dropped_photograph_gets_its_class() {
    let Some(reference) = Reference::read() else { return };
    let Some(page) = with_weights(Gpu::Software, &reference.weights(), "squeezenet1_1") else { return };
    for photograph in PHOTOGRAPHS {
        page.drop_file(&reference.photograph(photograph), "drop-zone");
        let rows = page.wait_for_class(reference.class(photograph));
        reference.assert_answer(photograph, &rows);
    }
    assert_told_how(&page, None);
    assert!(page.all("tray-item").len() >= PHOTOGRAPHS.len());
    page.screenshot("classified");
    page.assert_quiet();
}

#[test]
fn a_pasted_and_a_chosen_photograph_get_theirs() {
    let Some(reference) = Reference::read() else { return };
    let Some(page) = with_weights(Gpu::Software, &reference.weights(), "squeezenet1_1") else { return };
    let [pasted, chosen] = PHOTOGRAPHS;
    page.paste_file(&reference.photograph(pasted));
    reference.assert_answer(pasted, &page.wait_for_class(reference.class(pasted)));
    page.choose_file(&reference.photograph(chosen), "file-input");
    reference.assert_answer(chosen, &page.wait_for_class(reference.class(chosen)));
    page.assert_quiet();
}

#[test]
fn without_webgpu_the_cpu_gives_the_same_class_and_the_badge_says_so() {
    let Some(reference) = Reference::read() else { return };
    let Some(page) = with_weights(Gpu::Off, &reference.weights(), "squeezenet1_1") else { return };
    let [photograph, _] = PHOTOGRAPHS;
    page.drop_file(&reference.photograph(photograph), "drop-zone");
    reference.assert_answer(photograph, &page.wait_for_class(reference.class(photograph)));
    assert_told_how(&page, Some("cpu"));
    page.screenshot("cpu");
    page.assert_quiet();
}

#[test]
fn weights_are_there_again_after_a_reload() {
    let Some(reference) = Reference::read() else { return };
    let Some(page) = with_weights(Gpu::Off, &reference.weights(), "squeezenet1_1") else { return };
    let [photograph, _] = PHOTOGRAPHS;
    let bytes = std::fs::metadata(reference.weights()).unwrap().len();
    page.wait("the weights to be stored", LONG, || {
        page.stored_files().values().any(|size| *size == bytes).then_some(())
    });
    page.reload();
    page.wait_for("drop-zone", LONG, |_| true);
    page.select_network("squeezenet1_1");
    page.drop_file(&reference.photograph(photograph), "drop-zone");
    reference.assert_answer(photograph, &page.wait_for_class(reference.class(photograph)));
    page.assert_quiet();
}

#[test]
fn made_up_weights_classify_a_made_up_picture_the_same_on_gpu_and_cpu() {
    let weights = checkpoint::file("made_up_resnet20.safetensors", &checkpoint::random_resnet20(20));
    let Some(page) = with_weights(Gpu::Software, &weights, "cifar10_resnet20") else { return };
    let file = checkpoint::file("disc.bmp", &checkpoint::picture(3));
    page.drop_file(&file, "drop-zone");
    page.wait_for("tray-item", LONG, |item| item.html.contains("disc.bmp"));
    let rows = page.wait("an answer", LONG, || Some(page.predictions()).filter(|rows| !rows.is_empty()));
    assert!(rows.iter().all(|row| row.index < 10 && (0.0..=1.0).contains(&row.probability)), "{rows:?}");

    let bytes = checkpoint::picture(4);
    let picture =
        &done(page.run_job(json!({ "add_picture": { "name": "4.bmp", "source": { "bytes": bytes } } })))["picture"];
    let [gpu, cpu] = ["gpu", "cpu"].map(|backend| {
        let job = json!({ "picture": picture["id"], "network": "cifar10_resnet20", "backend": backend });
        let classified = done(page.run_job(json!({ "classify": job })))["classified"].clone();
        assert_eq!(classified["backend"]["kind"], backend, "{classified}");
        classified
    });
    for (gpu, cpu) in gpu["top"].as_array().unwrap().iter().zip(cpu["top"].as_array().unwrap()) {
        assert_eq!(gpu["index"], cpu["index"]);
        let difference = (gpu["logit"].as_f64().unwrap() - cpu["logit"].as_f64().unwrap()).abs();
        assert!(difference <= AGREEMENT, "{gpu} {cpu}");
    }
    let compare = json!({ "compare": { "picture": picture["id"], "network": "cifar10_resnet20" } });
    let compared = &done(page.run_job(compare))["compared"];
    assert!(compared["max_logit_difference"].as_f64().unwrap() <= AGREEMENT, "{compared}");
    page.assert_quiet();
}

#[test]
fn a_picture_looks_the_same_after_others_have_come() {
    let Some(page) = Page::open(Gpu::Off) else { return };
    for seed in 1..8 {
        let name = format!("disc{seed}.bmp");
        page.drop_file(&checkpoint::file(&name, &checkpoint::picture(seed)), "drop-zone");
        page.wait_for("tray-item", LONG, |item| item.html.contains(&name));
    }
    // The picture is a smooth gradient with one disc: neighbours differ little, but for the two edges of the disc.
    const ROUGH: f64 = 30.0;
    let roughest = page.js(
        "const canvases = [...document.querySelectorAll('[data-testid=\"tray-item\"]')]
             .filter((item) => item.outerHTML.includes('disc')).map((item) => item.querySelector('canvas'));
         if (canvases.length !== 7) throw new Error(`${canvases.length} pictures`);
         return canvases.map((canvas) => {
             const { data, width, height } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
             let worst = 0;
             for (let y = 0; y < height; y++) {
                 let sum = 0;
                 for (let i = y * width * 4; i < ((y + 1) * width - 1) * 4; i++) sum += Math.abs(data[i] - data[i + 4]);
                 worst = Math.max(worst, sum / (width * 4));
             }
             return worst;
         })",
        &[],
    );
    let roughest = roughest.as_array().unwrap();
    assert!(roughest.iter().all(|row| (0.5..ROUGH).contains(&row.as_f64().unwrap())), "{roughest:?}");
    page.assert_quiet();
}

#[test]
fn a_picture_that_the_program_draws_is_classified() {
    let weights = checkpoint::file("made_up_resnet20.safetensors", &checkpoint::random_resnet20(20));
    let Some(page) = with_weights(Gpu::Off, &weights, "cifar10_resnet20") else { return };
    let drawn = page.wait_for("tray-item", LONG, |_| true);
    assert!(!drawn.html.is_empty());
    let rows = page.wait("an answer", LONG, || Some(page.predictions()).filter(|rows| !rows.is_empty()));
    assert!(rows.iter().all(|row| row.index < 10 && (0.0..=1.0).contains(&row.probability)), "{rows:?}");
    page.assert_quiet();
}

fn done(answer: Result<Value, Value>) -> Value {
    answer.unwrap_or_else(|trouble| panic!("the job failed: {trouble}"))
}

/// A file may say how its network's probabilities are calibrated, and when a picture is probably of none of its classes.
#[test]
fn a_network_says_when_a_picture_is_probably_none_of_its_classes() {
    let plain = neocog::nn::checkpoint::Checkpoint::parse("plain", checkpoint::random_resnet20(23)).unwrap();
    let file = |below: &str| {
        let metadata = [("neocog.temperature", "2.5"), ("neocog.unknown_below", below)];
        let metadata = metadata.map(|(key, text)| (key.to_owned(), text.to_owned())).into_iter().collect();
        checkpoint::file(&format!("{below}.safetensors"), &plain.with_metadata(&metadata).unwrap())
    };
    let Some(page) = with_weights(Gpu::Off, &file("probability 0.1"), "cifar10_resnet20") else { return };
    let sure = page.wait("an answer", LONG, || page.predictions().into_iter().next());
    // The likeliest of ten has a tenth at least.
    assert!(page.all("unknown").is_empty());
    page.drop_file(&file("energy 1000"), "weights-drop");
    page.wait_for("unknown", LONG, |words| words.text.contains("Probably none of these"));
    let first = page.predictions().remove(0);
    assert_eq!((first.index, first.probability), (sure.index, sure.probability));
    page.assert_quiet();
}
