//! Transfer: classes of one's own from the features of a network, without a page.

use crate::command::Folder;
use crate::host::{TestHost, assert_facts, drawing, shipped};
use crate::shared::shared;
use neocog::data::Rgb;
use neocog::data::dataset::Dataset;
use neocog::data::files::dataset_from_paths;
use neocog::data::png;
use neocog::data::procedural::{Recipe, Set};
use neocog::lab::device::Device;
use neocog::lab::transfer::{LabelledPictures, TransferBench, TransferFile, TransferSession, transfer_facts};
use neocog::lab::{LabError, NoMonitor, Perform, Weights, pixels_from_rgb};
use neocog::protocol::{
    self, BackendChoice, ClassChange, ClassifierKind, ExportForm, Finding, FineTune, OwnClasses, Pixels,
    PredictTransfer, SweepRow, Transfer, TransferForm, TransferFound, TransferNews, TransferProblemFact, TransferTask,
    Transferred,
};
use pollster::block_on;
use std::cell::RefCell;
use std::path::Path;
use std::process::Command;
use std::rc::Rc;

/// So many pictures of each of the first classes, and as many others of them.
fn taken(data: &Dataset, classes: u32, each: usize) -> [Vec<(Rc<Rgb>, u32)>; 2] {
    let mut counts = vec![0; classes as usize];
    let (mut learnt, mut asked) = (Vec::new(), Vec::new());
    for (at, &label) in data.labels.iter().enumerate().filter(|(_, label)| **label < classes) {
        counts[label as usize] += 1;
        let of = match counts[label as usize] {
            count if count <= each => &mut learnt,
            count if count <= 2 * each => &mut asked,
            _ => continue,
        };
        of.push((Rc::new(data.picture(at).unwrap()), label));
    }
    [learnt, asked]
}

fn shapes() -> Dataset {
    Set::find("shapes").unwrap().draw(&Recipe { count: 400, ..Recipe::default() }).unwrap()
}

fn labelled(data: &Dataset, classes: u32, pictures: Vec<(Rc<Rgb>, u32)>) -> LabelledPictures {
    LabelledPictures::new(data.classes[..classes as usize].to_vec(), pictures).unwrap()
}

fn bench(weights: &Rc<Weights>) -> TransferBench {
    block_on(TransferBench::on(weights, &Device::Cpu)).unwrap()
}

fn task(classifier: ClassifierKind) -> TransferTask {
    TransferTask { classifier, ..TransferTask::default() }
}

fn holds(found: &TransferFound) {
    for finding in &found.findings {
        println!("{finding:?}");
    }
    assert!(!found.findings.is_empty() && found.findings.iter().all(Finding::holds));
}

#[test]
fn drawn_shapes_are_told_apart_by_every_classifier() {
    let (data, weights) = (shapes(), shipped("photos"));
    let [pictures, _] = taken(&data, 4, 12);
    let subject = labelled(&data, 4, pictures);
    let mut bench = bench(&weights);
    for kind in ClassifierKind::ALL {
        let found = block_on(bench.learn(&task(kind), &subject, &NoMonitor::default())).unwrap().found;
        let (features, pixels) = (found.accuracy.share(), found.raw.share());
        println!("{kind:?}: {features:.3} of {}, pixels {pixels:.3}", found.layer.path);
        assert_eq!((found.pictures, found.folds, found.accuracy.of), (48, 5, 48));
        // A fourth is right by chance.
        assert!(features > pixels && features > 0.3, "{kind:?}: {features}, pixels {pixels}");
        assert!(found.accuracy.low < features && features < found.accuracy.high);
        let counted: u32 = found.confusion.iter().flatten().sum();
        let right: u32 = (0..4).map(|class| found.confusion[class][class]).sum();
        assert_eq!((counted, right), (48, found.accuracy.right));
        assert_eq!(found.mistakes().len() as u32, 48 - right);
        holds(&found);
        // One row for each picture, whichever classifier asks.
        assert_eq!(bench.known_rows(), 48);
    }
}

