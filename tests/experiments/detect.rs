//! Boxes around things, without a page.

use crate::host::{TestHost, assert_facts, drawing, shipped};
use crate::shared::shared;
use neocog::data::procedural::ShapeScene;
use neocog::data::{Rgb, decode};
use neocog::lab::detect::{
    DetectBench, DetectInput, DetectSession, Lessons, SelectiveSearch, covered_by, iou, suppressed, with_context,
};
use neocog::lab::device::Device;
use neocog::lab::{LabError, NoMonitor, Perform, Weights};
use neocog::models::DETECTOR;
use neocog::protocol::{
    BackendChoice, BoxCorners, Detect, DetectNews, DetectStage, DetectTask, Detected, DetectedBox, DetectedPicture,
    DetectorKind, Evidence, LookInside, Suppression, TrueBox,
};
use pollster::block_on;
use std::cell::RefCell;
use std::path::Path;
use std::process::Command;
use std::rc::Rc;
use std::time::Instant;

fn yolo() -> Option<Rc<Weights>> {
    let file = shared("data/models/yolo-fastest-1.1.safetensors")?;
    Some(Rc::new(Weights::from_bytes("yolo-fastest-1.1.safetensors", std::fs::read(file).unwrap()).unwrap()))
}

fn picture(path: &Path) -> Rgb {
    decode("picture.jpg", &std::fs::read(path).unwrap()).unwrap()
}

/// Of the reference: class, score, corners as shares of the picture.
fn references(text: &str, file: &str) -> Vec<DetectedBox> {
    let row = |line: &str| {
        let fields: Vec<&str> = line.split('\t').collect();
        let number = |at: usize| fields[at].parse::<f32>().unwrap();
        let corners = [4, 5, 6, 7].map(number);
        (fields[0] == file).then(|| DetectedBox { class: fields[1].parse().unwrap(), score: number(3), corners })
    };
    text.lines().skip(1).filter_map(row).collect()
}

#[test]
fn yolo_fastest_finds_what_its_own_program_finds() {
    let (Some(weights), Some(folder)) = (yolo(), shared("data/detection-coco-pretrained")) else { return };
    assert_eq!(weights.network().id, DETECTOR);
    let text = std::fs::read_to_string(folder.join("yolo-fastest-1.1.reference.tsv")).unwrap();
    let task = DetectTask { threshold: 0.3, ..DetectTask::default() };
    let devices = [Some(Device::Cpu), crate::gpu::gpu().map(Device::from)];
    for device in devices.into_iter().flatten() {
        let mut bench = block_on(DetectBench::new(&weights, Lessons::Scenes, &device)).unwrap();
        assert_eq!(bench.kind(), DetectorKind::OneStage);
        for file in ["dog.jpg", "person.jpg", "horses.jpg"] {
            let input = DetectInput { picture: Rc::new(picture(&folder.join(file))), truth: Vec::new() };
            let (found, _) = block_on(bench.run(&input, &task, &NoMonitor::default())).unwrap();
            let size = [found.width, found.height].map(|side| side as f32);
            let expected = references(&text, file);
            println!("{file} {size:?} {:.0} ms: {:?}", found.elapsed_ms, found.stages);
            for (one, reference) in found.kept.boxes.iter().zip(&expected) {
                let inside = [0, 1, 2, 3].map(|at| reference.corners[at].clamp(0.0, 1.0) * size[at % 2]);
                println!("  {one:?} {:.4} {:.4}", iou(one.corners, inside), one.score - reference.score);
                assert_eq!(one.class, reference.class);
                assert!(iou(one.corners, inside) >= 0.9 && (one.score - reference.score).abs() <= 0.02);
            }
            assert_eq!(found.kept.boxes.len(), expected.len());
        }
    }
}

