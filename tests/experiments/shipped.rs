//! The weights under `www/models`, which this engine trained: whole, small, and as good as their lines in the README there say;
//! and the way on which the page uses them.

use super::classify::assert_softmax;
use crate::host::file_of;
use crate::shared;
use neocog::data::dataset::{Dataset, Examples, Part, Split};
use neocog::data::files::dataset_from_paths;
use neocog::data::procedural::{Recipe, Set};
use neocog::data::{self, Rgb, gallery, ink, labels};
use neocog::lab::caption::{Captioner, shipped_captioner};
use neocog::lab::detect::{FasterFile, shipped_detector};
use neocog::lab::device::Device;
use neocog::lab::pose::{CascadeFile, shipped_cascade};
use neocog::lab::train::{Trainer, evaluate};
use neocog::lab::{Engine, NoMonitor, Shipped, Weights, network_reports, shipped, summarise, written_from};
use neocog::models::spec::preset::Preset;
use neocog::nn::checkpoint::Checkpoint;
use neocog::protocol::{BackendChoice, Classified, Classify, Fit, Setup, Source};
use pollster::block_on;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::rc::Rc;

const LARGEST_BYTES: usize = 1_500_000;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("www/models")
}

fn model(name: &str) -> Vec<u8> {
    let bytes = std::fs::read(folder().join(name)).unwrap();
    assert!(bytes.len() <= LARGEST_BYTES, "{name} has {} bytes", bytes.len());
    bytes
}

fn weights(id: &str) -> Rc<Weights> {
    let row = Shipped::find(id).unwrap();
    Rc::new(Weights::from_bytes_as(row.network().unwrap(), &row.report.file, model(&row.report.file)).unwrap())
}

/// Its logits are divided by it, where the file says so.
fn temperature_of(weights: &Weights) -> f64 {
    let file = Checkpoint::parse(weights.name(), file_of(weights)).unwrap();
    file.metadata().get("neocog.temperature").map_or(1.0, |text| text.parse().unwrap())
}

fn classified(engine: &mut Engine, weights: &Rc<Weights>, picture: &Rgb) -> Classified {
    let network = weights.network().id.clone();
    let job = Classify { picture: 1, network, fit: Fit::Crop, backend: BackendChoice::Cpu, top: 1000 };
    let found = block_on(engine.classify(weights, picture, &job, &NoMonitor::default())).unwrap();
    assert_softmax(&found, weights.network().classes, temperature_of(weights));
    found
}

/// An example as the file of a picture would hold it.
fn picture_of(data: &Dataset, example: usize) -> Rgb {
    let Examples::Bytes(bytes) = &data.examples else { panic!("{} holds no pixels", data.name) };
    let [channels, height, width] = data.shape;
    let row = &bytes[example * data.row_len()..][..data.row_len()];
    let plane = height * width;
    let pixels = (0..plane).flat_map(|at| [0, 1, 2].map(|channel| row[channel.min(channels - 1) * plane + at]));
    Rgb::new(width as u32, height as u32, pixels.collect()).unwrap()
}

#[test]
fn every_file_has_its_row_and_every_row_its_file() {
    let files: BTreeSet<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".safetensors"))
        .collect();
    let captioner = shipped_captioner();
    let rows =
        shipped().into_iter().map(|row| row.report).chain([captioner.clone(), shipped_detector(), shipped_cascade()]);
    assert_eq!(files, rows.clone().map(|report| report.file).collect());
    let readme = std::fs::read_to_string(folder().join("README.md")).unwrap();
    for report in rows {
        let bytes = model(&report.file);
        let sha256: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!((report.bytes, &report.sha256), (bytes.len() as u64, &sha256), "{}", report.file);
        assert_eq!(readme.lines().filter(|line| line.contains(&format!("`{}`", report.file))).count(), 1);
        assert!(readme.contains(&format!("{} errors of", report.errors)), "{}", report.file);
    }
    Captioner::parse(&captioner.file, model(&captioner.file)).unwrap();
    let detector = shipped_detector();
    FasterFile::parse(&detector.file, model(&detector.file)).unwrap();
    let cascade = shipped_cascade();
    CascadeFile::parse(&cascade.file, model(&cascade.file)).unwrap();
    for row in shipped() {
        let preset = Preset::find(row.id).unwrap();
        assert_eq!(
            ((row.text)(), row.data, row.network().unwrap().classes),
            (preset.text, preset.data, preset.classes)
        );
    }
    for row in shipped() {
        let report = row.report;
        // The file is of the preset's network with these classes; nothing in it is left over.
        let weights = weights(row.id);
        assert_eq!(weights.warnings(), [], "{}", report.file);
        let from_table = Weights::of_shipped(&Shipped::find(row.id).unwrap(), model(&report.file)).unwrap();
        let told = |weights: &Weights| (weights.network().normalise, weights.network().spec().cloned());
        assert_eq!(told(&from_table), told(&weights), "{}", report.file);
        // The layers are listed from the preset, without the file.
        let summary = summarise(row.id).unwrap();
        assert_eq!(summary.params, summary.layers.iter().map(|layer| layer.params).sum::<u64>());
    }
    let reports = network_reports(|_| false, &[]).unwrap();
    let at_once: Vec<_> = reports.iter().filter(|report| report.ready).map(|report| report.id.as_str()).collect();
    assert_eq!(at_once, shipped().iter().map(|row| row.id).collect::<Vec<_>>());
}

