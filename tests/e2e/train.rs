//! Train: it learns without a click, stops and goes on, says what is wrong with a text or a file, and is all in its address.

use crate::checkpoint;
use crate::page::{Gpu, LONG, Page};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Two hidden layers on points in a plane: a step takes well under a millisecond, so that a run is over in seconds.
pub(crate) const SMALL: &str =
    "data=circles&count=500&layers=flatten%0Alinear%208%0Atanh%0Alinear%208%0Atanh%0Alinear%20classes";
/// What the default run reaches in its first epochs; it ends higher.
const DEFAULT_ACCURACY: f64 = 0.95;

/// The Train page as a link opens it in a new tab; by default nothing is kept from before.
fn open(page: &Page, query: &str) {
    page.js("location.hash = args[0]", &[json!(format!("#/train?{query}"))]);
    page.reload();
    page.wait_for("train-main", LONG, |_| true);
}

pub(crate) fn open_fresh(query: &str) -> Option<Page> {
    let page = Page::open_at(Gpu::Software, &format!("#/train?{query}"))?;
    page.wait_for("train-main", LONG, |_| true);
    Some(page)
}

pub(crate) fn value_of(page: &Page, testid: &str) -> Value {
    page.js("return document.querySelector(`[data-testid=\"${args[0]}\"]`)?.value", &[json!(testid)])
}

/// The figure as it was before it was rounded for the eye.
pub(crate) fn figure(page: &Page, testid: &str) -> Option<f64> {
    page.all(testid).first().and_then(|seen| seen.attribute("data-value").parse().ok())
}

pub(crate) fn wait_for_figure(page: &Page, testid: &str, wanted: impl Fn(f64) -> bool) -> f64 {
    page.wait(testid, LONG, || figure(page, testid).filter(|value| wanted(*value)))
}

pub(crate) fn wait_for_state(page: &Page, state: &str) {
    page.wait_for("train-state", LONG, |seen| seen.attribute("data-state") == state);
}

fn is_running(page: &Page) -> bool {
    page.all("train-state").iter().any(|seen| seen.attribute("data-state") == "running")
}

/// That the run is under way, and stays so.
pub(crate) fn assert_goes_on(page: &Page) {
    assert!(is_running(page));
    let step = figure(page, "train-step-count").unwrap_or_default();
    wait_for_figure(page, "train-step-count", |later| later > step);
    assert!(is_running(page));
}

/// What a finished run came to: its step, loss and accuracy, all digits of them.
fn result(page: &Page) -> [Option<f64>; 3] {
    ["train-step-count", "train-loss", "train-validation"].map(|testid| figure(page, testid))
}

#[test]
fn the_default_run_starts_by_itself_and_learns() {
    let Some(page) = Page::open(Gpu::Software) else { return };
    let opened = Instant::now();
    open(&page, "");
    let first = wait_for_figure(&page, "train-loss", |_| true);
    println!("first loss {first} after {:?}", opened.elapsed());
    let verdict = |check: &crate::page::Seen| {
        (check.attribute("data-check") == "first-loss").then(|| check.attribute("data-verdict").to_owned())
    };
    let is_guessing = |verdict: String| (verdict != "open").then_some(verdict);
    let found = page
        .wait("the check of the first loss", LONG, || page.all("check").iter().find_map(verdict).and_then(is_guessing));
    assert_eq!(found, "passed", "a first loss of {first}");
    wait_for_figure(&page, "train-loss", |loss| loss < 0.5 * first);
    println!("half of it after {:?}", opened.elapsed());
    let reached = wait_for_figure(&page, "train-validation", |accuracy| accuracy > DEFAULT_ACCURACY);
    println!("validation accuracy {reached} after {:?}", opened.elapsed());
    for look in ["look-filters", "look-confusion"] {
        // What is out of sight asks nothing of the engine.
        page.js("document.querySelector(`[data-testid=\"${args[0]}\"]`).scrollIntoView()", &[json!(look)]);
        page.wait_for(look, LONG, |panel| !panel.attribute("data-step").is_empty());
    }
    assert!(!page.all("confusion").is_empty());
    page.screenshot("learnt");
    page.assert_quiet();
}

