//! The Distil page: a lesson that begins by itself, ends with the numbers that a script gets, and comes back with its address.

use crate::page::{Gpu, LONG, Page};
use serde_json::{Value, json};

/// A lesson of seconds on the CPU of a test machine.
const LESSON: &str = "&student=init+glorot%0Aflatten%0Alinear+24%0Arelu%0Alinear+classes\
                      &teach=init+glorot%0Aflatten%0Alinear+48%0Arelu%0Alinear+classes\
                      &tepochs=4&shift=0&count=1000&epochs=20&examples=150&omit=3&seed=2";

fn job() -> Value {
    json!({ "distil": { "run": {
        "data": { "set": "digits", "count": 1000 },
        "teacher": { "trained": { "network": "init glorot\nflatten\nlinear 48\nrelu\nlinear classes", "epochs": 4, "shift": 0 } },
        "student": "init glorot\nflatten\nlinear 24\nrelu\nlinear classes",
        "epochs": 20, "examples": 150, "omit": 3, "seed": 2, "backend": "cpu"
    } } })
}

fn open(more: &str) -> Option<Page> {
    Page::open_at(Gpu::Off, &format!("#/distil?backend=cpu{more}"))
}

fn slide(page: &Page, testid: &str, value: f64) {
    page.js(
        "const slider = document.querySelector(`[data-testid=\"${args[0]}\"]`);
         slider.value = args[1];
         slider.dispatchEvent(new Event('input', { bubbles: true }));",
        &[json!(testid), json!(value)],
    );
}

fn errors(page: &Page) -> Vec<String> {
    page.all("pupil").iter().map(|row| row.attribute("data-errors").to_owned()).collect()
}

/// Waits until the lesson is over; its three numbers.
fn finished(page: &Page) -> Vec<String> {
    page.wait_for("distil-start", LONG, |button| button.attribute("data-state") == "running");
    page.wait_for("bias-told", LONG, |told| !told.attribute("data-errors").is_empty());
    page.wait_for("distil-start", LONG, |button| button.attribute("data-state") == "idle");
    errors(page)
}

#[test]
fn a_lesson_ends_with_its_numbers_and_the_address_gives_it_again() {
    let Some(page) = open(LESSON) else { return };
    let found = finished(&page);
    let answer = page.run_job(job()).unwrap();
    let lesson = &answer["distilled"]["ran"];
    let last = |pupil: usize| {
        lesson["news"]["pupils"][pupil]["measured"]
            .as_array()
            .and_then(|all| all.last())
            .map(|mark| mark["errors"].to_string())
    };
    let expected: Vec<String> = (0..3).filter_map(last).collect();
    assert_eq!(found, expected);

    // The bias is moved, nothing is trained: the page shows the point that the engine has sent.
    slide(&page, "distil-bias", 2.0);
    let point = lesson["corrected"].as_array().unwrap().iter().find(|point| point["bias"] == 2.0).unwrap().clone();
    page.wait_for("bias-told", LONG, |told| told.attribute("data-errors").parse().ok() == point["errors"].as_u64());
    // Softer: the chosen picture's probabilities follow.
    let soft = |page: &Page| page.all("soft").first().map(|soft| soft.attribute("data-value").to_owned());
    let before = soft(&page);
    slide(&page, "distil-temperature", 5.0);
    page.wait("softer targets", LONG, || (soft(&page) != before).then_some(()));
    page.wait("the address to hold the temperature", LONG, || {
        let here = page.js("return new URLSearchParams(location.hash.split('?')[1]).get('temperature')", &[]);
        (here == "32").then_some(())
    });

    let open: Vec<String> = page
        .all("check")
        .into_iter()
        .filter(|check| check.attribute("data-verdict") != "passed")
        .map(|check| check.attribute("data-check").to_owned())
        .collect();
    // One seed may be luck; what the check says must follow from the numbers.
    let errors: Vec<u32> = found.iter().filter_map(|errors| errors.parse().ok()).collect();
    let unlucky = (errors[2] >= errors[1]).then(|| "fewer-errors".to_owned());
    assert_eq!(open, unlucky.into_iter().collect::<Vec<String>>());
    page.screenshot("distil");

    page.js("location.hash = args[0]", &[json!(format!("#/distil?backend=cpu{LESSON}"))]);
    page.reload();
    assert_eq!(finished(&page), found);
    page.assert_narrow(800);
    page.assert_quiet();
}

#[test]
fn a_lesson_is_paused_cancelled_and_refused_in_words() {
    let Some(page) = open("&student=flatten%0Alinear+16%0Arelu%0Alinear+classes&count=1000&epochs=5000") else {
        return;
    };
    page.wait_for("distil-start", LONG, |button| button.attribute("data-state") == "running");
    page.wait("a first measurement", LONG, || errors(&page).first().filter(|errors| !errors.is_empty()).map(drop));
    page.click("distil-start");
    page.wait_for("distil-start", LONG, |button| button.attribute("data-state") == "paused");
    page.click("distil-cancel");
    page.wait_for("distil-start", LONG, |button| button.attribute("data-state") == "idle");

    let refused = |more: Value| {
        let mut job = job();
        job["distil"]["run"].as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        page.run_job(job).unwrap_err()
    };
    let trouble = refused(json!({ "student": "linear 1000000\nlinear 1000000\nlinear classes" }));
    assert!(
        trouble["bad_network"]["message"].as_str().is_some_and(|words| words.contains("more than the limit")),
        "{trouble}"
    );
    let trouble = refused(json!({ "teacher": { "loaded": { "network": "resnet18" } } }));
    assert!(trouble["weights_missing"].is_object(), "{trouble}");
    let trouble = refused(json!({ "teacher": { "loaded": { "network": "photos" } } }));
    assert!(trouble["bad_setup"]["detail"].as_str().is_some_and(|detail| detail.contains("3 × 32 × 32")), "{trouble}");
    page.assert_quiet();
}
