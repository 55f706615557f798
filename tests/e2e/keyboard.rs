//! Fool, Distil and Caption by the keyboard alone: real keys, from the top of the page to what is wanted.

use crate::page::{Gpu, LONG, Page};
use serde_json::{Value, json};

/// Tab by Tab to what has this test id.
fn reach(page: &Page, testid: &str) {
    let here = "const here = document.activeElement; return here?.dataset.testid ?? here?.closest('[data-testid]')?.dataset.testid ?? ''";
    for _ in 0..400 {
        page.key("Tab", 9);
        if page.js(here, &[]) == json!(testid) {
            return;
        }
    }
    page.give_up(&format!("{testid} is not reached by Tab"));
}

fn open(hash: &str) -> Option<Page> {
    Page::open_at(Gpu::Off, hash)
}

fn parameter(page: &Page, name: &str) -> Value {
    page.js("return new URLSearchParams(location.hash.split('?')[1]).get(args[0])", &[json!(name)])
}

#[test]
fn a_network_is_fooled_by_keys() {
    let Some(page) = open("#/fool?net=photos&picture=ship&backend=cpu&attack=pgd&eps=8") else { return };
    page.wait_for("fool-attack", LONG, |card| card.attribute("data-state") == "ready");
    reach(&page, "attack-method");
    page.key("ArrowUp", 38);
    page.wait("another attack", LONG, || (parameter(&page, "attack") != json!("pgd")).then_some(()));
    reach(&page, "attack-epsilon");
    page.key("ArrowRight", 39);
    page.wait("another strength", LONG, || (parameter(&page, "eps") != json!("8")).then_some(()));
    page.wait_for("fool-attack", LONG, |card| card.attribute("data-state") == "ready");
    page.assert_quiet();
}

/// Every search of Look inside, each far too long to wait for.
#[test]
fn searches_are_started_and_ended_by_keys() {
    let link = "#/look?net=photos&picture=castle&backend=cpu&from=shapes&drawn=100000&steps=5000&dreamsteps=1000\
                &stylesteps=5000&tellcount=20000";
    let Some(page) = open(link) else { return };
    page.wait_until_ready("look");
    for card in ["excite", "optimal", "dream", "style", "invariance"] {
        let start = format!("{card}-start");
        reach(&page, &start);
        for state in ["running", "idle"] {
            page.key(" ", 32);
            page.wait_for(&start, LONG, |button| button.attribute("data-state") == state);
        }
    }
    page.assert_quiet();
}

#[test]
fn a_lesson_is_steered_by_keys() {
    let Some(page) =
        open("#/distil?backend=cpu&student=flatten%0Alinear+16%0Arelu%0Alinear+classes&count=1000&epochs=5000")
    else {
        return;
    };
    page.wait_for("distil-start", LONG, |button| button.attribute("data-state") == "running");
    let before = parameter(&page, "temperature");
    reach(&page, "distil-start");
    page.key(" ", 32);
    page.wait_for("distil-start", LONG, |button| button.attribute("data-state") == "paused");
    reach(&page, "distil-temperature");
    page.key("ArrowRight", 39);
    page.wait("another temperature", LONG, || (parameter(&page, "temperature") != before).then_some(()));
    page.assert_quiet();
}

#[test]
fn a_scene_is_arranged_by_keys() {
    let Some(page) =
        open("#/caption?backend=cpu&scene=small-plain-red-circle-11-25,medium-plain-blue-square-26-22&say=greedy")
    else {
        return;
    };
    let told = |sentence: &str| {
        page.wait_for("sentence", LONG, |said| said.attribute("data-sentence") == sentence);
    };
    told("a small red circle left of a blue square");
    reach(&page, "scene");
    (0..30).for_each(|_| page.key("ArrowRight", 39));
    told("a small red circle right of a blue square");
    page.key(" ", 32);
    page.key("Delete", 46);
    told("a small red circle");
    reach(&page, "word");
    reach(&page, "thing-colour");
    page.key("ArrowDown", 40);
    told("a small green circle");
    page.assert_quiet();
}
