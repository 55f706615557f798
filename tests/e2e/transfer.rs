//! Classes of a person's own, on the page Transfer.

use crate::page::{Gpu, LONG, Page, dist};
use neocog::data::png;
use neocog::data::procedural::{Recipe, Set};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Folders of drawn shapes, each with so many pictures.
fn write_classes(folder: &Path, classes: &[&str], each: usize) -> Vec<PathBuf> {
    let set = Set::find("shapes").unwrap().draw(&Recipe { seed: 5, count: 1000, ..Recipe::default() }).unwrap();
    let mut written = Vec::new();
    for class in classes {
        let label = set.classes.iter().position(|known| known == class).unwrap() as u32;
        std::fs::create_dir_all(folder.join(class)).unwrap();
        for (at, _) in set.labels.iter().enumerate().filter(|(_, of)| **of == label).take(each) {
            let file = folder.join(class).join(format!("{class}-{at}.png"));
            std::fs::write(&file, png::encode(&set.picture(at).unwrap())).unwrap();
            written.push(file);
        }
    }
    written
}

fn counts(page: &Page) -> Vec<(String, String)> {
    let of = page.all("own-class").into_iter();
    of.map(|class| (class.attribute("data-name").to_owned(), class.attribute("data-count").to_owned())).collect()
}

fn names(page: &Page) -> Vec<String> {
    counts(page).into_iter().map(|(name, _)| name).collect()
}

#[test]
fn transfer_learns_drawn_classes_by_itself() {
    // As a person finds it: no network is named.
    let start = Instant::now();
    let Some(page) = Page::open_at(Gpu::Off, "#/transfer?picture=ship&backend=cpu") else { return };
    page.wait_until_ready("transfer");
    println!("opened and learnt in {:?}", start.elapsed());
    assert_eq!(page.number("transfer-count", "data-count"), 80.0);
    let (features, pixels) =
        (page.number("transfer-accuracy", "data-value"), page.number("transfer-raw", "data-value"));
    assert!(features > pixels + 0.4 && features > 0.8, "{features} {pixels}");
    page.wait_for_checks(&["transfer-gap", "transfer-features", "transfer-optimum", "transfer-slope"]);
    page.wait_until_ready("transfer-predict");
    let all = page.all("transfer-class");
    let sum: f64 = all.iter().map(|class| class.attribute("data-probability").parse::<f64>().unwrap()).sum();
    assert!(all.len() == 4 && (sum - 1.0).abs() < 1e-4, "{sum}");
    page.resize(1280, 2600);
    page.screenshot("transfer");
    // A ship is no shape.
    assert_eq!(page.all("transfer-none").len(), 1);

    // The pictures behind a cell, one of which goes.
    let count =
        "return [...document.querySelectorAll('[data-testid=transfer-cell]')].find(cell => !cell.disabled).click()";
    page.js(count, &[]);
    page.wait("the pictures behind it", LONG, || (!page.all("behind-picture").is_empty()).then_some(()));
    page.click("behind-remove");
    page.wait_for_number("transfer-count", "data-count", |count| count == 79.0);
    page.wait_for("transfer-stale", LONG, |_| true);
    page.click("classifier-mean");
    page.wait("the classifier in the address", LONG, || page.hash().contains("classifier=mean").then_some(()));
    page.click("transfer-start");
    page.wait("another answer", LONG, || page.all("transfer-stale").is_empty().then_some(()));
    page.wait_until_ready("transfer");

    page.click("sweep-start");
    page.wait_until_ready("transfer-sweep");
    let rows = page.all("sweep-row");
    let share = |at: usize| rows[at].attribute("data-accuracy").parse::<f64>().unwrap();
    assert!(rows.len() > 6 && (1..rows.len()).any(|at| share(at) > share(0)));
    page.js("document.querySelector('[data-testid=transfer-sweep]').scrollIntoView()", &[]);
    page.screenshot("transfer-sweep");
    page.assert_narrow(740);
    for (card, name) in [
        ("transfer-classes", "transfer-narrow"),
        ("transfer", "transfer-narrow-learn"),
        ("transfer-confusion", "transfer-narrow-confusion"),
        ("transfer-sweep", "transfer-narrow-sweep"),
    ] {
        page.js("document.querySelector(`[data-testid=${args[0]}]`).scrollIntoView()", &[card.into()]);
        page.screenshot(name);
    }
    page.assert_quiet();
}

