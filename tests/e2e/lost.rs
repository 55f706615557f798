//! A GPU that is lost in the middle of whatever trains or attacks: it goes on on a new device, and says so.

use crate::own_captions::fields;
use crate::page::{Gpu, Page};
use serde_json::{Value, json};

/// Runs the job, and destroys its device at the first news for which `is_time` (an expression over `news`) holds. The answer.
fn lose_the_gpu(page: &Page, job: &Value, is_time: &str) -> Value {
    let run = "const isTime = new Function('news', `return ${args[1]}`);
        let lost = 0;
        const hear = (news) => {
            if (!news.stage && !lost && isTime(news)) { lost = 1; window.neocog.run('lose_gpu'); }
        };
        const answer = JSON.parse(JSON.stringify(await window.neocog.run(args[0], hear)));
        return [lost, answer]";
    let found = page.js(run, &[job.clone(), json!(is_time)]);
    assert_eq!(found[0], 1, "it ended before its device was lost: {job}, {}", found[1]);
    found[1].clone()
}

/// All that is told of where something ran.
fn backends(answer: &Value, found: &mut Vec<Value>) {
    match answer {
        Value::Object(fields) => {
            found.extend(fields.get("backend").filter(|backend| backend.is_object()).cloned());
            fields.values().for_each(|value| backends(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| backends(value, found)),
        _ => {}
    }
}

fn assert_recovered(what: &str, answer: &Value) {
    let mut found = Vec::new();
    backends(answer, &mut found);
    let has = found.iter().any(|backend| backend["kind"] == "gpu" && backend["why"]["recovered"].is_object());
    assert!(has, "{what} does not say that it went on on a new GPU: {found:?}");
}

const MLP: &str = "init glorot\nflatten\nlinear 16\nrelu\nlinear classes";

#[test]
fn distillation_goes_on() {
    let Some(page) = Page::open(Gpu::Software) else { return };
    let run = json!({
        "backend": "gpu", "data": { "count": 400 }, "student": MLP, "examples": 100, "batch": 25, "epochs": 12, "seed": 2,
        "teacher": { "trained": { "network": MLP, "epochs": 3, "shift": 0 } },
    });
    let answer = lose_the_gpu(&page, &json!({ "distil": { "run": run } }), "news.step > 20");
    assert_recovered("Distil", &answer);
    let news = &answer["distilled"]["ran"]["news"];
    assert_eq!(news["step"], news["of"], "{news}");
    page.assert_quiet();
}

#[test]
fn a_race_and_a_deep_network_go_on() {
    let Some(page) = Page::open(Gpu::Software) else { return };
    let setup = json!({ "data": { "set": "spirals", "count": 300 }, "network": MLP, "batch": 32, "backend": "gpu" });
    let race = json!({ "setup": setup, "steps": 400, "lanes": [{ "rule": "adam" }, { "rule": "sgd", "rate": 0.05 }] });
    let answer = lose_the_gpu(&page, &json!({ "optimise": { "race": race } }), "news.race.step > 0");
    assert_recovered("a race", &answer);
    let raced = &answer["optimised"]["raced"];
    // Every second step is a point of its curve, each of them once.
    let points = raced["lanes"][0]["points"].as_array().unwrap();
    let steps: Vec<Value> = points.iter().map(|point| point["step"].clone()).collect();
    assert_eq!((raced["step"].clone(), steps), (json!(400), (1..=200).map(|point| json!(2 * point)).collect()));

    let net =
        json!({ "depth": 6, "width": 8, "activation": "relu", "batch_norm": true, "residual": true, "init": "he" });
    let depth = json!({ "nets": [net], "steps": 400, "backend": "gpu" });
    let answer = lose_the_gpu(&page, &json!({ "optimise": { "depth": depth } }), "news.depth.step > 0");
    assert_recovered("a deep network", &answer);
    page.assert_quiet();
}

#[test]
fn captions_go_on() {
    let Some(page) = Page::open(Gpu::Software) else { return };
    let train = json!({ "steps": 10, "batch": 4, "backend": "gpu" });
    let answer = lose_the_gpu(&page, &json!({ "caption": { "train": train } }), "news.step > 0");
    assert_recovered("a training on scenes", &answer);
    assert_eq!(answer["captioned"]["trained"]["step"], 10);

    let files: Vec<Value> = fields().into_iter().map(|(name, bytes)| json!({ "name": name, "bytes": bytes })).collect();
    let bring = "for (const file of args[0]) file.bytes = Uint8Array.from(file.bytes);
        return (await window.neocog.run({ caption: { bring: { files: args[0] } } })).captioned.brought.train";
    assert_eq!(page.js(bring, &[json!(files)]), 48);
    let learn = json!({ "network": "photos", "epochs": 4, "size": 16, "backend": "gpu" });
    let answer = lose_the_gpu(&page, &json!({ "caption": { "learn": learn } }), "news.step > 0");
    assert_recovered("a training on one's own captions", &answer);
    page.assert_quiet();
}

#[test]
fn an_attack_goes_on() {
    let Some(page) = Page::open(Gpu::Software) else { return };
    let add = json!({ "add_picture": { "name": "ship", "source": { "gallery": "ship" } } });
    let picture = page.run_job(add).unwrap()["picture"]["id"].clone();
    let attack = |backend: &str| {
        json!({ "fool": { "attack": {
            "picture": picture, "network": "photos", "method": "bim", "epsilon": 0.1, "steps": 30, "backend": backend,
        } } })
    };
    let answer = lose_the_gpu(&page, &attack("gpu"), "news.attack");
    let (gpu, cpu) = (&answer["fooled"]["attacked"], page.run_job(attack("cpu")).unwrap());
    let cpu = &cpu["fooled"]["attacked"];
    assert_eq!(gpu["backend"]["kind"], "gpu", "{}", gpu["backend"]);
    // Nothing of it is lost: what was found is what an attack that nothing disturbs finds.
    assert_eq!(gpu["after"][0]["index"], cpu["after"][0]["index"]);
    let linf = |attacked: &Value| attacked["norms"]["linf"].as_f64().unwrap();
    assert!((linf(gpu) - linf(cpu)).abs() < 1e-3, "{} and {}", linf(gpu), linf(cpu));
    page.assert_quiet();
}