#[test]
fn the_sweep_goes_from_pixels_to_the_last_layer() {
    let (data, weights) = (shapes(), shipped("photos"));
    let [pictures, _] = taken(&data, 3, 8);
    let subject = labelled(&data, 3, pictures);
    let mut heard = Vec::new();
    let mut tell = |row: &SweepRow| heard.push(row.clone());
    let task = task(ClassifierKind::Mean);
    let rows = block_on(bench(&weights).sweep(&task, &subject, &NoMonitor::default(), &mut tell)).unwrap();
    assert_eq!(heard, rows);
    assert!(rows[0].layer.is_none() && rows[0].depth == 0.0 && rows.len() > 6, "{rows:?}");
    assert!(rows.windows(2).all(|two| two[0].depth < two[1].depth));
    assert_eq!(rows.last().unwrap().depth, 1.0);
    let best = rows.iter().map(|row| row.accuracy.right).max().unwrap();
    assert!(best > rows[0].accuracy.right, "no layer is better than pixels: {rows:?}");
    assert!(rows[1..].iter().all(|row| row.untrained.is_some()));
}

#[test]
fn pictures_that_are_nearly_the_same_are_told() {
    let (data, weights) = (shapes(), shipped("photos"));
    let [mut pictures, _] = taken(&data, 3, 5);
    let twin = pictures[0].clone();
    pictures.push(twin);
    let subject = labelled(&data, 3, pictures);
    let found = block_on(bench(&weights).learn(&task(ClassifierKind::Mean), &subject, &NoMonitor::default())).unwrap();
    assert_eq!(found.found.near, 2);
}

#[test]
fn what_cannot_be_learnt_is_refused_with_its_figures() {
    let (data, weights) = (shapes(), shipped("photos"));
    let [pictures, _] = taken(&data, 2, 3);
    let new = |classes: &[&str], pictures: &[(Rc<Rgb>, u32)]| {
        LabelledPictures::new(classes.iter().map(|&class| class.to_owned()).collect(), pictures.to_vec())
    };
    let said = |error: Option<LabError>| error.unwrap().to_string();
    assert!(said(new(&["cup"], &pictures[..1]).err()).contains("1 classes"));
    assert!(said(new(&["cup", "cup"], &pictures).err()).contains("two classes are called cup"));
    let mut bench = bench(&weights);
    let mut refused = |task: &TransferTask, subject: &LabelledPictures| {
        said(block_on(bench.learn(task, subject, &NoMonitor::default())).err())
    };
    let usual = TransferTask::default();
    let none = new(&["cup", "key", "pen"], &pictures).unwrap();
    assert!(refused(&usual, &none).contains("the class pen has no picture"));
    let second = pictures.iter().position(|(_, label)| *label == 1).unwrap();
    let of_first = pictures.iter().filter(|(_, label)| *label == 0);
    let few: Vec<_> = of_first.chain([&pictures[second]]).cloned().collect();
    let one = new(&["cup", "key"], &few).unwrap();
    assert!(refused(&usual, &one).contains("has 1 pictures"));
    let whole = new(&["cup", "key"], &pictures).unwrap();
    for (task, part) in [
        (TransferTask { c: 0.0, ..usual.clone() }, "C of 0"),
        (TransferTask { c: f64::NAN, ..usual.clone() }, "C of NaN"),
        (TransferTask { neighbours: 0, ..usual.clone() }, "0 neighbours"),
        (TransferTask { layer: Some("nowhere".to_owned()), ..usual.clone() }, "has no layer nowhere"),
    ] {
        let said = refused(&task, &whole);
        assert!(said.contains(part), "{said}");
    }
}

#[test]
fn facts_hold() {
    assert_facts(&block_on(transfer_facts()).unwrap(), 1);
}

/// Twenty pictures of each of CIFAR-10's classes, asked about twenty others: features of SqueezeNet 1.1 beside pixels.
#[test]
fn features_of_squeezenet_are_far_better_than_pixels() {
    let (Some(weights), Some(data)) =
        (shared("data/models/squeezenet1_1.safetensors"), shared("data/cifar10/test_batch.bin.gz"))
    else {
        return;
    };
    let weights = Rc::new(Weights::from_bytes("squeezenet1_1", std::fs::read(weights).unwrap()).unwrap());
    let data = dataset_from_paths(&[data], None).unwrap();
    let [learnt, asked] = taken(&data, 10, 20).map(|pictures| labelled(&data, 10, pictures));
    let (mut bench, watch) = (bench(&weights), NoMonitor::default());
    let task = TransferTask::default();
    let found = block_on(bench.learn(&task, &learnt, &watch)).unwrap();
    holds(&found.found);
    let (features, pixels) = block_on(bench.tested(&task, &learnt, &asked, &found.file, &watch)).unwrap();
    println!("cross-validated {:.3}, pixels {:.3}", found.found.accuracy.share(), found.found.raw.share());
    println!("held out {:.3}, pixels {:.3}", features.share(), pixels.share());
    assert!(features.share() >= pixels.share() + 0.25, "{features:?} beside {pixels:?}");
    assert!(found.found.accuracy.share() >= found.found.raw.share() + 0.25);
}

