//! The Caption page: a scene is told by itself, follows the keys, comes back with its address; a network is trained here.

use crate::checkpoint;
use crate::page::{Gpu, LONG, Page};
use serde_json::{Value, json};

fn open(gpu: Gpu, more: &str) -> Option<Page> {
    Page::open_at(gpu, &format!("#/caption?{more}"))
}

fn press(page: &Page, key: &str, times: u32) {
    page.js(
        "const scene = document.querySelector('[data-testid=\"scene\"]');
         scene.focus();
         for (let k = 0; k < args[1]; k++)
             scene.dispatchEvent(new KeyboardEvent('keydown', { key: args[0], bubbles: true, cancelable: true }));",
        &[json!(key), json!(times)],
    );
}

fn told(page: &Page, sentence: &str) {
    page.wait_for("sentence", LONG, |said| said.attribute("data-sentence") == sentence);
}

const PAIR: &str = "scene=small-plain-red-circle-11-25,medium-plain-blue-square-26-22";

#[test]
fn a_scene_is_told_and_the_sentence_follows_it() {
    let Some(page) = open(Gpu::Off, "backend=cpu") else { return };
    told(&page, "a small red circle left of a blue square");
    page.wait_for("sentence", LONG, |said| said.attribute("data-right") == "true");
    page.wait_for_checks(&["beam-of-one", "sum-of-words", "carousel"]);
    assert_eq!(page.verdict("trained-here"), "open");
    page.screenshot("caption");

    // The script's answer is the page's.
    let things = json!([{ "size": "small", "x": 11, "y": 25 },
                        { "colour": "blue", "shape": "square", "x": 26, "y": 22 }]);
    let job = |things: &Value, more: Value| {
        let mut describe =
            json!({ "scene": { "things": things }, "backend": "cpu", "decode": { "beam": { "width": 3 } } });
        describe.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "caption": { "describe": describe } })
    };
    let said = page.run_job(job(&things, json!({}))).unwrap()["captioned"]["said"].take();
    assert_eq!(said["sentence"], "a small red circle left of a blue square");
    let words: Vec<f64> = page.all("word").iter().filter_map(|word| word.attribute("data-p").parse().ok()).collect();
    let log_p: f64 = words.iter().map(|p| p.ln()).sum();
    assert!((log_p - said["log_p"].as_f64().unwrap()).abs() < 1e-3, "{log_p} {said}");
    assert_eq!(page.all("gate-row").len(), words.len() + 1);

    // Pointing at a word shows where its gradient lies.
    let overlay = "const canvas = document.querySelector('[data-testid=\"scene\"] canvas');
        return canvas ? Array.from(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data).reduce((a, b) => a + b, 0) : -1";
    page.js("document.querySelectorAll('[data-testid=\"word\"]')[2].focus()", &[]);
    page.wait("the map of a word", LONG, || page.js(overlay, &[]).as_f64().filter(|sum| *sum > 0.0));
    page.screenshot("caption-word");

    // By the keys: over to the other side of the square, and one thing less.
    press(&page, "ArrowRight", 34);
    told(&page, "a small red circle right of a blue square");
    let hash = page.url_now();
    assert!(hash.contains("red-circle-41"), "{hash}");
    page.reload();
    told(&page, "a small red circle right of a blue square");
    press(&page, " ", 1);
    press(&page, "Delete", 1);
    told(&page, "a small red circle");

    // Sampling is its seed's, and the address's.
    page.js("location.hash = args[0]", &[json!(format!("#/caption?backend=cpu&{PAIR}&say=sample:3:4"))]);
    let hot = page.run_job(job(&things, json!({ "decode": { "sample": { "temperature": 3, "seed": 4 } } }))).unwrap();
    told(&page, hot["captioned"]["said"]["sentence"].as_str().unwrap());

    // A photograph is nothing for this network: it says what is needed instead.
    page.drop_file(&checkpoint::file("holiday.bmp", &checkpoint::picture(3)), "scene");
    page.wait_for("notice", LONG, |notice| notice.text.contains("holiday.bmp") && notice.text.contains("captions"));

    page.assert_narrow(800);
    page.screenshot("caption-narrow");

    // What cannot be told is refused in words, and nothing is lost.
    let trouble = page.run_job(job(&json!([{}, {}, {}]), json!({}))).unwrap_err();
    assert!(trouble["bad_setup"]["detail"].as_str().is_some_and(|words| words.contains("3 things")), "{trouble}");
    let trouble = page.run_job(job(&things, json!({ "speaker": "trained" }))).unwrap_err();
    assert!(trouble["bad_setup"]["detail"].as_str().is_some_and(|words| words.contains("train one")), "{trouble}");
    page.assert_quiet();
}

