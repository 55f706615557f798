//! A GPU that is lost in the middle of whatever trains or attacks: it goes on on a new device, and says so.

use crate::own_captions::fields;
use crate::page::{Gpu, Page};
use serde_json::{Value, json};

/// Runs a job of this length and destroys its device at the first news for which `is_time` (an expression over `news`) holds.
/// Where the job ends before it feels that, for the news and the order cross the page, it runs again, four times as long. The
/// length and the answer of the run that went on on a new GPU.
fn lose_the_gpu(page: &Page, what: &str, length: u32, job: impl Fn(u32) -> Value, is_time: &str) -> (u32, Value) {
    let run = "const isTime = new Function('news', `return ${args[1]}`);
        let lost = 0;
        const hear = (news) => {
            if (!news.stage && !lost && isTime(news)) { lost = 1; window.neocog.run('lose_gpu'); }
        };
        return JSON.parse(JSON.stringify(await window.neocog.run(args[0], hear)))";
    let mut found = Vec::new();
    for length in [length, 4 * length, 16 * length] {
        let answer = page.js(run, &[job(length), json!(is_time)]);
        found.clear();
        backends(&answer, &mut found);
        if found.iter().any(|backend| backend["kind"] == "gpu" && backend["why"]["recovered"].is_object()) {
            return (length, answer);
        }
    }
    panic!("{what} does not say that it went on on a new GPU: {found:?}");
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

const MLP: &str = "init glorot\nflatten\nlinear 16\nrelu\nlinear classes";

#[test]
fn distillation_goes_on() {
    let Some(page) = Page::open_idle(Gpu::Software) else { return };
    let job = |epochs: u32| {
        let run = json!({
            "backend": "gpu", "data": { "count": 400 }, "student": MLP, "examples": 100, "batch": 25, "epochs": epochs, "seed": 2,
            "teacher": { "trained": { "network": MLP, "epochs": 3, "shift": 0 } },
        });
        json!({ "distil": { "run": run } })
    };
    let (_, answer) = lose_the_gpu(&page, "Distil", 12, job, "news.step > 20");
    let news = &answer["distilled"]["ran"]["news"];
    assert_eq!(news["step"], news["of"], "{news}");
    page.assert_quiet();
}

#[test]
fn a_race_and_a_deep_network_go_on() {
    let Some(page) = Page::open_idle(Gpu::Software) else { return };
    let setup = json!({ "data": { "set": "spirals", "count": 300 }, "network": MLP, "batch": 32, "backend": "gpu" });
    let race = |steps: u32| {
        let lanes = json!([{ "rule": "adam" }, { "rule": "sgd", "rate": 0.05 }]);
        json!({ "optimise": { "race": { "setup": setup, "steps": steps, "lanes": lanes } } })
    };
    let (steps, answer) = lose_the_gpu(&page, "a race", 60, race, "news.race.step > 0");
    let raced = &answer["optimised"]["raced"];
    assert_eq!(raced["step"], steps);
    // What is a point of its curve is one point of it, whatever was done twice.
    let points = raced["lanes"][0]["points"].as_array().unwrap();
    let told: Vec<u64> = points.iter().map(|point| point["step"].as_u64().unwrap()).collect();
    let every = u64::from(steps.div_ceil(240));
    assert_eq!(told, (1..=u64::from(steps) / every).map(|point| point * every).collect::<Vec<_>>());

    let depth = |steps: u32| {
        let net = json!({
            "depth": 6, "width": 8, "activation": "relu", "batch_norm": true, "residual": true, "init": "he",
        });
        json!({ "optimise": { "depth": { "nets": [net], "steps": steps, "backend": "gpu" } } })
    };
    lose_the_gpu(&page, "a deep network", 60, depth, "news.depth.step > 0");
    page.assert_quiet();
}

#[test]
fn captions_go_on() {
    let Some(page) = Page::open_idle(Gpu::Software) else { return };
    let train = |steps: u32| json!({ "caption": { "train": { "steps": steps, "batch": 4, "backend": "gpu" } } });
    let (steps, answer) = lose_the_gpu(&page, "a training on scenes", 10, train, "news.step > 0");
    assert_eq!(answer["captioned"]["trained"]["step"], steps);

    let files: Vec<Value> = fields().into_iter().map(|(name, bytes)| json!({ "name": name, "bytes": bytes })).collect();
    let bring = "for (const file of args[0]) file.bytes = Uint8Array.from(file.bytes);
        return (await window.neocog.run({ caption: { bring: { files: args[0] } } })).captioned.brought.train";
    assert_eq!(page.js(bring, &[json!(files)]), 48);
    let learn = |epochs: u32| json!({ "caption": { "learn": { "network": "photos", "epochs": epochs, "size": 16, "backend": "gpu" } } });
    lose_the_gpu(&page, "a training on one's own captions", 4, learn, "news.step > 0");
    page.assert_quiet();
}

#[test]
fn an_attack_goes_on() {
    let Some(page) = Page::open_idle(Gpu::Software) else { return };
    let add = json!({ "add_picture": { "name": "ship", "source": { "gallery": "ship" } } });
    let picture = page.run_job(add).unwrap()["picture"]["id"].clone();
    let attack = |steps: u32, backend: &str| {
        json!({ "fool": { "attack": {
            "picture": picture, "network": "photos", "method": "bim", "epsilon": 0.1, "steps": steps, "backend": backend,
        } } })
    };
    let on_gpu = |steps: u32| attack(steps, "gpu");
    let (steps, answer) = lose_the_gpu(&page, "an attack", 30, on_gpu, "news.attack");
    let (gpu, cpu) = (&answer["fooled"]["attacked"], page.run_job(attack(steps, "cpu")).unwrap());
    let cpu = &cpu["fooled"]["attacked"];
    // Nothing of it is lost: what was found is what an attack that nothing disturbs finds.
    assert_eq!(gpu["after"][0]["index"], cpu["after"][0]["index"]);
    let linf = |attacked: &Value| attacked["norms"]["linf"].as_f64().unwrap();
    assert!((linf(gpu) - linf(cpu)).abs() < 1e-3, "{} and {}", linf(gpu), linf(cpu));
    page.assert_quiet();
}
