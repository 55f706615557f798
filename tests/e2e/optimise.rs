//! The Optimise page: paths on a landscape, a race, the gradients of a deep network, and the facts beside them.

use crate::page::{Gpu, LONG, Page};
use serde_json::{Value, json};

/// Goes to the page by its address, with more of it behind.
fn open(gpu: Gpu, more: &str) -> Option<Page> {
    Page::open_at(gpu, &format!("#/optimise?backend=cpu{more}"))
}

/// First layer's gradient over the last's.
fn ratio(page: &Page) -> f64 {
    page.number("norms", "data-first") / page.number("norms", "data-last")
}

fn points(page: &Page) -> Vec<usize> {
    page.all("path").iter().map(|path| path.attribute("data-points").parse().unwrap_or(0)).collect()
}

#[test]
fn optimisers_walk_from_where_a_person_puts_them() {
    let Some(page) = open(Gpu::Off, "&land=ravine&steps=40&at=-2,1.5") else { return };
    page.wait("four paths of 41 places", LONG, || (points(&page) == [41; 4]).then_some(()));
    assert_eq!(page.all("land")[0].attribute("data-start"), "-2.0000,1.5000");
    let place =
        |page: &Page| page.js("return document.querySelector('[data-testid=\"path\"] .way').getAttribute('d')", &[]);
    let before = place(&page);

    // Played from the beginning, the paths grow; they did so by themselves when the page was opened.
    page.wait_for("walk-play", LONG, |button| button.text.contains("Play"));
    page.click("walk-play");
    page.wait("a path on its way", LONG, || points(&page).first().filter(|&&count| count < 20).map(drop));
    page.wait("its end", LONG, || (points(&page) == [41; 4]).then_some(()));

    // By key: a sixtieth of the extent to the right.
    page.js(
        "const land = document.querySelector('[data-testid=\"land\"]');
         land.focus();
         land.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true, cancelable: true }));",
        &[],
    );
    page.wait_for("land", LONG, |land| land.attribute("data-start") == "-1.9000,1.5000");
    page.wait("another path", LONG, || (place(&page) != before).then_some(()));
    // By pointer: the middle of the map.
    page.js(
        "const land = document.querySelector('[data-testid=\"land\"]');
         const at = land.getBoundingClientRect();
         const where = { clientX: at.left + at.width / 2, clientY: at.top + at.height / 4, button: 0, buttons: 1, pointerId: 1, bubbles: true };
         land.dispatchEvent(new PointerEvent('pointerdown', where));
         land.dispatchEvent(new PointerEvent('pointerup', { ...where, buttons: 0 }));",
        &[],
    );
    let near = |text: &str| {
        let at: Vec<f64> = text.split(',').filter_map(|at| at.parse().ok()).collect();
        at.len() == 2 && at[0].abs() < 0.05 && (at[1] - 1.0).abs() < 0.05
    };
    page.wait_for("land", LONG, |land| near(land.attribute("data-start")));
    page.wait("the address to hold the start", LONG, || {
        page.js("return new URLSearchParams(location.hash.split('?')[1]).get('at')", &[])
            .as_str()
            .filter(|at| near(at))
            .map(drop)
    });
    // Beyond 2 / 20 it grows, and the page says so.
    page.js(
        "const field = document.querySelector('[data-testid=\"walk-runner\"][data-rule=\"sgd\"] input[type=number]');
         field.value = '0.15';
         field.dispatchEvent(new Event('change', { bubbles: true }));",
        &[],
    );
    page.wait("SGD to leave the map", LONG, || {
        page.all("walk-runner")
            .into_iter()
            .find(|row| row.attribute("data-rule") == "sgd" && row.text.contains("left the map"))
    });
    page.screenshot("walk");
    page.assert_quiet();
}

#[test]
fn a_race_runs_and_the_gradient_is_seen_to_vanish() {
    let Some(page) = open(Gpu::Off, "&land=saddle&racesteps=120&deepsteps=60") else { return };
    page.wait("twenty bars", LONG, || (page.all("norm").len() == 20).then_some(()));
    let sigmoid = ratio(&page);
    assert!(sigmoid < 1e-6, "{sigmoid}");
    page.click("deep-activation-relu");
    page.click("depth-norm");
    page.click("depth-residual");
    page.wait("the gradient to arrive", LONG, || Some(ratio(&page)).filter(|ratio| (0.05..20.0).contains(ratio)));

    let first = page.number("norms", "data-first");
    page.click("depth-start");
    page.wait("the bars to move", LONG, || (page.number("norms", "data-first") != first).then_some(()));
    page.wait_for("depth-start", LONG, |button| button.attribute("data-state") == "idle");
    let loss: f64 = page.all("depth-chart-told")[0].text.parse().unwrap();
    assert!(loss < 0.69, "{loss}");

    page.click("race-start");
    page.wait_for("race-start", LONG, |button| button.attribute("data-state") == "running");
    page.wait_for("race-start", LONG, |button| button.attribute("data-state") == "idle");
    let told: Vec<String> =
        page.all("lane-runner").into_iter().map(|row| row.text).filter(|text| text.contains("loss")).collect();
    assert_eq!(told.len(), 4, "{told:?}");

    page.wait("the facts", LONG, || (page.all("finding").len() == 8).then_some(()));
    let open: Vec<String> = page
        .all("check")
        .into_iter()
        .filter(|check| check.attribute("data-verdict") != "passed")
        .map(|check| check.attribute("data-check").to_owned())
        .collect();
    assert_eq!(open, ["degradation"]);

    // The text of the network comes along to Train.
    let link = page.all("depth-train")[0].attribute("href").to_owned();
    assert!(link.starts_with("#/train?") && link.contains("layers=") && link.contains("residual"), "{link}");
    page.screenshot("race");
    page.assert_quiet();
}

#[test]
fn scripts_have_the_engine_of_it_too() {
    let Some(page) = Page::open_idle(Gpu::Software) else { return };
    let walk = json!({ "optimise": { "walk": { "land": "ravine", "start": [1, 0], "steps": 10, "walkers": [{ "rule": "sgd", "rate": 0.5 }] } } });
    let answer = page.run_job(walk).unwrap();
    let points = &answer["optimised"]["walked"][0]["points"];
    let x = |at: usize| points[at][0].as_f64().unwrap_or(f64::NAN);
    assert_eq!([x(0), x(1), x(2), x(10)], [1.0, 0.5, 0.25, 0.5_f64.powi(10)]);
    // On the GPU that this browser has.
    let answer = page.run_job(json!({ "optimise": { "check": "gpu" } })).unwrap();
    let findings = answer["optimised"]["checked"].as_array().cloned().unwrap_or_default();
    let of_gpu: Vec<&Value> = findings.iter().filter(|finding| finding["backend"] == "gpu").collect();
    assert_eq!(of_gpu.len(), 8, "{findings:?}");
    for finding in of_gpu {
        let [expected, measured, limit] = ["expected", "measured", "limit"].map(|name| finding[name].as_f64().unwrap());
        assert!((measured - expected).abs() <= limit, "{finding}");
    }
    let trouble = page.run_job(json!({ "optimise": { "walk": { "walkers": [] } } })).unwrap_err();
    assert!(trouble["bad_setup"]["detail"].as_str().is_some_and(|detail| detail.contains("0 optimisers")), "{trouble}");
    page.assert_quiet();
}
