//! Machines that learn and dream, on the page Represent.

mod autoencoder;
mod map;
mod stack;

use crate::exported::{catch_what_leaves, saved_by};
use crate::page::{Gpu, LONG, Page};

fn sweeps(page: &Page) -> f64 {
    page.number("represent-tiles", "data-sweeps")
}

#[test]
fn bars_and_stripes_are_learnt_dreamt_and_held_without_a_click() {
    let Some(page) = Page::open_at(Gpu::Off, "#/represent?show=boltzmann&backend=cpu") else { return };
    // Something moves before learning ends.
    page.wait_for_number("represent-tiles", "data-sweeps", |sweeps| sweeps > 2.0);
    page.wait_until_ready("represent");
    assert!(page.number("represent-verdict", "data-kl") < 0.1);
    page.wait("a known sum", LONG, || {
        page.all("represent-sum").first().filter(|sum| sum.text.starts_with("1.000000")).map(|_| ())
    });
    assert_eq!(page.all("represent-pattern").len(), 14);
    page.wait_for_checks(&[
        "represent-learnt",
        "represent-weighed",
        "represent-total",
        "represent-gradient",
        "represent-angle",
        "represent-balance",
        "represent-annealed",
    ]);
    page.wait_until_ready("represent-memory");
    assert!(page.number("represent-frames", "data-overlap") > 0.9);
    page.resize(1280, 2600);
    page.screenshot("represent");
    // Pixels are held by the keyboard, and the chains go on.
    page.focus("represent-pad");
    page.key(" ", 32);
    page.wait_for("represent-pad", LONG, |pad| pad.attribute("data-held") == "1");
    let before = sweeps(&page);
    page.wait_for_number("represent-tiles", "data-sweeps", |sweeps| sweeps > before + 3.0);
    page.click("represent-half");
    page.wait_for("represent-pad", LONG, |pad| pad.attribute("data-held") == "6");
    page.click("represent-free");
    page.wait_for("represent-pad", LONG, |pad| pad.attribute("data-held") == "0");
    page.set("represent-temperature", "0.5");
    page.wait("the temperature in the address", LONG, || page.hash().contains("t=3.1").then_some(()));
    page.click("represent-play");
    page.wait_for("represent-play", LONG, |button| button.attribute("data-state") == "idle");
    page.assert_narrow(740);
    for (card, name) in [
        ("represent", "represent-narrow"),
        ("represent-learn", "represent-learn-narrow"),
        ("represent-exact", "represent-exact-narrow"),
        ("represent-memory", "represent-memory-narrow"),
    ] {
        page.js("document.querySelector(`[data-testid=${args[0]}]`).scrollIntoView()", &[card.into()]);
        page.screenshot(name);
    }
    page.assert_quiet();
}

#[test]
fn digits_are_weighed_and_a_machine_too_large_is_refused() {
    let link = "#/represent?backend=cpu&data=digits&hidden=10&steps=150&seed=2";
    let Some(page) = Page::open_at(Gpu::Off, link) else { return };
    page.wait_until_ready("represent");
    page.wait_for("represent-weighed", LONG, |said| !said.attribute("data-off").is_empty());
    assert!(page.number("represent-weighed", "data-off").abs() < 4.0);
    page.click("represent-half");
    page.wait_for("represent-pad", LONG, |pad| pad.attribute("data-held") == "392");
    page.js("document.documentElement.dataset.theme = 'dark'", &[]);
    page.resize(1280, 2200);
    page.screenshot("represent-digits");
    // What was saved is dropped again, and goes on where it stopped.
    catch_what_leaves(&page);
    let file = std::env::temp_dir().join(format!("neocog-machine-{}.safetensors", std::process::id()));
    std::fs::write(&file, saved_by(&page, "represent-save")).unwrap();
    page.drop_file(&file, "drop-zone");
    page.wait("the machine's own settings", LONG, || page.hash().contains("steps=2150").then_some(()));
    page.wait_for_number("represent-figures", "data-step", |step| step > 150.0);
    std::fs::remove_file(&file).unwrap();
    page.set("represent-rule", "exact");
    page.wait_for("trouble", LONG, |trouble| trouble.text.contains("784") && trouble.text.contains("20"));
    page.click("represent-data-bars4");
    page.wait("the bars' own settings", LONG, || page.hash().contains("rule=tempering").then_some(()));
    page.assert_quiet();
}
