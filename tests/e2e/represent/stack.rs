//! A deep belief net on the page Represent: it learns and dreams without a click, and two classifiers begin from it and at random.

use crate::page::{Gpu, LONG, Page};

#[test]
fn a_stack_learns_dreams_and_is_ahead() {
    let link = "#/represent?backend=cpu&show=stack&stack-steps=600&stack-units=64&labelled=300&epochs=6";
    let Some(page) = Page::open_at(Gpu::Off, link) else { return };
    // Something moves while the first layer learns.
    page.wait_for_number("represent-stack-tiles", "data-sweeps", |sweeps| sweeps > 2.0);
    assert!(page.number("represent-stack-figures", "data-step") < 1800.0);
    page.wait_until_ready("represent-stack");
    assert_eq!(page.number("represent-stack-verdict", "data-layer"), 2.0);
    assert_eq!(page.all("represent-stack-filters").len(), 3);
    page.wait_until_ready("represent-tune");
    let [stack, random] = ["data-stack", "data-random"].map(|of| page.number("represent-tune-verdict", of));
    println!("pre-trained {stack}, random weights {random}");
    assert!(stack > random);
    page.wait_for_checks(&["represent-bound"]);
    page.resize(1280, 2400);
    page.screenshot("represent-stack");
    page.click("represent-stack-play");
    page.wait_for("represent-stack-play", LONG, |button| button.attribute("data-state") == "idle");
    page.js("document.documentElement.dataset.theme = 'dark'", &[]);
    page.assert_narrow(740);
    for card in ["represent-stack", "represent-tune", "represent-stack-learn"] {
        page.js("document.querySelector(`[data-testid=${args[0]}]`).scrollIntoView()", &[card.into()]);
        page.screenshot(&format!("{card}-narrow"));
    }
    page.assert_quiet();
}
