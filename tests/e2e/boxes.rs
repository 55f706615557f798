//! Boxes of one's own, on the page Detect.

use crate::exported::{catch_what_leaves, saved_by};
use crate::page::{Gpu, LONG, Page, dist};
use neocog::data::gallery;
use neocog::data::png;
use serde_json::Value;
use std::fs;

fn count(page: &Page) -> usize {
    page.all("boxed-row").len()
}

/// Pixels of the window for shares of the sheet.
fn at(page: &Page, share: [f64; 2]) -> [f64; 2] {
    let found = page.js(
        "const sheet = document.querySelector('[data-testid=boxes-sheet]');
         sheet.scrollIntoView({ block: 'center' });
         const box = sheet.getBoundingClientRect();
         return [box.left + args[0] * box.width, box.top + args[1] * box.height];",
        &[share[0].into(), share[1].into()],
    );
    [0, 1].map(|axis| found[axis].as_f64().unwrap())
}

#[test]
fn three_boxes_are_drawn_written_brought_back_and_learnt_from() {
    let Some(page) = Page::open_at(Gpu::Off, "#/detect?backend=cpu&steps=2&batch=1") else { return };
    page.wait_until_ready("detect");
    page.resize(1280, 1600);
    let folder = std::env::temp_dir().join(format!("neocog-e2e-boxes-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let ship = folder.join("ship.png");
    fs::write(&ship, png::encode(&gallery::draw("ship").unwrap())).unwrap();
    page.choose_file(&ship, "boxes-files");
    page.wait_for("boxed-picture", LONG, |picture| picture.attribute("data-boxes") == "0");
    page.wait("the sheet's picture", LONG, || {
        page.js("return document.querySelector('[data-testid=boxes-sheet] canvas').width > 100", &[])
            .as_bool()
            .filter(|is| *is)
    });

    // By mouse, by finger, and by keys: N, two steps to the right, one longer.
    page.drag(at(&page, [0.1, 0.1]), at(&page, [0.5, 0.6]), false);
    page.wait("a box", LONG, || (count(&page) == 1).then_some(()));
    page.drag(at(&page, [0.9, 0.9]), at(&page, [0.6, 0.7]), true);
    page.wait("a second box", LONG, || (count(&page) == 2).then_some(()));
    page.focus("boxes-sheet");
    page.key("n", 78);
    page.wait("a third box", LONG, || (count(&page) == 3).then_some(()));
    // Rows are drawn anew after each change, and for a moment there may be none.
    let corners = |row: usize| {
        page.wait("the row of a box", LONG, || {
            Some(page.all("boxed-row").get(row)?.attribute("data-corners").to_owned())
        })
    };
    let before = corners(2);
    page.key("ArrowRight", 39);
    page.wait("a box that moved", LONG, || (corners(2) != before).then_some(()));
    // A click on a box chooses it, and Delete takes it away; N makes another.
    let place = at(&page, [0.2, 0.2]);
    page.drag(place, place, false);
    page.key("Delete", 46);
    page.wait("two boxes", LONG, || (count(&page) == 2).then_some(()));
    page.key("n", 78);
    page.wait("three boxes", LONG, || (count(&page) == 3).then_some(()));
    page.screenshot("boxes");

    catch_what_leaves(&page);
    let coco = saved_by(&page, "boxes-coco");
    let written: Value = serde_json::from_slice(&coco).unwrap();
    assert_eq!(
        (written["annotations"].as_array().unwrap().len(), &written["images"][0]["file_name"]),
        (3, &"ship.png".into())
    );
    let drawn = [0, 1, 2].map(corners);
    page.click("boxes-clear");
    page.wait("no picture", LONG, || page.all("boxed-picture").is_empty().then_some(()));
    let file = folder.join("boxes.json");
    fs::write(&file, coco).unwrap();
    page.drop_files(&[&ship, &file], "detect-own");
    page.wait("the boxes again", LONG, || (count(&page) == 3).then_some(()));
    assert_eq!([0, 1, 2].map(corners), drawn);

    // What is wrong is said in one sentence, and nothing is lost.
    let bad = folder.join("bad.json");
    fs::write(&bad, "{}").unwrap();
    page.choose_file(&bad, "boxes-files");
    page.wait_for("trouble", LONG, |trouble| trouble.text.contains("is not COCO's JSON of boxes"));
    assert_eq!(count(&page), 3);

    // Learnt from, and looked at with what was learnt.
    page.click("detect-lessons-own");
    page.click("detect-train-start");
    page.wait_for_number("detect-train-figures", "data-step", |step| step == 2.0);
    page.click("detect-train-look");
    page.click("boxes-look");
    page.wait("the picture of mine", LONG, || page.hash().contains("of=album").then_some(()));
    page.wait_until_ready("detect");
    page.assert_narrow(740);
    page.js("document.querySelector('[data-testid=detect-own]').scrollIntoView()", &[]);
    page.screenshot("boxes-narrow");
    fs::remove_dir_all(&folder).unwrap();
    page.assert_quiet();
}

#[test]
fn a_mistake_leads_to_its_picture() {
    let Some(page) = Page::open_at(Gpu::Off, "#/detect?backend=cpu") else { return };
    page.wait_until_ready("detect");
    page.click("detect-measure-start");
    page.wait_until_ready("detect-measure");
    page.click("detect-kind");
    page.wait_for("detect-example", LONG, |_| true);
    page.click("detect-example");
    page.wait("its scene", LONG, || page.hash().contains("scene=1000").then_some(()));
    page.wait("its box", LONG, || {
        page.js("return document.querySelectorAll('.detect-marked').length === 1", &[]).as_bool().filter(|is| *is)
    });
    page.resize(1280, 2400);
    page.screenshot("boxes-mistake");
    page.assert_quiet();
}

#[test]
fn the_webcam_is_looked_at_frame_by_frame() {
    let flags = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"];
    let Some(dist) = dist() else { return };
    let Some(page) = Page::open_from(&dist, "#/detect?backend=cpu", Gpu::Off, &flags) else { return };
    page.wait_until_ready("detect");
    let times = || page.all("detect-stage").iter().map(|stage| stage.text.clone()).collect::<Vec<_>>();
    let scene = times();
    page.click("detect-of-webcam");
    page.wait_for("detect-live", LONG, |_| true);
    // Frames of the browser's own test picture, one after the other.
    let ratio =
        "const sheet = document.querySelector('[data-testid=detect-sheet] canvas'); return sheet.width / sheet.height";
    page.wait("a frame", LONG, || (page.js(ratio, &[]).as_f64()? > 1.2).then_some(()));
    let first = times();
    assert_ne!(first, scene);
    page.wait("another frame", LONG, || (times() != first).then_some(()));
    page.screenshot("detect-webcam");
    page.click("detect-of-scene");
    page.wait("the scene again", LONG, || (page.js(ratio, &[]).as_f64()? < 1.1).then_some(()));
    page.assert_quiet();
}
