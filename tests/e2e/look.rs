//! The Look inside page: a map over the picture by itself, what it says of a place, and the same map by a link and by a script.

use crate::page::{Gpu, LONG, Page};
use crate::shared::shared;
use serde_json::{Value, json};

#[test]
fn the_map_is_there_without_a_click_and_a_link_gives_it_again() {
    let Some(page) = Page::open_at(Gpu::Off, "#/look?net=photos&picture=ship&backend=cpu") else { return };
    let said = || page.all("evidence-here").remove(0).text;
    let wait_for_places = |count: f64| page.wait_for_number("evidence-map", "data-places", |places| places == count);
    page.wait_until_ready("look");
    wait_for_places(16.0);
    assert!(said().contains("for ship"), "{}", said());
    page.wait_for_checks(&["look-weights", "look-sum", "look-cam", "look-occluded", "look-whole"]);
    page.resize(1280, 900);
    page.screenshot("look");

    // The keys walk from there, and every other place says at most as much.
    let most = page.number("evidence-here", "data-value");
    page.focus("evidence-map");
    page.key("ArrowUp", 38);
    page.wait_for_number("evidence-here", "data-value", |value| value < most);

    // Every setting asks again and is in the address, and each method has its check.
    page.set("look-method", "cam");
    page.wait_for_checks(&["evidence-cam-sum"]);
    page.set("look-method", "gradient");
    wait_for_places(1024.0);
    page.wait_for_checks(&["evidence-slope"]);
    page.wait_for("look-cost", LONG, |cost| cost.text.contains("kernel calls"));
    page.set("look-method", "guided");
    page.wait_until_ready("look");
    page.set("look-method", "integrated");
    page.wait_for_checks(&["evidence-completeness"]);
    page.set("look-method", "gradient");
    page.wait_for_checks(&["evidence-slope"]);
    // The map as an array: a magic word, the shape, and a number for each pixel.
    page.js(
        "window.__saved = null;
         const make = URL.createObjectURL.bind(URL);
         URL.createObjectURL = (blob) => { window.__saved = blob; return make(blob); };",
        &[],
    );
    page.click("look-npy");
    let start = "return window.__saved ? [window.__saved.size, await window.__saved.slice(6, 100).text()] : null";
    let saved = page.wait("an array", LONG, || Some(page.js(start, &[])).filter(|saved| !saved.is_null()));
    assert!(saved[0] == json!(1024 * 4 + 128) && saved[1].to_string().contains("(32, 32,)"), "{saved}");
    page.js("window.__saved = null", &[]);
    page.click("look-png");
    let kind = "return window.__saved ? [...new Uint8Array(await window.__saved.slice(0, 4).arrayBuffer())] : null";
    let saved = page.wait("a picture", LONG, || Some(page.js(kind, &[])).filter(|saved| !saved.is_null()));
    assert_eq!(saved, json!([0x89, 0x50, 0x4e, 0x47]));

    page.set("look-against", "1");
    page.wait_for("evidence-here", LONG, |here| here.text.contains("rather than"));
    page.set("look-against", "");
    page.set("look-method", "occlusion");
    wait_for_places(169.0);
    page.wait_until_ready("look");
    assert!(said().contains("lowers ship from") && said().contains('%'), "{}", said());
    page.set("look-stride", "4");
    wait_for_places(49.0);
    page.wait_until_ready("look");
    // What makes no sense is a sentence.
    page.set("look-side", "33");
    page.wait_for("trouble", LONG, |trouble| trouble.text.contains("33"));
    page.set("look-side", "12");
    page.set("look-class", "0");
    wait_for_places(36.0);
    page.wait_until_ready("look");
    page.resize(1280, 900);
    page.screenshot("look-occlusion");
    let (hash, before) = (page.hash(), said());
    assert!(["method=occlusion", "side=12", "stride=4", "class=0"].iter().all(|part| hash.contains(part)), "{hash}");
    assert!(before.contains("airplane"), "{before}");
    page.reload();
    page.wait_for("evidence-here", LONG, |here| here.text == before);
    page.wait_until_ready("look");
    // A link from when occlusion was a page of its own shows the same.
    page.js("location.hash = args[0]", &[json!("#/speed")]);
    page.wait("the page Speed", LONG, || page.hash().starts_with("#/speed?").then_some(()));
    page.js(
        "location.hash = args[0]",
        &[json!("#/occlude?net=photos&picture=ship&backend=cpu&side=12&stride=4&class=0")],
    );
    page.wait_for("evidence-here", LONG, |here| here.text == before);
    assert!(page.hash().starts_with("#/look?"), "{}", page.hash());
    // All methods in one table, each with its map and figures.
    page.click("look-trust-start");
    page.wait_for_number("look-table", "data-rows", |rows| rows == 14.0);
    page.wait_until_ready("look-trust");
    let refused = |row: &str| {
        page.js("return document.querySelector(`[data-judged=${args[0]}] td[colspan]`) !== null", &[json!(row)])
    };
    assert_eq!([refused("cam"), refused("rise"), refused("chance")], [false; 3]);
    // What is left of each map while the network forgets, and which maps lie within a frame.
    page.wait_for("look-forgetting", LONG, |chart| !chart.text.is_empty());
    let thing = "const frame = document.querySelector('[data-testid=look-thing]');
        frame.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown', bubbles: true, cancelable: true }));
        return true";
    page.js(thing, &[]);
    page.wait_for("look-thing", LONG, |thing| thing.attribute("data-frame") == "[25, 25, 75, 75]");
    page.js(thing, &[]);
    page.wait_for("look-thing", LONG, |thing| thing.attribute("data-frame") == "[25, 30, 75, 80]");
    assert!(
        page.hash().contains("thing=25%2C30%2C75%2C80") || page.hash().contains("thing=25,30,75,80"),
        "{}",
        page.hash()
    );
    let hits = "return [...document.querySelectorAll('[data-hit]')].map(row => row.dataset.hit)";
    let hits: Vec<String> = serde_json::from_value(page.js(hits, &[])).unwrap();
    assert!(hits.len() == 14 && hits.iter().any(|hit| hit == "true"), "{hits:?}");
    page.resize(1280, 1400);
    page.screenshot("look-table");
    page.js("document.querySelector('[data-testid=look-forgetting]').scrollIntoView()", &[]);
    page.screenshot("look-forgetting");
    page.assert_narrow(740);
    page.screenshot("look-narrow");
    page.assert_quiet();
}