#[test]
fn a_network_is_trained_here_and_speaks() {
    let Some(page) = open(Gpu::Off, &format!("backend=cpu&{PAIR}&say=greedy&steps=12&rate=0.004&seed=1")) else {
        return;
    };
    told(&page, "a small red circle left of a blue square");
    page.click("caption-start");
    page.wait_for("caption-figures", LONG, |figures| figures.attribute("data-step") == "12");
    page.wait("the address to say who speaks", LONG, || page.url_now().contains("by=trained").then_some(()));
    // Twelve steps teach little; what it says is what the script hears from the same network.
    let things = json!([{ "size": "small", "x": 11, "y": 25 },
                        { "colour": "blue", "shape": "square", "x": 26, "y": 22 }]);
    let job =
        json!({ "caption": { "describe": { "scene": { "things": things }, "speaker": "trained", "backend": "cpu" } } });
    let said = page.run_job(job).unwrap()["captioned"]["said"]["sentence"].take();
    told(&page, said.as_str().unwrap());
    assert_eq!(page.verdict("trained-here"), "failed");

    // Stopped within a step, and begun anew.
    page.js("location.hash = location.hash.replace('steps=12', 'steps=5000')", &[]);
    page.wait("the new number of steps", LONG, || page.url_now().contains("steps=5000").then_some(()));
    page.click("caption-start");
    let step = |seen: &crate::page::Seen| seen.attribute("data-step").parse().unwrap_or(0);
    page.wait_for("caption-figures", LONG, |figures| (1..5000).contains(&step(figures)));
    page.click("caption-stop");
    page.wait("the button to be there again", LONG, || {
        let off = "return document.querySelector('[data-testid=\"caption-start\"]').disabled";
        (page.js(off, &[]) == json!(false)).then_some(())
    });
    page.assert_quiet();
}

#[test]
fn things_are_dragged_by_mouse_and_by_finger() {
    let Some(page) = open(Gpu::Off, &format!("backend=cpu&{PAIR}&say=greedy")) else { return };
    told(&page, "a small red circle left of a blue square");
    let sheet = "const sheet = document.querySelector('[data-testid=\"scene\"]');
        sheet.scrollIntoView({ block: 'center' });
        const { left, top, width } = sheet.getBoundingClientRect();
        return [left, top, width / 48]";
    let bounds: Vec<f64> = serde_json::from_value(page.js(sheet, &[])).unwrap();
    let at = |x: f64, y: f64| [bounds[0] + x * bounds[2], bounds[1] + y * bounds[2]];
    page.drag(at(11.0, 25.0), at(40.0, 25.0), false);
    told(&page, "a small red circle right of a blue square");
    page.drag(at(40.0, 25.0), at(26.0, 40.0), true);
    told(&page, "a small red circle below a blue square");
    assert!(page.url_now().contains("red-circle-26"), "{}", page.url_now());
    page.assert_quiet();
}

#[test]
fn the_gpu_tells_the_same() {
    let Some(page) = open(Gpu::Software, &format!("backend=gpu&{PAIR}&say=beam:3")) else { return };
    told(&page, "a small red circle left of a blue square");
    let millis = page.wait_for("sentence", LONG, |said| !said.attribute("data-millis").is_empty());
    println!("from scene to sentence on this adapter: {} ms", millis.attribute("data-millis"));
    press(&page, "ArrowRight", 34);
    told(&page, "a small red circle right of a blue square");
    page.assert_quiet();
}