pub(crate) fn neocog(arguments: &[&str]) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_neocog")).arg("transfer").args(arguments).output().unwrap();
    let said = [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).concat();
    (output.status.success(), said)
}

pub(crate) fn write_classes(folder: &Path, each: usize) {
    let data = shapes();
    let [pictures, _] = taken(&data, 3, each);
    for (at, (picture, label)) in pictures.iter().enumerate() {
        let class = folder.join(&data.classes[*label as usize]);
        std::fs::create_dir_all(&class).unwrap();
        std::fs::write(class.join(format!("{at}.png")), png::encode(picture)).unwrap();
    }
}

#[test]
fn the_command_learns_a_folder_and_asks_what_it_saved() {
    let folder = Folder(std::env::temp_dir().join(format!("neocog-transfer-{}", std::process::id())));
    let pictures = folder.0.join("pictures");
    write_classes(&pictures, 8);
    let file = folder.0.join("own.safetensors");
    let weights = Path::new(env!("CARGO_MANIFEST_DIR")).join("www/models/photos.safetensors");
    let [pictures, file, weights] = [&pictures, &file, &weights].map(|path| path.to_str().unwrap());
    for classifier in ["svm", "logistic", "mean", "knn"] {
        let mut arguments = vec![pictures, "--features", weights, "--classifier", classifier, "--json"];
        arguments.extend(["--per-class", "6", "--test", "2", "--out", file]);
        arguments.extend((classifier == "svm").then_some("--sweep"));
        let (done, said) = neocog(&arguments);
        assert!(done && said.contains("cross-validated in 5 folds") && said.contains("held-out pictures"), "{said}");
        let json: serde_json::Value = serde_json::from_str(said.lines().last().unwrap()).unwrap();
        assert_eq!((&json["learnt"]["pictures"], &json["test"]["accuracy"]["of"]), (&18.into(), &6.into()), "{said}");
        assert_eq!(json["sweep"].is_array(), classifier == "svm");
        let one = std::fs::read_dir(Path::new(pictures).join("circle")).unwrap().next().unwrap().unwrap().path();
        let (done, said) = neocog(&["--with", file, "--features", weights, "--predict", one.to_str().unwrap()]);
        assert!(done && said.contains(".png: ") && said.contains("circle"), "{said}");
    }
    for (arguments, part) in [
        (vec![pictures, "--features", weights, "--layer", "nowhere"], "has no layer nowhere"),
        (vec![pictures, "--features", weights, "--per-class", "1"], "has 1 pictures"),
        (vec!["--with", weights, "--features", weights, "--predict", file], "holds no classifier"),
        (vec![weights, "--features", weights], "photos.safetensors"),
    ] {
        let (done, said) = neocog(&arguments);
        assert!(!done && said.contains(part) && said.lines().count() == 1, "{said}");
    }
}

pub(crate) fn asked(host: &TestHost, kept: &TransferSession, job: Transfer) -> Result<Transferred, LabError> {
    block_on(job.perform(kept, host, &|_| {}))
}

pub(crate) fn changed(host: &TestHost, kept: &TransferSession, change: ClassChange) -> Result<OwnClasses, LabError> {
    match asked(host, kept, Transfer::Change(change))? {
        Transferred::Classes(own) => Ok(own),
        other => panic!("no classes: {other:?}"),
    }
}

pub(crate) fn drawn(classes: &[&str], each: u32) -> ClassChange {
    let classes = classes.iter().map(|&class| class.to_owned()).collect();
    ClassChange::Drawn { set: "shapes".to_owned(), classes, each, seed: 1 }
}

pub(crate) fn sizes(own: &OwnClasses) -> Vec<(&str, usize)> {
    own.classes.iter().map(|class| (class.name.as_str(), class.pictures.len())).collect()
}