#[test]
fn scripts_have_maps_too() {
    let Some(page) = Page::open_idle(Gpu::Software) else { return };
    let id = page.add_drawing("digit_7");
    let run = |job: Value| page.run_job(json!({ "look_inside": { "evidence": job } }));
    let map = |backend: &str, method: &str| {
        let job = json!({
            "picture": id, "network": "digits", "method": method, "stride": 7, "grey": 0, "backend": backend
        });
        run(job).unwrap()["looked_inside"]["evidence"]["map"].take()
    };
    let values = |map: &Value| serde_json::from_value::<Vec<f64>>(map["values"].clone()).unwrap();
    for (method, count) in [("occlusion", 16), ("gradient", 784), ("grad_cam", 9)] {
        let (gpu, cpu) = (map("gpu", method), map("cpu", method));
        assert_eq!((&gpu["backend"]["kind"], &cpu["backend"]["kind"]), (&json!("gpu"), &json!("cpu")));
        assert_eq!(cpu["whole"]["label"], json!("7"));
        let apart = values(&gpu).iter().zip(values(&cpu)).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(values(&cpu).len() == count && apart < 1e-3, "{method}: {apart}");
    }
    assert_eq!(map("cpu", "occlusion")["xs"], json!([0, 7, 14, 21]));
    let refused = run(json!({ "picture": id, "network": "digits", "method": "cam" })).unwrap_err();
    assert!(refused["bad_setup"]["detail"].as_str().unwrap().contains("comes more than a mean"));
    page.assert_quiet();
}

/// SqueezeNet 1.1 on both backends; the ratio of times is printed, that of kernel calls judged.
#[test]
fn a_map_of_a_photographs_network_costs_little_more_than_three_answers() {
    let Some(weights) = shared("data/models/squeezenet1_1.safetensors") else { return };
    let Some(page) = Page::open_idle(Gpu::Software) else { return };
    page.drop_files(&[&weights], "drop-zone");
    page.wait_for("weights-loaded", LONG, |loaded| loaded.text.contains("SqueezeNet"));
    let id = page.add_drawing("ship");
    for backend in ["cpu", "gpu"] {
        let job = json!({ "picture": id, "network": "squeezenet1_1", "method": "gradient", "backend": backend });
        let found =
            page.run_job(json!({ "look_inside": { "evidence": job } })).unwrap()["looked_inside"]["evidence"].take();
        let cost = |key: &str| found["cost"][key].as_f64().unwrap();
        let calls = cost("gradient_dispatches") / cost("answer_dispatches");
        println!(
            "{backend}: {} times {:.2}, kernel calls {calls:.2}",
            found["cost"],
            cost("gradient_ms") / cost("answer_ms")
        );
        assert!(calls <= 3.2);
        assert!(found["map"]["backend"]["kind"] == backend);
    }
    page.assert_quiet();
}
