//! Files that are broken or odd: each is shown, or answered with one sentence that names it, and nothing else is lost.

use crate::checkpoint;
use crate::odd_pictures::odd_pictures;
use crate::page::{Gpu, LONG, Page};
use crate::shared::shared;
use crate::table::Table;
use crate::train::{SMALL, assert_goes_on, figure, open_fresh, wait_for_state};
use serde_json::json;
use std::path::Path;

/// What must become of a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    Shown,
    Refused,
    Either,
}

/// As `index.tsv` beside the files says it.
fn fate_of_picture(name: &str) -> Fate {
    match name {
        "bomb_header_60000x60000.png" | "zero_byte.png" | "text_renamed.jpg" => Fate::Refused,
        "truncated.jpg" | "cmyk.jpg" | "photo.avif" | "wide_4000x1.png" => Fate::Either,
        _ => Fate::Shown,
    }
}

/// The page with a made-up network that classifies a made-up picture: what must survive.
fn page_at_work() -> Option<Page> {
    let page = Page::open(Gpu::Off)?;
    page.wait_for("weights-drop", LONG, |_| true);
    let weights = checkpoint::file("made_up_resnet20.safetensors", &checkpoint::random_resnet20(20));
    page.drop_file(&weights, "weights-drop");
    page.select_network("cifar10_resnet20");
    assert_still_works(&page, "first.bmp", 1);
    page.wait("the gallery to hang", LONG, || {
        let to_come = page.js("return document.querySelectorAll('.thumb.place').length", &[]);
        (to_come == json!(0)).then_some(())
    });
    Some(page)
}

/// A new picture gets into the tray and is classified.
fn assert_still_works(page: &Page, name: &str, seed: u64) {
    page.drop_file(&checkpoint::file(name, &checkpoint::picture(seed)), "drop-zone");
    page.wait_for("tray-item", LONG, |item| item.html.contains(name));
    assert_sane_answer(page);
}

fn assert_sane_answer(page: &Page) {
    let rows =
        page.wait("an answer", LONG, || Some(page.predictions()).filter(|rows| rows.iter().any(|row| row.index < 10)));
    assert!(rows.iter().all(|row| (0.0..=1.0).contains(&row.probability)), "{rows:?}");
}

fn is_in_the_tray(page: &Page, name: &str) -> bool {
    page.all("tray-item").iter().any(|item| item.html.contains(name))
}

fn trouble_about(page: &Page, name: &str) -> Option<String> {
    page.all("trouble").into_iter().map(|trouble| trouble.text).find(|text| text.contains(name))
}

#[test]
fn odd_pictures_are_shown_or_refused_with_a_sentence() {
    let Some(data) = shared("data") else { return };
    let Some(page) = page_at_work() else { return };
    let folder = data.join("hostile-images");
    let table = Table::read(&folder.join("index.tsv"));
    let before = page.all("tray-item").len();
    let mut shown = 0;
    for name in table.column("file") {
        page.drop_file(&folder.join(name), "drop-zone");
        let found = page.wait(&format!("{name} to be shown or refused"), LONG, || {
            match (is_in_the_tray(&page, name), trouble_about(&page, name)) {
                (true, _) => Some(Fate::Shown),
                (false, Some(_)) => Some(Fate::Refused),
                (false, None) => None,
            }
        });
        let wanted = fate_of_picture(name);
        println!("{name}: {found:?} {}", trouble_about(&page, name).unwrap_or_default());
        assert!(wanted == Fate::Either || wanted == found, "{name}: {found:?}, must be {wanted:?}");
        if found == Fate::Shown {
            shown += 1;
            assert_sane_answer(&page);
        }
    }
    assert_eq!(page.all("tray-item").len(), before + shown, "the tray lost a picture");
    assert_still_works(&page, "last.bmp", 2);
    page.screenshot("after");
    page.assert_quiet();
}

