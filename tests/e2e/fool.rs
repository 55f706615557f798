//! The Fool page: a picture is changed and taken for something else, by itself; strength, transfer, pictures of nothing.

use crate::page::{Gpu, LONG, Page};
use serde_json::{Value, json};

/// Goes to the page by its address, with more of it behind.
fn open(gpu: Gpu, more: &str) -> Option<Page> {
    Page::open_at(gpu, &format!("#/fool?net=photos&picture=ship&backend=cpu{more}"))
}

fn first(page: &Page, testid: &str) -> String {
    page.all(testid).first().map(|row| row.attribute("data-label").to_owned()).unwrap_or_default()
}

#[test]
fn a_ship_is_taken_for_something_else_without_a_click() {
    let Some(page) = open(Gpu::Off, "") else { return };
    page.wait_until_ready("fool-attack");
    page.wait("a ship that is none", LONG, || {
        (first(&page, "fool-before") == "ship" && !first(&page, "fool-after").is_empty()).then_some(())
    });
    // With the least ε of a few that is enough, invisible to a person, and in 8 bits.
    page.wait_for("fool-survives", LONG, |verdict| {
        verdict.attribute("data-fooled") == "true" && verdict.attribute("data-survives") == "true"
    });
    let linf = page.number("fool-norms", "data-linf");
    assert!(linf > 0.0 && linf <= 8.0 / 255.0 + 1e-6, "{linf}");
    page.js("location.hash += '&eps=8'", &[]);
    page.wait("ε as the address has it", LONG, || {
        ((page.number("fool-norms", "data-linf") - 8.0 / 255.0).abs() < 1e-6).then_some(())
    });
    assert_ne!(first(&page, "fool-after"), "ship");
    let norms = page.number("fool-norms", "data-l2");
    assert!(norms > 0.5, "{norms}");
    page.wait_for_checks(&["bound", "png", "stronger", "zero", "linear-l2", "linear-linf", "box", "nothing"]);
    assert_eq!(page.verdict("sure"), "open");
    page.screenshot("fool");

    // The address holds it all: the same attack again, in another life of the page, is the same change.
    let hash = page.hash();
    assert!(hash.contains("attack=pgd") && hash.contains("eps=8") && hash.contains("seed=1"), "{hash}");
    page.reload();
    page.wait_for_number("fool-norms", "data-l2", |l2| l2 == norms);

    // Another attack, by the keyboard's own way: a change of the select, then nothing at all of strength.
    page.js(
        "const select = document.querySelector('[data-testid=\"attack-method\"]');
         select.value = 'fgsm';
         select.dispatchEvent(new Event('change', { bubbles: true }));
         const slider = document.querySelector('[data-testid=\"attack-epsilon\"]');
         slider.value = '0';
         slider.dispatchEvent(new Event('input', { bubbles: true }));",
        &[],
    );
    page.wait_for_number("fool-norms", "data-l0", |l0| l0 == 0.0);
    page.wait_for("fool-survives", LONG, |line| line.attribute("data-fooled") == "false");
    page.wait_for("fool-stronger", LONG, |button| button.text.contains('1'));

    // What it is already is nothing to be fooled into; by its name it is found among all classes.
    page.js("location.hash = location.hash.replace('eps=0', 'eps=8') + '&target=8'", &[]);
    page.wait_for("fool-survives", LONG, |line| {
        line.attribute("data-fooled") == "false" && line.text.contains("already")
    });
    page.assert_quiet();
}

#[test]
fn pictures_of_nothing_evolve_and_what_was_made_is_shown_to_all() {
    let Some(page) = open(Gpu::Off, "&attack=deepfool&way=ascent&class=3") else { return };
    page.wait_until_ready("fool-attack");
    assert_eq!(page.verdict("bound"), "open");
    page.click("transfer-start");
    page.wait("a grid of three networks", LONG, || (page.all("transfer-cell").len() == 9).then_some(()));
    // Fooled is the one that it was made for.
    assert_eq!(page.all("transfer-cell")[number_of(&page, "photos")].attribute("data-fooled"), "true");
    page.click("invent-start");
    page.wait_until_ready("fool-invent");
    page.wait_for_checks(&["sure"]);
    let sure: f64 = page.all("invented")[0].attribute("data-probability").parse().unwrap();
    assert!(sure >= 0.99 && first(&page, "invented") == "cat", "{sure}");
    // Evolution shows its population, and stops when it is told to.
    page.click("invent-way-direct");
    page.click("invent-start");
    page.wait("a champion for each class", LONG, || (page.all("invented").len() == 10).then_some(()));
    page.click("invent-start");
    page.wait_for("fool-invent", LONG, |card| card.attribute("data-state") != "working");
    page.screenshot("fool-invent");
    page.assert_quiet();
}

