//! Classes of a person's own, on the page Transfer.

use crate::page::{Gpu, LONG, Page};
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
    let Some(page) = Page::open_at(Gpu::Off, "#/transfer?net=photos&picture=ship&backend=cpu") else { return };
    page.wait_until_ready("transfer");
    assert_eq!(page.number("transfer-count", "data-count"), 80.0);
    let (features, pixels) =
        (page.number("transfer-accuracy", "data-value"), page.number("transfer-raw", "data-value"));
    assert!(features > pixels && features > 0.3, "{features} {pixels}");
    page.wait_for_checks(&["transfer-gap", "transfer-features", "transfer-optimum", "transfer-slope"]);
    page.wait_until_ready("transfer-predict");
    let all = page.all("transfer-class");
    let sum: f64 = all.iter().map(|class| class.attribute("data-probability").parse::<f64>().unwrap()).sum();
    assert!(all.len() == 4 && (sum - 1.0).abs() < 1e-4, "{sum}");
    page.resize(1280, 2600);
    page.screenshot("transfer");

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