/// Pictures of a data set with their boxes, all of one class.
fn annotated(set: &str) -> Option<Vec<(Rgb, Vec<TrueBox>)>> {
    let folder = shared(&format!("data/detection-{set}"))?;
    let table = std::fs::read_to_string(folder.join("boxes.tsv")).unwrap();
    let mut all: Vec<(String, Vec<TrueBox>)> = Vec::new();
    for line in table.lines().skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        let corners = [4, 5, 6, 7].map(|at| fields[at].parse::<f32>().unwrap());
        if all.last().is_none_or(|(file, _)| file != fields[0]) {
            all.push((fields[0].to_owned(), Vec::new()));
        }
        all.last_mut().unwrap().1.push(TrueBox { class: 0, corners });
    }
    Some(all.into_iter().map(|(file, truth)| (picture(&folder.join("images").join(file)), truth)).collect())
}

/// The shares of boxes that 300 and 2,000 regions cover by half, of every so many-th picture.
fn recall(set: &str, step: usize) -> Option<[f64; 2]> {
    let start = Instant::now();
    let watch = NoMonitor::default();
    let found = annotated(set)?.into_iter().step_by(step).map(|(picture, truth)| {
        let search = block_on(SelectiveSearch::of(&picture, 2000, &watch)).unwrap();
        assert!(search.regions.len() <= 2000);
        (search.regions, truth)
    });
    let found: Vec<(Vec<BoxCorners>, Vec<TrueBox>)> = found.collect();
    let regions = found.iter().map(|(regions, _)| regions.len()).sum::<usize>() / found.len();
    let seconds = start.elapsed().as_secs_f64() / found.len() as f64;
    let recalls = [300, 2000].map(|count| covered_by(&found, count));
    println!("{set}: recall at 0.5 {recalls:?}, {regions} regions and {seconds:.3} s a picture");
    Some(recalls)
}

#[test]
fn selective_search_covers_raccoons_and_blood_cells() {
    let (Some([few, raccoons]), Some([_, cells])) = (recall("raccoon", 5), recall("bccd", 12)) else { return };
    assert!(few >= 0.8 && raccoons >= 0.9 && cells >= 0.9, "{few} {raccoons} {cells}");
}

#[test]
#[ignore = "a minute: all pictures, for docs/measured.md"]
fn selective_search_on_all_pictures() {
    let (Some([_, raccoons]), Some([_, cells])) = (recall("raccoon", 1), recall("bccd", 1)) else { return };
    assert!(raccoons >= 0.9 && cells >= 0.9, "{raccoons} {cells}");
}

#[test]
fn regions_of_a_picture_are_always_the_same() {
    let picture = drawing("castle");
    let of = |most| block_on(SelectiveSearch::of(&picture, most, &NoMonitor::default())).unwrap().regions;
    let all = of(2000);
    assert!(all.len() > 200, "{}", all.len());
    assert_eq!((&all[..50], of(2000)), (of(50).as_slice(), all.clone()));
    let inside = |of: &BoxCorners| of[0] < of[2] && of[1] < of[3] && of[2] <= 320.0 && of[3] <= 320.0;
    assert!(all.iter().all(inside));
    assert!(all.contains(&[0.0, 0.0, 320.0, 320.0]), "the last merge is of everything");
    let dot = Rgb::new(1, 1, vec![9; 3]).unwrap();
    let dot = block_on(SelectiveSearch::of(&dot, 9, &NoMonitor::default())).unwrap();
    assert_eq!(dot.regions, [[0.0, 0.0, 1.0, 1.0]]);
}

#[test]
fn a_region_has_context_and_grey_beyond_the_picture() {
    let picture =
        Rgb::new(60, 40, (0..60 * 40).flat_map(|at| [(at % 60) as u8, (at / 60) as u8, 7]).collect()).unwrap();
    let cut = with_context(&picture, [0.0, 10.0, 39.0, 30.0]).unwrap();
    // 195 of 227 are the region: 39 becomes 45.4 wide, 20 becomes 23.3 high.
    assert_eq!([cut.width(), cut.height()], [45, 24]);
    let at = |x: u32, y: u32| &cut.pixels()[3 * (y * 45 + x) as usize..][..3];
    assert_eq!([at(0, 5), at(3, 0), at(44, 23)], [[124, 116, 104], [0, 8, 7], [41, 31, 7]]);
    // A part of a pixel is a pixel.
    assert!(with_context(&picture, [3.2, 3.2, 3.3, 3.3]).is_ok());
}

