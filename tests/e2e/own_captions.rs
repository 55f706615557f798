//! The Caption page with a person's own pictures and captions: brought, learnt, measured, spoken; and what is wrong with files.

use crate::checkpoint;
use crate::page::{Gpu, LONG, Page, Seen};
use crate::train_files::tar;
use neocog::data::{Rgb, png};
use serde_json::json;

/// Colour, and what is said of it.
const FIELDS: [([u8; 3], [&str; 2]); 4] = [
    ([220, 30, 30], ["Red roses in a garden .", "A garden is full of red roses ."]),
    ([30, 170, 40], ["The green meadow lies in spring .", "Green grass as far as one sees !"]),
    ([30, 60, 220], ["Deep blue sea under the sky .", "Water that is blue and calm ."]),
    ([250, 250, 250], ["Snow has fallen on everything .", "White snow covers this land ."]),
];

/// Fields of one colour, each a little different, with two captions each; one captioned picture is not there.
pub(crate) fn fields() -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut captions = String::from("file\tcaption\ngone.png\tA field that was lost .\n");
    for k in 0..60_u8 {
        let (rgb, said) = FIELDS[usize::from(k) % FIELDS.len()];
        let shade = rgb.map(|channel| channel.saturating_sub(k / 4 * 3));
        let picture = Rgb::new(40, 30, shade.repeat(40 * 30)).unwrap();
        files.push((format!("fields/{k:02}.png"), png::encode(&picture)));
        said.iter().for_each(|said| captions += &format!("{k:02}.png\t{said}\n"));
    }
    files.push(("fields/captions.tsv".to_owned(), captions.into_bytes()));
    files
}

fn scores(page: &Page, row: &str) -> Vec<f64> {
    let read =
        "return [...document.querySelectorAll(`[data-testid=own-bleu-${args[0]}] td`)].map((td) => +td.dataset.value)";
    page.js(read, &[json!(row)]).as_array().into_iter().flatten().filter_map(serde_json::Value::as_f64).collect()
}

fn is_of(seen: &Seen, train: &str) -> bool {
    seen.attribute("data-train") == train && seen.attribute("data-validation") == "12"
}

#[test]
fn own_captions_are_learnt_and_spoken() {
    let Some(page) = Page::open(Gpu::Off) else { return };
    page.js("location.hash = args[0]", &[json!("#/caption?backend=cpu&own-epochs=2")]);
    page.wait_for("own-captions", LONG, |_| true);
    // Nothing was brought: nothing can be learnt.
    let trouble = page.run_job(json!({ "caption": { "learn": { "network": "x" } } })).unwrap_err();
    assert!(trouble.to_string().contains("choose a folder with pictures and a captions file"), "{trouble}");

    page.choose_file(&checkpoint::file("fields.tar", &tar(&fields())), "own-files");
    page.wait_for("own-brought", LONG, |seen| is_of(seen, "48"));
    let notes: Vec<String> = page.all("own-note").into_iter().map(|note| note.text).collect();
    assert!(notes.iter().any(|note| note.contains("1 of the 61") && note.contains("gone.png")), "{notes:?}");

    // A file that is no captions file is told of in a sentence, and what was there stays.
    let broken = tar(&[("x/captions.json".to_owned(), b"{\"images\": [".to_vec())]);
    page.choose_file(&checkpoint::file("broken.tar", &broken), "own-files");
    page.wait_for("trouble", LONG, |trouble| trouble.text.contains("it is not COCO's JSON of captions"));
    assert!(page.all("own-brought").iter().any(|seen| is_of(seen, "48")));

    for (field, value) in [("own-epochs", "150"), ("own-size", "32"), ("own-least", "1"), ("own-rate", "0.01")] {
        page.set(&format!("caption-{field}"), value);
    }
    page.click("own-start");
    page.wait("BLEU", LONG, || (scores(&page, "beam").len() == 4).then_some(()));
    let (beam, baseline) = (scores(&page, "beam"), scores(&page, "baseline"));
    println!("beam {beam:?}, greedy {:?}, always the same {baseline:?}", scores(&page, "greedy"));
    assert!(beam.iter().zip(&baseline).all(|(beam, baseline)| *beam > baseline + 20.0), "{beam:?} {baseline:?}");
    assert_eq!(page.all("own-spoken").len(), 12);
    let hash = page.url_now();
    assert!(hash.contains("own-epochs=150") && hash.contains("own-size=32"), "{hash}");
    page.screenshot("own-captions");

    // The chosen picture of the tray is captioned by what was learnt.
    let red = Rgb::new(40, 30, [215, 28, 28].repeat(40 * 30)).unwrap();
    page.drop_file(&checkpoint::file("red.png", &png::encode(&red)), "own-captions");
    page.wait_for("own-said", LONG, |said| said.text.contains("red"));
    page.assert_quiet();
}

#[test]
fn files_are_dropped_and_a_lesson_is_stopped() {
    let Some(page) = Page::open(Gpu::Off) else { return };
    page.js("location.hash = args[0]", &[json!("#/caption?backend=cpu&own-epochs=2")]);
    page.wait_for("own-captions", LONG, |_| true);
    let files: Vec<_> = fields()
        .into_iter()
        .map(|(name, bytes)| checkpoint::file(name.trim_start_matches("fields/"), &bytes))
        .collect();
    page.drop_files(&files.iter().map(AsRef::as_ref).collect::<Vec<_>>(), "own-captions");
    page.wait_for("own-brought", LONG, |seen| is_of(seen, "48"));
    page.set("caption-own-epochs", "900");
    page.click("own-start");
    page.wait_for("own-figures", LONG, |figures| !figures.text.is_empty());
    page.click("own-stop");
    let is_idle = "return document.querySelector('[data-testid=own-stop]').disabled
        && !document.querySelector('[data-testid=own-start]').disabled";
    page.wait("the lesson to be stopped", LONG, || (page.js(is_idle, &[]) == json!(true)).then_some(()));
    assert!(page.all("own-brought").iter().any(|seen| is_of(seen, "48")));
    page.assert_quiet();
}
