//! The native command itself, started as a person starts it: `neocog distil` on a drawn set in MNIST's own files, `neocog bench`
//! on one small row, and what `neocog summary` and `neocog activations` say of networks.

use neocog::data::{Rgb, gallery, png};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const SIDE: usize = 28;
/// The side of a class's place.
const CELL: usize = 7;
const TESTED: u32 = 50;

fn idx(dims: &[u32], values: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, dims.len() as u8];
    bytes.extend(dims.iter().flat_map(|dim| dim.to_be_bytes()));
    bytes.extend_from_slice(values);
    bytes
}

/// Ten classes in turn: a bright square in a place of each class's own, far enough from the others' to be told from them when
/// it is shifted; the rest dim and from picture to picture another.
fn write_mnist(folder: &Path) {
    for (prefix, count) in [("train", 600), ("t10k", TESTED)] {
        let pixel = |picture: u32, at: usize| {
            let (class, row, column) = (picture as usize % 10, at / SIDE, at % SIDE);
            let in_square =
                (row / CELL, column / CELL) == (class / 4, class % 4) && row % CELL > 1 && column % CELL > 1;
            if in_square { 230 } else { (picture as usize * 31 + at * 17) as u8 % 90 }
        };
        let pixels: Vec<u8> =
            (0..count).flat_map(|picture| (0..SIDE * SIDE).map(move |at| pixel(picture, at))).collect();
        let labels: Vec<u8> = (0..count).map(|picture| (picture % 10) as u8).collect();
        let images = idx(&[count, SIDE as u32, SIDE as u32], &pixels);
        std::fs::write(folder.join(format!("{prefix}-images-idx3-ubyte")), images).unwrap();
        std::fs::write(folder.join(format!("{prefix}-labels-idx1-ubyte")), idx(&[count], &labels)).unwrap();
    }
}

fn distil(folder: &Path, out: &str, epochs: u32) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_neocog"));
    command.args(["distil", "--json", "--student-epochs", "2", "--epochs", &epochs.to_string()]);
    command.arg("--mnist").arg(folder).arg("--out").arg(folder.join(out));
    command
}

/// The lines of a run that must succeed, and its JSON without the time it took.
fn told(output: &Output) -> (Vec<String>, serde_json::Value) {
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let lines: Vec<String> = said.lines().map(str::to_owned).collect();
    let mut json: serde_json::Value = serde_json::from_str(lines.last().unwrap()).unwrap();
    json.as_object_mut().unwrap().remove("seconds").unwrap();
    (lines, json)
}

/// Beside others of this test's process, gone with it.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn distil_prints_its_table_and_goes_on_where_it_was_interrupted() {
    let folder = Folder(std::env::temp_dir().join(format!("neocog-distil-{}", std::process::id())));
    std::fs::create_dir_all(&folder.0).unwrap();
    write_mnist(&folder.0);

    let (lines, whole) = told(&distil(&folder.0, "whole", 3).output().unwrap());
    let figure = |name: &str| whole.pointer(name).and_then(serde_json::Value::as_u64).unwrap();
    let (teacher, distilled) = (figure("/teacher"), figure("/distilled"));
    assert_eq!(figure("/of"), u64::from(TESTED));
    for row in [
        format!("teacher                {teacher:4}    67"),
        format!("student alone          {:4}   146", figure("/plain")),
        format!("student distilled      {distilled:4}    74"),
        format!(
            "distilled without a 3  {:4}   206, on 3s {} and 133",
            figure("/without/errors"),
            figure("/without/of_class")
        ),
    ] {
        assert!(lines.contains(&row), "{row} is not in {lines:#?}");
    }
    assert_eq!(lines.iter().filter(|line| line.starts_with("epoch ")).count(), 3 + 2 + 2 + 2);
    assert!(teacher < u64::from(TESTED) / 5 && distilled < u64::from(TESTED) / 5, "nothing was learnt: {whole}");
    assert!(figure("/corrected/errors") <= figure("/without/errors"));

    // Ended as soon as the teacher is there.
    let mut child = distil(&folder.0, "parts", 3).stdout(Stdio::piped()).spawn().unwrap();
    let first: Vec<String> = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap)
        .take_while(|line| !line.starts_with("plain: "))
        .collect();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(first.iter().any(|line| line.starts_with("teacher: ") && line.contains(" errors ")), "{first:#?}");
    let (lines, parts) = told(&distil(&folder.0, "parts", 3).output().unwrap());
    // How far the student alone came before the end is chance.
    let taught = lines.iter().take_while(|line| !line.starts_with("plain: ")).any(|line| line.starts_with("epoch "));
    assert!(!taught, "the teacher is taught again: {lines:#?}");
    assert_eq!(parts, whole);

    // A folder belongs to one set of settings.
    let refused = distil(&folder.0, "whole", 4).output().unwrap();
    let sentence = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success() && sentence.contains("whole holds another run"), "{sentence}");
    assert!(sentence.contains("teacher.epochs is 3 there and 4 here"), "{sentence}");
    std::fs::remove_file(folder.0.join("whole/settings.json")).unwrap();
    let unknown = String::from_utf8(distil(&folder.0, "whole", 3).output().unwrap().stderr).unwrap();
    assert!(unknown.contains("no settings.json that says how they came about"), "{unknown}");
}

