//! Brain: networks beside populations of neurons, in the page.

mod neocognitron;

use crate::exported::{catch_what_leaves, saved_by};
use crate::page::{Gpu, LONG, Page};
use neocog::data::files::npy_from;

const CHECKS: [&str; 5] = ["brain-itself", "brain-tau", "brain-least", "brain-turned", "brain-scaling"];

#[test]
fn a_planted_layer_is_found_without_a_click() {
    let link = "#/brain?net=photos&backend=cpu&each=2&resamples=40";
    let Some(page) = Page::open_at(Gpu::Off, link) else { return };
    page.resize(1280, 900);
    page.wait_until_ready("brain");
    let planted = page.number("brain-verdict", "data-planted");
    page.wait_for_number("brain-verdict", "data-value", |best| best == planted);
    assert!(page.number(&format!("brain-row-{planted}"), "data-value") > 0.3);
    page.wait_for_number("brain-told", "data-value", |count| count == 48.0);
    page.wait_for_number("brain-places", "data-count", |count| count == 48.0);
    page.wait_for_checks(&CHECKS);
    page.screenshot("brain");
    // By another measure, of another row; the link gives both again.
    page.click("brain-measure-matrix");
    page.set("brain-row", "0");
    assert!(page.hash().contains("measure=matrix") && page.hash().contains("row=0"), "{}", page.hash());
    page.wait_for("brain-matrix", LONG, |card| card.attribute("data-state") == "ready");
    page.focus("brain-sheet");
    page.key("ArrowRight", 39);
    page.wait_for("brain-value", LONG, |value| value.text.parse::<f64>().is_ok_and(|value| value > 0.0));
    catch_what_leaves(&page);
    let csv = String::from_utf8(saved_by(&page, "brain-csv")).unwrap();
    assert!(csv.starts_with("area,source,layer") && csv.lines().count() > 10, "{csv}");
    page.resize(1280, 3200);
    page.screenshot("brain-whole");
    page.assert_narrow(740);
    for card in ["brain", "brain-matrix", "brain-between"] {
        page.js("document.querySelector(`[data-testid=${args[0]}]`).scrollIntoView()", &[card.into()]);
        page.screenshot(&format!("{card}-narrow"));
    }
    page.assert_quiet();
}

#[test]
fn recordings_are_put_beside_and_bad_ones_are_one_sentence() {
    let link = "#/brain?net=photos&backend=cpu&each=1&resamples=20&folds=3";
    let Some(page) = Page::open_at(Gpu::Off, link) else { return };
    page.wait_until_ready("brain");
    let file = std::env::temp_dir().join(format!("neocog-brain-{}.npy", std::process::id()));
    let value = |at: usize| ((at * 7919) % 1013) as f32 / 500.0;
    let write = |shape: &[usize]| {
        let values: Vec<f32> = (0..shape.iter().product()).map(value).collect();
        std::fs::write(&file, npy_from(&values, shape)).unwrap();
        page.choose_file(&file, "brain-files");
    };
    write(&[24, 5, 3]);
    page.wait_for("brain-told", LONG, |told| told.text.contains("5 neurons") && told.text.contains("3 repeats"));
    page.wait_until_ready("brain");
    assert!(page.number("brain-verdict", "data-planted").is_nan());
    page.screenshot("brain-own");
    write(&[20, 5]);
    page.wait_for("trouble", LONG, |trouble| trouble.text.contains("responses to 20 pictures, and 24 are shown"));
    std::fs::remove_file(&file).unwrap();
    page.click("brain-planted-again");
    page.wait_until_ready("brain");
    page.assert_quiet();
}
