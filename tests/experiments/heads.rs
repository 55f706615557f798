//! Detectors and networks for joints that a file brings: small ones with the operators of published exports, which `tests/fixtures/heads.py`
//! makes, has onnxruntime run and decodes with NumPy.

use crate::host::TestHost;
use neocog::data::Rgb;
use neocog::lab::detect::{DetectBench, DetectInput, Lessons, iou};
use neocog::lab::device::Device;
use neocog::lab::pose::{PoseBench, PoseInput, PoseSession};
use neocog::lab::{LabError, NoMonitor, Perform, Weights, pixels_from_rgb};
use neocog::protocol::{
    Detect, DetectTask, DetectedBox, DetectedPicture, DetectorKind, Finds, Fool, FoundPose, HeadForm, LivePose, Pose,
    PoseNetwork, PoseTask, Posed, Skeleton,
};
use pollster::block_on;
use serde_json::Value;
use std::path::Path;
use std::process::Command;
use std::rc::Rc;

const NAMES: [&str; 3] = ["a cup", "driver's seat", "person"];

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/heads")
}

fn read(name: &str) -> Result<Weights, LabError> {
    let file = format!("{name}.onnx");
    Weights::from_bytes(&file, std::fs::read(folder().join(&file)).unwrap())
}

fn expected(name: &str) -> Value {
    let text = include_str!("../fixtures/heads.json");
    serde_json::from_str::<Value>(text).unwrap()[name].clone()
}

/// The picture of the fixture.
fn picture() -> Rgb {
    let value = |x: i64, y: i64, c: i64| match c {
        0 if (x - 60).pow(2) + (y - 40).pow(2) < 600 => 230,
        _ => ((7 * x + 3 * y + 60 * c + x * y / (9 + c)) % 256) as u8,
    };
    let pixels = (0..80).flat_map(|y| (0..150).flat_map(move |x| (0..3).map(move |c| value(x, y, c)))).collect();
    Rgb::new(150, 80, pixels).unwrap()
}

fn devices() -> impl Iterator<Item = Device> {
    [Some(Device::Cpu), crate::gpu::gpu().map(Device::from)].into_iter().flatten()
}

fn found(weights: &Rc<Weights>, device: &Device) -> DetectedPicture {
    let task = DetectTask { threshold: 0.3, overlap: 0.45, ..DetectTask::default() };
    let mut bench = block_on(DetectBench::new(weights, Lessons::Scenes, device)).unwrap();
    assert_eq!(bench.kind(), DetectorKind::OneStage);
    let input = DetectInput { picture: Rc::new(picture()), truth: Vec::new() };
    block_on(bench.run(&input, &task, &NoMonitor::default())).unwrap().0
}

#[test]
fn boxes_of_each_known_head_are_those_of_onnxruntime() {
    for (name, form, is_letterboxed, is_cut) in [
        ("v5", HeadForm::Objectness, true, false),
        ("v8", HeadForm::Columns, true, false),
        ("v8-masks", HeadForm::Columns, true, false),
        ("v10", HeadForm::Suppressed, true, false),
        ("v10-cut", HeadForm::Columns, true, true),
        ("v8-suppressed", HeadForm::Apart, true, true),
        ("ssd", HeadForm::Apart, false, false),
        ("detr", HeadForm::Rows, false, false),
        ("labelled", HeadForm::Suppressed, false, false),
    ] {
        let weights = Rc::new(read(name).unwrap());
        assert_eq!((weights.network().classes, weights.network().input), (0, [3, 64, 96]), "{name}");
        let wanted = expected(name)["boxes"].as_array().unwrap().clone();
        assert!(wanted.len() >= 3, "{name}");
        for device in devices() {
            let found = found(&weights, &device);
            let head = found.head.clone().unwrap();
            assert_eq!((head.form, head.is_letterboxed, head.is_cut), (form, is_letterboxed, is_cut), "{name}");
            let (mut farthest, mut least) = (0.0_f64, 1.0_f32);
            assert_eq!(found.kept.boxes.len(), wanted.len(), "{name}: {:?}", found.kept.boxes);
            for row in &wanted {
                let number = |at: usize| row[at].as_f64().unwrap();
                let corners = [0, 1, 2, 3].map(|at| number(at) as f32);
                // Boxes that reach beyond the picture may end alike.
                let fit =
                    |one: &DetectedBox| iou(one.corners, corners) - (f64::from(one.score) - number(4)).abs() as f32;
                let same = found.kept.boxes.iter().filter(|one| f64::from(one.class) == number(5));
                let best = same.max_by(|a, b| fit(a).total_cmp(&fit(b))).unwrap();
                farthest = farthest.max((f64::from(best.score) - number(4)).abs());
                least = least.min(iou(best.corners, corners));
            }
            println!("{name}: {} boxes, overlap {least:.5}, scores {farthest:.1e} apart", wanted.len());
            assert!(least > 0.999 && farthest < 1e-3, "{name}: {least} {farthest}");
        }
    }
}