#[test]
fn a_run_that_was_paused_and_reloaded_ends_as_one_that_was_not() {
    let Some(page) = open_fresh(&format!("{SMALL}&epochs=150&batch=20&seed=7")) else { return };
    wait_for_state(&page, "finished");
    let uninterrupted = result(&page);
    assert!(uninterrupted.iter().all(Option::is_some), "{uninterrupted:?}");

    page.click("train-reset");
    wait_for_figure(&page, "train-step-count", |step| step > 20.0 && step < uninterrupted[0].unwrap());
    page.click("train-main");
    wait_for_state(&page, "paused");
    let paused = figure(&page, "train-step-count").unwrap();
    assert!(paused < uninterrupted[0].unwrap(), "it was over before it could be paused");
    page.reload();
    page.wait_for("train-main", LONG, |main| main.attribute("data-next") == "take_up");
    assert_eq!(figure(&page, "train-step-count"), Some(paused), "it goes on by itself though it was paused");
    page.click("train-main");
    wait_for_state(&page, "finished");
    assert_eq!(result(&page), uninterrupted);
    page.assert_quiet();
}

#[test]
fn a_run_under_way_goes_on_after_a_reload() {
    let Some(page) = open_fresh(&format!("{SMALL}&epochs=5000&batch=20&seed=8")) else { return };
    wait_for_figure(&page, "train-step-count", |step| step > 500.0);
    page.wait("a state to be kept", LONG, || page.stored_files().contains_key("runs/run.safetensors").then_some(()));
    // And kept anew.
    std::thread::sleep(Duration::from_secs(4));
    let before = figure(&page, "train-step-count").unwrap();
    page.reload();
    let after = wait_for_figure(&page, "train-step-count", |step| step > 0.0);
    println!("at step {before} before, at {after} after");
    assert!(after > 0.2 * before, "at step {before} before, at {after} after");
    wait_for_state(&page, "running");
    assert_goes_on(&page);
    page.assert_quiet();
}

#[test]
fn a_wrong_line_is_marked_and_the_run_left_alone() {
    let Some(page) = open_fresh(&format!("{SMALL}&epochs=5000")) else { return };
    wait_for_state(&page, "running");
    page.set("train-network", "flatten\nlinear 8\nlinaer 8\nlinear classes");
    let errors = page.wait_for("train-network-errors", LONG, |errors| errors.html.contains("data-line=\"2\""));
    assert!(errors.text.contains("linaer"), "{}", errors.text);
    let field = page.wait_for("train-network", LONG, |field| field.attribute("aria-invalid") == "true");
    assert_eq!(field.attribute("aria-describedby"), "network-errors");
    assert_goes_on(&page);
    // Mended, it is counted: 2 × 8 + 8 and 8 × 2 + 2.
    page.set("train-network", "flatten\nlinear 8\ntanh\nlinear classes");
    page.wait_for("train-network-errors", LONG, |errors| !errors.html.contains("data-line"));
    page.wait_for("train-params", LONG, |params| params.text.trim() == "42");
    page.assert_quiet();
}

#[test]
fn the_address_holds_the_whole_setup() {
    let query = "data=spirals&count=300&noise=0.05&rule=nesterov&rate=0.03&momentum=0.8&decay=0.001&clip=2&schedule=step:7:0.5\
        &warmup=9&loss=mse&batch=16&epochs=2000&seed=42&log=y&layers=flatten%0Alinear%2012%0Arelu%0Alinear%20classes";
    let Some(page) = open_fresh(query) else { return };
    let expected = [
        ("train-data", "spirals"),
        ("train-count", "300"),
        ("train-noise", "0.05"),
        ("train-rule", "nesterov"),
        ("train-rate", "0.03"),
        ("train-momentum", "0.8"),
        ("train-decay", "0.001"),
        ("train-clip", "2"),
        ("train-every", "7"),
        ("train-factor", "0.5"),
        ("train-warmup", "9"),
        ("train-loss-kind", "mse"),
        ("train-batch", "16"),
        ("train-epochs", "2000"),
        ("train-seed", "42"),
        ("train-network", "flatten\nlinear 12\nrelu\nlinear classes"),
    ];
    let check = || {
        for (testid, value) in expected {
            page.wait(testid, LONG, || (value_of(&page, testid) == json!(value)).then_some(()));
        }
    };
    check();
    page.wait("the logarithmic axis", LONG, || {
        let log = page.js("return document.querySelector('[data-testid=\"y-axis-log\"]').checked", &[]);
        (log == json!(true)).then_some(())
    });
    page.set("train-batch", "24");
    let hash = page.wait("the address to follow", LONG, || {
        let hash = page.js("return location.hash", &[]);
        hash.as_str().filter(|hash| hash.contains("batch=24")).map(str::to_owned)
    });
    assert!(hash.contains("seed=42") && hash.contains("rule=nesterov") && hash.contains("log=y"), "{hash}");
    page.js("location.hash = args[0]", &[json!(hash.replace("batch=24", "batch=16"))]);
    check();
    page.assert_quiet();
}

