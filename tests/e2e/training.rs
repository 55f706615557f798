//! Training in the browser through the protocol: real digits on either device, a device lost on the way, a tab that is closed.

use crate::page::{Gpu, Page};
use crate::scripted::{Answer, ScriptedServer};
use crate::shared::shared;
use neocog::data::files::dataset_from_paths;
use neocog::lab::device::Device;
use neocog::lab::train::Trainer;
use neocog::protocol::Setup;
use serde_json::{Value, json};

/// LeNet-5 as the presets have it.
const LENET5: &str = "init glorot\nconv 6 5 pad 2\ntanh\navgpool 2\nconv 16 5\ntanh\navgpool 2\nlinear 120\ntanh\nlinear 84\n\
                      tanh\nlinear classes";

/// Runs the job and gathers the curve from its reports: loss by step. The last report stands under `last`.
fn train(page: &Page, job: Value) -> (Vec<f64>, Value) {
    let run = "const losses = [];
        const take = (report) => report.curve?.forEach((point) => { losses[point.step - 1] = point.loss; });
        const { trained } = await window.neocog.run({ train: args[0] }, take);
        take(trained);
        trained.curve = [];
        return [losses, trained]";
    let mut answer = page.js(run, &[job]);
    let losses = answer[0].as_array().unwrap().iter().map(|loss| loss.as_f64().unwrap()).collect();
    (losses, answer[1].take())
}

fn setup(network: &str, backend: &str) -> Value {
    json!({
        "network": network, "backend": backend, "batch": 32, "epochs": 4, "seed": 3,
        "optimiser": { "rule": "momentum", "rate": 0.05 },
    })
}

/// Means over `window` steps.
fn smooth(losses: &[f64], window: usize) -> Vec<f64> {
    losses.chunks_exact(window).map(|some| some.iter().sum::<f64>() / window as f64).collect()
}

#[test]
fn lenet5_learns_real_digits_as_on_the_cpu() {
    let Some(data) = shared("data") else { return };
    let Some(page) = Page::open_idle(Gpu::Software) else { return };
    const STEPS: u32 = 160;
    let names = [
        "train-images-idx3-ubyte.gz",
        "train-labels-idx1-ubyte.gz",
        "t10k-images-idx3-ubyte.gz",
        "t10k-labels-idx1-ubyte.gz",
    ];
    let files: Vec<_> = names.iter().map(|name| data.join("mnist").join(name)).collect();
    let paths = ["/0", "/1", "/2", "/3"];
    let server = ScriptedServer::start(
        files.iter().zip(paths).map(|(file, path)| (path, Answer::Whole(std::fs::read(file).unwrap()))).collect(),
    );
    let urls: Vec<String> = paths.iter().map(|path| server.url(path)).collect();
    let bring = "const files = await Promise.all(args[0].map(async ([url, name]) =>
            ({ name, bytes: new Uint8Array(await (await fetch(url)).arrayBuffer()) })));
        return (await window.neocog.run({ add_data: { files } })).data";
    let report = page.js(bring, &[json!(urls.iter().zip(names).collect::<Vec<_>>())]);
    assert_eq!(
        (&report["train"], &report["validation"], &report["test"]),
        (&json!(55_000), &json!(5_000), &json!(10_000))
    );

    let mut wanted = setup(LENET5, "gpu");
    wanted["data"] = json!({ "set": report["set"] });
    let on = |backend: &str| {
        let mut setup = wanted.clone();
        setup["backend"] = json!(backend);
        let (losses, last) = train(&page, json!({ "setup": setup, "from": "anew", "steps": STEPS }));
        assert_eq!((&last["backend"]["kind"], &last["step"]), (&json!(backend), &json!(STEPS)), "{last}");
        smooth(&losses, 20)
    };
    let (gpu, cpu) = (on("gpu"), on("cpu"));

    let setup: Setup = serde_json::from_value(wanted).unwrap();
    let mut trainer =
        pollster::block_on(Trainer::new(setup, dataset_from_paths(&files, None).unwrap(), &Device::Cpu)).unwrap();
    let mut losses = Vec::new();
    while trainer.step() < STEPS {
        trainer.advance().unwrap();
        losses.extend(pollster::block_on(trainer.points()).unwrap().iter().map(|point| f64::from(point.loss)));
    }
    let native = smooth(&losses, 20);
    println!("loss of LeNet-5 on MNIST, means of 20 steps: {gpu:.4?} on the browser's GPU");
    for (name, curve) in [("the browser's GPU", &gpu), ("the browser's CPU", &cpu)] {
        let worst = curve.iter().zip(&native).map(|(here, there)| (here - there).abs() / there).fold(0.0, f64::max);
        println!("{name} and the native CPU differ by at most {:.3} %", worst * 100.0);
        assert!(worst < 0.01, "{name}: {curve:?} where the native CPU has {native:?}");
    }
    assert!(gpu.last().unwrap() < &(gpu[0] / 4.0), "{gpu:?}");
    page.assert_quiet();
}

