//! The Occlude page: a map over the picture by itself, what it says of a place, and the same map by a link and by a script.

use crate::page::{Gpu, LONG, Page};
use serde_json::{Value, json};

#[test]
fn the_map_is_there_without_a_click_and_a_link_gives_it_again() {
    let Some(page) = Page::open_at(Gpu::Off, "#/occlude?net=photos&picture=ship&backend=cpu") else { return };
    let said = || page.all("evidence-here").remove(0).text;
    let wait_for_places = |count: f64| page.wait_for_number("evidence-map", "data-places", |places| places == count);
    page.wait_until_ready("occlude");
    wait_for_places(169.0);
    assert!(said().contains("lowers ship from") && said().contains('%'), "{}", said());
    page.wait_for_checks(&["occlude-linear", "occlude-whole"]);
    page.resize(1280, 900);
    page.screenshot("occlude");

    // The keys walk from there, and every other place costs at most as much.
    let most = page.number("evidence-here", "data-value");
    page.focus("evidence-map");
    page.key("ArrowUp", 38);
    page.wait_for_number("evidence-here", "data-value", |value| value < most);

    // Every setting asks again and is in the address; what makes no sense is a sentence.
    page.set("occlude-stride", "4");
    wait_for_places(49.0);
    page.wait_until_ready("occlude");
    page.set("occlude-side", "33");
    page.wait_for("trouble", LONG, |trouble| trouble.text.contains("33"));
    page.set("occlude-side", "12");
    page.set("occlude-class", "0");
    wait_for_places(36.0);
    page.wait_until_ready("occlude");
    let (hash, before) = (page.hash(), said());
    assert!(["side=12", "stride=4", "class=0", "grey=128"].iter().all(|part| hash.contains(part)), "{hash}");
    assert!(before.contains("airplane"), "{before}");
    page.reload();
    page.wait_for("evidence-here", LONG, |here| here.text == before);
    page.wait_until_ready("occlude");
    page.assert_narrow(740);
    page.screenshot("occlude-narrow");
    page.assert_quiet();
}

#[test]
fn scripts_have_maps_too() {
    let Some(page) = Page::open_idle(Gpu::Software) else { return };
    let id = page.add_drawing("digit_7");
    let run = |job: Value| page.run_job(json!({ "occlude": { "map": job } }));
    let map = |backend: &str| {
        let job = json!({ "picture": id, "network": "digits", "stride": 7, "grey": 0, "backend": backend });
        run(job).unwrap()["occluded"]["mapped"].take()
    };
    let (gpu, cpu) = (map("gpu"), map("cpu"));
    assert_eq!((&gpu["backend"]["kind"], &cpu["backend"]["kind"]), (&json!("gpu"), &json!("cpu")));
    assert_eq!((&cpu["whole"]["label"], &cpu["xs"]), (&json!("7"), &json!([0, 7, 14, 21])));
    let values = |map: &Value| serde_json::from_value::<Vec<f64>>(map["values"].clone()).unwrap();
    let apart = values(&gpu).iter().zip(values(&cpu)).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(values(&cpu).len() == 16 && apart < 1e-3, "{apart}");
    let refused = run(json!({ "picture": id, "network": "digits", "stride": 0 })).unwrap_err();
    assert!(refused["bad_setup"]["detail"].as_str().unwrap().contains("never moves"));
    page.assert_quiet();
}