#[test]
fn classes_have_the_names_of_the_file() {
    let names = |name: &str| found(&Rc::new(read(name).unwrap()), &Device::Cpu).classes;
    assert_eq!(names("v8").iter().map(|[english, _]| english.as_str()).collect::<Vec<_>>(), NAMES);
    // COCO's names are translated.
    assert_eq!(names("v8")[2][1], "人");
    assert_eq!(names("ssd"), [1, 2, 3].map(|at| [format!("class {at}"), format!("クラス{at}")]));
    assert_eq!(names("labelled").last().unwrap()[0], format!("class {}", names("labelled").len()));
}

#[test]
fn who_asks_for_classes_is_sent_to_detect_or_pose() {
    for (name, page) in [("v8", "on Detect"), ("heat-maps", "on Pose"), ("pose-rows", "on Pose")] {
        let weights = Rc::new(read(name).unwrap());
        let error = weights.must_name_classes().unwrap_err().to_string();
        assert!(error.contains(name) && error.contains(page), "{error}");
        TestHost::with(&Rc::new(picture()), &weights).refuses([(Fool::Attack(Default::default()), page)]);
    }
}

#[test]
fn a_head_that_is_not_known_is_described() {
    let error = read("unknown").unwrap_err().to_string();
    for part in ["unknown.onnx", "grid (1 × 25 × 2 × 3)", "3 × 64 × 96", "1 × 4 + classes × places"] {
        assert!(error.contains(part), "{part}: {error}");
    }
    // Networks of another kind are told where they belong.
    let joints = Rc::new(read("coordinates").unwrap());
    let refused = block_on(DetectBench::new(&joints, Lessons::Scenes, &Device::Cpu)).err().unwrap().to_string();
    assert!(refused.contains("on Pose"), "{refused}");
}

#[test]
fn the_page_asks_it_by_its_name_and_keeps_what_it_is() {
    let weights = Rc::new(read("v8").unwrap());
    let host = TestHost::with(&Rc::new(picture()), &weights);
    let task = DetectTask {
        picture: Some(0),
        detector: DetectorKind::OneStage,
        brought: Some("own:v8".to_owned()),
        threshold: 0.3,
        ..DetectTask::default()
    };
    let answer = host.answer(Detect::Run(task)).unwrap();
    let neocog::protocol::Detected::Found(found) = answer else { panic!("no boxes") };
    assert_eq!(found.kept.boxes.len(), expected("v8")["boxes"].as_array().unwrap().len());
    assert_eq!(found.head.unwrap().title, "v8");
    let kept = weights.written().unwrap();
    let listed = neocog::lab::written_from("own:v8", &kept).unwrap();
    assert_eq!((listed.classes, listed.input), (0, [3, 64, 96]));
}

#[test]
fn the_command_finds_the_same_boxes() {
    let shot = std::env::temp_dir().join(format!("neocog-heads-{}.png", std::process::id()));
    let picture = picture();
    image::save_buffer(&shot, picture.pixels(), 150, 80, image::ExtendedColorType::Rgb8).unwrap();
    let run = Command::new(env!("CARGO_BIN_EXE_neocog"))
        .args(["detect", "run", "--threshold", "0.3", "--json", "--picture"])
        .arg(&shot)
        .arg("--")
        .arg(folder().join("v5.onnx"))
        .output()
        .unwrap();
    std::fs::remove_file(&shot).unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let row: Value = serde_json::from_slice(&run.stdout).unwrap();
    let boxes = row["boxes"].as_array().unwrap();
    assert_eq!(boxes.len(), expected("v5")["boxes"].as_array().unwrap().len());
    assert!(boxes.iter().all(|one| NAMES.contains(&one["label"].as_str().unwrap())));
}