/// What `neocog evaluate` says of a network and the drawn set, as JSON.
fn evaluated(file: &Path, folder: &Path, more: &[&str]) -> serde_json::Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_neocog"));
    command.arg("evaluate").arg(file).arg("--data").arg(folder).args(more).arg("--json");
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn evaluate_measures_trust_and_writes_it_into_a_copy() {
    let folder = Folder(std::env::temp_dir().join(format!("neocog-evaluate-{}", std::process::id())));
    std::fs::create_dir_all(&folder.0).unwrap();
    let digits = Path::new(env!("CARGO_MANIFEST_DIR")).join("www/models/digits.safetensors");
    let (calibrated, ship) = (folder.0.join("calibrated.safetensors"), folder.0.join("ship.png"));
    let drawn = gallery::draw("ship").unwrap();
    std::fs::write(&ship, neocog::data::png::encode(&drawn)).unwrap();
    let data = folder.0.join("data");
    std::fs::create_dir_all(&data).unwrap();
    write_mnist(&data);
    let figure =
        |found: &serde_json::Value, name: &str| found.pointer(name).and_then(serde_json::Value::as_f64).unwrap();

    let (ship, out) = (ship.to_str().unwrap(), calibrated.to_str().unwrap());
    let options = ["--part", "validation", "--among", "0,1,2", "--unknown", ship, "--calibrate", out];
    let fitted = evaluated(&digits, &data, &options);
    assert!(figure(&fitted, "/top5") >= figure(&fitted, "/accuracy"), "{fitted}");
    assert!(
        figure(&fitted, "/among/accuracy") >= figure(&fitted, "/accuracy") - 0.5 && fitted["among"]["classes"] == 3
    );
    // The part that it was fitted to.
    assert!(figure(&fitted, "/none_of_these/refused") <= 0.05, "{fitted}");
    let again = evaluated(&calibrated, &data, &["--part", "validation", "--unknown", ship]);
    for name in ["/temperature", "/none_of_these/below", "/none_of_these/caught/0", "/calibration_error/1", "/errors"] {
        assert_eq!(figure(&again, name), figure(&fitted, name), "{name}");
    }
    // Classify says the same of the picture, and nothing of it without that file.
    let classify = |weights: &Path| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_neocog"));
        let output =
            command.args(["classify", "--device", "cpu", "--json", "--weights"]).arg(weights).arg(ship).output();
        serde_json::from_slice::<serde_json::Value>(&output.unwrap().stdout).unwrap()
    };
    assert_eq!(classify(&calibrated)["unknown"], figure(&fitted, "/none_of_these/caught/0") == 1.0);
    assert!(classify(&digits).get("unknown").is_none());
    let mut unknown = Command::new(env!("CARGO_BIN_EXE_neocog"));
    unknown.arg("evaluate").arg(&digits).arg("--data").arg(&data).args(["--among", "ten"]);
    let sentence = String::from_utf8(unknown.output().unwrap().stderr).unwrap();
    assert!(sentence.contains("knows no class \"ten\""), "{sentence}");
}

fn bench(more: &[&str]) -> Output {
    let arguments = ["bench", "matmul 256x256x256, forward", "--quick", "--device", "cpu"];
    Command::new(env!("CARGO_BIN_EXE_neocog")).args(arguments).args(more).output().unwrap()
}