#[test]
fn a_gpu_lost_in_mid_run_costs_a_few_seconds_and_no_more() {
    let Some(page) = Page::open_idle(Gpu::Software) else { return };
    let network = "conv 8 5 stride 2\nrelu\nmaxpool 2\nlinear classes";
    let mut setup = setup(network, "gpu");
    setup["data"] = json!({ "set": "digits", "count": 1000 });
    setup["epochs"] = json!(8);
    let job = json!({ "setup": setup, "from": "anew" });
    let (calm, last) = train(&page, job.clone());
    assert_eq!((&last["state"], calm.len()), (&json!("finished"), 200));
    let run = "const losses = [];
        let lost = 0, recovered = null, first = performance.now();
        const take = (report) => {
            report.curve?.forEach((point) => { losses[point.step - 1] = point.loss; });
            if (report.step > 60 && !lost) { lost = report.step; window.neocog.run('lose_gpu'); }
            recovered ??= report.state?.recovered ?? null;
        };
        const { trained } = await window.neocog.run({ train: args[0] }, take);
        take(trained);
        return { losses, lost, recovered, state: trained.state, kind: trained.backend.kind };";
    let told = page.js(run, &[job]);
    println!("lost at step {}, recovered: {}", told["lost"], told["recovered"]);
    assert!(told["lost"].as_u64().unwrap() > 60, "{told}");
    assert!(told["recovered"]["step"].is_u64(), "{told}");
    assert_eq!((&told["state"], &told["kind"]), (&json!("finished"), &json!("gpu")));
    let losses: Vec<f64> = told["losses"].as_array().unwrap().iter().map(|loss| loss.as_f64().unwrap()).collect();
    assert_eq!(losses, calm, "the same losses as without the accident");
}

#[test]
fn a_run_is_found_again_after_the_tab_was_closed() {
    let Some(page) = Page::open_idle(Gpu::Off) else { return };
    let mut setup = setup("conv 8 5 stride 2\nrelu\nmaxpool 2\nlinear classes", "auto");
    setup["data"] = json!({ "set": "digits", "count": 1000 });
    let job = |from: &str, steps: Option<u32>| json!({ "setup": setup, "from": from, "steps": steps });
    let (whole, _) = train(&page, job("anew", None));
    assert_eq!(whole.len(), 100);
    let (first, paused) = train(&page, job("anew", Some(40)));
    assert_eq!((&paused["state"], &first[..]), (&json!("paused"), &whole[..40]));
    page.reload();
    page.wait("the page to be there again", crate::page::LONG, || {
        page.js("return typeof window.neocog?.run === 'function'", &[]).as_bool().filter(|there| *there)
    });
    let options = page.run_job(json!("train_options")).unwrap();
    assert_eq!(options["train_options"]["stored"]["step"], 40, "{}", options["train_options"]["stored"]);
    let (rest, last) = train(&page, job("stored", None));
    assert_eq!((&last["state"], &rest[40..]), (&json!("finished"), &whole[40..]));
    page.assert_quiet();
}
