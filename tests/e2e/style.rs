//! Pictures in the style of others, on the page Look inside.

use crate::page::{Gpu, LONG, Page};
use crate::shared::shared;
use serde_json::json;

#[test]
fn a_castle_is_painted_in_the_style_of_a_tree_and_a_link_gives_it_again() {
    let link = "#/look?net=photos&picture=castle&backend=cpu&stylesteps=20&styleside=48";
    let Some(page) = Page::open_at(Gpu::Off, link) else { return };
    page.wait_until_ready("look");
    assert!(page.all("style-picture").remove(0).text.contains("Press Start"));
    let wait_for_style = |name: &str| {
        page.wait_for("style-pair", LONG, |pair| pair.attribute("data-style") == name);
    };
    wait_for_style("maple_tree");
    page.click("style-start");
    page.wait_until_ready("style");
    let total = |attribute: &str| page.number("style-picture", attribute);
    let (first, last, step) = (total("data-first"), total("data-total"), total("data-step"));
    assert!(step == 20.0 && last > 0.0 && last < 0.7 * first, "{first} {last} after {step}");
    page.wait_for_checks(&["style-falls", "style-symmetric", "style-definite", "look-gram", "look-gram-slope"]);
    // The chart says what the losses are at the end.
    let told = page.all("style-chart-told").remove(0).text;
    assert!(told.contains("Total 0.") && told.contains("Content"), "{told}");
    page.resize(1280, 1000);
    page.js("document.querySelector('[data-testid=style]').scrollIntoView()", &[]);
    page.screenshot("look-style");

    // A long search can be ended.
    page.set("look-stylesteps", "5000");
    page.click("style-start");
    page.wait_for_number("style-picture", "data-step", |step| step > 0.0);
    page.click("style-start");
    page.wait_for("style-start", LONG, |button| button.attribute("data-state") == "idle");

    // What makes no sense is one sentence: no layer counts.
    page.set("look-stylesteps", "4");
    for at in 0..5 {
        page.set(&format!("style-weight-{at}"), "0");
    }
    page.click("style-start");
    page.wait_for("trouble", LONG, |trouble| trouble.text.contains("no layer counts, so there is no style"));
    page.set("style-weight-1", "1.5");

    // What each layer holds, one after another.
    page.click("style-paint-texture");
    page.set("style-from", "sunflower");
    page.set("style-weight-3", "0.5");
    page.click("style-start");
    page.wait_until_ready("style");
    assert_eq!(page.all("style-texture").len(), 2);
    page.screenshot("look-style-textures");
    let hash = page.hash();
    assert!(["paint=texture", "stylefrom=sunflower", "stylesteps=4"].iter().all(|part| hash.contains(part)), "{hash}");
    let before = total("data-total");
    page.reload();
    page.wait_until_ready("look");
    assert_eq!(page.hash(), hash);
    wait_for_style("sunflower");
    page.click("style-start");
    page.wait_until_ready("style");
    assert_eq!(total("data-total"), before);
    page.assert_narrow(740);
    page.js("document.querySelector('[data-testid=style]').scrollIntoView()", &[]);
    page.screenshot("look-style-narrow");
    page.assert_quiet();
}

#[test]
fn a_dropped_style_network_paints_at_once_and_is_not_asked_for_classes() {
    let Some(file) = shared("data/models/fast_style_wave-f16.safetensors") else { return };
    let Some(page) = Page::open_at(Gpu::Off, "#/look?net=photos&picture=castle&backend=cpu&paint=quick&styleside=64")
    else {
        return;
    };
    page.wait_until_ready("look");
    page.click("quick-start");
    page.wait_for("trouble", LONG, |trouble| trouble.text.contains("fast_style"));
    page.drop_file(&file, "style");
    page.wait_for_number("quick-picture", "data-width", |width| width == 64.0);
    assert!(page.hash().contains("net=photos"), "{}", page.hash());
    page.js("document.querySelector('[data-testid=style]').scrollIntoView()", &[]);
    page.screenshot("look-style-quick");
    // A script that asks it for classes is told what it does.
    let id = page.add_drawing("ship");
    let refused = page.run_job(json!({ "classify": { "picture": id, "network": "fast_style" } })).unwrap_err();
    assert!(refused["bad_setup"]["detail"].as_str().unwrap().contains("names no classes but paints"), "{refused}");
    page.assert_narrow(740);
    page.assert_quiet();
}