#[test]
fn bench_prints_one_table_for_people_and_the_same_for_programs() {
    let output = bench(&[]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let rows = said.lines().filter(|line| line.starts_with("| kernels/"));
    let cells: Vec<Vec<&str>> = rows.map(|line| line.split('|').map(str::trim).collect()).collect();
    let [cells] = cells.as_slice() else { panic!("one row was asked for: {said}") };

    let output = bench(&["--json"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let device = json.pointer("/devices/0").unwrap();
    let row = device.pointer("/rows/0").unwrap();
    let figure = |value: &serde_json::Value, name: &str| value[name].as_f64().unwrap();
    assert_eq!((device["kind"].as_str(), row["name"].as_str()), (Some("cpu"), Some(cells[1])));

    // Two runs take two times; what a table and an object say must each fit together.
    let number = |cell: &str| cell.trim_end_matches(" %").parse::<f64>().unwrap();
    let operations = 2.0 * 256_f64.powi(3);
    assert_eq!(figure(&row["work"], "flops"), operations);
    for (millis, gflops, share) in [
        (number(cells[2]), number(cells[3]), number(cells[4]) / 100.0),
        (figure(row, "millis"), figure(row, "gflops"), figure(row, "share")),
    ] {
        assert!((millis * gflops * 1e6 / operations - 1.0).abs() < 5e-3, "{millis} ms, {gflops} GFLOP/s");
        assert!(share.is_finite() && share > 0.0, "{share} of the limit");
    }
    let limits = &device["limits"];
    let least = operations / figure(limits, "flops_per_second") * 1e3;
    assert_eq!(row["bound"], "compute");
    assert!((least / figure(row, "millis") / figure(row, "share") - 1.0).abs() < 1e-9, "{json}");

    let none = Command::new(env!("CARGO_BIN_EXE_neocog")).args(["bench", "nonsense", "--device", "cpu"]).output();
    let none = none.unwrap();
    let sentence = String::from_utf8(none.stderr).unwrap();
    assert!(!none.status.success() && sentence.contains("no row is called"), "{sentence}");
}

pub(crate) fn neocog(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_neocog")).args(arguments).output().unwrap()
}

pub(crate) fn said(output: Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn summary_prints_all_networks_and_every_layer_of_one() {
    let table = said(neocog(&["summary", "--table"]));
    let row = |title: &str| -> Vec<f64> {
        let line = table.lines().find_map(|line| line.strip_prefix(&format!("{title:26}"))).unwrap();
        line.split_whitespace().map(|cell| cell.parse().unwrap()).collect()
    };
    // Layers, millions of weights and of operations: of the convolutions, the fully connected layers, and all.
    assert_eq!(row("VGG-16"), [13.0, 14.71, 15346.63, 3.0, 123.64, 123.63, 21.0, 138.36, 15470.26]);
    assert_eq!(row("AlexNet, one group")[..6], [5.0, 3.75, 1076.63, 3.0, 58.63, 58.62]);

    let layers = said(neocog(&["summary", "resnet18", "--layers"]));
    let layer = |name: &str| -> Vec<&str> {
        let line = layers.lines().find(|line| line.split_whitespace().next() == Some(name));
        line.unwrap().split_whitespace().skip(1).collect()
    };
    assert_eq!(layer("maxpool"), ["max_pool2d", "1×64×56×56", "11", "4", "0", "0"]);
    assert_eq!(layer("layer4")[..4], ["block", "1×512×7×7", "435", "32"]);
}

/// Dark on white, as a person draws a zero.
pub(crate) fn ring() -> Rgb {
    let ink = |at: i32| if (30..90).contains(&((at % 28 - 14).pow(2) + (at / 28 - 14).pow(2))) { 20 } else { 240 };
    Rgb::new(28, 28, (0..28 * 28).flat_map(|at| [ink(at); 3]).collect()).unwrap()
}

/// The last layer's array holds the logits that `neocog classify` ranks.
#[test]
fn activations_are_written_as_an_array() {
    let folder = Folder(std::env::temp_dir().join(format!("neocog-activations-{}", std::process::id())));
    std::fs::create_dir_all(&folder.0).unwrap();
    let path = |name: &str| folder.0.join(name).display().to_string();
    let (image, out) = (path("ring.png"), path("logits.npy"));
    std::fs::write(&image, png::encode(&ring())).unwrap();
    let weights = concat!(env!("CARGO_MANIFEST_DIR"), "/www/models/digits.safetensors");

    let line = said(neocog(&["activations", weights, &image, "--layer", "20", "--out", &out]));
    assert!(line.starts_with("20: 1×10, from "), "{line}");
    let array = std::fs::read(&out).unwrap();
    let (head, values) = array.split_at(array.len() - 40);
    assert!(head.starts_with(b"\x93NUMPY") && String::from_utf8_lossy(head).contains("(1, 10,)"));
    let logits: Vec<f32> =
        values.chunks_exact(4).map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])).collect();
    let json = said(neocog(&["classify", "--weights", weights, "--device", "cpu", "--json", &image]));
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let total: f64 = logits.iter().map(|logit| f64::from(*logit).exp()).sum();
    for class in json["top"].as_array().unwrap() {
        let logit = logits[class["index"].as_u64().unwrap() as usize];
        let probability = f64::from(logit).exp() / total;
        assert!((probability - class["probability"].as_f64().unwrap()).abs() < 1e-5, "{class}: {logits:?}");
    }

    let refused = neocog(&["activations", weights, &image, "--layer", "conv9", "--out", &out]);
    let sentence = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success() && sentence.contains("has no layer conv9; its layers are 0, 1, 2"), "{sentence}");
}

