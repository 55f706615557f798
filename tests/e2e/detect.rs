//! Boxes around things, on the page Detect.

use crate::page::{Gpu, LONG, Page};
use crate::shared::shared;

fn labels(page: &Page) -> Vec<String> {
    page.all("detect-box").iter().map(|one| one.attribute("data-class").to_owned()).collect()
}

/// With the threshold's score at least.
fn above(page: &Page, threshold: f64) -> bool {
    let boxes = page.all("detect-box");
    boxes.iter().all(|one| one.attribute("data-score").parse::<f64>().unwrap() >= threshold)
}

#[test]
fn r_cnn_finds_shapes_in_a_drawn_scene() {
    let link = "#/detect?net=photos&picture=ship&backend=cpu&by=rcnn&regions=80&scenes=12&threshold=0.4";
    let Some(page) = Page::open_at(Gpu::Off, link) else { return };
    page.wait_until_ready("detect");
    let stages = page.all("detect-stage");
    assert_eq!(stages.len(), 6);
    let regions = stages[1].attribute("data-count").parse::<u32>().unwrap();
    assert!((20..=80).contains(&regions), "{regions}");
    page.wait_for_checks(&[
        "detect-suppression",
        "detect-overlap",
        "detect-precision",
        "detect-regions",
        "detect-recall",
    ]);
    page.resize(1280, 2200);
    page.screenshot("detect");

    // No network runs for another threshold: the table of stages stays.
    page.set("detect-threshold", "0.1");
    page.wait("more boxes", LONG, || (labels(&page).len() > 3).then_some(()));
    let many = labels(&page).len();
    assert!(above(&page, 0.1) && page.hash().contains("threshold=0.1"), "{}", page.hash());
    page.set("detect-threshold", "1");
    page.wait_for("detect-nothing", LONG, |_| true);
    page.set("detect-threshold", "0.1");
    page.wait("the same boxes", LONG, || (labels(&page).len() == many).then_some(()));
    page.set("detect-overlap", "1");
    page.wait("boxes that overlap", LONG, || (labels(&page).len() > many).then_some(()));
    page.set("detect-overlap", "0.3");

    page.click("detect-show-regions");
    page.wait("regions in the address", LONG, || page.hash().contains("show=regions").then_some(()));
    page.set("detect-first", "12");
    let drawn = || page.js("return document.querySelectorAll('.detect-region').length", &[]).as_u64();
    page.wait("twelve regions", LONG, || (drawn() == Some(12)).then_some(()));
    page.screenshot("detect-regions");
    page.click("detect-show-parts");
    page.wait("parts in the address", LONG, || page.hash().contains("show=parts").then_some(()));
    page.screenshot("detect-parts");
    page.click("detect-show-boxes");

    page.click("detect-measure-start");
    page.wait_until_ready("detect-measure");
    let figures = page.all("detect-figure");
    assert!(figures.len() == 6 && page.all("detect-mistake").len() == 7);
    page.js("document.querySelector('[data-testid=detect-measure]').scrollIntoView()", &[]);
    page.screenshot("detect-measure");

    // Without its file the other detector says what it wants.
    page.click("detect-by-yolo");
    page.wait_for("detect-wanting", LONG, |wanting| wanting.text.contains("yolo-fastest-1.1.safetensors"));
    page.click("detect-by-rcnn");
    page.wait_until_ready("detect");
    page.assert_narrow(740);
    for (card, name) in [("detect", "detect-narrow"), ("detect-measure", "detect-narrow-measure")] {
        page.js("document.querySelector(`[data-testid=${args[0]}]`).scrollIntoView()", &[card.into()]);
        page.screenshot(name);
    }
    page.assert_quiet();
}

