//! Joints of people, on the page Pose.

use crate::page::{Gpu, LONG, Page};
use crate::shared::shared;

/// Across and down of each joint.
fn joints(page: &Page) -> Vec<[f64; 2]> {
    let place = |text: &str| {
        let (x, y) = text.split_once(',').unwrap();
        [x.parse().unwrap(), y.parse().unwrap()]
    };
    page.all("pose-row").iter().map(|row| place(row.attribute("data-place"))).collect()
}

/// The middle of a joint's handle on the screen.
fn handle(page: &Page, joint: &str) -> [f64; 2] {
    let found = page.js(
        "const box = document.querySelector(`[data-joint=${args[0]}]`).getBoundingClientRect();
         return [box.left + box.width / 2, box.top + box.height / 2];",
        &[joint.into()],
    );
    [0, 1].map(|at| found[at].as_f64().unwrap())
}

#[test]
fn a_figure_is_found_stage_by_stage_put_right_written_and_read() {
    let Some(page) = Page::open_at(Gpu::Off, "#/pose?backend=cpu&figure=3") else { return };
    page.wait_until_ready("pose");
    assert_eq!(joints(&page).len(), 14);
    let off = |page: &Page| {
        let rows = page.all("pose-row");
        rows.iter().map(|row| row.attribute("data-off").parse::<f64>().unwrap()).sum::<f64>() / rows.len() as f64
    };
    let last = off(&page);
    let (at_last, moves) = (joints(&page), page.all("pose-move").len());
    page.wait_for_checks(&[
        "pose-normalise",
        "pose-mirror",
        "pose-measures",
        "pose-devices",
        "pose-stage2",
        "pose-stage3",
    ]);
    page.resize(1280, 1700);
    page.screenshot("pose");
    page.set("pose-stage", "1");
    page.wait("another stage", LONG, || (joints(&page) != at_last).then_some(()));
    assert!(moves > 0 && page.all("pose-move").is_empty() && page.hash().contains("stage=1"), "{}", page.hash());
    println!("off by {last} of the trunk at last, {} at first", off(&page));
    page.click("pose-show-squares");
    page.set("pose-stage", "2");
    page.wait("squares", LONG, || {
        (page.js("return document.querySelectorAll('.pose-square').length", &[]).as_u64() == Some(14)).then_some(())
    });
    page.screenshot("pose-squares");
    page.set("pose-stage", "3");

    // By the pointer, by a finger, by the keyboard.
    let corrected = |text: &str| page.wait_for("pose-corrected", LONG, |words| words.text.contains(text));
    page.js("document.querySelector('[data-testid=pose-sheet]').scrollIntoView({ block: 'center' })", &[]);
    for (by_finger, joint, row) in [(false, "left_wrist", 11), (true, "right_knee", 1)] {
        let before = joints(&page)[row];
        let from = handle(&page, joint);
        page.drag(from, [from[0] + 30.0, from[1] + 12.0], by_finger);
        page.wait("a joint that moved", LONG, || (joints(&page)[row][0] > before[0] + 2.0).then_some(()));
    }
    corrected(": 1.");
    let before = joints(&page)[12];
    page.js(
        "const neck = document.querySelector('[data-joint=neck]');
         neck.focus();
         neck.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowUp', bubbles: true, cancelable: true }));
         neck.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', shiftKey: true, bubbles: true, cancelable: true }));",
        &[],
    );
    page.wait("the neck elsewhere", LONG, || {
        let now = joints(&page)[12];
        ((now[0] - before[0] - 5.0).abs() < 1e-3 && (now[1] - before[1] + 1.0).abs() < 1e-3).then_some(())
    });
    let edited = joints(&page);
    let export = page.run_job(serde_json::json!({ "pose": "export" })).unwrap();
    let text = page.js(
        "return new TextDecoder().decode(new Uint8Array(Object.values(args[0])))",
        &[export["posed"]["saved"]["bytes"].clone()],
    );
    let folder = std::env::temp_dir().join(format!("neocog-e2e-pose-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("people.json");
    std::fs::write(&file, text.as_str().unwrap()).unwrap();
    page.click("pose-reset");
    page.wait("the joints as they were found", LONG, || (joints(&page) == at_last).then_some(()));
    page.choose_file(&file, "pose-import");
    page.wait("the joints of the file", LONG, || (joints(&page) == edited).then_some(()));
    std::fs::remove_dir_all(&folder).unwrap();

    page.click("pose-measure-start");
    page.wait_until_ready("pose-measure");
    assert!(page.all("pose-accuracy").len() == 6 && page.all("pose-heat").len() == 14);
    page.js("document.querySelector('[data-testid=pose-measure]').scrollIntoView()", &[]);
    page.screenshot("pose-measure");
    page.assert_narrow(740);
    for (card, name) in
        [("pose", "pose-narrow"), ("pose-measure", "pose-measure-narrow"), ("pose-train", "pose-train-narrow")]
    {
        page.js("document.querySelector(`[data-testid=${args[0]}]`).scrollIntoView()", &[card.into()]);
        page.screenshot(name);
    }
    page.assert_quiet();
}

#[test]
fn a_cascade_learns_in_the_page_and_looks_at_a_figure() {
    let Some(page) = Page::open_at(Gpu::Off, "#/pose?backend=cpu&steps=6&batch=2") else { return };
    page.wait_until_ready("pose");
    page.click("pose-train-start");
    page.wait_for_number("pose-train-figures", "data-step", |step| step == 6.0);
    let shipped = joints(&page);
    page.click("pose-train-look");
    page.wait("its joints", LONG, || (joints(&page) != shipped).then_some(()));
    assert!(page.hash().contains("weights=trained"), "{}", page.hash());
    page.js("document.querySelector('[data-testid=pose-train]').scrollIntoView()", &[]);
    page.screenshot("pose-train");
    page.assert_quiet();
}

#[test]
fn dropped_movenet_finds_a_person_in_a_photograph() {
    let (Some(weights), Some(photo)) =
        (shared("data/models/movenet_lightning-f16.safetensors"), shared("data/pose-lsp/images/im00001.jpg"))
    else {
        return;
    };
    let Some(page) = Page::open_at(Gpu::Off, "#/pose?backend=cpu&by=movenet") else { return };
    page.wait_for("pose-wanting", LONG, |wanting| wanting.text.contains("movenet_lightning"));
    page.drop_file(&weights, "pose");
    page.wait("the tray in the address", LONG, || page.hash().contains("of=picture").then_some(()));
    page.drop_file(&photo, "pose");
    // The nose, as the network's own program has it.
    page.wait("the reference's nose", LONG, || {
        let found = joints(&page);
        (found.len() == 17 && (found[0][0] - 107.19).hypot(found[0][1] - 52.92) < 3.2).then_some(())
    });
    page.resize(1280, 1500);
    page.screenshot("pose-movenet");
    page.assert_quiet();
}
