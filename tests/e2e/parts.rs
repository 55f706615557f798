//! Parts of the page and of the engine that cannot be fetched: one sentence, a way to try again, and nothing lost.

use crate::page::{Gpu, LONG, Page, dist};
use crate::{checkpoint, train, train_files};
use neocog::data::gallery;
use serde_json::json;
use std::path::{Path, PathBuf};

/// A copy of the built page without some of its files, which are named by their paths in it.
pub(crate) fn copy_of(dist: &Path, name: &str, is_left_out: impl Fn(&str) -> bool) -> PathBuf {
    let copy = std::env::temp_dir().join(format!("neocog-e2e-{name}-{}", std::process::id()));
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        std::fs::create_dir_all(copy.join(&folder)).unwrap();
        for entry in std::fs::read_dir(dist.join(&folder)).unwrap().flatten() {
            let path = format!("{folder}{}", entry.file_name().to_string_lossy());
            if is_left_out(&path) {
                continue;
            }
            if entry.path().is_dir() {
                folders.push(path + "/");
            } else {
                std::fs::copy(entry.path(), copy.join(&path)).unwrap();
            }
        }
    }
    copy
}

/// The page is served without this file; the second puts it there.
fn open_without(gpu: Gpu, file: &'static str, name: &str) -> Option<(Page, impl FnOnce())> {
    let dist = dist()?;
    let copy = copy_of(&dist, name, |path| path == file);
    let page = Page::open_from(&copy, "", gpu, &[])?;
    Some((page, move || _ = std::fs::copy(dist.join(file), copy.join(file)).unwrap()))
}

fn wait_for_pictures(page: &Page) -> usize {
    page.wait("the whole gallery", LONG, || {
        Some(page.all("tray-item").len()).filter(|&count| count >= gallery::names().len())
    })
}

#[test]
fn a_page_that_cannot_be_fetched_says_so_and_tries_again() {
    let Some((page, restore)) = open_without(Gpu::Off, "app/split_fool.wasm", "no-fool") else { return };
    page.wait("an answer", LONG, || Some(page.predictions()).filter(|rows| !rows.is_empty()));
    let pictures = wait_for_pictures(&page);
    page.click("page-fool");
    page.wait_for("trouble", LONG, |trouble| trouble.attribute("data-kind") == "part_missing");
    // The rest of the page is as it was.
    assert_eq!(page.all("tray-item").len(), pictures);
    page.click("fetch-again");
    page.wait_for("fetch-again", LONG, |_| true);
    restore();
    page.click("fetch-again");
    page.wait_for("fool-attack", LONG, |_| true);
    assert_eq!(page.all("tray-item").len(), pictures);
    page.assert_quiet_but(|line| line.message.contains("split_fool") || line.message.contains("WebAssembly"));
}

#[test]
fn what_is_dropped_on_a_page_that_is_still_to_come_waits_for_it() {
    let Some((page, restore)) = open_without(Gpu::Off, "app/split_learn.wasm", "late-learn") else { return };
    let pictures = wait_for_pictures(&page);
    page.click("page-train");
    page.wait_for("fetch-again", LONG, |_| true);
    let picture = |at: usize| {
        let class = ["near", "far"][at % 2];
        (format!("set/{class}/{at}.bmp"), checkpoint::picture_of(at as u64, 32))
    };
    let archive = std::env::temp_dir().join(format!("neocog-late-{}.tar", std::process::id()));
    std::fs::write(&archive, train_files::tar(&(0..40).map(picture).collect::<Vec<_>>())).unwrap();
    page.drop_file(&archive, "fetch-again");
    restore();
    page.click("fetch-again");
    // A data set for this page, not a picture for the tray.
    page.wait("its forty pictures", LONG, || {
        let parts = ["train-part-train", "train-part-validation", "train-part-test"];
        let counts: Vec<f64> = parts.iter().filter_map(|part| train::figure(&page, part)).collect();
        (counts.len() == parts.len() && counts.iter().sum::<f64>() == 40.0).then_some(())
    });
    assert_eq!(page.all("tray-item").len(), pictures);
    std::fs::remove_file(archive).unwrap();
    page.assert_quiet_but(|line| line.message.contains("split_learn") || line.message.contains("WebAssembly"));
}

/// The server tells a file's type by its name, and follows links.
#[test]
fn a_host_that_does_not_know_what_wasm_is_serves_the_page_and_its_parts() {
    let Some(dist) = dist() else { return };
    let copy = copy_of(&dist, "no-types", |path| path.ends_with(".wasm"));
    for side in ["app", "worker"] {
        for file in std::fs::read_dir(dist.join(side)).unwrap().flatten() {
            let name = file.file_name().into_string().unwrap();
            if name.ends_with(".wasm") {
                let untyped = copy.join(side).join(format!("{name}.bin"));
                std::fs::copy(file.path(), &untyped).unwrap();
                std::os::unix::fs::symlink(untyped, copy.join(side).join(name)).unwrap();
            }
        }
    }
    let Some(page) = Page::open_from(&copy, "", Gpu::Off, &[]) else { return };
    page.wait("an answer", LONG, || Some(page.predictions()).filter(|rows| !rows.is_empty()));
    page.click("page-fool");
    // The page's part and the engine's: it attacks by itself.
    page.wait_for("fool-after", LONG, |answer| !answer.attribute("data-label").is_empty());
    page.assert_quiet_but(|line| line.message.contains("MIME") || line.message.contains("No available adapters"));
}