#[test]
fn a_dropped_detector_finds_what_its_own_program_finds() {
    let (Some(weights), Some(photo)) =
        (shared("data/models/yolo-fastest-1.1.safetensors"), shared("data/detection-coco-pretrained/person.jpg"))
    else {
        return;
    };
    let link = "#/detect?net=photos&picture=ship&backend=cpu&by=rcnn&regions=20&scenes=4&threshold=0.3";
    let Some(page) = Page::open_at(Gpu::Off, link) else { return };
    page.wait_until_ready("detect");
    page.drop_file(&weights, "detect");
    page.wait("the detector in the address", LONG, || page.hash().contains("by=yolo").then_some(()));
    page.drop_file(&photo, "detect");
    page.wait("the reference's classes", LONG, || (labels(&page) == ["person", "dog", "sheep"]).then_some(()));
    page.resize(1280, 1400);
    page.screenshot("detect-yolo");
    // By the keyboard: a box that has the focus stands out.
    page.focus("detect-box");
    page.wait("a box that stands out", LONG, || {
        (page.js("return document.querySelectorAll('.detect-box.on').length", &[]).as_u64() == Some(1)).then_some(())
    });
    page.set("detect-threshold", "0.9");
    page.wait("the likeliest", LONG, || (labels(&page) == ["person"]).then_some(()));
    page.assert_narrow(740);
    page.screenshot("detect-yolo-narrow");
    page.assert_quiet();
}

#[test]
fn faster_r_cnn_finds_shapes_as_soon_as_the_page_is_open() {
    let Some(page) = Page::open_at(Gpu::Off, "#/detect?backend=cpu") else { return };
    page.wait("its stages", LONG, || (page.all("detect-stage").len() == 4).then_some(()));
    page.wait_until_ready("detect");
    assert!(labels(&page).len() >= 3 && above(&page, 0.5), "{:?}", labels(&page));
    page.resize(1280, 1400);
    page.screenshot("detect-faster");
    page.click("detect-measure-start");
    page.wait_until_ready("detect-measure");
    let figures = page.all("detect-figure");
    assert!(figures.len() == 7 && figures[0].attribute("data-value").starts_with(['8', '9']));
    page.assert_narrow(740);
    page.assert_quiet();
}

#[test]
fn faster_r_cnn_learns_in_the_page_and_looks_at_a_scene() {
    let link =
        "#/detect?net=photos&picture=ship&backend=cpu&scene=3&by=rcnn&regions=20&scenes=4&steps=4&batch=1&threshold=0";
    let Some(page) = Page::open_at(Gpu::Off, link) else { return };
    page.wait_for("detect-train-start", LONG, |_| true);
    page.wait_until_ready("detect");
    page.click("detect-train-start");
    page.wait_for_number("detect-train-figures", "data-step", |step| step == 4.0);
    page.click("detect-train-look");
    page.wait("the detector in the address", LONG, || page.hash().contains("by=faster").then_some(()));
    page.wait("its stages", LONG, || (page.all("detect-stage").len() == 4).then_some(()));
    assert!(!labels(&page).is_empty());

    page.click("detect-stage-view-proposals");
    page.set("detect-first", "9");
    let drawn = |class: &str| {
        page.js("return document.querySelectorAll(args[0]).length", &[class.into()]).as_u64().unwrap_or_default()
    };
    page.wait("nine proposals", LONG, || (drawn(".detect-region") == 9).then_some(()));
    page.click("detect-stage-view-anchors");
    page.wait("nine anchors", LONG, || (drawn(".detect-anchor") == 9 && drawn(".best") > 0).then_some(()));
    // The arrow keys go to the place beside.
    let told = || page.wait_for("detect-anchor", LONG, |words| words.text.contains("28 × 28")).text.clone();
    let before = told();
    page.js(
        "const pointer = document.querySelector('[data-testid=detect-pointer]');
         pointer.focus();
         pointer.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowUp', bubbles: true, cancelable: true }));
         pointer.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowLeft', bubbles: true, cancelable: true }));",
        &[],
    );
    page.wait("another place", LONG, || (told() != before).then_some(()));
    page.resize(1280, 2600);
    page.screenshot("detect-anchors");
    page.assert_narrow(740);
    for (card, name) in [("detect", "detect-faster-narrow"), ("detect-train", "detect-train-narrow")] {
        page.js("document.querySelector(`[data-testid=${args[0]}]`).scrollIntoView()", &[card.into()]);
        page.screenshot(name);
    }
    page.assert_quiet();
}
