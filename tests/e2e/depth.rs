//! Depth: regions are there without a click and change while the network learns; a network made by hand attains its bound.

use crate::exported::{catch_what_leaves, saved_by};
use crate::page::{Gpu, LONG, Page};

const CHECKS: [&str; 7] =
    ["depth-lines", "depth-folding", "depth-tent", "depth-areas", "depth-affine", "depth-grid", "depth-interpolant"];

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

#[test]
fn a_curve_is_learnt_and_drawn_anew() {
    let Some(page) = Page::open_at(Gpu::Off, "#/depth?backend=cpu&steps=0&fitsteps=500") else { return };
    page.resize(1280, 900);
    page.wait_until_ready("depth");
    page.click("depth-fit-start");
    page.wait_for_number("depth-pad", "data-step", |step| step == 500.0);
    page.wait_until_ready("depth-fit");
    assert!(page.all("depth-fit-figures")[0].text.contains("49 weights"), "{}", page.all("depth-fit-figures")[0].text);
    page.js("document.querySelector('[data-testid=depth-pad]').scrollIntoView()", &[]);
    page.screenshot("depth-fit");
    // With fewer units by itself; then another curve, by the keyboard.
    page.set("depth-fitunits", "6");
    page.wait_for("depth-fit-figures", LONG, |told| told.text.contains("1 × 6 units") && told.text.contains("500 of"));
    let curve = "return document.querySelector('[data-testid=depth-pad] .depth-target').getAttribute('d')";
    let before = page.js(curve, &[]);
    page.focus("depth-pad");
    page.key("ArrowUp", 38);
    page.wait("a curve of one's own", LONG, || page.hash().contains("curve=drawn").then_some(()));
    assert_ne!(page.js(curve, &[]), before);
    page.wait_until_ready("depth-fit");
    page.assert_narrow(740);
    page.js("document.querySelector('[data-testid=depth-pad]').scrollIntoView()", &[]);
    page.screenshot("depth-fit-narrow");
    page.assert_quiet();
}

const SLICE_CHECKS: [&str; 4] =
    ["depth-slice-areas", "depth-slice-affine", "depth-slice-pattern", "depth-slice-boundary"];

#[test]
fn the_plane_through_three_pictures_is_cut() {
    let Some(page) = Page::open_at(Gpu::Off, "#/depth?net=photos&backend=cpu&steps=0&parts=60") else { return };
    page.resize(1280, 900);
    page.wait("a network and three pictures", LONG, || {
        let button = page.all("depth-slice-start").into_iter().next()?;
        (!button.attributes.contains_key("disabled")).then_some(())
    });
    page.click("depth-slice-start");
    page.wait_for_number("depth-plane", "data-squares", |squares| squares == 400.0);
    page.wait_until_ready("depth-slice");
    let count = |page: &Page| page.all("depth-slice-drawing")[0].attribute("data-regions").parse::<f64>().unwrap();
    let first = count(&page);
    assert!((20.0..300.0).contains(&first), "{first}");
    assert!(
        page.all("depth-slice-figures")[0].text.contains("rectifiers"),
        "{}",
        page.all("depth-slice-figures")[0].text
    );
    page.wait_for_checks(&SLICE_CHECKS);
    page.js("document.querySelector('[data-testid=depth-slice-start]').scrollIntoView()", &[]);
    page.screenshot("depth-slice");
    // A region by the keyboard; another part of the plane too, and the link has it.
    page.focus("depth-slice-drawing");
    page.key("ArrowRight", 39);
    page.wait_for("depth-slice-pointed", LONG, |told| told.text.contains("of 94,208"));
    let before = page.js("return document.querySelectorAll('.depth-lines')[1].getAttribute('d')", &[]);
    page.focus("depth-plane");
    page.key("ArrowUp", 38);
    page.key("Enter", 13);
    page.wait("another part", LONG, || page.hash().contains("at=").then_some(()));
    page.wait_until_ready("depth-slice");
    assert_ne!(page.js("return document.querySelectorAll('.depth-lines')[1].getAttribute('d')", &[]), before);
    catch_what_leaves(&page);
    let json: serde_json::Value = serde_json::from_slice(&saved_by(&page, "depth-slice-json")).unwrap();
    assert_eq!(json["regions"].as_array().unwrap().len() as f64, count(&page));
    page.assert_narrow(740);
    page.js("document.querySelector('[data-testid=depth-plane]').scrollIntoView()", &[]);
    page.screenshot("depth-slice-narrow");
    page.assert_quiet();
}
