//! Simple and complex cells on the page Brain: a layer's units without a click, one of them chosen by keys, another layer, a link.

use crate::page::{Gpu, LONG, Page};

const CHECKS: [&str; 7] = [
    "brain-cells-orientation",
    "brain-cells-frequency",
    "brain-cells-simple",
    "brain-cells-complex",
    "brain-cells-peak",
    "brain-cells-peak-frequency",
    "brain-cells-reverse",
];

#[test]
fn a_layers_units_are_tuned_and_one_is_chosen() {
    let Some(page) = Page::open_at(Gpu::Off, "#/brain?net=photos&backend=cpu&shots=300&each=1") else { return };
    page.resize(1280, 1500);
    page.wait_until_ready("brain-cells");
    let units = page.number("brain-cells-wall", "data-units");
    assert!(units >= 32.0, "{units}");
    let verdict = page.all("brain-cells-verdict")[0].text.clone();
    println!("{verdict}");
    assert!(verdict.contains("simple") && verdict.contains("pixels"), "{verdict}");
    assert!(page.all("brain-cells-unit")[0].text.contains("F1/F0"), "{}", page.all("brain-cells-unit")[0].text);
    let curve = "return document.querySelector('.cells-gratings').getAttribute('d')";
    let before = page.js(curve, &[]);
    assert!(before.as_str().is_some_and(|path| path.matches('L').count() == 23), "{before}");
    page.js("document.querySelector('[data-testid=brain-cells-verdict]').scrollIntoView()", &[]);
    page.screenshot("brain-cells");
    page.js("document.querySelector('[data-testid=brain-cells-kinds]').scrollIntoView()", &[]);
    page.screenshot("brain-cells-together");
    page.wait_for_checks(&CHECKS);

    // By the keyboard another unit, and the link has it.
    let chosen = page.number("brain-cells-wall", "data-chosen");
    page.focus("brain-cells-wall");
    page.key(if chosen > 0.0 { "ArrowLeft" } else { "ArrowRight" }, if chosen > 0.0 { 37 } else { 39 });
    page.wait_for_number("brain-cells-wall", "data-chosen", |now| now != chosen && now >= 0.0);
    page.wait("the unit in the address", LONG, || page.hash().contains("unit=").then_some(()));
    assert_ne!(page.js(curve, &[]), before);
    page.assert_narrow(740);
    page.js("document.querySelector('[data-testid=brain-cells-verdict]').scrollIntoView()", &[]);
    page.screenshot("brain-cells-narrow");

    // The first convolution: linear units of 3 × 3 pixels, whose filters are found from noise.
    page.resize(1280, 1500);
    page.set("brain-cells-layer", "0");
    page.wait_for("brain-cells-verdict", LONG, |told| told.text.contains("3 × 3 pixels"));
    page.wait_until_ready("brain-cells");
    page.wait_for_checks(&["brain-cells-agreement"]);
    assert!(page.hash().contains("cell-layer=0"), "{}", page.hash());
    page.assert_quiet();
}

#[test]
fn a_layer_that_is_not_there_is_one_sentence() {
    let link = "#/brain?net=photos&backend=cpu&each=1&cell-layer=nowhere";
    let Some(page) = Page::open_at(Gpu::Off, link) else { return };
    page.wait_for("trouble", LONG, |trouble| trouble.text.contains("has no layer nowhere"));
    // Another choice, and it goes on.
    page.set("brain-cells-layer", "");
    page.wait_until_ready("brain-cells");
    assert!(!page.hash().contains("cell-layer"), "{}", page.hash());
    page.assert_quiet();
}
