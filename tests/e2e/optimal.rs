//! Pictures that a network would like best, on the page Look inside.

use crate::page::{Gpu, LONG, Page, Seen};

#[test]
fn the_best_pictures_of_two_classes_grow_and_an_inversion_keeps_the_class() {
    let link = "#/look?net=photos&picture=ship&backend=cpu&first=8&count=2&steps=40";
    let Some(page) = Page::open_at(Gpu::Off, link) else { return };
    page.wait_until_ready("look");
    assert!(page.all("optimal-pictures").remove(0).text.contains("Press Start"));
    page.click("optimal-start");
    page.wait_for_checks(&["optimal-shown", "look-optimum", "look-waves"]);
    let labels = || {
        let told = |one: &Seen| {
            let share: f64 = one.attribute("data-probability").parse().unwrap();
            (one.attribute("data-label").to_owned(), share > 0.9)
        };
        page.all("optimal-picture").iter().map(told).collect::<Vec<_>>()
    };
    assert_eq!(labels(), [("ship".to_owned(), true), ("truck".to_owned(), true)]);
    page.resize(1280, 900);
    page.js("document.querySelector('[data-testid=optimal-pictures]').scrollIntoView({ block: 'end' })", &[]);
    page.screenshot("look-optimal");

    // A long search can be ended.
    page.set("look-steps", "5000");
    page.click("optimal-start");
    page.wait_for("optimal-start", LONG, |button| button.attribute("data-state") == "running");
    page.click("optimal-start");
    page.wait_for("optimal-start", LONG, |button| button.attribute("data-state") == "idle");

    // Of a layer that gives less than is asked for, one sentence.
    page.set("look-steps", "30");
    page.set("optimal-layer", "0");
    page.set("look-first", "40");
    page.click("optimal-start");
    page.wait_for("trouble", LONG, |trouble| trouble.text.contains("0 has 32 channels, so there is no channel 40"));

    page.set("optimal-goal", "inversion");
    page.click("optimal-start");
    page.wait_for("optimal-pictures", LONG, |list| list.text.contains("dB"));
    page.wait_for("optimal-start", LONG, |button| button.attribute("data-state") == "idle");
    let hash = page.hash();
    assert!(["goal=inversion", "of=0", "steps=30"].iter().all(|part| hash.contains(part)), "{hash}");
    page.reload();
    page.wait_until_ready("look");
    assert_eq!(page.hash(), hash);
    page.assert_narrow(740);
    page.screenshot("look-optimal-narrow");
    page.assert_quiet();
}

#[test]
fn pictures_of_one_class_are_diverse_and_a_wall_has_all() {
    let link = "#/look?net=photos&picture=ship&backend=cpu&first=3&count=4&steps=24&diverse=1";
    let Some(page) = Page::open_at(Gpu::Off, link) else { return };
    page.wait_until_ready("look");
    page.click("optimal-start");
    page.wait_for("optimal-alike", LONG, |alike| alike.attribute("data-done") == "true");
    page.wait_for_checks(&["optimal-shown", "optimal-diverse", "optimal-strong"]);
    let pictures = page.all("optimal-picture");
    assert_eq!(pictures.len(), 4);
    assert!(pictures.iter().all(|one| one.attribute("data-label") == "cat" && one.attribute("data-unit") == "3"));
    page.resize(1280, 900);
    page.js("document.querySelector('[data-testid=optimal]').scrollIntoView()", &[]);
    page.screenshot("look-diverse");

    page.set("optimal-goal", "wall");
    page.click("optimal-start");
    page.wait_for("optimal-hung", LONG, |hung| hung.text.contains("10"));
    page.wait_for("optimal-start", LONG, |button| button.attribute("data-state") == "idle");
    assert!(page.all("optimal-picture").is_empty() && page.all("optimal-wall").len() == 1);
    page.screenshot("look-wall");

    // All channels of a layer; a wall that takes long can be ended.
    page.set("optimal-layer", "0");
    page.click("optimal-start");
    page.wait_for("optimal-hung", LONG, |hung| hung.text.contains("32"));
    page.wait_for("optimal-start", LONG, |button| button.attribute("data-state") == "idle");
    page.set("look-steps", "5000");
    page.click("optimal-start");
    page.wait_for("optimal-start", LONG, |button| button.attribute("data-state") == "running");
    page.click("optimal-start");
    page.wait_for("optimal-start", LONG, |button| button.attribute("data-state") == "idle");

    // The picture's array is handed to the downloads.
    page.set("look-steps", "4");
    page.click("optimal-start");
    page.wait_for("optimal-npy", LONG, |button| !button.attributes.contains_key("disabled"));
    let hash = page.hash();
    assert!(["goal=wall", "of=0", "diverse=1"].iter().all(|part| hash.contains(part)), "{hash}");
    page.assert_narrow(740);
    page.js("document.querySelector('[data-testid=optimal]').scrollIntoView()", &[]);
    page.screenshot("look-wall-narrow");
    page.assert_quiet();
}