#[test]
fn transfer_fine_tunes_beside_the_classifier() {
    let hash = "#/transfer?net=photos&picture=ship&backend=cpu&epochs=2&blocks=3";
    let Some(page) = Page::open_at(Gpu::Off, hash) else { return };
    page.wait_until_ready("transfer");
    let start = Instant::now();
    page.click("compare-start");
    page.wait_for("compare-row", LONG, |row| row.attribute("data-each") == "2");
    page.click("cancel");
    page.wait_for("compare-stopped", LONG, |told| told.text.contains("stopped"));
    assert!(page.all("tune-epoch").is_empty());
    // What it had come to outlives the page, with the classes that it is of.
    page.reload();
    page.wait_for("compare-stopped", LONG, |told| told.text.contains("stopped"));
    assert_eq!(page.number("transfer-count", "data-count"), 80.0);
    page.js("document.querySelector('[data-testid=transfer-tune]').scrollIntoView()", &[]);
    page.screenshot("transfer-stopped");
    page.click("compare-go-on");
    page.wait_until_ready("transfer-tune");
    assert!(page.all("compare-stopped").is_empty());
    println!("fine-tuned in {:?}", start.elapsed());
    let rows = page.all("compare-row");
    let each: Vec<&str> = rows.iter().map(|row| row.attribute("data-each")).collect();
    assert_eq!(each, ["2", "4", "8", "16"]);
    let share = |row: usize, of: &str| rows[row].attribute(of).parse::<f64>().unwrap();
    assert!(share(3, "data-features") > 0.2 && share(3, "data-tuned") > 0.2);
    page.js("document.querySelector('[data-testid=transfer-tune]').scrollIntoView()", &[]);
    page.screenshot("transfer-tune");
    page.assert_narrow(740);
    page.js("document.querySelector('[data-testid=transfer-tune]').scrollIntoView()", &[]);
    page.screenshot("transfer-narrow-tune");
    page.assert_quiet();
}

#[test]
fn transfer_learns_three_classes_from_thirty_dropped_pictures() {
    let Some(page) = Page::open_at(Gpu::Off, "#/transfer?net=photos&picture=ship&backend=cpu") else { return };
    page.wait_until_ready("transfer");
    page.click("classes-clear");
    page.wait("no class", LONG, || page.all("own-class").is_empty().then_some(()));
    let folder = std::env::temp_dir().join(format!("neocog-own-{}", std::process::id()));
    let files = write_classes(&folder, &["circle", "star", "cross"], 10);
    let start = Instant::now();
    page.drop_folder(&folder, "transfer-classes");
    page.wait_for_number("transfer-count", "data-count", |count| count == 30.0);
    page.click("transfer-start");
    page.wait_until_ready("transfer");
    page.wait_until_ready("transfer-predict");
    println!("dropped, learnt and predicted in {:?}", start.elapsed());
    assert_eq!(names(&page), ["circle", "cross", "star"]);
    // Of three classes, better than chance.
    assert!(page.number("transfer-accuracy", "data-value") > 0.34);

    // A class of its own, its name, and four pictures dropped on it, one of which is there already.
    page.click("class-add");
    page.wait("a fourth class", LONG, || (page.all("own-class").len() == 4).then_some(()));
    page.js(
        "const field = [...document.querySelectorAll('[data-testid=class-name]')].at(-1);
         field.value = 'star'; field.dispatchEvent(new Event('change', { bubbles: true }));",
        &[],
    );
    page.wait_for("trouble", LONG, |trouble| trouble.text.contains("both be called star"));
    page.js(
        "const field = [...document.querySelectorAll('[data-testid=class-name]')].at(-1);
         field.value = 'odd'; field.dispatchEvent(new Event('change', { bubbles: true }));",
        &[],
    );
    page.wait("its name", LONG, || names(&page).contains(&"odd".to_owned()).then_some(()));
    page.js("document.querySelectorAll('[data-testid=own-class]')[3].dataset.testid = 'fourth'", &[]);
    let others = folder.join("others");
    let rings = write_classes(&others, &["ring"], 3);
    page.drop_files(&[&files[0], &rings[0], &rings[1], &rings[2]], "fourth");
    page.wait("its pictures", LONG, || counts(&page).contains(&("odd".to_owned(), "4".to_owned())).then_some(()));
    page.click("transfer-start");
    page.wait_for("transfer-near", LONG, |near| near.text.contains('2'));

    // What is no picture is left out and told; an empty class is named.
    let wrong = folder.join("wrong.txt");
    std::fs::write(&wrong, "no picture").unwrap();
    page.js("document.querySelectorAll('[data-testid=own-class]')[3].dataset.testid = 'fourth'", &[]);
    page.drop_files(&[&wrong], "fourth");
    page.wait_for("trouble", LONG, |trouble| trouble.text.contains("wrong.txt"));
    page.click("class-add");
    page.wait("a fifth class", LONG, || (counts(&page).len() == 5).then_some(()));
    page.click("transfer-start");
    page.wait_for("trouble", LONG, |trouble| trouble.text.contains("has no picture"));
    std::fs::remove_dir_all(&folder).unwrap();
    page.assert_quiet();
}