#[test]
fn a_turned_photograph_stands_upright() {
    let Some(data) = shared("data") else { return };
    let Some(page) = page_at_work() else { return };
    // The same photograph, stored turned and stored upright; JPEG's own noise is below this many grey levels.
    const NOISE: f64 = 8.0;
    let [turned, upright] = ["exif_orientation6.jpg", "progressive.jpg"]
        .map(|name| json!(std::fs::read(data.join("hostile-images").join(name)).unwrap()));
    let difference = page.js(
        "const pictures = await Promise.all(args.map((bytes, i) => window.neocog.run(
             { add_picture: { name: `${i}.jpg`, source: { bytes: Uint8Array.from(bytes) } } })));
         const [turned, upright] = pictures.map(({ picture }) => picture.preview);
         if (turned.width !== upright.width || turned.height !== upright.height) return [turned, upright];
         return turned.rgba.reduce((sum, value, i) => sum + Math.abs(value - upright.rgba[i]), 0) / turned.rgba.length",
        &[turned, upright],
    );
    assert!(difference.as_f64().is_some_and(|levels| levels < NOISE), "{difference}");
    page.assert_quiet();
}

/// The same table as natively, `tests/reported/pictures.rs`.
#[test]
fn odd_pictures_look_as_they_should() {
    let Some(page) = Page::open(Gpu::Off) else { return };
    for odd in odd_pictures() {
        let preview = page.js(
            "const { picture } = await window.neocog.run(
                 { add_picture: { name: args[0], source: { bytes: Uint8Array.from(args[1]) } } });
             return [picture.width, [...picture.preview.rgba].filter((_, i) => i % 4 < 3)]",
            &[json!(odd.name), json!(odd.bytes)],
        );
        assert_eq!(preview, json!([odd.width, odd.wanted]), "{}", odd.name);
    }
    page.assert_quiet();
}

/// A good file of another format is named, not called damaged.
#[test]
fn other_formats_are_named() {
    let Some(page) = Page::open(Gpu::Off) else { return };
    let heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic\0\0\0\x14ispe\0\0\0\0\0\0\0\x08\0\0\0\x08".as_slice();
    for (name, bytes, format) in [
        ("photo.heic", heic, "HEIC"),
        ("photo.tiff", b"II*\0\x08\0\0\0\0\0", "TIFF"),
        ("paper.pdf", b"%PDF-1.7\n", "PDF"),
        ("model.tflite", b"\x1c\0\0\0TFL3", "TFLite"),
    ] {
        page.drop_file(&checkpoint::file(name, bytes), "drop-zone");
        let told = page.wait(&format!("a sentence about {name}"), LONG, || trouble_about(&page, name));
        assert!(told.contains(format) && !told.contains("damaged") && !told.contains("another copy"), "{told}");
    }
    page.assert_quiet();
}

#[test]
fn broken_weights_are_refused_and_name_what_is_wrong() {
    let Some(data) = shared("data") else { return };
    let Some(page) = page_at_work() else { return };
    let folder = data.join("hostile-models");
    let table = Table::read(&folder.join("index.tsv"));
    let stored = page.stored_files();
    for name in table.column("file") {
        page.drop_file(&folder.join(name), "weights-drop");
        let trouble = page.wait(&format!("a sentence about {name}"), LONG, || trouble_about(&page, name));
        println!("{trouble}");
        for part in named_parts(name) {
            assert!(trouble.contains(part), "{name}: the sentence does not name {part}: {trouble}");
        }
        assert_sane_answer(&page);
    }
    assert_eq!(page.stored_files(), stored, "a refused file was kept");
    assert_still_works(&page, "last.bmp", 2);
    page.screenshot("after");
    page.assert_quiet();
}

/// What the sentence must hold beside the file's name.
fn named_parts(file: &str) -> &'static [&'static str] {
    match file {
        "missing_tensor_resnet20.safetensors" => &["linear.bias", "10"],
        "wrong_shape_resnet20.safetensors" => &["linear.weight", "32", "64"],
        _ => &[],
    }
}