fn task() -> DetectTask {
    DetectTask {
        detector: DetectorKind::Regions,
        backend: BackendChoice::Cpu,
        regions: 120,
        scenes: 16,
        ..DetectTask::default()
    }
}

fn found(answer: Result<Detected, LabError>) -> DetectedPicture {
    match answer {
        Ok(Detected::Found(found)) => *found,
        other => panic!("no boxes: {other:?}"),
    }
}

#[test]
fn r_cnn_finds_shapes_that_it_has_not_seen() {
    let host = TestHost::with(&drawing("castle"), &shipped("photos"));
    let (session, news) = (DetectSession::default(), RefCell::new(Vec::new()));
    let tell = |heard| match heard {
        DetectNews::Found(found) => news.borrow_mut().push(*found),
        DetectNews::Training(_) => {}
    };
    let run = |job: Detect| block_on(job.perform(&session, &host, &tell));
    let first = found(run(Detect::Run(task())));
    println!("{:?} {:.0} ms", first.stages, first.elapsed_ms);
    let stages: Vec<DetectStage> = first.stages.iter().map(|report| report.stage).collect();
    let [learn, segment, propose, network, score, suppress] = DetectStage::ALL;
    assert_eq!(stages, [segment, propose, learn, network, score, suppress]);
    assert_eq!((first.regions.len(), first.asked), (120, 120));
    assert!(!first.truth.is_empty() && first.segments.is_some() && first.classes.len() == 10);
    // The regions were told before the network saw them.
    let told = news.borrow();
    assert!(told.len() >= 2 && told[0].regions == first.regions && told[0].kept.boxes.is_empty());
    drop(told);

    // Another threshold and another overlap choose among the same boxes.
    let kept = |threshold, overlap| match run(Detect::Suppress(Suppression { threshold, overlap })) {
        Ok(Detected::Kept(kept)) => kept,
        other => panic!("no boxes: {other:?}"),
    };
    assert_eq!(kept(task().threshold, task().overlap).boxes, first.kept.boxes);
    let (all, few) = (kept(0.05, 1.0), kept(0.05, 0.2));
    assert!(all.above as usize == all.boxes.len() && few.above == all.above && few.boxes.len() < all.boxes.len());
    assert_eq!(suppressed(&all.boxes, Suppression { threshold: 0.05, overlap: 0.2 }).boxes, few.boxes);
    assert!(kept(1.0, 0.5).boxes.is_empty());

    // What was learnt is kept.
    let again = found(run(Detect::Run(DetectTask { scene: 7, ..task() })));
    assert!(again.stages.iter().all(|report| report.stage != learn) && again.regions != first.regions);
}

#[test]
#[ignore = "half a minute: measures what docs/measured.md says"]
fn r_cnn_is_measured_on_scenes() {
    for network in ["photos", "things"] {
        let host = TestHost::with(&drawing("castle"), &shipped(network));
        let task = DetectTask {
            detector: DetectorKind::Regions,
            network: network.to_owned(),
            backend: BackendChoice::Cpu,
            ..DetectTask::default()
        };
        let Ok(Detected::Evaluated(found)) = host.answer(Detect::Evaluate(task)) else { panic!("no figures") };
        println!(
            "{network}: AP50 {:.3}, VOC 2007 {:.3}, COCO {:.3}, AP75 {:.3}, AR {:?}, {:?}, {:?}, {:.0} s",
            found.ap50,
            found.ap50_voc2007,
            found.ap_coco,
            found.ap75_coco,
            found.recalls,
            found.mistakes,
            found.proposals,
            found.elapsed_ms / 1e3
        );
        assert!(found.ap50 > 0.2, "{network}");
    }
}