/// All that a network errs on, part by part.
fn errors_of(row: &Shipped, data: &Dataset, parts: &[Part]) -> (u32, u32) {
    let counted = parts.iter().map(|&part| {
        let file = model(&row.report.file);
        evaluate(row.id, file, data.clone(), part).unwrap().unwrap()
    });
    counted.fold((0, 0), |(errors, of), part| (errors + part.errors, of + part.of))
}

#[test]
fn errors_on_the_test_sets() {
    for row in shipped() {
        let folder = match row.report.data.as_str() {
            "MNIST" => "data/mnist",
            // The rest of that folder is no data set.
            "CIFAR-10" => CIFAR_10_TEST,
            // Twice as many pictures: a tenth of them is counted by the next test.
            "CIFAR-10 and CIFAR-100" => continue,
            other => panic!("there is no set {other} to test {} on", row.id),
        };
        let Some(folder) = shared::shared(folder) else { return };
        let data = dataset_from_paths(&[folder], None).unwrap();
        // A file of test examples alone is divided into parts like any other; here all of it counts.
        let parts = if data.len() == row.report.of as usize { &Part::ALL[..] } else { &[Part::Test] };
        let (errors, of) = errors_of(&row, &data, parts);
        println!("{}: {errors} errors of {of}", row.id);
        // Devices differ in the last bits.
        assert!(errors.abs_diff(row.report.errors) <= 3 && of == row.report.of, "{}: {errors} of {of}", row.id);
    }
}

const CIFAR_10_TEST: &str = "data/cifar10/test_batch.bin.gz";

/// Errors on the first thousand test pictures of CIFAR-10 and of CIFAR-100, as `neocog evaluate` counts them.
const FIRST_THOUSANDS: [u32; 2] = [193, 371];

#[test]
fn errors_among_a_hundred_and_ten_classes() {
    let row = Shipped::find("things").unwrap();
    let (Some(ten), Some(hundred)) = (shared::shared(CIFAR_10_TEST), shared::shared("data/cifar100")) else { return };
    let ten = dataset_from_paths(&[ten], None).unwrap();
    let Examples::Bytes(bytes) = &ten.examples else { panic!("no pixels") };
    let pixels = bytes[..1000 * ten.row_len()].to_vec();
    let first = |classes: Vec<String>, pixels: Vec<u8>, labels: Vec<u32>| {
        let split = Split::of_counts([labels.len(), 0, 0]);
        Dataset::new("the first thousand", [3, 32, 32], classes, Examples::Bytes(pixels), labels, split).unwrap()
    };
    let sets = [first(ten.classes.clone(), pixels, ten.labels[..1000].to_vec()), {
        let (pixels, labels) = sheet_of(&hundred);
        first(labels::cifar100().iter().map(|label| label.en.to_owned()).collect(), pixels, labels)
    }];
    for (data, known) in sets.iter().zip(FIRST_THOUSANDS) {
        let (errors, of) = errors_of(&row, data, &[Part::Train]);
        println!("{}: {errors} errors of {of} among 110 classes", data.classes.len());
        assert!(errors.abs_diff(known) <= 2 && of == 1000, "{errors} of {of}, not {known}");
    }
}

