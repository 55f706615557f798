//! DeepDream, on the page Look inside.

use crate::page::{Gpu, LONG, Page, Seen};

#[test]
fn a_picture_becomes_a_dream_and_a_film() {
    let link = "#/look?net=photos&picture=castle&backend=cpu&octaves=2&tile=32&dreamside=96&dreamsteps=6";
    let Some(page) = Page::open_at(Gpu::Off, link) else { return };
    page.wait_until_ready("look");
    // What it takes stands there before; in seconds when a tile was timed.
    let cost = page.wait_for("dream-cost", LONG, |cost| cost.text.contains("tiles of 32 × 32"));
    assert!(cost.text.contains("GFLOP") && !cost.text.contains("About"), "{}", cost.text);
    let tiles = cost.attribute("data-tiles").to_owned();
    page.click("dream-depth-strokes");
    page.click("dream-start");
    page.wait_for_checks(&["dream-rises"]);
    let done = |picture: &Seen| picture.attribute("data-done") == picture.attribute("data-of");
    let picture = page.wait_for("dream-picture", LONG, done);
    assert_eq!((picture.attribute("data-done"), picture.attribute("data-width")), (tiles.as_str(), "96"));
    page.wait_for("dream-cost", LONG, |cost| cost.text.contains("About"));
    page.wait_for("dream-chart-told", LONG, |told| told.text.contains("96 × "));
    page.resize(1280, 900);
    page.js("document.querySelector('[data-testid=dream]').scrollIntoView()", &[]);
    page.screenshot("look-dream");

    // The person's own layer and channel; one sentence where there is none.
    page.set("dream-channel", "999");
    page.wait_for("trouble", LONG, |trouble| trouble.text.contains("so there is no channel 999"));
    page.set("dream-channel", "3");
    page.set("look-frames", "4");
    page.click("dream-start");
    page.wait_for_checks(&["dream-rises", "dream-loops"]);
    page.wait_for("dream-picture", LONG, |picture| picture.attribute("data-frames") == "4");
    page.click("dream-play");

    // A long dream can be ended, and goes on being shown.
    page.set("look-dreamsteps", "1000");
    page.click("dream-start");
    page.wait_for("dream-start", LONG, |button| button.attribute("data-state") == "running");
    page.wait_for("dream-left", LONG, |left| !left.text.is_empty());
    page.click("dream-start");
    page.wait_for("dream-start", LONG, |button| button.attribute("data-state") == "idle");

    let hash = page.hash();
    assert!(["dreamchannel=3", "frames=4", "tile=32", "dreamside=96"].iter().all(|part| hash.contains(part)), "{hash}");
    page.reload();
    page.wait_until_ready("look");
    assert_eq!(page.hash(), hash);
    page.assert_narrow(740);
    page.js("document.querySelector('[data-testid=dream]').scrollIntoView()", &[]);
    page.screenshot("look-dream-narrow");
    page.assert_quiet();
}
