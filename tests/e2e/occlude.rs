//! The Occlude page: a map over the picture by itself, what it says of a place, and the same map by a link and by a script.

use crate::page::{Gpu, LONG, Page};
use serde_json::{Value, json};

fn open(gpu: Gpu, more: &str) -> Option<Page> {
    Page::open_at(gpu, &format!("#/occlude?net=photos&picture=ship&backend=cpu{more}"))
}

fn ready(page: &Page) {
    page.wait_for("occlude", LONG, |card| card.attribute("data-state") == "ready");
}

fn number(page: &Page, testid: &str, attribute: &str) -> f64 {
    page.all(testid).first().and_then(|one| one.attribute(attribute).parse().ok()).unwrap_or(f64::NAN)
}

/// As a person types it.
fn set(page: &Page, testid: &str, value: &str) {
    let set = "const field = document.querySelector(`[data-testid=\"${args[0]}\"]`);
        field.value = args[1];
        field.dispatchEvent(new Event('change', { bubbles: true }))";
    page.js(set, &[json!(testid), json!(value)]);
}

fn wait_for_places(page: &Page, count: f64) {
    page.wait("so many places", LONG, || (number(page, "occlude-map", "data-places") == count).then_some(()));
}

#[test]
fn the_map_is_there_without_a_click_and_a_link_gives_it_again() {
    let Some(page) = open(Gpu::Off, "") else { return };
    ready(&page);
    wait_for_places(&page, 169.0);
    let said = page.all("occlude-here").remove(0);
    assert!(said.text.contains("lowers ship from") && said.text.contains('%'), "{said:?}");
    let least = number(&page, "occlude-here", "data-left");
    page.wait("the facts", LONG, || {
        let passed = |check: &str| {
            let rows = page.all("check").into_iter();
            rows.filter(|row| row.attribute("data-check") == check).any(|row| row.attribute("data-verdict") == "passed")
        };
        (passed("occlude-linear") && passed("occlude-whole")).then_some(())
    });
    page.resize(1280, 900);
    page.screenshot("occlude");

    // The keys walk from there, and every other place leaves at least as much.
    page.js("document.querySelector('[data-testid=\"occlude-map\"]').focus()", &[]);
    page.key("ArrowUp", 38);
    page.wait("another place", LONG, || (number(&page, "occlude-here", "data-left") > least).then_some(()));

    // Every setting asks again and is in the address; what makes no sense is a sentence.
    set(&page, "occlude-stride", "4");
    wait_for_places(&page, 49.0);
    ready(&page);
    set(&page, "occlude-side", "33");
    page.wait_for("trouble", LONG, |trouble| trouble.text.contains("33"));
    set(&page, "occlude-side", "12");
    set(&page, "occlude-class", "0");
    wait_for_places(&page, 36.0);
    ready(&page);
    let hash = page.js("return location.hash", &[]).as_str().unwrap_or_default().to_owned();
    assert!(["side=12", "stride=4", "class=0", "grey=128"].iter().all(|part| hash.contains(part)), "{hash}");
    let said = page.all("occlude-here").remove(0).text;
    assert!(said.contains("airplane"), "{said}");
    page.reload();
    page.wait("the same sentence", LONG, || {
        page.all("occlude-here").first().filter(|here| here.text == said).map(drop)
    });
    ready(&page);
    page.resize(360, 740);
    let fits = "return document.documentElement.scrollWidth <= window.innerWidth";
    page.wait("the page to fit into 360 pixels", LONG / 10, || (page.js(fits, &[]) == json!(true)).then_some(()));
    page.screenshot("occlude-narrow");
    page.assert_quiet();
}

#[test]
fn scripts_have_maps_too() {
    let Some(page) = Page::open_idle(Gpu::Software) else { return };
    let picture = json!({ "add_picture": { "name": "seven", "source": { "gallery": "digit_7" } } });
    let id = page.run_job(picture).unwrap()["picture"]["id"].clone();
    let map = |backend: &str| {
        let job = json!({ "picture": id, "network": "digits", "stride": 7, "grey": 0, "backend": backend });
        page.run_job(json!({ "occlude": { "map": job } })).unwrap()["occluded"]["mapped"].clone()
    };
    let (gpu, cpu) = (map("gpu"), map("cpu"));
    assert_eq!((&gpu["backend"]["kind"], &cpu["backend"]["kind"]), (&json!("gpu"), &json!("cpu")));
    assert_eq!((&cpu["whole"]["label"], &cpu["xs"]), (&json!("7"), &json!([0, 7, 14, 21])));
    let values = |map: &Value| -> Vec<f64> {
        map["probabilities"].as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
    };
    let apart = values(&gpu).iter().zip(values(&cpu)).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(values(&cpu).len() == 16 && apart < 1e-3, "{apart}");
    let refused = page.run_job(json!({ "occlude": { "map": { "picture": id, "network": "digits", "stride": 0 } } }));
    assert!(refused.unwrap_err()["bad_setup"]["detail"].as_str().unwrap().contains("never moves"));
}
