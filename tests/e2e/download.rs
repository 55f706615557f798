//! Weights from an address: with progress when all goes well, and without a trace in the storage when it does not.

use crate::checkpoint;
use crate::page::{Gpu, LONG, Page};
use crate::scripted::{Answer, ScriptedServer};
use serde_json::{Value, json};
use std::time::Duration;

fn opened() -> Option<Page> {
    let page = Page::open(Gpu::Off)?;
    page.wait_for("weights-drop", LONG, |_| true);
    Some(page)
}

#[test]
fn a_download_reports_its_progress_and_is_kept() {
    let Some(page) = opened() else { return };
    let weights = checkpoint::random_resnet20(22);
    let size_bytes = weights.len() as u64;
    let slow = Answer::Slow { file: weights, piece_bytes: 100_000, pause: Duration::from_millis(30) };
    let server = ScriptedServer::start(vec![("/resnet20.safetensors", slow)]);
    let answer = page.js(
        "const seen = [];
         const done = await window.neocog.run(args[0], (progress) => seen.push(progress));
         return { seen, done }",
        &[json!({ "download_weights": { "url": server.url("/resnet20.safetensors") } })],
    );
    assert_eq!(answer["done"]["weights"]["network"], "cifar10_resnet20");
    assert_eq!(answer["done"]["weights"]["bytes"], size_bytes);
    let downloaded: Vec<&Value> =
        answer["seen"].as_array().unwrap().iter().filter(|progress| progress["stage"] == "download").collect();
    assert!(downloaded.len() >= 2, "{answer}");
    assert!(downloaded.iter().all(|progress| progress["of"] == size_bytes), "{answer}");
    assert!(downloaded.is_sorted_by_key(|progress| progress["done"].as_u64()), "{answer}");
    assert!(page.stored_files().values().any(|size| *size == size_bytes), "{:?}", page.stored_files());

    let name = answer["done"]["weights"]["name"].clone();
    let deleted = page.run_job(json!({ "delete_weights": { "name": name } }));
    assert!(deleted.is_ok(), "{deleted:?}");
    assert!(!page.stored_files().values().any(|size| *size == size_bytes), "{:?}", page.stored_files());
    page.assert_quiet();
}

#[test]
fn a_download_that_fails_leaves_nothing_behind() {
    let Some(page) = opened() else { return };
    let weights = checkpoint::random_resnet20(23);
    let half = weights.len() / 2;
    let server = ScriptedServer::start(vec![
        ("/whole.safetensors", Answer::Whole(weights.clone())),
        ("/gone.safetensors", Answer::Status("404 Not Found")),
        ("/busy.safetensors", Answer::Status("503 Service Unavailable")),
        ("/broken.safetensors", Answer::BrokenOff { file: weights.clone(), after_bytes: half }),
        ("/cut.safetensors", Answer::Whole(weights[..half].to_vec())),
        ("/endless.safetensors", Answer::Endless),
    ]);
    let stored = page.stored_files();
    for (path, sha256, limit_bytes, wanted) in [
        ("/gone.safetensors", None, None, "http"),
        ("/busy.safetensors", None, None, "http"),
        ("/broken.safetensors", None, None, "broken_off"),
        ("/cut.safetensors", None, None, "not_safetensors"),
        ("/whole.safetensors", None, Some(1000), "too_large"),
        ("/endless.safetensors", None, Some(3_000_000), "too_large"),
        ("/whole.safetensors", Some("0".repeat(64)), None, "checksum"),
    ] {
        let url = server.url(path);
        let job = json!({ "download_weights": { "url": url, "sha256": sha256, "limit_bytes": limit_bytes } });
        let trouble = page.run_job(job).expect_err("it had to fail");
        assert!(!trouble[wanted].is_null(), "{path}: {trouble}, must be {wanted}");
        assert!(trouble.to_string().contains(path.trim_start_matches('/')), "it does not name {path}: {trouble}");
        assert_eq!(page.stored_files(), stored, "{path} left something behind");
    }
    let nobody = { ScriptedServer::start(Vec::new()).url("/nobody.safetensors") };
    let trouble = page.run_job(json!({ "download_weights": { "url": nobody } })).expect_err("nobody is there");
    assert!(!trouble["unreachable"].is_null(), "{trouble}");
    assert_eq!(page.stored_files(), stored);
    // The browser itself notes refused and broken requests as errors.
    page.assert_quiet_but(|line| server.is_named_in(&line.message) || line.message.contains("nobody.safetensors"));
}

#[test]
fn a_download_can_be_stopped() {
    let Some(page) = opened() else { return };
    let slow =
        Answer::Slow { file: checkpoint::random_resnet20(24), piece_bytes: 10_000, pause: Duration::from_millis(300) };
    let server = ScriptedServer::start(vec![("/slow.safetensors", slow)]);
    let stored = page.stored_files();
    page.paste_text(&server.url("/slow.safetensors"));
    page.wait_for("progress", LONG, |progress| progress.text.contains("slow.safetensors"));
    page.screenshot("progress");
    page.click_in("progress", "slow.safetensors", "cancel");
    let goes_on = || page.all("progress").iter().any(|progress| progress.text.contains("slow.safetensors"));
    page.wait("the download to end", LONG / 10, || (!goes_on()).then_some(()));
    page.wait("the half file to go", LONG / 10, || (page.stored_files() == stored).then_some(()));
    assert!(page.all("trouble").is_empty(), "what a person stopped is no trouble: {:?}", page.all("trouble"));
    page.assert_quiet_but(|line| server.is_named_in(&line.message));
}
