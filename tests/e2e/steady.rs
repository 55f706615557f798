//! Steadiness: after long training and many classifications the memory is what it was, and the page stayed free meanwhile.
//!
//! Short by default, to see that nothing leaks: no buffers, no memory, no elements of the page, and every step and every answer
//! is told. `NEOCOG_STEADY="600 1000"` trains for so many seconds on each backend and classifies so many times, and holds the
//! times to their aims as well (tasks under 50 ms, the slowest twentieth within twice the median): that wants an idle machine,
//! and no run of CI does it.

use crate::page::{Gpu, LONG, Page};
use crate::train::{figure, wait_for_figure, wait_for_state};
use neocog::data::gallery;
use serde_json::{Value, json};
use std::time::Duration;

/// What training keeps on purpose: curves, which grow to 16,384 points of 16 bytes and are copied with each saved state.
const CURVES_BYTES: u64 = 2 << 20;
/// Ticks of a chart, a line about a stage.
const ELEMENTS: u64 = 40;
/// Of the page, in full.
const LONGEST_TASK_MILLIS: f64 = 50.0;
/// Of the slowest twentieth of the steps to the median, in full.
const SPREAD: f64 = 2.0;

/// How long, how often, and whether times are held to their aims.
struct Extent {
    training: Duration,
    classifications: usize,
    is_full: bool,
}

impl Extent {
    fn wanted() -> Extent {
        let given = std::env::var("NEOCOG_STEADY").unwrap_or_default();
        let numbers: Vec<u64> = given.split_whitespace().map(|number| number.parse().expect("a number")).collect();
        match numbers.as_slice() {
            [] => Extent { training: Duration::from_secs(10), classifications: 60, is_full: false },
            [seconds, count] => {
                Extent { training: Duration::from_secs(*seconds), classifications: *count as usize, is_full: true }
            }
            _ => panic!("NEOCOG_STEADY wants seconds of training and a number of classifications, not {given:?}"),
        }
    }
}

/// What the engine holds, and the JavaScript heap after its garbage was collected.
#[derive(Debug)]
struct Memory {
    wasm_bytes: u64,
    gpu_bytes: u64,
    gpu_buffers: u64,
    script_bytes: u64,
    /// Of the page, hidden ones included.
    elements: u64,
}

fn memory(page: &Page) -> Memory {
    let held = page.run_job(json!("held")).unwrap();
    let number = |key: &str| held["held"][key].as_u64().unwrap();
    Memory {
        wasm_bytes: number("wasm_bytes"),
        gpu_bytes: number("gpu_bytes"),
        gpu_buffers: number("gpu_buffers"),
        script_bytes: page.script_bytes(),
        elements: page.js("return document.getElementsByTagName('*').length", &[]).as_u64().unwrap(),
    }
}

fn assert_flat(before: &Memory, after: &Memory) {
    println!("  at the start {before:?}\n  at the end   {after:?}");
    // What is being read has a buffer of its own for a moment.
    assert!(after.gpu_buffers <= before.gpu_buffers + 2, "the GPU's buffers became more");
    assert!(after.gpu_bytes <= before.gpu_bytes + before.gpu_bytes / 100, "the GPU's memory grew");
    assert!(after.wasm_bytes <= before.wasm_bytes + CURVES_BYTES, "WebAssembly's memory grew");
    assert!(after.script_bytes <= before.script_bytes + CURVES_BYTES, "the page's own memory grew");
    assert!(after.elements <= before.elements + ELEMENTS, "the page's elements became more");
}

/// From now on the page writes down its tasks of 50 ms and more; there are no shorter ones in the browser's record.
fn watch_tasks(page: &Page) {
    page.js(
        "window.longTasks = [];
         new PerformanceObserver((list) => longTasks.push(...list.getEntries().map((task) => task.duration)))
             .observe({ type: 'longtask' });",
        &[],
    );
}

fn assert_free(page: &Page, extent: &Extent) {
    let tasks: Vec<f64> = serde_json::from_value(page.js("return window.longTasks", &[])).unwrap();
    let longest = tasks.iter().copied().fold(0.0, f64::max);
    println!("  tasks of 50 ms and more on the page: {}, the longest {longest} ms", tasks.len());
    assert!(!extent.is_full || longest < LONGEST_TASK_MILLIS, "the page was busy for {longest} ms");
}

