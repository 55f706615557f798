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
    // The left half is drawn round, corner by corner.
    page.focus("represent-map-sheet");
    page.key("Escape", 27);
    (0..40).for_each(|_| page.key("ArrowLeft", 37));
    (0..40).for_each(|_| page.key("ArrowUp", 38));
    page.key(" ", 32);
    (0..20).for_each(|_| page.key("ArrowRight", 39));
    page.key(" ", 32);
    (0..40).for_each(|_| page.key("ArrowDown", 40));
    page.key(" ", 32);
    (0..20).for_each(|_| page.key("ArrowLeft", 37));
    page.key(" ", 32);
    page.key("Enter", 13);
    page.wait_for_number("represent-picked-count", "data-count", |count| count > 10.0 && count < 110.0);
    let count = page.number("represent-picked-count", "data-count") as usize;
    catch_what_leaves(&page);
    let chosen = String::from_utf8(saved_by(&page, "represent-picked-csv")).unwrap();
    assert_eq!((chosen.lines().next(), chosen.lines().count()), (Some("picture,class,x,y"), count + 1));
    // These are the pictures of the left half, and no others.
    let table = String::from_utf8(saved_by(&page, "represent-map-csv")).unwrap();
    let number = |line: &str, at: usize| line.split(',').nth(at).unwrap().parse::<f64>().unwrap();
    let all: Vec<f64> = table.lines().skip(1).map(|line| number(line, 4)).collect();
    let [low, high] = all.iter().fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], x| [low.min(*x), high.max(*x)]);
    let left = |at: f64| (all[at as usize] - low) / (high - low);
    let inside: Vec<f64> = chosen.lines().skip(1).map(|line| left(number(line, 0))).collect();
    assert!(inside.iter().all(|share| *share < 0.51), "{inside:?}");
    assert_eq!(all.iter().filter(|x| (**x - low) / (high - low) < 0.5).count(), count);
    page.screenshot("represent-map-chosen");
    page.click("represent-picked-none");
    page.wait_for("represent-picked-count", LONG, |told| told.attribute("data-count") == "0");
    page.click("represent-place-components");
    page.wait("the way of placing in the address", LONG, || page.hash().contains("place=components").then_some(()));
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
