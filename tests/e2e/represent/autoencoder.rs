//! Autoencoders on the page Represent: one learns without a click, its decoder is under the pointer and the keys, links restore it.

use crate::checkpoint::{file, picture_of};
use crate::page::{Gpu, LONG, Page};
use std::time::Instant;

fn place(page: &Page) -> String {
    page.all("represent-decoded").first().map_or_else(String::new, |seen| seen.attribute("data-place").to_owned())
}

fn bright(page: &Page) -> f64 {
    page.number("represent-decoded", "data-bright")
}

#[test]
fn an_autoencoder_learns_and_decodes_where_somebody_points() {
    let start = Instant::now();
    let link = "#/represent?backend=cpu&code-steps=300";
    let Some(page) = Page::open_at(Gpu::Off, link) else { return };
    // Dots move before learning ends.
    page.wait_for_number("represent-code-map", "data-step", |step| step > 0.0);
    println!("first dots {:.1} s after opening", start.elapsed().as_secs_f64());
    let first = page.number("represent-code-map", "data-step");
    page.wait_for_number("represent-code-map", "data-step", |step| step > first);
    page.wait_until_ready("represent-code");
    assert_eq!(page.number("represent-code-map", "data-dots"), 400.0);
    let [error, components] = ["data-error", "data-components"].map(|name| page.number("represent-code-verdict", name));
    println!("squared error {error}, components {components}");
    assert!(error < components && components < 0.06);
    assert_eq!(page.all("represent-again").len(), 10);
    page.wait_for_checks(&["represent-beside", "represent-total", "represent-contraction"]);
    page.wait_for_number("represent-unseen-verdict", "data-auc", |auc| auc > 0.9);
    page.resize(1280, 2600);
    page.screenshot("represent-autoencoder");

    // By the keyboard, and by the pointer: another place has another picture.
    page.wait_for_number("represent-decoded", "data-bright", |bright| bright > 0.0);
    let before = bright(&page);
    page.focus("represent-code-map");
    (0..6).for_each(|_| page.key("ArrowLeft", 37));
    page.wait("a place by the keys", LONG, || (!place(&page).is_empty()).then_some(()));
    page.wait_for_number("represent-decoded", "data-bright", |bright| bright > 0.0 && bright != before);
    let (by_keys, before) = (place(&page), bright(&page));
    let point = "const box = document.querySelector('[data-testid=represent-code-map]').getBoundingClientRect();
        const event = { bubbles: true, clientX: box.left + 0.8 * box.width, clientY: box.top + 0.75 * box.height };
        document.querySelector('[data-testid=represent-code-map]').dispatchEvent(new PointerEvent('pointermove', event))";
    page.js(point, &[]);
    page.wait("a place by the pointer", LONG, || (place(&page) != by_keys).then_some(()));
    page.wait_for_number("represent-decoded", "data-bright", |bright| bright != before);
    assert!(page.all("represent-nearest")[0].text.contains("nearest picture"));
    page.click("represent-end-1-4");
    page.wait_for("represent-walked", LONG, |walk| walk.attribute("data-ends") == "0 4");
    page.assert_narrow(740);
    for (card, name) in [
        ("represent-code", "represent-autoencoder-narrow"),
        ("represent-walk", "represent-walk-narrow"),
        ("represent-code-learn", "represent-code-learn-narrow"),
    ] {
        page.js("document.querySelector(`[data-testid=${args[0]}]`).scrollIntoView()", &[card.into()]);
        page.screenshot(name);
    }
    page.assert_quiet();
}

#[test]
fn links_restore_a_linear_one_and_bad_pictures_are_refused() {
    let link = "#/represent?backend=cpu&by=linear&code-steps=700&code-seed=3";
    let Some(page) = Page::open_at(Gpu::Off, link) else { return };
    page.wait("the link's setting", LONG, || page.hash().contains("by=linear").then_some(()));
    page.wait_until_ready("represent-code");
    let angle = page.all("represent-code-angle-told")[0].text.clone();
    println!("angle {angle}");
    assert!(angle.ends_with('°'));
    page.js("document.documentElement.dataset.theme = 'dark'", &[]);
    page.resize(1280, 2000);
    page.screenshot("represent-linear");
    // One picture is no set.
    let one = file("one.png", &picture_of(3, 28));
    page.choose_file(&one, "represent-code-files");
    page.wait_for("trouble", LONG, |trouble| !trouble.text.is_empty());
    println!("{}", page.all("trouble")[0].text);
    // The other part, by its button, and back by the address.
    page.click("represent-show-boltzmann");
    page.wait_for_number("represent-tiles", "data-sweeps", |sweeps| sweeps > 1.0);
    assert!(page.hash().contains("show=boltzmann"));
}
