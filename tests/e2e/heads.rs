//! Detectors and networks for joints from ONNX files, dropped on Detect and on Pose.

use crate::page::{Gpu, LONG, Page, dist};
use std::path::{Path, PathBuf};

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/heads").join(name)
}

#[test]
fn a_dropped_onnx_detector_finds_boxes_and_one_of_an_unknown_head_is_described() {
    let link = "#/detect?net=photos&picture=ship&backend=cpu&threshold=0.3";
    let Some(page) = Page::open_at(Gpu::Off, link) else { return };
    page.wait_until_ready("detect");
    page.drop_file(&file("v8.onnx"), "detect");
    page.wait_for("detect-head", LONG, |head| {
        head.text.contains("v8 looks at 96 × 64 pixels") && head.text.contains("YOLOv8")
    });
    page.wait_until_ready("detect");
    let classes: Vec<String> =
        page.all("detect-box").iter().map(|one| one.attribute("data-class").to_owned()).collect();
    let known = ["a cup", "driver's seat", "person"];
    assert!(!classes.is_empty() && classes.iter().all(|class| known.contains(&class.as_str())), "{classes:?}");
    assert!(page.hash().contains("by=yolo") && page.hash().contains("file=v8"), "{}", page.hash());

    // A second one, whose own suppression is left out; either can be chosen.
    page.drop_file(&file("v8-suppressed.onnx"), "detect");
    page.wait_for("detect-head", LONG, |head| head.text.contains("the suppression here takes its place"));
    page.resize(1280, 1500);
    page.screenshot("detect-onnx");
    page.set("detect-file", "v8");
    page.wait_for("detect-head", LONG, |head| {
        head.text.contains("v8 looks at") && !head.text.contains("takes its place")
    });

    page.drop_file(&file("unknown.onnx"), "detect");
    page.wait_for("trouble", LONG, |trouble| {
        trouble.text.contains("grid (1 × 25 × 2 × 3)") && trouble.text.contains("neither one number for each class")
    });
    assert!(!page.all("detect-box").is_empty());
    page.assert_narrow(740);
    page.screenshot("detect-onnx-narrow");
    // On the next visit it is still here, and no network to classify with.
    page.reload();
    page.wait_for("detect-head", LONG, |head| head.text.contains("v8 looks at"));
    assert!(page.js("return window.neocog !== undefined", &[]).as_bool() == Some(true));
}

#[test]
fn a_dropped_pose_network_finds_joints_also_of_the_webcam() {
    let flags = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"];
    let Some(dist) = dist() else { return };
    let link = "#/pose?net=photos&picture=ship&backend=cpu";
    let Some(page) = Page::open_from(&dist, link, Gpu::Off, &flags) else { return };
    page.wait_until_ready("pose");
    page.click("pose-by-file");
    page.wait_for("pose-wanting", LONG, |wanting| wanting.text.contains("ONNX"));
    page.drop_file(&file("heat-maps.onnx"), "pose");
    page.wait("17 joints", LONG, || (page.all("pose-row").len() == 17).then_some(()));
    assert!(page.hash().contains("by=file") && page.hash().contains("of=picture"), "{}", page.hash());
    page.resize(1280, 1500);
    page.screenshot("pose-onnx");
    let places = || page.all("pose-row").iter().map(|row| row.attribute("data-place").to_owned()).collect::<Vec<_>>();
    let still = places();
    page.click("pose-of-webcam");
    page.wait_for("pose-live", LONG, |_| true);
    page.wait("joints of a frame", LONG, || (places() != still).then_some(()));
    page.set("pose-smoothing", "1");
    page.wait("the smoothing in the address", LONG, || page.hash().contains("smoothing=1").then_some(()));
    page.screenshot("pose-webcam");
    page.assert_narrow(740);
    page.screenshot("pose-webcam-narrow");
    page.assert_quiet();
}