/// The first sheet of CIFAR-100's test pictures, forty in a row, as planes, with its fine labels.
fn sheet_of(folder: &Path) -> (Vec<u8>, Vec<u32>) {
    let sheet = image::open(folder.join("test_00.png")).unwrap().to_rgb8();
    let labels: Vec<u32> =
        std::fs::read(folder.join("test_labels.bin")).unwrap()[..1000].iter().map(|&l| l.into()).collect();
    let pixel = |at: u32, channel: usize, place: u32| {
        let (x, y) = (at % 40 * 32 + place % 32, at / 40 * 32 + place / 32);
        sheet.get_pixel(x, y)[channel]
    };
    let picture = |at: u32| (0..3).flat_map(move |channel| (0..1024).map(move |place| pixel(at, channel, place)));
    ((0..1000).flat_map(picture).collect(), labels)
}

#[test]
fn the_pages_way_makes_no_more_errors_than_the_test() {
    let Some(folder) = shared::shared("data/mnist") else { return };
    let data = dataset_from_paths(&[folder], None).unwrap();
    let weights = weights("digits");
    let mut engine = Engine::without_gpu("this test is of the CPU");
    let range = data.split.range(Part::Test);
    let start = range.start;
    let (mut errors, mut as_photographs) = (0, 0);
    for example in start..start + 500 {
        let picture = picture_of(&data, example);
        let label = data.labels[example];
        errors += u32::from(classified(&mut engine, &weights, &picture).top[0].index != label);
        // The same digit as dark ink on light paper, large, somewhere on the sheet.
        let sheet = photographed(&picture, example as u32);
        as_photographs += u32::from(classified(&mut engine, &weights, &sheet).top[0].index != label);
    }
    println!("digits: {errors} errors of 500 as they are, {as_photographs} as dark ink on a sheet");
    assert!(errors <= 3, "{errors} errors of 500");
    assert!(as_photographs <= 10, "{as_photographs} errors of 500 on a sheet");
}

/// Dark on light, seven times as large, off the middle of a sheet of 400 × 300.
fn photographed(digit: &Rgb, salt: u32) -> Rgb {
    let large = data::resize::resize(digit, 196, 196).unwrap();
    let (left, top) = (salt * 37 % 200, salt * 53 % 100);
    let pixels = (0..400 * 300_u32).flat_map(|at| {
        let (x, y) = ((at % 400).wrapping_sub(left), (at / 400).wrapping_sub(top));
        let ink = if x < 196 && y < 196 { large.pixels()[((y * 196 + x) * 3) as usize] } else { 0 };
        let mixed = |ground: u32, pen: u32| ((ground * u32::from(255 - ink) + pen * u32::from(ink)) / 255) as u8;
        [mixed(238, 26), mixed(233, 32), mixed(220, 74)]
    });
    Rgb::new(400, 300, pixels.collect()).unwrap()
}

#[test]
fn digits_drawn_by_the_program() {
    let data = Set::find("digits").unwrap().draw(&Recipe { count: 2000, ..Recipe::default() }).unwrap();
    let found = evaluate("digits", model("digits.safetensors"), data, Part::Train).unwrap().unwrap();
    println!("digits: {} errors of {} drawn digits, which it was not trained on", found.errors, found.of);
    assert!(found.accuracy > 0.7, "{} errors of {}", found.errors, found.of);
}

#[test]
fn digits_of_the_gallery_get_their_class_and_are_known_as_ink() {
    let weights = weights("digits");
    assert!(weights.network().reads_digits());
    let mut engine = Engine::without_gpu("this test is of the CPU");
    let mut digits = 0;
    for name in gallery::names() {
        let picture = gallery::draw(name).unwrap();
        let digit = name.strip_prefix("digit_").map(|digit| digit.parse::<u32>().unwrap());
        assert_eq!(ink::is_ink(&picture), digit.is_some(), "{name}");
        if let Some(digit) = digit {
            let found = classified(&mut engine, &weights, &picture);
            println!("{name}: {} with {:.4}", found.top[0].label, found.top[0].probability);
            assert_eq!((found.top[0].index, found.top[0].label.as_str()), (digit, digit.to_string().as_str()));
            assert!(found.top[0].probability > 0.9, "{name}: {:?}", found.top);
            let seen = found.seen.unwrap();
            assert_eq!((seen.width, seen.height, seen.rgba[0]), (28, 28, 0));
            digits += 1;
        }
    }
    assert_eq!(digits, 3);
}