/// Where the attacked network's own cell is, on the diagonal: the grid is in the order of the list of networks.
fn number_of(page: &Page, network: &str) -> usize {
    let options = "return [...document.querySelectorAll('[data-testid=\"model-select\"] option')].map(o => o.value)";
    let names = page.js(options, &[]);
    let at = names.as_array().and_then(|names| names.iter().position(|name| name == network)).unwrap_or(0);
    at * (page.all("transfer-cell").len().isqrt() + 1)
}

#[test]
fn classify_leads_here_in_one_click_and_narrow_pages_hold_it() {
    let Some(page) = Page::open(Gpu::Off) else { return };
    page.js("location.hash = '#/classify?net=photos&picture=ship&backend=cpu'", &[]);
    page.wait_for("fool-this", LONG, |link| link.attribute("href").starts_with("#/fool?"));
    page.click("fool-this");
    page.wait_until_ready("fool-attack");
    page.assert_narrow(800);
    page.screenshot("fool-narrow");
    // The smallest picture is attacked like any other; bytes that are none are refused.
    let dot = "const canvas = document.createElement('canvas');
        canvas.width = canvas.height = 1;
        canvas.getContext('2d').fillRect(0, 0, 1, 1);
        const blob = await new Promise((done) => canvas.toBlob(done));
        const bytes = new Uint8Array(await blob.arrayBuffer());
        const { picture } = await neocog.run({ add_picture: { name: 'dot.png', source: { bytes } } });
        const attack = { picture: picture.id, network: 'photos', method: 'fgsm', epsilon: 8 / 255, backend: 'cpu' };
        return (await neocog.run({ fool: { attack } })).fooled.attacked.norms.linf";
    let linf = page.js(dot, &[]).as_f64().unwrap_or(f64::NAN);
    assert!(linf > 0.0 && linf <= 8.0 / 255.0 + 1e-6, "{linf}");
    let attack = json!({ "picture": 9999, "network": "photos", "method": "fgsm", "epsilon": 0.03 });
    let trouble = page.run_job(json!({ "fool": { "attack": attack } })).unwrap_err();
    assert_eq!(trouble, json!({ "unknown_picture": { "picture": 9999 } }));
    // A picture of another kind needs another network: without weights there is a sentence and nothing lost.
    page.js("location.hash = '#/fool?net=resnet18&picture=ship&backend=cpu&attack=pgd'", &[]);
    page.wait_for("weights-needed", LONG, |words| words.text.contains("ResNet-18"));
    page.js("location.hash = '#/fool?net=photos&picture=ship&backend=cpu&attack=pgd&eps=8'", &[]);
    page.wait_until_ready("fool-attack");
    page.assert_quiet();
}

#[test]
fn scripts_fool_networks_too() {
    let Some(page) = Page::open_idle(Gpu::Software) else { return };
    let id = page.add_drawing("digit_5");
    let attack = |backend: &str| {
        let job = json!({ "picture": id, "network": "digits", "method": "pgd_l2", "epsilon": 0.2, "steps": 3, "backend": backend });
        page.run_job(json!({ "fool": { "attack": job } })).unwrap()["fooled"]["attacked"].clone()
    };
    let (gpu, cpu) = (attack("gpu"), attack("cpu"));
    assert_eq!((&gpu["backend"]["kind"], &cpu["backend"]["kind"]), (&json!("gpu"), &json!("cpu")));
    for name in ["l2", "linf"] {
        let [a, b] = [&gpu, &cpu].map(|found: &Value| found["norms"][name].as_f64().unwrap());
        assert!((a - b).abs() < 1e-2 * b, "{name}: {a} {b}");
    }
    assert_eq!(gpu["png_is_exact"], true);
    let trouble = page.run_job(json!({ "fool": { "attack": { "picture": id, "network": "photos", "epsilon": 3 } } }));
    let trouble = trouble.unwrap_err();
    assert!(trouble["bad_setup"]["detail"].as_str().is_some_and(|detail| detail.contains("an ε of 3")), "{trouble}");
    let unknown = page.run_job(json!({ "fool": { "attack": { "picture": 4711, "network": "photos" } } })).unwrap_err();
    assert_eq!(unknown["unknown_picture"]["picture"], 4711);
    page.assert_quiet();
}