#[test]
fn a_session_keeps_classes_and_what_was_learnt_of_them() {
    let (ship, photos) = (drawing("ship"), shipped("photos"));
    let host = TestHost::with(&ship, &photos);
    let kept = TransferSession::default();
    let own = changed(&host, &kept, drawn(&["circle", "square", "triangle"], 4)).unwrap();
    assert_eq!(sizes(&own), [("circle", 4), ("square", 4), ("triangle", 4)]);
    assert_eq!(own.thumbnails.len(), 12);
    let first = own.classes[0].pictures[0];
    let moved = ClassChange::Move { pictures: vec![first], class: "square".to_owned() };
    assert_eq!(sizes(&changed(&host, &kept, moved).unwrap())[..2], [("circle", 3), ("square", 5)]);
    let renamed = ClassChange::Rename { class: "square".to_owned(), name: " box ".to_owned() };
    assert_eq!(changed(&host, &kept, renamed).unwrap().classes[1].name, "box");
    let file = |name: &str, bytes: Vec<u8>| protocol::DataFile { name: name.to_owned(), bytes: bytes.into() };
    let files = vec![file("a.png", png::encode(&ship)), file("b.png", vec![1, 2, 3])];
    let own = changed(&host, &kept, ClassChange::Files { class: Some("boat".to_owned()), files }).unwrap();
    assert_eq!((sizes(&own)[3], own.left_out, own.thumbnails.len()), (("boat", 1), 1, 1));
    assert!(own.first_left_out.contains("b.png"), "{}", own.first_left_out);
    let task = TransferTask { backend: BackendChoice::Cpu, ..TransferTask::default() };
    let said = |job: Transfer| asked(&host, &kept, job).err().unwrap().to_string();
    assert!(said(Transfer::Learn(task.clone())).contains("the class boat has 1 pictures"));
    assert!(said(Transfer::Predict(PredictTransfer { picture: 0 })).contains("train first"));
    changed(&host, &kept, ClassChange::Drop { class: "boat".to_owned() }).unwrap();
    let Transferred::Learnt(found) = asked(&host, &kept, Transfer::Learn(task)).unwrap() else { panic!() };
    assert_eq!((found.pictures, found.classes.len()), (12, 3));
    assert!(found.answers.iter().any(|held| held.picture == first && held.class == 1));
    let Transferred::Predicted(told) = asked(&host, &kept, Transfer::Predict(PredictTransfer { picture: 0 })).unwrap()
    else {
        panic!()
    };
    assert!((told.probabilities.iter().sum::<f32>() - 1.0).abs() < 1e-5 && told.classes[1] == "box");
    let Transferred::Saved(saved) = asked(&host, &kept, Transfer::Save(TransferForm::Classifier)).unwrap() else {
        panic!()
    };
    assert_eq!(TransferFile::from_bytes("x", saved.bytes.into_vec()).unwrap().classes, found.classes);
    // Nothing is lost by what is refused.
    for (change, part) in [
        (drawn(&["star"], 4), "1 classes"),
        (drawn(&["star", "pear"], 4), "no class pear"),
        (drawn(&["star", "ring"], 100_000), "100000 pictures"),
        (ClassChange::Add { class: "box".to_owned() }, "both be called box"),
        (ClassChange::Add { class: " ".to_owned() }, "needs a name"),
        (ClassChange::Drop { class: "nobody".to_owned() }, "no class nobody"),
        (ClassChange::Files { class: None, files: vec![file("a.png", png::encode(&ship))] }, "lies in no folder"),
        (ClassChange::Files { class: Some("box".to_owned()), files: vec![file("b.png", vec![1])] }, "none of 1 files"),
    ] {
        let said = changed(&host, &kept, change).err().unwrap().to_string();
        assert!(said.contains(part), "{said}");
    }
    let own = changed(&host, &kept, ClassChange::Tell).unwrap();
    assert_eq!((sizes(&own), own.thumbnails.len()), (vec![("circle", 3), ("box", 5), ("triangle", 4)], 12));
    assert_facts(
        &match asked(&host, &kept, Transfer::Check(BackendChoice::Cpu)).unwrap() {
            Transferred::Checked(found) => found,
            other => panic!("no facts: {other:?}"),
        },
        1,
    );
}

