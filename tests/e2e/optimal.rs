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
