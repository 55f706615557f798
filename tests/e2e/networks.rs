//! The Networks page: its table is searched, sorted and linked to.

use crate::page::{Gpu, LONG, Page};
use serde_json::json;

fn first_of(page: &Page) -> String {
    page.all("network").first().map(|row| row.attribute("data-network").to_owned()).unwrap_or_default()
}

#[test]
fn the_table_is_searched_sorted_and_restored_by_its_link() {
    let Some(page) = Page::open_at(Gpu::Off, "#/networks?net=digits&backend=cpu") else { return };
    page.wait_for_checks(&["networks-talk"]);
    assert!(page.all("network").len() > 35);
    // Forty points of ImageNet, none of other data.
    assert!(page.js("return document.querySelectorAll('.dot').length", &[]).as_u64().unwrap() > 30);
    page.click("by-ops");
    page.wait("the largest first", LONG, || (first_of(&page) == "vgg19").then_some(()));
    page.click("by-ops");
    page.wait("the smallest first", LONG, || (first_of(&page) == "digits").then_some(()));
    page.set("networks-find", "he, zhang");
    page.wait("the residual networks", LONG, || (first_of(&page) == "cifar10_resnet20").then_some(()));
    page.js("document.querySelector('[data-network=\"resnet152\"] a').click()", &[]);
    page.wait_for("network-card", LONG, |card| card.attribute("data-network") == "resnet152");
    let hash = page.hash();
    assert!(["net=resnet152", "find=he", "by=ops"].iter().all(|part| hash.contains(part)), "{hash}");
    page.reload();
    page.wait_for("network-card", LONG, |card| card.attribute("data-network") == "resnet152");
    page.wait("the same rows", LONG, || (first_of(&page) == "cifar10_resnet20").then_some(()));
    let marked = page.js("return document.querySelector('tr.chosen').dataset.network", &[]);
    assert_eq!(marked, json!("resnet152"));
    page.assert_quiet();
}