/// What the page begins with: the network that it offers first, and four drawn classes.
#[test]
fn the_first_classes_are_told_apart_and_their_pixels_are_not() {
    let (ship, things) = (drawing("ship"), shipped("things"));
    let host = TestHost::with(&ship, &things);
    let kept = TransferSession::default();
    changed(&host, &kept, drawn(&["triangle", "cross", "ring", "heart"], 20)).unwrap();
    let task = TransferTask { backend: BackendChoice::Cpu, ..TransferTask::default() };
    let Transferred::Learnt(found) = asked(&host, &kept, Transfer::Learn(task)).unwrap() else { panic!() };
    let (features, pixels) = (found.accuracy.share(), found.raw.share());
    println!("{features:.3}, pixels {pixels:.3}, features in {:.0} ms: {:?}", found.features_ms, found.confusion);
    assert!(features > 0.8 && features > pixels + 0.4, "{features}, pixels {pixels}");
}

/// Two recordings of a still scene: a person who recorded twice is told an accuracy, and what it is of.
#[test]
fn recordings_of_a_still_scene_are_told_apart_and_this_is_said() {
    let host = TestHost::with(&drawing("ship"), &shipped("photos"));
    let kept = TransferSession::default();
    let set = Set::find("shapes").unwrap().draw(&Recipe { count: 400, ..Recipe::default() }).unwrap();
    // A still scene, a little brighter from frame to frame, as a webcam sees it.
    let still = |class: &str, brighter: u8| {
        let at = (0..set.len()).find(|&at| set.classes[set.labels[at] as usize] == class).unwrap();
        let mut frame = pixels_from_rgb(&set.picture(at).unwrap());
        frame.rgba.iter_mut().for_each(|byte| *byte = byte.saturating_add(brighter));
        frame
    };
    let record = |class: &str, scene: &str, first: u8| {
        let frames = (first..first + 4).map(|brighter| still(scene, brighter)).collect();
        changed(&host, &kept, ClassChange::Frames { class: class.to_owned(), frames }).unwrap();
    };
    let learnt = || {
        let task = TransferTask { backend: BackendChoice::Cpu, ..TransferTask::default() };
        let Transferred::Learnt(found) = asked(&host, &kept, Transfer::Learn(task)).unwrap() else { panic!() };
        found
    };
    for class in ["star", "ring"] {
        record(class, class, 0);
        record(class, class, 4);
    }
    let found = learnt();
    assert_eq!((found.folds, found.near, found.across), (2, 16, 16));
    assert_eq!(found.accuracy.of, 16);
    // From another side as well, near pictures are on one side of the split again, and nothing is to be said.
    record("star", "heart", 0);
    record("ring", "cross", 0);
    let found = learnt();
    assert_eq!((found.folds, found.near, found.across), (2, 24, 0));
}

