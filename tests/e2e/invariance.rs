//! What stays the same and what tells classes apart, on the page Look inside.

use crate::page::{Gpu, LONG, Page};
use serde_json::json;

#[test]
fn invariance_is_shown_as_curves_and_a_link_gives_them_again() {
    let Some(page) = Page::open_at(Gpu::Off, "#/look?net=photos&picture=ship&backend=cpu") else { return };
    page.wait_until_ready("look");
    assert!(page.all("invariance").remove(0).text.contains("Press Start"));
    // The classes are the pictures of the tray: all of them have to be drawn.
    let able = "return !document.querySelector('[data-testid=invariance-start]').disabled";
    page.wait("the drawings", LONG, || (page.js(able, &[]) == true).then_some(()));
    page.click("invariance-start");
    page.wait_until_ready("invariance");
    page.wait_for_checks(&["invariance-untouched", "invariance-alone", "invariance-strides", "look-shifted"]);
    assert_eq!((page.all("invariance-picture").len(), page.all("invariance-row").len()), (9, 7));
    let means = || -> Vec<f64> {
        page.all("invariance-row").iter().map(|row| row.attribute("data-mean").parse().unwrap()).collect()
    };
    let shift = means();
    let rows = page.all("invariance-row");
    let number = |row: usize, name: &str| rows[row].attribute(name).parse::<f64>().unwrap();
    assert!(number(6, "data-mean") > number(0, "data-mean") && number(6, "data-within") < number(0, "data-within"));
    let said = |chart: &str| page.all(&format!("{chart}-told")).remove(0).text;
    assert!(said("invariance-similar").contains('…'), "{}", said("invariance-similar"));
    assert!(said("invariance-depth").contains("Told apart"), "{}", said("invariance-depth"));
    let took = page.js("return document.querySelector('[data-testid=invariance] .excite-said').innerText", &[]);
    println!("{took}");
    page.resize(1280, 2100);
    page.js("document.querySelector('[data-testid=invariance]').scrollIntoView()", &[]);
    page.screenshot("look-invariance");

    // Another way to look at the same responses asks for nothing.
    page.set("look-measure", "correlation");
    page.wait("other means", LONG, || (means() != shift).then_some(()));
    page.wait_until_ready("invariance");

    // Another transformation, as far as is said, at two layers.
    page.click("invariance-transform-blur");
    page.wait("no curves", LONG, || page.all("invariance-row").is_empty().then_some(()));
    page.set("invariance-range", "0");
    page.click("invariance-start");
    page.wait_for("trouble", LONG, |trouble| trouble.text.contains("a range of 0 cannot be gone through"));
    page.set("invariance-range", "3");
    page.set("look-transforms", "5");
    page.set("look-tellcount", "40");
    let untick = "document.querySelectorAll('[data-testid=invariance-layer]').forEach(box => {
        if (box.checked && !args[0].includes(box.dataset.layer)) box.click();
    })";
    let last = rows[6].attribute("data-layer").to_owned();
    page.js(untick, &[json!(["input", last])]);
    page.click("invariance-start");
    page.wait_until_ready("invariance");
    assert_eq!((page.all("invariance-picture").len(), page.all("invariance-row").len()), (5, 2));
    let hash = page.hash();
    let parts =
        ["transform=blur", "reach=3", "transforms=5", "tellcount=40", "comparelayers=input", "measure=correlation"];
    assert!(parts.iter().all(|part| hash.contains(part)), "{hash}");
    let blur = means();
    page.reload();
    page.wait_until_ready("look");
    page.wait("the drawings", LONG, || (page.js(able, &[]) == true).then_some(()));
    page.click("invariance-start");
    page.wait_until_ready("invariance");
    assert_eq!((page.hash(), means()), (hash, blur));
    page.assert_narrow(740);
    page.screenshot("look-invariance-narrow");
    page.assert_quiet();
}

#[test]
fn invariance_can_be_cancelled_and_refuses_what_is_not_there() {
    let link = "#/look?net=digits&picture=digit_7&backend=cpu&transform=turn&tellcount=20000&comparelayers=input,attic";
    let Some(page) = Page::open_at(Gpu::Off, link) else { return };
    page.wait_until_ready("look");
    page.click("invariance-start");
    page.wait_for("trouble", LONG, |trouble| trouble.text.contains("has no layer attic"));
    page.js("location.hash = location.hash.replace('&comparelayers=input%2Cattic', '')", &[]);
    page.wait("the layers to go", LONG, || (!page.hash().contains("attic")).then_some(()));
    page.click("invariance-start");
    // The picture's curves are there before all the others.
    page.wait("curves", LONG, || (page.all("invariance-row").len() == 7).then_some(()));
    page.click("invariance-start");
    page.wait_for("invariance-start", LONG, |button| button.attribute("data-state") == "idle");
    page.set("look-tellcount", "100");
    page.click("invariance-start");
    page.wait_until_ready("invariance");
    assert!(page.all("invariance-tested").remove(0).attribute("data-of") == "50");
    page.assert_quiet();
}
