//! Depth: regions are there without a click and change while the network learns; a network made by hand attains its bound.

use crate::exported::{catch_what_leaves, saved_by};
use crate::page::{Gpu, LONG, Page};

const CHECKS: [&str; 6] = ["depth-lines", "depth-folding", "depth-tent", "depth-areas", "depth-affine", "depth-grid"];

#[test]
fn regions_change_while_a_network_learns() {
    let Some(page) = Page::open_at(Gpu::Off, "#/depth?backend=cpu&steps=1500") else { return };
    page.resize(1280, 900);
    page.wait_for_number("depth-drawing", "data-step", |step| step > 0.0 && step < 1500.0);
    let before = page.js("return document.querySelector('.depth-lines').getAttribute('d')", &[]);
    page.wait_for_number("depth-drawing", "data-step", |step| step == 1500.0);
    page.wait_until_ready("depth");
    assert_ne!(page.js("return document.querySelector('.depth-lines').getAttribute('d')", &[]), before);
    assert!(page.all("depth-figures")[0].text.contains("1,500"), "{}", page.all("depth-figures")[0].text);
    assert_eq!(page.all("depth-layer").len(), 3);
    page.screenshot("depth");
    page.wait_for_checks(&CHECKS);

    // Fewer layers are looked at: fewer regions, the same network; the link gives it again.
    let all: f64 = page.all("depth-drawing")[0].attribute("data-regions").parse().unwrap();
    page.set("depth-after", "1");
    page.wait_for_number("depth-drawing", "data-regions", |count| count < all);
    page.click("depth-show-slope");
    assert!(page.hash().contains("after=1") && page.hash().contains("show=slope"), "{}", page.hash());
    page.screenshot("depth-slope");
    page.assert_narrow(740);
    page.screenshot("depth-narrow");
    page.assert_quiet();
}

#[test]
fn a_folded_square_has_as_many_regions_as_is_proved() {
    let Some(page) = Page::open_at(Gpu::Off, "#/depth?from=hand") else { return };
    page.wait_until_ready("depth");
    page.wait_for_number("depth-drawing", "data-regions", |count| count == 592.0);
    page.screenshot("depth-folded");
    catch_what_leaves(&page);
    let svg = String::from_utf8(saved_by(&page, "depth-svg")).unwrap();
    assert!(svg.starts_with("<svg") && svg.matches('Z').count() >= 2 * 592, "{}", svg.len());
    let json: serde_json::Value = serde_json::from_slice(&saved_by(&page, "depth-json")).unwrap();
    assert_eq!(json["layers"][1]["regions"].as_array().unwrap().len(), 592);
    page.click("depth-fold-tent");
    page.set("depth-folds", "7");
    page.wait_for_number("depth-drawing", "data-regions", |count| count == 128.0);
    // Too many are one sentence, and what was drawn stays.
    page.click("depth-fold-square");
    page.set("depth-units", "16");
    page.wait_for("trouble", LONG, |trouble| trouble.text.contains("60000"));
    assert!(page.all("depth-layer").len() == 7);
    page.assert_quiet();
}