#[test]
fn made_up_rubbish_is_refused_too() {
    let Some(page) = page_at_work() else { return };
    let stored = page.stored_files();
    let good = checkpoint::random_resnet20(21);
    let cut = &good[..good.len() / 2];
    for (name, bytes) in [("empty.safetensors", &[][..]), ("cut.safetensors", cut), ("zeros.safetensors", &[0; 100])] {
        page.drop_file(&checkpoint::file(name, bytes), "weights-drop");
        page.wait(&format!("a sentence about {name}"), LONG, || trouble_about(&page, name));
    }
    for (name, bytes) in
        [("empty.png", &b""[..]), ("words.jpg", b"not a picture at all"), ("cut.bmp", &checkpoint::picture(1)[..40])]
    {
        let file = checkpoint::file(name, bytes);
        drop_and_expect_trouble(&page, &file, name);
    }
    assert_eq!(page.stored_files(), stored, "a refused file was kept");
    // Six refusals: two stand open, the others behind a button; one that is said again is counted.
    assert_eq!(page.all("notice").len(), 2);
    page.drop_file(&checkpoint::file("empty.png", b""), "drop-zone");
    page.wait_for("notice", LONG, |notice| notice.text.contains("empty.png") && notice.text.contains("×2"));
    page.js("document.querySelector('[data-testid=\"notices-earlier\"]').click()", &[]);
    page.wait("all of them", LONG, || (page.all("notice").len() == 6).then_some(()));
    // What comes in well takes them away.
    assert_still_works(&page, "last.bmp", 2);
    page.wait("no refusal any more", LONG, || page.all("notice").is_empty().then_some(()));
    page.assert_quiet();
}

fn drop_and_expect_trouble(page: &Page, file: &Path, name: &str) {
    page.drop_file(file, "drop-zone");
    page.wait(&format!("a sentence about {name}"), LONG, || trouble_about(page, name));
    assert!(!is_in_the_tray(page, name), "{name} is in the tray");
}

/// Texts, settings and files that make no sense, beside a run under way: one sentence each, and the run goes on, for the engine
/// that holds it is still the same.
#[test]
fn a_run_outlives_every_mistake_beside_it() {
    let Some(page) = open_fresh(&format!("{SMALL}&epochs=1000000")) else { return };
    wait_for_state(&page, "running");
    let rubbish = json!(checkpoint::random_resnet20(3)[..500].to_vec());
    let drop = format!(
        "return neocog.run({{ drop_weights: {{ name: 'cut.safetensors', bytes: Uint8Array.from({rubbish}) }} }})"
    );
    let cut = page.try_js(&drop, &[]).unwrap_err();
    assert!(!cut["trouble"]["not_safetensors"].is_null(), "{cut}");
    let too_wide = "conv 64 9 pad 4\nrepeat 30\nconv 512 3 pad 1\nend\nglobalpool\nlinear classes";
    let student = |student: &str| json!({ "distil": { "run": { "student": student, "backend": "cpu" } } });
    for (job, kinds) in [
        (student("conv 8 99\nlinear classes"), &["bad_network"][..]),
        (student(too_wide), &["bad_network"]),
        (json!({ "distil": { "run": { "batch": 100_000, "backend": "cpu" } } }), &["batch_too_large"]),
        (json!({ "optimise": { "depth": { "nets": [{ "depth": 0 }] } } }), &["bad_setup"]),
        (json!({ "optimise": { "depth": { "data": { "set": "nonsense" } } } }), &["unknown_data"]),
        (json!({ "fool": { "invent": { "network": "digits", "target": 10 } } }), &["bad_setup"]),
        (json!({ "fool": { "attack": { "network": "digits", "picture": 4711 } } }), &["unknown_picture"]),
        (json!({ "caption": { "train": { "batch": 0 } } }), &["bad_setup"]),
        (json!({ "caption": { "train": { "rate": -1 } } }), &["bad_setup"]),
        (json!({ "speed": { "layers": "nonsense" } }), &["unknown_network"]),
        (json!({ "classify": { "network": "digits", "picture": "one" } }), &["bad_job"]),
    ] {
        let before = figure(&page, "train-step-count").unwrap();
        let trouble = page.run_job(job.clone()).unwrap_err();
        println!("{job}: {trouble}");
        assert!(kinds.iter().any(|kind| !trouble[*kind].is_null()), "{job}: {trouble}");
        assert!(figure(&page, "train-step-count").unwrap() >= before, "the run began anew");
    }
    assert_goes_on(&page);
    page.assert_quiet();
}
