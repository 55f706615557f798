//! The first visit: nothing was downloaded or dropped, and there is an answer all the same; and networks that a file brings.

use crate::page::{Gpu, LONG, Page, dist};
use crate::parts::copy_of;
use neocog::data::procedural::{Recipe, Set};
use neocog::lab::device::Device;
use neocog::lab::train::Trainer;
use neocog::protocol::Setup;
use serde_json::{Value, json};
use std::path::Path;

/// Chooses a picture of the tray, as a click on it does.
fn pick(page: &Page, name: &str) {
    let click = "const tile = document.querySelector(`[data-testid=\"tray-item\"][data-name=\"${args[0]}\"] .pick`);
        tile?.click();
        return Boolean(tile)";
    page.wait(&format!("{name} in the tray"), LONG, || page.js(click, &[json!(name)]).as_bool().filter(|there| *there));
}

/// Waits for the answer of this network to the chosen picture.
fn answer_of(page: &Page, network: &str) {
    page.wait_for("answer", LONG, |answer| {
        answer.attribute("data-network") == network && answer.attribute("data-state") == "ready"
    });
}

#[test]
fn a_drawn_digit_is_read_on_the_first_visit() {
    let Some(page) = Page::open(Gpu::Software) else { return };
    let stored = page.stored_files();
    for digit in [2, 5, 7] {
        pick(&page, &format!("digit_{digit}"));
        answer_of(&page, "digits");
        let rows = page.wait_for_class(digit);
        assert_eq!(rows[0].label, digit.to_string());
        assert!(rows[0].probability > 0.9, "{rows:?}");
    }
    assert_eq!(page.js("return document.querySelector('[data-testid=\"model-select\"]').value", &[]), json!("digits"));
    // Where the backends raced on an earlier picture, this one is compared by the button.
    page.wait("a comparison of this picture", LONG, || {
        page.js("document.querySelector('[data-testid=\"compare\"]:not(:disabled)')?.click()", &[]);
        (page.verdict("agree") == "passed").then_some(())
    });
    page.wait_for_checks(&["agree", "sum", "sha256"]);
    assert_eq!(page.verdict("tested"), "told");
    let tested = page.all("check").into_iter().find(|check| check.attribute("data-check") == "tested").unwrap();
    assert!(
        tested.text.contains("39") && tested.text.contains("10,000") && tested.text.contains("MNIST"),
        "{tested:?}"
    );
    // 28 × 28 pixels, white on black.
    let corner = "const canvas = document.querySelector('[data-testid=\"seen\"] canvas');
        const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
        return [canvas.width, canvas.height, pixels[0], Math.max(...pixels.filter((_, i) => i % 4 === 0))]";
    assert_eq!(page.js(corner, &[]), json!([28, 28, 0, 255]));
    let loaded = page.js("return performance.getEntriesByType('resource').map((entry) => entry.name)", &[]);
    assert!(loaded.as_array().unwrap().iter().all(|name| name.as_str().unwrap().starts_with(&page.url())), "{loaded}");
    assert_eq!(page.stored_files().keys().filter(|name| name.ends_with(".safetensors")).count(), 0, "{stored:?}");
    page.screenshot("digit");
    page.js("document.documentElement.dataset.theme = 'dark'", &[]);
    page.resize(360, 1600);
    page.screenshot("digit-narrow-dark");
    page.assert_quiet();
}

#[test]
fn the_networks_page_lists_what_comes_with_the_page() {
    let Some(page) = Page::open(Gpu::Off) else { return };
    page.js("location.hash = '#/networks?net=digits'", &[]);
    let open = "const card = document.querySelector('[data-testid=\"network-card\"][data-network=\"digits\"]');
        card?.querySelector('details.layers').setAttribute('open', '');
        return card?.dataset.ready ?? null";
    page.wait("the digits to be listed", LONG, || (page.js(open, &[]) == json!("true")).then_some(()));
    let table = page.wait_for("summary", LONG, |table| table.attribute("data-network") == "digits");
    assert!(table.text.contains("75,706"), "{table:?}");
    page.screenshot("networks");
    page.assert_quiet();
}

/// A run of a few steps on drawn shapes, as `neocog train` would write it.
fn exported(name: &str) -> (std::path::PathBuf, Vec<String>) {
    let shapes = Set::find("shapes").unwrap().draw(&Recipe { count: 200, ..Recipe::default() }).unwrap();
    let names = shapes.classes.clone();
    let network = "conv 8 3 stride 2 pad 1\nbatchnorm\nrelu\nglobalpool\nlinear classes".to_owned();
    let setup = Setup { network, batch: 16, epochs: 1, ..Setup::default() };
    let mut trainer = pollster::block_on(Trainer::new(setup, shapes, &Device::Cpu)).unwrap();
    (0..3).for_each(|_| trainer.advance().unwrap());
    let bytes = pollster::block_on(trainer.kept(true)).unwrap().bytes(name).unwrap();
    (crate::checkpoint::file(name, &bytes), names)
}