#[test]
fn frames_of_one_recording_are_on_one_side_and_the_rest_of_the_session_answers() {
    let (ship, photos) = (drawing("ship"), shipped("photos"));
    let host = TestHost::with(&ship, &photos);
    let kept = TransferSession::default();
    let set = Set::find("shapes").unwrap().draw(&Recipe { count: 400, ..Recipe::default() }).unwrap();
    let frame = |at: usize| pixels_from_rgb(&set.picture(at).unwrap());
    let its = |class: &str| -> Vec<usize> {
        (0..set.len()).filter(|&at| set.classes[set.labels[at] as usize] == class).collect()
    };
    let record = |class: &str, places: &[usize]| {
        let frames = places.iter().map(|&at| frame(at)).collect();
        changed(&host, &kept, ClassChange::Frames { class: class.to_owned(), frames })
    };
    let (stars, rings) = (its("star"), its("ring"));
    record("star", &stars[..4]).unwrap();
    record("ring", &rings[..4]).unwrap();
    let task = || {
        let tune = FineTune { epochs: 2, blocks: 2, ..FineTune::default() };
        TransferTask { backend: BackendChoice::Cpu, tune, ..TransferTask::default() }
    };
    let said = |job: Transfer| asked(&host, &kept, job).err().unwrap().to_string();
    // One recording of a class is learnt, and nothing is claimed of it.
    let Transferred::Learnt(found) = asked(&host, &kept, Transfer::Learn(task())).unwrap() else { panic!() };
    assert!(!found.is_measured() && found.answers.is_empty() && found.accuracy.of == 0, "{found:?}");
    let Transferred::Seen(seen) = asked(&host, &kept, Transfer::See(frame(stars[0]))).unwrap() else { panic!() };
    assert!(seen.probabilities[0] > seen.probabilities[1] && !seen.is_none(), "{seen:?}");
    assert!(said(Transfer::Sweep(task())).contains("has 4 pictures, of which 1 differ"));
    assert!(said(Transfer::SaveTuned(ExportForm::Safetensors)).contains("compare first"));
    record("star", &stars[4..8]).unwrap();
    record("ring", &rings[4..8]).unwrap();
    let Transferred::Learnt(found) = asked(&host, &kept, Transfer::Learn(task())).unwrap() else { panic!() };
    assert_eq!((found.folds, found.near), (2, 16));
    assert!(said(Transfer::Compare(task())).contains("at least three"));
    record("star", &stars[8..12]).unwrap();
    record("ring", &rings[8..12]).unwrap();

    // What it sees is what it says of the same picture in a class.
    let Transferred::Seen(seen) = asked(&host, &kept, Transfer::See(frame(stars[0]))).unwrap() else { panic!() };
    assert!(seen.distance < 1e-3 && !seen.is_none(), "{seen:?}");
    let short = Pixels { width: 3, height: 3, rgba: vec![0; 8].into() };
    assert!(!said(Transfer::See(short)).is_empty());

    let Transferred::Mapped(map) = asked(&host, &kept, Transfer::Map(task())).unwrap() else { panic!() };
    assert_eq!((map.pictures.len(), map.pca.len(), map.tsne.len()), (24, 24, 24));
    assert!(map.tsne.iter().flatten().all(|x| x.is_finite()));

    let heard = RefCell::new(Vec::new());
    let tell = |news| heard.borrow_mut().push(news);
    let Transferred::Compared(curve) = block_on(Transfer::Compare(task()).perform(&kept, &host, &tell)).unwrap() else {
        panic!()
    };
    let each: Vec<u32> = curve.rows.iter().map(|row| row.each).collect();
    println!("{:?}", curve.rows);
    assert_eq!((each, curve.asked, curve.blocks), (vec![2, 4, 8], 8, 8));
    let rows = heard.borrow().iter().filter(|news| matches!(news, TransferNews::Learnt(_))).count();
    assert_eq!((rows, heard.borrow().len()), (3, 9), "two epochs and a row for each number of pictures");
    let Transferred::Saved(saved) = asked(&host, &kept, Transfer::SaveTuned(ExportForm::Safetensors)).unwrap() else {
        panic!()
    };
    let read = Weights::from_bytes(&saved.name, saved.bytes.into_vec()).unwrap();
    assert_eq!(read.network().names.as_ref().unwrap(), &["star", "ring"]);
}

/// What is kept is what is read: a wrong number in the file comes through, of a damaged file nothing is used.
#[test]
fn features_of_an_earlier_visit_are_not_asked_for_again() {
    let (ship, photos) = (drawing("ship"), shipped("photos"));
    let host = TestHost::with(&ship, &photos);
    let is_right = || {
        let kept = TransferSession::default();
        changed(&host, &kept, drawn(&["star", "ring"], 4)).unwrap();
        let task = TransferTask { backend: BackendChoice::Cpu, ..TransferTask::default() };
        let Transferred::Learnt(found) = asked(&host, &kept, Transfer::Learn(task)).unwrap() else { panic!() };
        found.findings.iter().find(|one| one.fact == TransferProblemFact::Features).unwrap().holds()
    };
    let file = || host.kept.borrow()["features.safetensors"].clone();
    let change =
        |change: &dyn Fn(&mut Vec<u8>)| change(host.kept.borrow_mut().get_mut("features.safetensors").unwrap());
    assert!(is_right());
    let first = file();
    assert!(is_right() && file() == first);
    change(&|file| {
        let header = u64::from_le_bytes(file[..8].try_into().unwrap()) as usize;
        file[8 + header..].chunks_exact_mut(4).for_each(|number| number.copy_from_slice(&1e3_f32.to_le_bytes()));
    });
    assert!(!is_right());
    change(&|file| file.truncate(file.len() - 1));
    assert!(is_right() && file() == first);
}