#[test]
fn figures_are_of_scenes_that_were_not_learnt_from() {
    let host = TestHost::with(&drawing("castle"), &shipped("photos"));
    let answer = host.answer(Detect::Evaluate(DetectTask { regions: 60, ..task() }));
    let Ok(Detected::Evaluated(found)) = answer else { panic!("no figures: {answer:?}") };
    println!("AP50 {:.3}, {:?}, {:?}", found.ap50, found.mistakes, found.proposals);
    assert!(found.pictures == 24 && found.things > 70 && found.classes.len() == 10);
    let shares = [found.ap50, found.ap_coco, found.ap75_coco, found.ap50_voc2007];
    assert!(found.ap50 > 0.05 && shares.iter().all(|share| (0.0..=1.0).contains(share)));
    assert!(found.ap75_coco <= found.ap50_coco && found.recalls[0] <= found.recalls[1]);
    assert!(found.proposals.windows(2).all(|two| two[0][1] <= two[1][1]));
    let things = found.classes.iter().map(|class| class.things).sum::<u32>();
    assert_eq!(things, found.things);
}

#[test]
fn facts_hold() {
    let host = TestHost::without_gpu();
    let Ok(Detected::Checked(found)) = host.answer(Detect::Check(BackendChoice::Cpu)) else { panic!("no facts") };
    assert_facts(&found, 1);
}

#[test]
fn bad_questions_get_one_sentence() {
    let host = TestHost::with(&drawing("castle"), &shipped("photos"));
    let run = |task| Detect::Run(task);
    host.refuses([
        (run(DetectTask { regions: 5, ..task() }), "5 regions are not asked about; choose 10 to 2000"),
        (run(DetectTask { scenes: 1, ..task() }), "1 scenes are not learnt from; choose 4 to 400"),
        (run(DetectTask { threshold: 1.5, ..task() }), "a threshold of 1.5 is no score; choose 0 to 1"),
        (run(DetectTask { overlap: f64::NAN, ..task() }), "an overlap of NaN is none; choose 0 to 1"),
        (Detect::Suppress(Suppression { threshold: 0.5, overlap: 0.5 }), "no picture was looked at yet"),
        (run(DetectTask { detector: DetectorKind::OneStage, ..task() }), DETECTOR),
        (
            Detect::Evaluate(DetectTask { detector: DetectorKind::OneStage, ..task() }),
            "know none of the classes of drawn scenes",
        ),
    ]);
    let digits = TestHost::with(&drawing("castle"), &shipped("digits"));
    digits.refuses([(run(DetectTask { network: "digits".to_owned(), ..task() }), "reads pictures without colours")]);
    let cancelled = TestHost { weights: vec![shipped("photos")], ..TestHost::impatient(9) };
    assert!(matches!(cancelled.answer(run(task())), Err(LabError::Cancelled)));
    let Some(weights) = yolo() else { return };
    let host = TestHost::with(&drawing("castle"), &weights);
    let evidence = Evidence { network: DETECTOR.to_owned(), ..Evidence::default() };
    host.refuses([(LookInside::Evidence(evidence), "names no classes of whole pictures but finds boxes: on Detect")]);
}

#[test]
fn a_scene_has_boxes_around_what_is_drawn() {
    // Between two scenes that differ in their things alone, nothing else changes: pixels of a thing's middle are not the ground's.
    let scene = ShapeScene::drawn(3, 4).unwrap();
    assert!(scene.things.len() >= 3);
    for thing in &scene.things {
        let [left, top, right, bottom] = thing.corners;
        assert!(right - left >= 20.0 && bottom - top >= 15.0, "{thing:?}");
    }
}