#[test]
fn transfer_records_from_the_webcam_and_says_what_it_sees() {
    let flags = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"];
    let Some(dist) = dist() else { return };
    let hash = "#/transfer?net=photos&picture=ship&backend=cpu";
    let Some(page) = Page::open_from(&dist, hash, Gpu::Off, &flags) else { return };
    page.wait_until_ready("transfer");
    // Of the four classes that the program draws.
    page.click("classes-webcam");
    page.wait("what it says of the webcam", LONG, || {
        page.js(
            "return document.querySelectorAll('[data-testid=webcam-seen] [data-testid=transfer-class]').length",
            &[],
        )
        .as_u64()
        .filter(|count| *count == 4)
    });
    page.js("document.querySelector('[data-testid=webcam]').scrollIntoView()", &[]);
    page.screenshot("transfer-webcam");
    page.assert_narrow(740);
    page.js("document.querySelector('[data-testid=webcam]').scrollIntoView()", &[]);
    page.screenshot("transfer-narrow-webcam");
    page.click("classes-clear");
    page.wait("no class", LONG, || page.all("own-class").is_empty().then_some(()));
    for count in 1..=2 {
        page.click("class-add");
        page.wait("a class", LONG, || (page.all("own-class").len() == count).then_some(()));
    }
    page.wait("the buttons to hold", LONG, || (page.all("class-hold").len() == 2).then_some(()));
    let held = |class: usize, event: &str| {
        page.js(
            "const button = document.querySelectorAll('[data-testid=class-hold]')[args[0]];
             button.dispatchEvent(new KeyboardEvent(args[1], { key: ' ', bubbles: true }));",
            &[class.into(), event.into()],
        );
    };
    let count = |page: &Page, class: usize| counts(page)[class].1.parse::<usize>().unwrap();
    for class in 0..2 {
        let before = count(&page, class);
        held(class, "keydown");
        page.wait("three frames of it", LONG, || {
            let text = page.all("class-hold")[class].text.clone();
            (3..=20).any(|frames| text.ends_with(&format!(": {frames}"))).then_some(())
        });
        held(class, "keyup");
        page.wait("its pictures", LONG, || (count(&page, class) >= before + 3).then_some(()));
    }
    // One recording is on one side of every split: it is learnt, and nothing is claimed of it.
    page.click("transfer-start");
    page.wait_for("transfer-unmeasured", LONG, |told| told.text.contains("not measured yet"));
    assert!(page.all("transfer-accuracy").is_empty());
    page.click("classes-webcam");
    page.wait("the camera closed", LONG, || page.all("webcam").is_empty().then_some(()));
    page.assert_quiet();
}