#[test]
fn a_part_of_the_engine_that_cannot_be_fetched_is_asked_for_again() {
    let Some((page, restore)) = open_without(Gpu::Off, "worker/split_learn.wasm", "no-learn") else { return };
    let pictures = wait_for_pictures(&page);
    // A script is told at once.
    assert_eq!(page.run_job(json!("train_options")), Err(json!("part_missing")));
    page.click("page-train");
    page.wait_for("trouble", LONG, |trouble| trouble.attribute("data-kind") == "part_missing");
    restore();
    page.click("fetch-again");
    train::wait_for_figure(&page, "train-step-count", |step| step > 0.0);
    assert!(page.all("trouble").is_empty(), "{:?}", page.all("trouble"));
    assert_eq!(page.all("tray-item").len(), pictures);
    page.assert_quiet_but(|line| line.message.contains("split_learn") || line.message.contains("WebAssembly"));
}

#[test]
fn the_first_answer_does_not_wait_for_what_comes_after_it() {
    let Some((page, restore)) = open_without(Gpu::Off, "app/split_later.wasm", "no-later") else { return };
    page.wait("an answer", LONG, || Some(page.predictions()).filter(|rows| !rows.is_empty()));
    page.wait_for("trouble", LONG, |trouble| trouble.attribute("data-kind") == "part_missing");
    restore();
    page.click("fetch-again");
    page.wait_for_checks(&["sum", "sha256"]);
    assert!(page.all("trouble").is_empty(), "{:?}", page.all("trouble"));
    page.assert_quiet_but(|line| line.message.contains("split_later") || line.message.contains("WebAssembly"));
}

#[test]
fn weights_of_ones_own_wait_for_their_part() {
    let Some((page, restore)) = open_without(Gpu::Off, "worker/split_keeping.wasm", "no-keeping") else { return };
    page.wait("an answer", LONG, || Some(page.predictions()).filter(|rows| !rows.is_empty()));
    let Some(dist) = dist() else { return };
    page.drop_file(&dist.join("models/digits.safetensors"), "weights-drop");
    page.wait_for("trouble", LONG, |trouble| trouble.attribute("data-kind") == "part_missing");
    restore();
    page.click("fetch-again");
    page.select_network("own:digits");
    assert!(page.all("trouble").is_empty(), "{:?}", page.all("trouble"));
    page.assert_quiet_but(|line| line.message.contains("split_keeping") || line.message.contains("WebAssembly"));
}

#[test]
fn a_graph_of_ones_own_waits_for_what_reads_it_and_weights_do_not() {
    let Some((page, restore)) = open_without(Gpu::Off, "worker/split_onnx.wasm", "no-onnx") else { return };
    page.wait("an answer", LONG, || Some(page.predictions()).filter(|rows| !rows.is_empty()));
    let Some(dist) = dist() else { return };
    page.drop_file(&dist.join("models/digits.safetensors"), "weights-drop");
    page.select_network("own:digits");
    assert!(page.all("trouble").is_empty(), "{:?}", page.all("trouble"));
    page.drop_file(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/onnx/block.onnx")), "weights-drop");
    page.wait_for("trouble", LONG, |trouble| trouble.attribute("data-kind") == "part_missing");
    restore();
    page.click("fetch-again");
    page.select_network("own:block");
    assert!(page.all("trouble").is_empty(), "{:?}", page.all("trouble"));
    page.assert_quiet_but(|line| line.message.contains("split_onnx") || line.message.contains("WebAssembly"));
}

#[test]
fn the_first_answer_does_not_wait_for_the_gpu() {
    let Some((page, restore)) = open_without(Gpu::Software, "worker/split_gpu.wasm", "no-gpu") else { return };
    page.wait("an answer", LONG, || Some(page.predictions()).filter(|rows| !rows.is_empty()));
    page.wait_for("trouble", LONG, |trouble| trouble.attribute("data-kind") == "part_missing");
    let before = page.wait_for("backend-badge", LONG, |badge| badge.attribute("data-kind") == "cpu").text;
    restore();
    page.click("fetch-again");
    // Both are measured then.
    page.wait_for("backend-badge", LONG, |badge| badge.text != before);
    page.wait_for("agreement", LONG, |agreement| !agreement.attribute("data-value").is_empty());
    assert!(page.all("trouble").is_empty(), "{:?}", page.all("trouble"));
    page.assert_quiet_but(|line| line.message.contains("split_gpu") || line.message.contains("WebAssembly"));
}
