//! Maps on the page Represent: one forms without a click, and says whose neighbours are whose.

use crate::exported::{catch_what_leaves, saved_by};
use crate::page::{Gpu, LONG, Page};

fn chosen(page: &Page) -> f64 {
    page.number("represent-map-sheet", "data-chosen")
}

#[test]
fn a_map_forms_is_pointed_at_and_saved() {
    let link = "#/represent?backend=cpu&show=map&map-count=120&map-steps=300&perplexity=15";
    let Some(page) = Page::open_at(Gpu::Off, link) else { return };
    page.wait_for_number("represent-map-sheet", "data-step", |step| step > 0.0);
    page.wait_until_ready("represent-map");
    assert_eq!(page.number("represent-map-sheet", "data-count"), 120.0);
    let trust = page.number("represent-map-verdict", "data-trust");
    println!("trustworthiness {trust}");
    assert!(trust > 0.75 && trust <= 1.0);
    page.wait_for_checks(&["represent-trusted", "represent-embedding", "represent-trust", "represent-components"]);
    page.resize(1280, 1500);
    page.screenshot("represent-map");
    // By the keyboard another picture is chosen, and its neighbours are named.
    let before = chosen(&page);
    page.focus("represent-map-sheet");
    (0..9).for_each(|_| page.key("ArrowRight", 39));
    page.wait_for_number("represent-map-sheet", "data-chosen", |now| now != before);
    assert_eq!(page.all("represent-map-near")[0].text.split_whitespace().count(), 5);
    page.click("represent-place-components");
    page.wait("the way of placing in the address", LONG, || page.hash().contains("place=components").then_some(()));
    catch_what_leaves(&page);
    let table = String::from_utf8(saved_by(&page, "represent-map-csv")).unwrap();
    assert_eq!((table.lines().count(), table.lines().next().unwrap().split(',').count()), (121, 6));
    let rows: serde_json::Value = serde_json::from_slice(&saved_by(&page, "represent-map-json")).unwrap();
    assert_eq!((rows.as_array().unwrap().len(), rows[3]["tsne"].as_array().unwrap().len()), (120, 2));
    page.assert_narrow(740);
    page.js("document.querySelector('[data-testid=represent-map-sheet]').scrollIntoView()", &[]);
    page.screenshot("represent-map-narrow");
    // What a layer makes of them; then codes, of which there are none yet.
    page.resize(1280, 1500);
    page.click("represent-map-of-layer");
    page.wait_until_ready("represent-map");
    page.screenshot("represent-map-layer");
    page.click("represent-map-of-codes");
    page.wait_for("trouble", LONG, |trouble| trouble.text.contains("autoencoder"));
    page.assert_quiet();
}
