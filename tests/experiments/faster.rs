//! Faster R-CNN: training that goes on as if it had never stopped, and files of detectors.

use crate::host::{TestHost, shipped_file};
use neocog::lab::detect::{
    DetectSession, FasterDetector, FasterFile, FasterTrainer, Lessons, PROPOSAL_OVERLAP, SelectiveSearch, covered_by,
    iou, measured_scene, shipped_detector,
};
use neocog::lab::device::Device;
use neocog::lab::run::SaveAs;
use neocog::lab::{LabError, NoMonitor, Perform};
use neocog::protocol::{
    BackendChoice, Detect, DetectNews, DetectStage, DetectTask, DetectTrain, Detected, DetectorKind, RunPlan,
    RunProgress,
};
use pollster::block_on;
use std::cell::RefCell;
use std::process::Command;
use std::rc::Rc;

fn start(steps: u32, batch: u32) -> FasterTrainer {
    let plan = RunPlan { steps, batch, rate: 2e-3, seed: 5 };
    block_on(FasterTrainer::start(&plan, Lessons::Scenes, None, &Device::Cpu)).unwrap()
}

fn losses(trainer: &mut FasterTrainer, steps: u32) -> Vec<(u32, Vec<f32>)> {
    (0..steps).for_each(|_| block_on(trainer.learn()).unwrap());
    block_on(trainer.losses()).unwrap()
}

#[test]
fn a_detector_goes_on_as_if_it_had_not_stopped() {
    let mut whole = start(6, 2);
    let first = losses(&mut whole, 3);
    let file = block_on(whole.saved(SaveAs::Run, "run")).unwrap();
    let rest = losses(&mut whole, 3);
    let mut again = start(6, 2);
    again.go_on_with(&FasterFile::parse("run", file.clone()).unwrap()).unwrap();
    assert_eq!(again.step(), 3);
    assert_eq!(losses(&mut again, 3), rest);
    // The loss is the sum of its four parts, all of which are there.
    for (_, numbers) in first.iter().chain(&rest) {
        assert!(numbers.len() == 5 && numbers[1..].iter().all(|part| *part > 0.0), "{numbers:?}");
        assert!((numbers[0] - numbers[1..].iter().sum::<f32>()).abs() < 1e-4 * numbers[0], "{numbers:?}");
    }
    // With another number of steps too, but not with another batch.
    let file = FasterFile::parse("run", file).unwrap();
    let mut longer = start(9, 2);
    longer.go_on_with(&file).unwrap();
    assert_eq!((longer.step(), longer.steps()), (3, 9));
    let mut other = start(6, 1);
    assert!(matches!(other.go_on_with(&file), Err(LabError::RunDiffers { what }) if what.contains("batch")));

    // A file of halves says nearly the same of a scene as the run.
    let half = FasterFile::parse("half", file.halved().unwrap()).unwrap();
    assert!(half.len_bytes() < 1_500_000, "{}", half.len_bytes());
    let scene = measured_scene(0).unwrap();
    let look = |file: &FasterFile| {
        let mut detector = block_on(FasterDetector::new(file, &Device::Cpu)).unwrap();
        block_on(detector.look(&scene.picture, PROPOSAL_OVERLAP, &NoMonitor::default())).unwrap()
    };
    let (exact, rounded) = (look(&file), look(&half));
    assert_eq!(exact.objectness.len(), 9 * 28 * 28);
    let off = exact.objectness.iter().zip(&rounded.objectness).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(off < 0.02, "{off}");
    assert!(!exact.proposals.is_empty() && exact.proposals.len() <= 100);
    for (at, one) in exact.proposals.iter().enumerate() {
        let earlier = exact.proposals[..at].iter();
        let most = earlier.map(|other| iou(one.corners, other.corners)).fold(0.0, f32::max);
        assert!(f64::from(most) <= PROPOSAL_OVERLAP + 1e-6, "{most}");
    }
}

/// What `neocog detect evaluate boxes.safetensors --drawn 24` prints.
#[test]
fn the_shipped_detector_finds_nine_things_of_ten() {
    let report = shipped_detector();
    let file = Rc::new(FasterFile::parse(&report.file, shipped_file(&report.file)).unwrap());
    let host = TestHost::without_gpu();
    let task = DetectTask { backend: BackendChoice::Cpu, ..DetectTask::default() };
    assert_eq!(task.detector, DetectorKind::TwoStage);
    let Ok(Detected::Evaluated(found)) = host.answer(Detect::Evaluate(task)) else { panic!("no figures") };
    let (recall, shift) = (found.proposals.last().unwrap()[1], found.shift.unwrap());
    println!("AP50 {:.3}, AP75 {:.3}, {recall:.3} by 100 proposals, {shift:?}", found.ap50, found.ap75_coco);
    // Devices differ in the last bits.
    assert_eq!(found.things, report.of);
    assert!((report.of - found.mistakes.right).abs_diff(report.errors) <= 2, "{:?}", found.mistakes);
    assert!(found.ap50 >= 0.9 && found.ap75_coco >= 0.8);
    // By one pixel, what RoIAlign reads changes less than what is pooled from whole places.
    assert!(shift.align > 0.0 && shift.align < shift.max_pool);

    // A hundred proposals cover no fewer things than 300 regions by selective search.
    let mut detector = block_on(FasterDetector::new(&file, &Device::Cpu)).unwrap();
    let watch = NoMonitor::default();
    let (mut proposed, mut searched) = (Vec::new(), Vec::new());
    for number in 0..12 {
        let scene = measured_scene(number).unwrap();
        let found = block_on(detector.look(&scene.picture, PROPOSAL_OVERLAP, &watch)).unwrap();
        proposed.push((found.proposals.iter().map(|one| one.corners).collect(), scene.truth.clone()));
        let search = block_on(SelectiveSearch::of(&scene.picture, 300, &watch)).unwrap();
        searched.push((search.regions, scene.truth));
    }
    let [proposals, regions] = [covered_by(&proposed, 100), covered_by(&searched, 300)];
    println!("{proposals:.3} of the things by 100 proposals, {regions:.3} by 300 regions");
    assert!(proposals >= regions, "{proposals} {regions}");
}

