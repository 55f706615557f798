//! The neocognitron: it grows without a click, follows a digit that is moved, and stands beside others.

use crate::page::{Gpu, LONG, Page};

const CHECKS: [&str; 3] = ["brain-cells-convolution", "brain-cells-shift", "brain-cells-seed"];

#[test]
fn a_neocognitron_grows_and_follows_a_digit() {
    let Some(page) = Page::open_at(Gpu::Off, "#/brain?backend=cpu&each=1&digits=150&planes=40") else { return };
    page.resize(1280, 900);
    page.wait_for_number("brain-grown", "data-right", |right| right > 200.0);
    page.wait_for("brain-says", LONG, |says| !says.attribute("data-class").is_empty());
    assert_eq!(page.all("brain-digit-0").len(), 1);

    // Moved by two pixels its contrast moves along, and it is still something.
    let drawn = "return document.querySelector('[data-testid=brain-layer-0] canvas').toDataURL()";
    let before = page.js(drawn, &[]);
    page.focus("brain-pad");
    page.key("ArrowRight", 39);
    page.key("ArrowRight", 39);
    page.wait("the contrast to move", LONG, || (page.js(drawn, &[]) != before).then_some(()));
    page.wait_for("brain-says", LONG, |says| !says.attribute("data-class").is_empty());

    // A plane of the last stage, by keys.
    page.focus("brain-layer-5");
    page.key("ArrowRight", 39);
    page.key("ArrowRight", 39);
    page.wait_for("brain-plane", LONG, |plane| plane.attribute("data-plane") == "2");
    assert!(page.all("brain-plane")[0].text.contains("class"), "{}", page.all("brain-plane")[0].text);
    page.screenshot("brain-neocognitron");

    // An empty picture has no answer.
    page.click("brain-clear");
    page.wait_for("brain-says", LONG, |says| says.attribute("data-class").is_empty() && says.text.contains("No cell"));
    page.wait_for_checks(&CHECKS);
    page.assert_narrow(740);
    page.screenshot("brain-neocognitron-narrow");
    page.assert_quiet();
}

#[test]
fn a_neocognitron_stands_beside_others() {
    let Some(page) = Page::open_at(Gpu::Off, "#/brain?backend=cpu&each=1&digits=100&planes=30") else { return };
    page.wait_for_number("brain-grown", "data-right", |right| right > 0.0);
    page.click("brain-tolerance-start");
    page.wait_for("brain-tolerance-verdict", LONG, |verdict| !verdict.attribute("data-rights").is_empty());
    let rights = page.all("brain-tolerance-verdict")[0].attribute("data-rights").to_owned();
    let rights: Vec<u32> = rights.split(' ').map(|right| right.parse().unwrap()).collect();
    assert!(
        rights.len() == 4 && rights[0] > rights[2],
        "{rights:?}: neither LeCun's nor all connected units hold a shift"
    );
    page.click("brain-bend-elastic");
    assert!(page.hash().contains("bend=elastic"), "{}", page.hash());
    page.screenshot("brain-tolerance");
    page.assert_quiet();
}