/// The drawings that hang first in the tray, in its order: what `things` must call each, and with what probability at least.
const ANSWERS: [(&str, &str, f32); 20] = [
    ("airplane", "airplane", 0.75),
    ("sunflower", "sunflower", 0.65),
    ("castle", "castle", 0.8),
    ("mushroom", "mushroom", 0.8),
    ("bus", "bus", 0.6),
    ("mountain", "mountain", 0.6),
    ("rocket", "rocket", 0.75),
    ("apple", "apple", 0.5),
    ("palm_tree", "palm tree", 0.8),
    ("ship", "ship", 0.6),
    ("analog_clock", "clock", 0.8),
    ("maple_tree", "maple tree", 0.6),
    ("sea", "sea", 0.8),
    ("orange", "orange", 0.5),
    ("skyscraper", "skyscraper", 0.8),
    ("poppy", "poppy", 0.5),
    ("road", "road", 0.8),
    ("lamp", "lamp", 0.7),
    ("plate", "plate", 0.5),
    ("bottle", "bottle", 0.8),
];

#[test]
fn the_tray_is_answered_rightly() {
    let weights = weights("things");
    let mut engine = Engine::without_gpu("this test is of the CPU");
    let first = &gallery::names()[..ANSWERS.len()];
    assert_eq!(first, ANSWERS.map(|(name, ..)| name));
    for (name, class, least) in ANSWERS {
        let found = classified(&mut engine, &weights, &gallery::draw(name).unwrap());
        let best = &found.top[0];
        println!("{name}: {} with {:.3}", best.label, best.probability);
        assert_eq!(best.label, class, "{name}: {:?}", &found.top[..3]);
        assert!(best.probability >= least, "{name}: {:?}", &found.top[..3]);
    }
}

#[test]
fn photographs_are_no_ink_but_for_a_silhouette() {
    let Some(folder) = shared::shared("data/imagenet-samples") else { return };
    let (mut seen, mut taken_for_ink) = (0, Vec::new());
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let name = entry.file_name().into_string().unwrap();
        if name.ends_with(".jpg") {
            let picture = data::decode(&name, &std::fs::read(entry.path()).unwrap()).unwrap();
            seen += 1;
            if ink::is_ink(&picture) {
                taken_for_ink.push(name);
            }
        }
    }
    println!("{seen} photographs, taken for ink: {taken_for_ink:?}");
    // An eagle before a white sky.
    assert!(seen >= 40 && taken_for_ink.len() <= 1, "{taken_for_ink:?}");
}

#[test]
fn an_exported_run_is_a_network_of_its_own() {
    let shapes = Set::find("shapes").unwrap().draw(&Recipe { count: 200, ..Recipe::default() }).unwrap();
    let picture = picture_of(&shapes, 3);
    let network = "conv 8 3 stride 2 pad 1\nrelu\nglobalpool\nlinear classes".to_owned();
    let setup = Setup { network, batch: 16, epochs: 1, ..Setup::default() };
    let names = shapes.classes.clone();
    let mut trainer = block_on(Trainer::new(setup, shapes, &Device::Cpu)).unwrap();
    (0..5).for_each(|_| trainer.advance().unwrap());
    let mut engine = Engine::without_gpu("this test is of the CPU");
    for all in [false, true] {
        let file = block_on(trainer.kept(all)).unwrap().bytes("run").unwrap();
        let weights = Rc::new(Weights::from_bytes("my shapes.safetensors", file).unwrap());
        assert_eq!((weights.network().id.as_str(), weights.warnings()), ("own:my shapes", [].as_slice()));
        assert_eq!(weights.network().input, [3, 32, 32]);
        let found = classified(&mut engine, &weights, &picture);
        assert!(found.top.iter().all(|row| row.label == names[row.index as usize]), "{:?} {names:?}", found.top);
        // What is kept of it makes the same network again, but for its numbers.
        let again = written_from("own:other", &weights.written().unwrap()).unwrap();
        assert_eq!((again.id.as_str(), again.spec()), ("own:other", weights.network().spec()));
        let reports = network_reports(|_| false, &[again]).unwrap();
        let own = reports.last().unwrap();
        assert!(own.ready && own.source == Source::Own && own.classes == names.len(), "{own:?}");
    }
}