/// Points chosen from the list: slow enough to watch, without an end, and solved; and what is said of the speed is true.
#[test]
fn two_spirals_fold_while_one_watches_and_are_solved() {
    let Some(page) = open_fresh(&format!("{SMALL}&epochs=2&backend=cpu")) else { return };
    wait_for_state(&page, "finished");
    // From pictures to points, as a person comes.
    page.set("train-data", "digits");
    page.wait("the digits", LONG, || (value_of(&page, "train-epochs") == json!("10")).then_some(()));
    page.set("train-data", "spirals");
    wait_for_state(&page, "running");
    assert_eq!(value_of(&page, "train-epochs"), json!("1000000"));
    let step = || figure(&page, "train-step-count").unwrap_or_default();
    let rate = |millis: u64| {
        let (from, began) = (step(), Instant::now());
        std::thread::sleep(Duration::from_millis(millis));
        (step() - from) / began.elapsed().as_secs_f64()
    };
    wait_for_figure(&page, "train-step-count", |step| step > 20.0);
    let watched = rate(1500);
    assert!(watched < 400.0, "{watched} steps a second are too many to watch");
    page.click("tempo-full");
    let solved = wait_for_figure(&page, "train-validation", |accuracy| accuracy > 0.97);
    println!("{solved} at step {}", step());
    let told = "return parseFloat(document.querySelector('[data-testid=\"train-speed\"]').dataset.value)";
    // What is told at the end is of the same seconds that the watch has measured.
    let measured = rate(3000);
    let told = page.js(told, &[]).as_f64().unwrap_or_default();
    assert!(told < 2.0 * measured && measured < 2.0 * told, "{told} steps a second told, {measured} measured");
    page.assert_quiet();
}

#[test]
fn a_spoilt_file_is_refused_with_a_sentence_and_nothing_is_lost() {
    let Some(page) = open_fresh(&format!("{SMALL}&epochs=5000")) else { return };
    wait_for_state(&page, "running");
    let chosen = value_of(&page, "train-data");
    for (name, bytes) in [
        ("spoilt.npz", b"PK\x03\x04 and then nothing of the kind".to_vec()),
        ("empty.zip", Vec::new()),
        ("train-images-idx3-ubyte", vec![0, 0, 8, 3, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 28, 0, 0, 0, 28, 1, 2, 3]),
        ("unknown.xyz", b"what is this?".to_vec()),
        ("not_a_run.safetensors", b"\xff\xff\xff\xff\xff\xff\xff\x7f{}".to_vec()),
    ] {
        page.drop_file(&checkpoint::file(name, &bytes), "drop-zone");
        let said = page.wait(&format!("a sentence about {name}"), LONG, || {
            page.all("trouble").into_iter().map(|trouble| trouble.text).find(|text| text.contains(name))
        });
        println!("{said}");
        assert_eq!(value_of(&page, "train-data"), chosen);
    }
    assert_goes_on(&page);
    page.assert_quiet();
}

#[test]
fn a_telephone_sees_all_of_the_run() {
    for (name, query) in [("digits", ""), ("plane", &format!("{SMALL}&epochs=5000"))] {
        let Some(page) = Page::open(Gpu::Software) else { return };
        page.resize(360, 740);
        open(&page, query);
        wait_for_figure(&page, "train-loss", |_| true);
        page.assert_narrow(740);
        page.screenshot(name);
        page.assert_quiet();
    }
}
