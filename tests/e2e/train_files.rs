//! Train: what comes in and goes out by the page's own buttons and keys, and what happens when the browser has no room or no
//! time for a run.

use crate::checkpoint;
use crate::page::{Gpu, LONG, Page};
use crate::scripted::{Answer, ScriptedServer};
use crate::train::{SMALL, assert_goes_on, figure, open_fresh, value_of, wait_for_figure, wait_for_state};
use serde_json::{Value, json};

/// An archive of uncompressed files (POSIX ustar).
pub(crate) fn tar(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut archive = Vec::new();
    for (name, bytes) in files {
        let mut header = [0u8; 512];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[100..108].copy_from_slice(b"0000644\0");
        header[124..136].copy_from_slice(format!("{:011o}\0", bytes.len()).as_bytes());
        header[148..156].copy_from_slice(b"        ");
        header[156] = b'0';
        header[257..265].copy_from_slice(b"ustar\x0000");
        let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        archive.extend(header);
        archive.extend(bytes);
        archive.resize(archive.len().next_multiple_of(512), 0);
    }
    archive.resize(archive.len() + 1024, 0);
    archive
}

#[test]
fn pictures_of_mixed_sizes_come_from_an_address() {
    let Some(page) = open_fresh(&format!("{SMALL}&epochs=2")) else { return };
    wait_for_state(&page, "finished");
    let picture = |class: &str, number: u64, side| {
        (format!("set/{class}/{number}.bmp"), checkpoint::picture_of(number * 7 + side as u64, side))
    };
    let files: Vec<_> = (0..20)
        .flat_map(|number| [picture("near", number, 24 + 8 * (number as usize % 3)), picture("far", number, 48)])
        .collect();
    let server = ScriptedServer::start(vec![
        ("/pictures.tar", Answer::Whole(tar(&files))),
        ("/gone.tar", Answer::Status("404 Not Found")),
    ]);
    let chosen = value_of(&page, "train-data");
    page.set("train-address", &server.url("/gone.tar"));
    page.click("train-fetch");
    let refused = page.wait("a refusal", LONG, || {
        page.all("trouble").into_iter().map(|trouble| trouble.text).find(|text| text.contains("404"))
    });
    println!("{refused}");
    assert_eq!(value_of(&page, "train-data"), chosen);

    page.set("train-address", &server.url("/pictures.tar"));
    page.click("train-fetch");
    page.wait("the pictures to be chosen", LONG, || (value_of(&page, "train-data") != chosen).then_some(()));
    let parts = ["train-part-train", "train-part-validation", "train-part-test"];
    page.wait("all forty of them", LONG, || {
        let counts: Vec<f64> = parts.iter().filter_map(|part| figure(&page, part)).collect();
        (counts.len() == parts.len() && counts.iter().sum::<f64>() == 40.0).then_some(())
    });
    // A new set that costs nothing to try is tried at once; sizes that differ have become squares of 32.
    wait_for_figure(&page, "train-loss", |_| true);
    page.wait_for("train-data-card", LONG, |card| card.text.contains("3×32×32"));
    page.assert_quiet_but(|line| server.is_named_in(&line.message));
}

#[test]
fn a_run_goes_out_and_comes_back_by_the_buttons() {
    let Some(page) = open_fresh(&format!("{SMALL}&epochs=40&batch=20&seed=11")) else { return };
    wait_for_state(&page, "finished");
    let loss = figure(&page, "train-loss");
    // What the button saves, caught before the browser asks where to.
    page.js(
        "window.__saved = null;
         const make = URL.createObjectURL.bind(URL);
         URL.createObjectURL = (blob) => { window.__saved = blob; return make(blob); };",
        &[],
    );
    page.click("train-export");
    let saved = page.wait("a file", LONG, || {
        let bytes =
            page.js("return window.__saved ? [...new Uint8Array(await window.__saved.arrayBuffer())] : null", &[]);
        bytes.as_array().map(|bytes| bytes.iter().filter_map(Value::as_u64).map(|byte| byte as u8).collect::<Vec<_>>())
    });
    assert!(saved.len() > 500, "{} bytes", saved.len());

    page.click("train-new-seed");
    page.wait("another run", LONG, || (figure(&page, "train-loss") != loss).then_some(()));
    wait_for_state(&page, "finished");
    // The address follows the settings a moment later.
    page.wait("an address with another seed", LONG, || (!page.url_now().contains("seed=11")).then_some(()));
    page.choose_file(&checkpoint::file("came_back.safetensors", &saved), "train-import");
    page.wait("the run to be back", LONG, || (figure(&page, "train-loss") == loss).then_some(()));
    wait_for_state(&page, "finished");
    page.wait("an address with the first seed", LONG, || page.url_now().contains("seed=11").then_some(()));
    page.assert_quiet();
}

#[test]
fn a_digit_is_drawn_with_the_keys() {
    let Some(page) = open_fresh("") else { return };
    wait_for_figure(&page, "train-validation", |accuracy| accuracy > 0.9);
    page.click("train-main");
    wait_for_state(&page, "paused");
    // A one: up to the top, pen down, straight down.
    page.js(
        "const pad = document.querySelector('[data-testid=pad]');
         pad.scrollIntoView();
         pad.focus();
         const press = (key) => pad.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
         for (let i = 0; i < 7; i++) press('ArrowUp');
         press(' ');
         for (let i = 0; i < 14; i++) press('ArrowDown');
         press(' ');",
        &[],
    );
    page.wait_for("guesses", LONG, |guesses| guesses.attribute("data-best") == "1");
    page.screenshot("one");
    page.assert_quiet();
}

#[test]
fn a_run_without_room_to_keep_it_goes_on_and_says_so() {
    let Some(page) = Page::open(Gpu::Software) else { return };
    page.limit_storage(1000);
    page.js("location.hash = args[0]", &[json!(format!("#/train?{SMALL}&epochs=5000&seed=13"))]);
    page.reload();
    wait_for_state(&page, "running");
    let note = page.wait_for("train-unsaved", LONG, |note| !note.text.is_empty());
    println!("{}", note.text);
    assert_goes_on(&page);
}

#[test]
fn a_hidden_tab_goes_on_training() {
    let Some(page) = open_fresh(&format!("{SMALL}&epochs=5000&seed=14")) else { return };
    wait_for_state(&page, "running");
    page.hide();
    let before = figure(&page, "train-step-count").unwrap_or_default();
    std::thread::sleep(std::time::Duration::from_secs(3));
    let is_hidden = page.js("return document.hidden", &[]);
    let after = figure(&page, "train-step-count").unwrap_or_default();
    println!("hidden: {is_hidden}; step {before}, three seconds later {after}");
    assert_eq!(is_hidden, json!(true));
    assert!(after > before, "hidden at step {before}, still at {after}");
    page.assert_quiet();
}