#[test]
fn the_command_prints_boxes() {
    let (Some(weights), Some(picture)) =
        (shared("data/models/yolo-fastest-1.1.safetensors"), shared("data/detection-coco-pretrained/person.jpg"))
    else {
        return;
    };
    let run = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_neocog"));
        command.args(["detect", "run"]).arg(&weights).arg("--picture").arg(&picture).args(more);
        let output = command.output().unwrap();
        let [out, err] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
        (output.status.success(), out, err)
    };
    let (is_done, out, err) = run(&["--json", "--threshold", "0.3"]);
    assert!(is_done, "{err}");
    let row: serde_json::Value = serde_json::from_str(out.lines().next().unwrap()).unwrap();
    let labels: Vec<&str> = row["boxes"].as_array().unwrap().iter().map(|one| one["label"].as_str().unwrap()).collect();
    assert_eq!(labels, ["person", "dog", "sheep"]);
    let (is_done, out, err) = run(&["missing.jpg"]);
    assert!(!is_done && out.contains("person") && err.contains("missing.jpg"), "{out} {err}");
    let (is_done, _, err) = run(&["--threshold=7"]);
    assert!(!is_done && err.contains("a threshold of 7 is no score"), "{err}");
}

/// One picture of the reference with the boxes that it should have, in a file of COCO and in one of YOLO.
#[test]
fn the_command_measures_on_annotated_pictures() {
    let (Some(weights), Some(folder)) =
        (shared("data/models/yolo-fastest-1.1.safetensors"), shared("data/detection-coco-pretrained"))
    else {
        return;
    };
    let out = std::env::temp_dir().join(format!("neocog-boxes-{}", std::process::id()));
    std::fs::create_dir_all(&out).unwrap();
    for file in ["person.jpg", "dog.jpg"] {
        std::fs::copy(folder.join(file), out.join(file)).unwrap();
    }
    // A person and a dog where the reference has them; a dining table that is not there; a class that the detector does not know.
    std::fs::write(out.join("classes.txt"), "person\ndiningtable\nlighthouse\ndog\n").unwrap();
    std::fs::write(
        out.join("person.txt"),
        "0 0.3544 0.5544 0.1321 0.6903\n3 0.2224 0.7250 0.2166 0.2217\n1 0.8 0.2 0.1 0.1\n2 0.5 0.2 0.1 0.1\n",
    )
    .unwrap();
    let run = |annotations: &Path| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_neocog"));
        command.args(["detect", "evaluate"]).arg(&weights).arg("--annotations").arg(annotations).arg("--json");
        let output = command.output().unwrap();
        let [out, err] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
        (output.status.success(), out, err)
    };
    let (is_done, said, err) = run(&out);
    assert!(is_done, "{err}");
    let found: serde_json::Value = serde_json::from_str(said.lines().last().unwrap()).unwrap();
    assert_eq!((&found["pictures"], &found["things"]), (&2.into(), &3.into()));
    let ap = |at: usize| found["classes"][at]["ap50"].as_f64().unwrap();
    // The dog's picture has no dog in the annotations: its dog is a mistake with a lower score.
    assert_eq!([ap(0), ap(1), ap(2)], [1.0, 1.0, 0.0]);
    let json = out.join("all.json");
    std::fs::write(&json, r#"{"images": [{"id": 1, "width": 480, "height": 318, "file_name": "gone.jpg"}], "categories": [{"id": 1, "name": "dog"}], "annotations": [{"image_id": 1, "category_id": 1, "bbox": [1, 1, 9, 9]}]}"#).unwrap();
    assert!(run(&json).2.contains("gone.jpg"));
    std::fs::write(&json, r#"{"images": [], "categories": [{"id": 1, "name": "lighthouse"}], "annotations": []}"#)
        .unwrap();
    let (_, _, err) = run(&json);
    assert!(err.contains("none of its classes") && err.contains("lighthouse"), "{err}");
    std::fs::remove_dir_all(&out).unwrap();
}