#[test]
fn a_dropped_run_is_a_network_with_its_own_classes() {
    let Some(page) = Page::open(Gpu::Off) else { return };
    let (file, names) = exported("shapes of mine.safetensors");
    const ID: &str = "own:shapes of mine";
    page.drop_file(&file, "drop-zone");
    page.select_network(ID);
    answer_of(&page, ID);
    let assert_own_classes = || {
        let rows = page.predictions();
        assert!(
            !rows.is_empty() && rows.iter().all(|row| row.label == names[row.index as usize]),
            "{rows:?} {names:?}"
        );
    };
    assert_own_classes();
    let layers = page.run_job(json!({ "summarise": { "network": ID } })).unwrap();
    assert_eq!(layers["summary"]["params"], json!(8 * 27 + 8 + 16 + 8 * names.len() + names.len()), "{layers}");

    // Another visit, which finds it by its place in the address and in the list.
    page.reload();
    page.select_network(ID);
    answer_of(&page, ID);
    assert_own_classes();

    // Deleted by its button, which asks first.
    page.js("location.hash = location.hash.replace('classify', 'networks')", &[]);
    let press = "const button = document.querySelector('[data-testid=\"cached-delete\"]');
        button?.focus();
        button?.click();
        return Boolean(button)";
    page.wait("the kept file", LONG, || page.js(press, &[]).as_bool().filter(|there| *there));
    page.wait_for("cached-delete", LONG, |button| button.text.contains("for good"));
    assert_eq!(page.all("cached").len(), 1, "it was deleted without a question");
    page.js(press, &[]);
    page.wait("the file to go", LONG, || page.all("cached").is_empty().then_some(()));
    page.js("location.hash = '#/classify'", &[]);
    let listed = "return [...document.querySelectorAll('[data-testid=\"model-select\"] option')].map((o) => o.value)";
    page.wait("the network to go", LONG, || {
        let listed = page.js(listed, &[]);
        (!listed.as_array().unwrap().contains(&json!(ID))).then_some(())
    });
    page.assert_quiet();
}