fn joints_found(weights: &Rc<Weights>, device: &Device) -> FoundPose {
    let mut bench = block_on(PoseBench::of_weights(weights, device)).unwrap();
    let input = PoseInput { picture: picture(), truth: None };
    block_on(bench.run(&input, &NoMonitor::default())).unwrap()
}

#[test]
fn joints_of_each_known_head_are_those_of_onnxruntime() {
    for (name, skeleton) in [
        ("pose-rows", Skeleton::Coco),
        ("heat-maps", Skeleton::Coco),
        ("coordinates", Skeleton::Lsp),
        ("axes", Skeleton::Coco),
    ] {
        let weights = Rc::new(read(name).unwrap());
        assert_eq!(weights.written().unwrap().finds, Some(Finds::Joints), "{name}");
        let wanted = expected(name);
        for device in devices() {
            let found = joints_found(&weights, &device);
            assert_eq!(found.skeleton, skeleton, "{name}");
            assert_eq!(found.stages[0].joints.len(), wanted["joints"].as_array().unwrap().len(), "{name}");
            let (mut farthest, mut apart) = (0.0_f64, 0.0_f64);
            for (at, joint) in found.stages[0].joints.iter().enumerate() {
                for axis in 0..2 {
                    let known = wanted["joints"][at][axis].as_f64().unwrap();
                    farthest = farthest.max((f64::from(joint[axis]) - known).abs());
                }
                apart = apart.max((f64::from(found.scores[at]) - wanted["scores"][at].as_f64().unwrap()).abs());
            }
            println!("{name}: {farthest:.1e} pixels, scores {apart:.1e} apart");
            assert!(farthest < 0.01 && apart < 1e-3, "{name}: {farthest} {apart}");
        }
    }
}

#[test]
fn frames_of_a_webcam_are_looked_at_and_their_joints_calmed() {
    let weights = Rc::new(read("heat-maps").unwrap());
    let (kept, host) = (PoseSession::default(), TestHost::with(&Rc::new(picture()), &weights));
    let task =
        PoseTask { network: PoseNetwork::File, brought: Some("own:heat-maps".to_owned()), ..PoseTask::default() };
    let see = |picture: &Rgb, at_ms: f64, smoothing: f64| {
        let live = LivePose { task: task.clone(), frame: pixels_from_rgb(picture), at_ms, smoothing };
        block_on(Pose::See(live).perform(&kept, &host, &|_| {})).map(|answer| match answer {
            Posed::Found(found) => found.stages[0].joints.clone(),
            other => panic!("{other:?}"),
        })
    };
    let dark = Rgb::new(150, 80, picture().into_pixels().into_iter().map(|value| 255 - value).collect()).unwrap();
    let first = see(&picture(), 0.0, 1.0).unwrap();
    let other = see(&dark, 40.0, 0.0).unwrap();
    assert_ne!(first, other);
    see(&picture(), 80.0, 0.0).unwrap();
    let calmed = see(&dark, 120.0, 1.0).unwrap();
    let travelled =
        |joints: &[[f32; 2]]| -> f32 { joints.iter().zip(&first).map(|(a, b)| (a[0] - b[0]).hypot(a[1] - b[1])).sum() };
    assert!(travelled(&calmed) > 0.0 && travelled(&calmed) < 0.9 * travelled(&other));
    let refused = see(&dark, 160.0, 2.0).unwrap_err().to_string();
    assert!(refused.contains("a smoothing of 2") && refused.contains("0 to 1"), "{refused}");
}

#[test]
fn a_network_without_joints_is_no_pose_network() {
    let weights = Rc::new(read("v8").unwrap());
    let host = TestHost::with(&Rc::new(picture()), &weights);
    let task = PoseTask { picture: Some(0), network: PoseNetwork::File, ..PoseTask::default() };
    host.refuses([
        (Pose::Run(task.clone()), "no network for joints was brought"),
        (Pose::Run(PoseTask { brought: Some("own:v8".to_owned()), ..task }), "v8 finds no joints"),
    ]);
}