fn assert_even(what: &str, median: f64, p95: f64, extent: &Extent) {
    println!("  {what}: median {median:.2} ms, 95 % within {p95:.2} ms");
    assert!(median > 0.0 && p95 >= median);
    assert!(
        !extent.is_full || p95 <= SPREAD * median,
        "{what} took {p95} ms for the slowest 5 %, {median} in the median"
    );
}

fn step_millis(page: &Page) -> Option<[f64; 2]> {
    let shown = page.all("train-step-millis");
    let mut figures = shown.first()?.attribute("data-value").split(' ').map(str::parse);
    Some([figures.next()?.ok()?, figures.next()?.ok()?])
}

fn train(backend: &str) {
    let extent = Extent::wanted();
    let address = format!("#/train?backend={backend}&epochs=100000{DIGITS}");
    let Some(page) = Page::open_at(Gpu::Software, &address) else { return };
    wait_for_state(&page, "running");
    // Everything is compiled, measured and stored once before it counts.
    wait_for_figure(&page, "train-validation", |_| true);
    std::thread::sleep(extent.training.min(Duration::from_secs(20)));
    watch_tasks(&page);
    let (before, first) = (memory(&page), figure(&page, "train-step-count").unwrap());
    std::thread::sleep(extent.training);
    let (after, last) = (memory(&page), figure(&page, "train-step-count").unwrap());
    println!("{backend}: {} steps in {:?}", last - first, extent.training);
    assert!(last > first, "no step was taken");
    assert_eq!(after.gpu_bytes > 0, backend == "gpu", "{after:?}");
    let [median, p95] = page.wait("the times of steps", LONG, || step_millis(&page));
    assert_flat(&before, &after);
    assert_even("a step", median, p95, &extent);
    assert_free(&page, &extent);
    page.assert_quiet();
}

#[test]
fn training_leaves_memory_as_it_was_on_the_cpu() {
    train("cpu");
}

#[test]
fn training_leaves_memory_as_it_was_on_the_gpu() {
    train("gpu");
}

/// The preset for drawn digits, in small batches, so that a software GPU takes many steps.
const DIGITS: &str = "&data=digits&batch=8&layers=conv%208%203%20pad%201%0Arelu%0Amaxpool%202%0Aconv%2016%203%20pad%201%0Arelu%0Amaxpool%202%0Alinear%2032%0Arelu%0Alinear%20classes";

/// Chooses the pictures of the gallery in turn, each when the answer to the one before stands there; the milliseconds of each.
const CLASSIFY: &str = "const answer = document.querySelector('[data-testid=\"answer\"]');
    const items = [...document.querySelectorAll('[data-testid=\"tray-item\"]')];
    const times = [];
    for (let k = 0; k < args[0]; k += 1) {
        const item = items[k % items.length];
        const start = performance.now();
        item.querySelector('.pick').click();
        while (answer.dataset.picture !== item.dataset.picture) await new Promise((go) => requestAnimationFrame(go));
        times.push(performance.now() - start);
    }
    return times";

fn classify(backend: &str) {
    let extent = Extent::wanted();
    let Some(page) = Page::open_at(Gpu::Software, &format!("#/classify?backend={backend}&net=digits")) else { return };
    let pictures = gallery::names().len();
    page.wait("the whole gallery", LONG, || Some(()).filter(|()| page.all("tray-item").len() >= pictures));
    // Once round, so that everything was seen and drawn before it counts.
    page.js(CLASSIFY, &[json!(pictures + 5)]);
    watch_tasks(&page);
    let before = memory(&page);
    let mut times = Vec::new();
    while times.len() < extent.classifications {
        // In parts, for a script may not run for ever.
        let part: Value = page.js(CLASSIFY, &[json!((extent.classifications - times.len()).min(100))]);
        times.extend(serde_json::from_value::<Vec<f64>>(part).unwrap());
    }
    let after = memory(&page);
    println!("{backend}: {} classifications", times.len());
    times.sort_by(f64::total_cmp);
    assert_flat(&before, &after);
    assert_even("an answer", times[times.len() / 2], times[times.len() * 95 / 100], &extent);
    assert_free(&page, &extent);
    page.assert_quiet();
}

#[test]
fn classifying_leaves_memory_as_it_was_on_the_cpu() {
    classify("cpu");
}

#[test]
fn classifying_leaves_memory_as_it_was_on_the_gpu() {
    classify("gpu");
}
