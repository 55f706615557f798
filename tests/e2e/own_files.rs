//! What Transfer saves and opens: a page that works by itself from the disk, a network for every page, and a project.

use crate::exported::{catch_what_leaves, saved_by};
use crate::page::{Gpu, LONG, Page};
use neocog::data::procedural::{Recipe, Set};
use neocog::data::{gallery, png};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// By class.
type Answer = BTreeMap<String, f64>;

/// Another one than `before`.
fn own_answer(page: &Page, name: &str, before: &Answer) -> Answer {
    let row = |row: crate::page::Seen| {
        (row.attribute("data-class").to_owned(), row.attribute("data-probability").parse::<f64>().unwrap())
    };
    page.wait(&format!("what it says of {name}"), LONG, || {
        let card = page.all("transfer-predict").pop()?;
        let found: Answer = page.all("transfer-class").into_iter().map(row).collect();
        let is_new = card.attribute("data-state") == "ready" && card.text.contains(name) && found != *before;
        is_new.then_some(found)
    })
}

fn alone(page: &Page, file: &Path) -> (Answer, bool) {
    page.js("document.getElementById('answers').replaceChildren()", &[]);
    page.choose_by(file, "#file");
    let rows = "const all = [...document.querySelectorAll('#answers li')];
        return all.length ? [all.map((row) => [row.dataset.class, +row.dataset.probability]), !document.getElementById('none').hidden] : null";
    let found = page.wait("an answer", LONG, || Some(page.js(rows, &[])).filter(|found| !found.is_null()));
    let row = |row: &serde_json::Value| (row[0].as_str().unwrap().to_owned(), row[1].as_f64().unwrap());
    (found[0].as_array().unwrap().iter().map(row).collect(), found[1].as_bool().unwrap())
}

fn assert_same(one: &Answer, other: &Answer) {
    let off = one.iter().map(|(class, share)| (share - other[class]).abs()).fold(0.0, f64::max);
    println!("off by {off:.1e}");
    assert!(one.len() == other.len() && off < 2e-3, "{off}: {one:?} {other:?}");
}

fn written(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let file = folder.join(name);
    std::fs::write(&file, bytes).unwrap();
    file
}

#[test]
fn a_saved_page_says_the_same_from_the_disk_without_a_server() {
    let Some(page) = Page::open_at(Gpu::Off, "#/transfer?picture=ship&backend=cpu") else { return };
    page.wait_until_ready("transfer");
    catch_what_leaves(&page);
    let folder = std::env::temp_dir().join(format!("neocog-alone-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let set = Set::find("shapes").unwrap().draw(&Recipe { seed: 9, count: 40, ..Recipe::default() }).unwrap();
    let heart = (0..set.len()).find(|&at| set.classes[set.labels[at] as usize] == "heart").unwrap();
    let of_ship = own_answer(&page, "ship", &Answer::new());
    let is_none = !page.all("transfer-none").is_empty();
    let ship = written(&folder, "ship.png", &png::encode(&gallery::draw("ship").unwrap()));
    let heart = written(&folder, "a heart.png", &png::encode(&set.picture(heart).unwrap()));
    page.drop_file(&heart, "transfer-predict");
    let of_heart = own_answer(&page, "a heart", &of_ship);
    let saved = saved_by(&page, "transfer-page");
    println!("a page of {} KB", saved.len() >> 10);
    let saved = written(&folder, "transfer.html", &saved);

    // The network for every page.
    page.click("transfer-use");
    page.wait("the network among the others", LONG, || {
        let all = "return [...document.querySelectorAll('[data-testid=model-select] option')].map((one) => one.textContent).join()";
        page.js(all, &[]).as_str().filter(|all| all.contains("transfer")).map(drop)
    });
    page.assert_quiet();
    drop(page);

    let Some(page) = Page::open_file(&saved) else { return };
    page.wait("its title", LONG, || {
        page.js("return document.title", &[]).as_str().filter(|title| title.contains("heart")).map(drop)
    });
    let (found, found_none) = alone(&page, &ship);
    assert_same(&of_ship, &found);
    assert_eq!(found_none, is_none);
    let (found, _) = alone(&page, &heart);
    assert_same(&of_heart, &found);
    let wrong = written(&folder, "no picture.txt", b"text");
    page.choose_by(&wrong, "#file");
    page.wait("a sentence", LONG, || {
        let trouble = page.js("return document.getElementById('trouble').textContent", &[]);
        trouble.as_str().filter(|words| words.contains("no picture.txt: cannot be read")).map(drop)
    });
    alone(&page, &heart);
    assert_eq!(page.js("return performance.getEntriesByType('resource').length", &[]), json!(0), "it fetches nothing");
    page.screenshot("alone");
    page.resize(360, 740);
    let wide = page.js("return document.documentElement.scrollWidth", &[]);
    assert_eq!(wide, json!(360));
    page.screenshot("alone-narrow");
    page.assert_quiet();
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_project_is_saved_and_opened_with_what_was_set() {
    let Some(page) = Page::open_at(Gpu::Off, "#/transfer?picture=ship&backend=cpu&classifier=mean") else { return };
    page.wait_until_ready("transfer");
    catch_what_leaves(&page);
    let project = saved_by(&page, "classes-save");
    let folder = std::env::temp_dir().join(format!("neocog-project-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let project = written(&folder, "mine.zip", &project);
    page.click("classes-clear");
    page.wait("no class", LONG, || page.all("own-class").is_empty().then_some(()));
    page.click("classifier-svm");
    page.wait("another classifier", LONG, || (!page.hash().contains("classifier=mean")).then_some(()));
    page.drop_file(&project, "transfer-classes");
    page.wait("its classes", LONG, || (page.all("own-class").len() == 4).then_some(()));
    assert_eq!(page.number("transfer-count", "data-count"), 80.0);
    page.wait("its classifier", LONG, || page.hash().contains("classifier=mean").then_some(()));
    // Half of one is told, and nothing is lost.
    let half = std::fs::read(&project).unwrap();
    let half = written(&folder, "half.zip", &half[..half.len() / 2]);
    page.drop_file(&half, "transfer-classes");
    page.wait_for("trouble", LONG, |trouble| trouble.text.contains("half.zip"));
    assert_eq!(page.all("own-class").len(), 4);
    std::fs::remove_dir_all(&folder).unwrap();
    page.assert_quiet();
}