#[test]
fn a_dropped_onnx_file_answers_and_is_fooled() {
    let Some(page) = Page::open(Gpu::Off) else { return };
    const ID: &str = "own:block";
    page.drop_file(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/onnx/block.onnx")), "drop-zone");
    page.select_network(ID);
    answer_of(&page, ID);
    let labels = |page: &Page| page.predictions().into_iter().map(|row| row.label).collect::<Vec<_>>();
    let first = labels(&page);
    assert!(
        first.len() == 5 && first.iter().all(|label| label.parse::<u32>().is_ok_and(|class| class < 5)),
        "{first:?}"
    );
    page.reload();
    page.select_network(ID);
    answer_of(&page, ID);
    assert_eq!(labels(&page), first, "another visit");
    let layers = page.run_job(json!({ "summarise": { "network": ID } })).unwrap();
    // Two rows of filters and a matrix, each with its biases: PyTorch has drawn the moments into the first.
    assert_eq!(layers["summary"]["params"], json!(216 + 8 + 144 + 8 + 1000 + 5), "{layers}");
    let picture: u32 = page.all("tray-item")[0].attribute("data-picture").parse().unwrap();
    let settings = json!({ "picture": picture, "network": ID, "method": "fgsm" });
    let fooled = page.run_job(json!({ "fool": { "attack": settings } }));
    assert!(fooled.is_ok(), "{fooled:?}");
    page.assert_quiet();
}

/// A fine-tuned PyTorch file with what lies beside it: names of classes, and how pictures are prepared, which the page changes.
#[test]
fn a_dropped_folder_is_a_network_with_what_lies_beside_it() {
    let Some(page) = Page::open(Gpu::Off) else { return };
    let fixture = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/pytorch/resnet20.pth"));
    let folder = std::env::temp_dir().join(format!("neocog-folder-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("inner")).unwrap();
    std::fs::copy(fixture, folder.join("inner/resnet20.pth")).unwrap();
    std::fs::write(folder.join("labels.txt"), "one\ntwo\nthree\n").unwrap();
    // A picture of the publisher's is none of the person's.
    std::fs::write(folder.join("curve.bmp"), crate::checkpoint::picture(1)).unwrap();
    answer_of(&page, "things");
    page.drop_folder(&folder, "drop-zone");
    answer_of(&page, "own:resnet20");
    std::fs::remove_dir_all(&folder).unwrap();
    let mut labels: Vec<_> = page.predictions().into_iter().map(|row| row.label).collect();
    labels.sort();
    assert_eq!(labels, ["one", "three", "two"]);
    assert!(page.all("tray-item").iter().all(|tile| !tile.attribute("data-name").starts_with("curve")));
    page.assert_quiet();
}

#[test]
fn a_dropped_pytorch_file_answers_and_is_fooled() {
    let Some(page) = Page::open(Gpu::Off) else { return };
    const ID: &str = "own:resnet20";
    let fixture = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/pytorch/resnet20.pth"));
    let folder = std::env::temp_dir().join(format!("neocog-brought-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let [names, config] = ["labels.txt", "preprocessor_config.json"].map(|name| folder.join(name));
    std::fs::write(&names, "first\nsecond\nthird\n").unwrap();
    let prepared = r#"{"image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5], "size": {"shortest_edge": 36}, "crop_size": 32,
        "resample": 3}"#;
    std::fs::write(&config, prepared).unwrap();
    page.drop_files(&[fixture, &names, &config], "drop-zone");
    page.select_network(ID);
    answer_of(&page, ID);
    // Not before: the browser reads them while they come in.
    std::fs::remove_dir_all(&folder).unwrap();
    let labels = |page: &Page| {
        let mut labels: Vec<_> = page.predictions().into_iter().map(|row| row.label).collect();
        labels.sort();
        labels
    };
    assert_eq!(labels(&page), ["first", "second", "third"]);
    let value = |page: &Page, id: &str| {
        page.js(&format!("return document.querySelector('[data-testid=\"{id}\"]')?.value ?? ''"), &[])
    };
    let shown = |page: &Page, id: &str, wanted: &str| {
        page.wait(&format!("{id} to be {wanted}"), LONG, || (value(page, id) == json!(wanted)).then_some(()));
    };
    page.js("document.querySelector('[data-testid=prepare]').open = true", &[]);
    shown(&page, "prepare-range", "signed");
    shown(&page, "prepare-size", "32");
    shown(&page, "prepare-shorter", "36");
    shown(&page, "prepare-interpolation", "bicubic");
    for (id, value) in
        [("prepare-shorter", "64"), ("prepare-interpolation", "bilinear"), ("prepare-mean", "0.1, 0.2, 0.9")]
    {
        let before = page.predictions();
        let set = format!(
            "const field = document.querySelector('[data-testid=\"{id}\"]');
            field.value = '{value}';
            field.dispatchEvent(new Event('change', {{ bubbles: true }}));"
        );
        page.js(&set, &[]);
        page.wait(&format!("the answer to change with {id}"), LONG, || {
            (page.predictions() != before && page.predictions().len() == 3).then_some(())
        });
    }
    page.wait_for("prepare-effect", LONG, |effect| effect.text.contains("before"));
    shown(&page, "prepare-range", "other");
    page.reload();
    page.select_network(ID);
    answer_of(&page, ID);
    assert_eq!(labels(&page), ["first", "second", "third"], "another visit");
    shown(&page, "prepare-mean", "0.1, 0.2, 0.9");
    shown(&page, "prepare-shorter", "64");
    shown(&page, "prepare-interpolation", "bilinear");
    let picture: u32 = page.all("tray-item")[0].attribute("data-picture").parse().unwrap();
    let settings = json!({ "picture": picture, "network": ID, "method": "pgd_linf" });
    let fooled = page.run_job(json!({ "fool": { "attack": settings } }));
    assert!(fooled.is_ok(), "{fooled:?}");
    page.assert_quiet();
}

/// The built page in another folder, without the weights that come with it.
fn without_models(dist: &Path) -> std::path::PathBuf {
    copy_of(dist, "bare", |path| path == "models")
}

#[test]
fn weights_that_cannot_be_loaded_are_one_sentence() {
    let Some(dist) = dist() else { return };
    let Some(page) = Page::open_from(&without_models(&dist), "", Gpu::Off, &[]) else { return };
    pick(&page, "digit_5");
    let said = page.wait_for("trouble", LONG, |trouble| trouble.attribute("data-kind") == "not_shipped");
    assert!(said.text.contains("404"), "{said:?}");
    let picture: u32 = page.all("tray-item")[0].attribute("data-picture").parse().unwrap();
    let job = json!({ "classify": { "picture": picture, "network": "digits" } });
    let trouble: Value = page.run_job(job).expect_err("the weights are not there");
    assert!(!trouble["not_shipped"].is_null(), "{trouble}");
    // The page goes on: weights that a person drops work.
    let weights = crate::checkpoint::file("bare_resnet20.safetensors", &crate::checkpoint::random_resnet20(9));
    page.drop_file(&weights, "drop-zone");
    page.select_network("cifar10_resnet20");
    answer_of(&page, "cifar10_resnet20");
    // The browser itself notes what is not there.
    page.assert_quiet_but(|line| line.message.contains("/models/"));
}