#[test]
fn pictures_are_scaled_and_cut_as_a_person_says() {
    let folder = Folder(std::env::temp_dir().join(format!("neocog-scaled-{}", std::process::id())));
    std::fs::create_dir_all(&folder.0).unwrap();
    let image = folder.0.join("ship.png").to_string_lossy().into_owned();
    std::fs::write(&image, png::encode(&gallery::draw("ship").unwrap())).unwrap();
    let weights = concat!(env!("CARGO_MANIFEST_DIR"), "/www/models/photos.safetensors");
    let classify = |more: &[&str]| {
        let common = ["classify", "--device", "cpu", "--json", "--weights", weights, &image];
        neocog(&common.iter().chain(more).copied().collect::<Vec<_>>())
    };
    let top = |more: &[&str]| -> serde_json::Value {
        let json: serde_json::Value = serde_json::from_str(&said(classify(more))).unwrap();
        json["top"].clone()
    };
    let usual = top(&[]);
    assert_eq!(top(&["--shorter", "32", "--interpolation", "bilinear"]), usual);
    assert_ne!(top(&["--shorter", "40"]), usual);
    assert_ne!(top(&["--interpolation", "bicubic"]), usual);
    let refused = String::from_utf8(classify(&["--shorter", "31"]).stderr).unwrap();
    assert!(refused.contains("choose 32 to 128"), "{refused}");
}

#[test]
fn a_network_that_was_exported_answers_the_same() {
    let folder = Folder(std::env::temp_dir().join(format!("neocog-export-{}", std::process::id())));
    std::fs::create_dir_all(&folder.0).unwrap();
    let path = |name: &str| folder.0.join(name).to_string_lossy().into_owned();
    let (image, file) = (path("ring.png"), path("digits.onnx"));
    std::fs::write(&image, png::encode(&ring())).unwrap();
    let weights = concat!(env!("CARGO_MANIFEST_DIR"), "/www/models/digits.safetensors");
    assert!(said(neocog(&["export", weights, "--onnx", &file])).contains("bytes"));
    let top = |weights: &str| -> Vec<(String, f64)> {
        let line = said(neocog(&["classify", "--device", "cpu", "--json", "--weights", weights, &image]));
        let json: serde_json::Value = serde_json::from_str(&line).unwrap();
        let row = |class: &serde_json::Value| {
            (class["label"].as_str().unwrap().to_owned(), class["probability"].as_f64().unwrap())
        };
        json["top"].as_array().unwrap().iter().map(row).collect()
    };
    let (before, after) = (top(weights), top(&file));
    for ((label, share), (same, again)) in before.iter().zip(&after) {
        assert_eq!(label, same);
        assert!((share - again).abs() < 1e-5, "{before:?} {after:?}");
    }
    let source = path("digits.py");
    assert!(said(neocog(&["export", weights, "--pytorch", &source])).contains("lines"));
    assert!(std::fs::read_to_string(&source).unwrap().contains("class Network(Part):"));
    let refused = neocog(&["export", weights, "--model", "resnet18", "--onnx", &file]);
    assert!(!refused.status.success());

    // What has no file: the same from the same seed, in every form.
    let drawn = |seed: &str, name: &str| {
        let (onnx, tensors) = (path(&format!("{name}.onnx")), path(&format!("{name}.safetensors")));
        let preset = ["export", "--preset", "small", "--seed", seed, "--onnx", &onnx, "--safetensors", &tensors];
        said(neocog(&preset));
        let (one, other) = (top(&onnx), top(&tensors));
        assert!(one.iter().zip(&other).all(|((_, a), (_, b))| (a - b).abs() < 1e-5), "{one:?} {other:?}");
        one
    };
    assert_eq!(drawn("7", "one"), drawn("7", "two"));
    assert_ne!(drawn("8", "three"), drawn("7", "two"));
    let candle = path("resnet.rs");
    assert!(said(neocog(&["export", "--model", "cifar10_resnet20", "--candle", &candle])).contains("lines"));
    assert!(std::fs::read_to_string(&candle).unwrap().contains("vb.pp(\"layer1.0.conv1\")"));
    for wrong in [&["export", "--onnx", &file][..], &["export", "--model", "nonsense", "--onnx", &file]] {
        assert!(!neocog(wrong).status.success());
    }
}
