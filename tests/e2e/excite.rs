//! What excites a unit, on the page Look inside.

use crate::page::{Gpu, LONG, Page};
use neocog::data::{Rgb, png};
use std::path::Path;

#[test]
fn excite_shows_the_nine_of_a_channel_and_a_link_gives_them_again() {
    let Some(page) = Page::open_at(Gpu::Off, "#/look?net=photos&picture=ship&backend=cpu") else { return };
    // The tray is looked through unasked.
    page.wait_until_ready("excite");
    let values =
        || page.all("excite-place").iter().map(|place| place.attribute("data-value").to_owned()).collect::<Vec<_>>();
    let numbers = || values().iter().map(|value| value.parse::<f64>().unwrap()).collect::<Vec<_>>();
    assert_eq!(page.number("excite-seen", "data-seen"), page.number("excite-seen", "data-of"));
    assert!(page.number("excite-seen", "data-seen") > 20.0);
    assert!(numbers().len() == 9 && numbers().is_sorted_by(|a, b| a >= b) && numbers()[8] > 0.0, "{:?}", numbers());
    page.wait_for_checks(&["excite-alone", "excite-outside", "excite-inside", "excite-dark", "look-nine"]);
    page.resize(1280, 1500);
    page.js("document.querySelector('[data-testid=excite]').scrollIntoView()", &[]);
    page.screenshot("look-excite");

    // A step on the wall is the next channel.
    let channel =
        || page.js("return Number(document.querySelector('[data-testid=excite-channel]').value)", &[]).as_f64();
    let (first, before) = (channel().unwrap(), values());
    let key = if first > 0.0 { ("ArrowLeft", 37, first - 1.0) } else { ("ArrowRight", 39, 1.0) };
    page.focus("excite-wall");
    page.key(key.0, key.1);
    page.wait("the next channel", LONG, || (channel() == Some(key.2)).then_some(()));
    page.wait("its places", LONG, || (values() != before).then_some(()));
    page.wait_until_ready("excite");

    // Another layer, one with one value for each channel, and one that is asked for a channel that it does not have.
    page.set("excite-layer", "0");
    page.wait_for("excite-shape", LONG, |shape| shape.text.contains("32×32×32"));
    page.wait_until_ready("excite");
    page.set("excite-channel", "32");
    page.wait_for("trouble", LONG, |trouble| trouble.text.contains("there is no channel 32"));
    page.set("excite-channel", "4");
    page.wait_until_ready("excite");
    let kept = values();
    let hash = page.hash();
    assert!(["unitlayer=0", "unit=4"].iter().all(|part| hash.contains(part)), "{hash}");
    page.reload();
    page.wait("the same places", LONG, || (values() == kept).then_some(()));
    page.wait_until_ready("excite");
    assert_eq!(page.hash(), hash);
    page.assert_narrow(740);
    page.js("document.querySelector('[data-testid=excite-places]').scrollIntoView()", &[]);
    page.screenshot("look-excite-narrow");
    page.assert_quiet();
}

#[test]
fn excite_goes_through_a_set_and_can_be_cancelled() {
    let link = "#/look?net=digits&picture=digit_7&backend=cpu&from=digits&drawn=100000";
    let Some(page) = Page::open_at(Gpu::Off, link) else { return };
    page.wait_until_ready("look");
    // A set is not looked through unasked.
    assert!(page.all("excite-seen").is_empty());
    page.click("excite-start");
    page.wait_for("excite-start", LONG, |button| button.attribute("data-state") == "running");
    page.click("excite-start");
    page.wait_for("excite-start", LONG, |button| button.attribute("data-state") == "idle");
    page.set("look-drawn", "300");
    page.click("excite-start");
    page.wait_for_number("excite-seen", "data-seen", |seen| seen == 300.0);
    page.wait_until_ready("excite");
    let classes = page.all("excite-class");
    let mean = |at: usize| classes[at].attribute("data-mean").parse::<f64>().unwrap();
    assert!(classes.len() == 8 && mean(0) >= mean(7), "{} {}", mean(0), mean(7));
    // The last layer's channels are the classes: the pictures of a class excite its own.
    let last = page.js("return document.querySelector('[data-testid=excite-layer]').options[1].value", &[]);
    page.set("excite-layer", last.as_str().unwrap());
    page.click("excite-start");
    page.wait_until_ready("excite");
    page.set("excite-channel", "3");
    page.wait("the places of 3", LONG, || {
        let labels = page.all("excite-class");
        labels.first().is_some_and(|class| class.attribute("data-label") == "3").then_some(())
    });
    page.wait_until_ready("excite");
    assert!(page.all("excite").remove(0).text.contains("sees the whole picture"));
    page.resize(1280, 1400);
    page.js("document.querySelector('[data-testid=excite]').scrollIntoView()", &[]);
    page.screenshot("look-excite-set");
    page.assert_quiet();
}

#[test]
fn excite_takes_a_folder_and_a_transformer_shows_its_attention() {
    let Some(page) = Page::open_at(Gpu::Off, "#/look?net=photos&picture=ship&backend=cpu&method=attention") else {
        return;
    };
    page.wait_for("trouble", LONG, |trouble| trouble.text.contains("has no attention"));
    let folder = std::env::temp_dir().join(format!("neocog-kinds-{}", std::process::id()));
    for at in 0..24_u32 {
        let class = folder.join(["cat", "ship"][at as usize % 2]);
        std::fs::create_dir_all(&class).unwrap();
        let pixels = (0..12 * 12 * 3).map(|byte: u32| (byte * (at + 1) % 251) as u8).collect();
        std::fs::write(class.join(format!("{at}.png")), png::encode(&Rgb::new(12, 12, pixels).unwrap())).unwrap();
    }
    page.drop_folder(&folder, "excite");
    page.wait("the set", LONG, || page.hash().contains("&from=").then_some(()));
    std::fs::remove_dir_all(&folder).unwrap();
    page.click("excite-start");
    page.wait_for_number("excite-seen", "data-seen", |seen| seen == 24.0);
    page.wait_until_ready("excite");
    assert_eq!(page.all("excite-class").len(), 2);

    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/onnx/attends.onnx");
    page.drop_file(&file, "look");
    page.wait_for_number("evidence-map", "data-places", |places| places == 16.0);
    page.wait_for_checks(&["evidence-attention-rows", "look-rollout"]);
    page.wait_until_ready("look");
    let said = || page.all("evidence-here").remove(0).text;
    let mean = said();
    page.set("look-head", "1");
    page.wait("another head", LONG, || (said() != mean && page.hash().contains("head=1")).then_some(()));
    page.set("look-method", "rollout");
    page.wait_until_ready("look");
    assert!(said().contains("of what it gathers from the patch"), "{}", said());
    page.resize(1280, 900);
    page.screenshot("look-rollout");
    page.assert_quiet();
}
