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

/// When a dream was a goal of the search for pictures, addresses named it there.
#[test]
fn an_old_address_leads_to_the_dream() {
    let Some(page) = Page::open_at(Gpu::Off, "#/look?net=photos&picture=castle&backend=cpu&goal=dream&of=11.0") else {
        return;
    };
    page.wait_until_ready("look");
    page.wait_for("dream-cost", LONG, |cost| cost.text.contains("tiles of"));
    let hash = page.hash();
    assert!(hash.contains("dreamlayer=11.0") && !hash.contains("goal=") && !hash.contains("of=11"), "{hash}");
    let top = "return document.querySelector('[data-testid=dream]').getBoundingClientRect().top / innerHeight";
    let is_there = || page.js(top, &[]).as_f64().filter(|top| (-0.2..0.8).contains(top)).map(drop);
    page.wait("the dream in sight", LONG, is_there);
    page.assert_quiet();
}