#[test]
fn a_detector_is_trained_stopped_and_taken_up_in_a_session() {
    let host = TestHost::without_gpu();
    let (session, news) = (DetectSession::default(), RefCell::new(Vec::<RunProgress>::new()));
    let tell = |heard| match heard {
        DetectNews::Training(progress) => news.borrow_mut().push(progress),
        DetectNews::Found(_) => {}
    };
    let run = |job: Detect| block_on(job.perform(&session, &host, &tell));
    let train = DetectTrain { steps: 3, batch: 1, backend: BackendChoice::Cpu, ..DetectTrain::default() };
    let look = DetectTask {
        detector: DetectorKind::TwoStage,
        trained: true,
        threshold: 0.0,
        backend: BackendChoice::Cpu,
        ..DetectTask::default()
    };
    let error = run(Detect::Run(look.clone())).unwrap_err().to_string();
    assert!(error.contains("no detector was trained here yet"), "{error}");
    let error = run(Detect::Train(DetectTrain { resume: true, ..train.clone() })).unwrap_err().to_string();
    assert!(error.contains("none can go on"), "{error}");

    let Ok(Detected::Trained(first)) = run(Detect::Train(train.clone())) else { panic!("not trained") };
    assert_eq!((first.step, first.of, first.losses.len(), first.measured.len()), (3, 3, 3, 3));
    assert!(first.losses.iter().all(|(_, parts)| parts[0] > 0.0) && first.params > 600_000);
    // One that is done goes on to its end at once.
    let Ok(Detected::Trained(again)) = run(Detect::Train(DetectTrain { resume: true, ..train.clone() })) else {
        panic!("not taken up")
    };
    assert_eq!((again.step, &again.losses), (3, &first.losses));
    let error = run(Detect::Train(DetectTrain { resume: true, seed: 9, ..train })).unwrap_err();
    assert!(matches!(error, LabError::RunDiffers { .. }), "{error}");

    let Ok(Detected::Found(found)) = run(Detect::Run(look)) else { panic!("no boxes") };
    let stages: Vec<DetectStage> = found.stages.iter().map(|report| report.stage).collect();
    assert_eq!(stages, [DetectStage::Propose, DetectStage::Network, DetectStage::Score, DetectStage::Suppress]);
    assert_eq!(found.regions.len(), found.region_scores.len());
    let anchors = found.anchors.unwrap();
    assert_eq!((anchors.places, anchors.boxes.len(), anchors.objectness.len()), ([28; 2], 9, 9 * 28 * 28));
    let Ok(Detected::Saved(file)) = run(Detect::Save) else { panic!("no file") };
    assert_eq!(FasterFile::parse("saved", file.bytes.into_vec()).unwrap().step, 3);
}

#[test]
fn bad_questions_about_training_get_one_sentence() {
    let host = TestHost::without_gpu();
    let train = DetectTrain { backend: BackendChoice::Cpu, ..DetectTrain::default() };
    host.refuses([
        (Detect::Train(DetectTrain { steps: 0, ..train.clone() }), "0 steps cannot be trained; choose 1 to 100000"),
        (Detect::Train(DetectTrain { batch: 65, ..train.clone() }), "a batch of 65 pictures cannot be trained"),
        (Detect::Train(DetectTrain { rate: -1.0, ..train }), "a learning rate of -1 cannot train"),
        (Detect::Save, "no detector was trained here yet"),
    ]);
    let parse = |name: &str, bytes: Vec<u8>| FasterFile::parse(name, bytes).unwrap_err().to_string();
    assert!(parse("digits", crate::host::shipped_file("digits.safetensors")).contains("no detector"));
    assert!(parse("nothing", vec![0; 7]).contains("nothing"));
}

#[test]
fn the_command_trains_and_runs_a_detector() {
    let folder = std::env::temp_dir().join(format!("neocog-faster-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("boxes.safetensors");
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_neocog")).arg("detect").args(arguments).output().unwrap();
        let [out, err] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
        (output.status.success(), out, err)
    };
    let path = file.to_str().unwrap();
    let (is_done, out, err) = run(&["train", "--out", path, "--steps", "2", "--batch", "1", "--half", "--scenes", "3"]);
    assert!(is_done && out.contains("3 other scenes: AP50"), "{out} {err}");
    let (is_done, out, err) = run(&["evaluate", path, "--drawn", "2", "--json"]);
    assert!(is_done && out.contains("RoIAlign"), "{out} {err}");
    let found: serde_json::Value = serde_json::from_str(out.lines().last().unwrap()).unwrap();
    assert!(found["pictures"] == 2 && found["shift"]["align"].as_f64().unwrap() > 0.0, "{out}");
    assert_eq!(found["proposals"].as_array().unwrap().last().unwrap()[0], 100.0);
    let (is_done, _, err) = run(&["evaluate", path]);
    assert!(!is_done && err.contains("--drawn"), "{err}");
    std::fs::remove_dir_all(&folder).unwrap();
}
