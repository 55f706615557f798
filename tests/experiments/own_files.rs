//! What Transfer saves: a classifier as one network and as a page by itself, and a whole project; and what it opens.

use crate::host::{TestHost, drawing, shipped};
use neocog::data::files::{DataFile, ZipWriter, unzipped};
use neocog::data::procedural::{Recipe, Set};
use neocog::data::{Rgb, png};
use neocog::lab::device::Device;
use neocog::lab::transfer::{KnownPicture, LabelledPictures, TransferBench, TransferSession};
use neocog::lab::{LabError, NoMonitor, Perform, Weights, logits_of, pixels_from_rgb, predictions};
use neocog::protocol::{
    self, BackendChoice, ClassChange, ClassifierKind, OwnClasses, Transfer, TransferForm, TransferFound, TransferTask,
    Transferred,
};
use pollster::block_on;
use std::rc::Rc;

fn shapes(count: usize) -> Vec<(Rgb, u32, String)> {
    let set = Set::find("shapes").unwrap().draw(&Recipe { count: 600, ..Recipe::default() }).unwrap();
    let name = |label: u32| set.classes[label as usize].clone();
    let all = (0..set.len()).map(|at| (set.picture(at).unwrap(), set.labels[at], name(set.labels[at])));
    all.filter(|(_, label, _)| *label < 3).take(count).collect()
}

#[test]
fn the_whole_network_is_read_back_and_says_what_the_classifier_said() {
    let things = shipped("things");
    let all = shapes(48);
    let pictures = all.iter().map(|(picture, label, _)| (Rc::new(picture.clone()), *label)).collect();
    let classes: Vec<String> = ["a ring", "b", "星"].map(str::to_owned).to_vec();
    let subject = LabelledPictures::new(classes.clone(), pictures).unwrap();
    let mut bench = block_on(TransferBench::on(&things, &Device::Cpu)).unwrap();
    let asked: Vec<Rgb> = all.iter().take(12).map(|(picture, ..)| picture.clone()).collect();
    let known: Vec<KnownPicture> =
        asked.iter().map(|picture| KnownPicture::new(Rc::new(picture.clone())).unwrap()).collect();
    let watch = NoMonitor::default();
    let layers: Vec<Option<String>> = {
        let learnt = block_on(bench.learn(&TransferTask::default(), &subject, &watch)).unwrap();
        let all = learnt.found.layers;
        vec![None, Some(all[all.len() / 2].path.clone()), Some(all[0].path.clone())]
    };
    for layer in layers {
        for classifier in [ClassifierKind::Svm, ClassifierKind::Logistic, ClassifierKind::Mean] {
            let task = TransferTask { layer: layer.clone(), classifier, ..TransferTask::default() };
            let learnt = block_on(bench.learn(&task, &subject, &watch)).unwrap();
            let table = block_on(bench.features(&task, &learnt.found.layer, &known, &watch)).unwrap();
            let bytes = learnt.file.to_onnx(&things).unwrap();
            let read = Rc::new(Weights::from_bytes("transfer.onnx", bytes).unwrap());
            assert_eq!(read.network().names.as_ref().unwrap(), &classes);
            for (row, logits) in table.iter().zip(block_on(logits_of(&read, &asked)).unwrap()) {
                let (said, _) = predictions(&read, &logits, 3).unwrap();
                let wanted = learnt.file.probabilities(row);
                for one in said {
                    let apart = (one.probability - wanted[one.index as usize]).abs();
                    assert!(apart < 1e-4, "{layer:?} {classifier:?}: {apart}");
                }
            }
        }
    }
    let task = TransferTask { classifier: ClassifierKind::Neighbours, ..TransferTask::default() };
    let file = block_on(bench.learn(&task, &subject, &watch)).unwrap().file;
    for refused in [file.to_onnx(&things).err(), file.to_page(&things, &[]).err()] {
        assert!(refused.unwrap().to_string().contains("nearest neighbours are no layer"));
    }
    let digits = shipped("digits");
    let mut bench = block_on(TransferBench::on(&digits, &Device::Cpu)).unwrap();
    let file = block_on(bench.learn(&TransferTask::default(), &subject, &watch)).unwrap().file;
    assert!(file.to_page(&digits, &[]).unwrap_err().to_string().contains("reads digits"));
}

#[test]
fn a_page_holds_all_and_its_texts_end_nothing() {
    let things = shipped("things");
    let pictures = shapes(24).into_iter().map(|(picture, label, _)| (Rc::new(picture), label)).collect();
    let classes = ["</script><b>", "b", "c"].map(str::to_owned).to_vec();
    let subject = LabelledPictures::new(classes, pictures).unwrap();
    let mut bench = block_on(TransferBench::on(&things, &Device::Cpu)).unwrap();
    let learnt = block_on(bench.learn(&TransferTask::default(), &subject, &NoMonitor::default())).unwrap();
    let texts = [("none".to_owned(), "</script>".to_owned())];
    let page = String::from_utf8(learnt.file.to_page(&things, &texts).unwrap()).unwrap();
    assert_eq!((page.matches("<script").count(), page.matches("</script").count()), (3, 3));
    assert!(!page.contains("src=") && !page.contains("href=") && !page.contains("{{"));
    println!("{} KB", page.len() >> 10);
}

struct Desk {
    host: TestHost,
    kept: TransferSession,
}

impl Desk {
    fn new() -> Self {
        Self { host: TestHost::with(&drawing("ship"), &shipped("photos")), kept: TransferSession::default() }
    }

    fn asked(&self, job: Transfer) -> Result<Transferred, LabError> {
        block_on(job.perform(&self.kept, &self.host, &|_| {}))
    }

    fn changed(&self, change: ClassChange) -> Result<OwnClasses, LabError> {
        match self.asked(Transfer::Change(change))? {
            Transferred::Classes(own) => Ok(own),
            other => panic!("no classes: {other:?}"),
        }
    }

    fn opened(&self, name: &str, bytes: Vec<u8>) -> Result<OwnClasses, LabError> {
        let files = vec![protocol::DataFile { name: name.to_owned(), bytes: bytes.into() }];
        self.changed(ClassChange::Files { class: None, files })
    }

    fn learnt(&self) -> Box<TransferFound> {
        let task = TransferTask { backend: BackendChoice::Cpu, ..TransferTask::default() };
        match self.asked(Transfer::Learn(task)).unwrap() {
            Transferred::Learnt(found) => found,
            other => panic!("{other:?}"),
        }
    }

    fn saved(&self, task: TransferTask) -> Vec<u8> {
        match self.asked(Transfer::SaveProject(task)).unwrap() {
            Transferred::Saved(file) => file.bytes.into_vec(),
            other => panic!("{other:?}"),
        }
    }
}

fn sizes(own: &OwnClasses) -> Vec<(&str, usize)> {
    own.classes.iter().map(|class| (class.name.as_str(), class.pictures.len())).collect()
}

#[test]
fn a_project_is_opened_as_it_was_saved() {
    let desk = Desk::new();
    let all = shapes(60);
    for (class, of) in [("a/b", 0), ("a_b", 1)] {
        let its: Vec<&Rgb> = all.iter().filter(|(_, label, _)| *label == of).map(|(picture, ..)| picture).collect();
        for frames in its.chunks(4).take(3) {
            let frames = frames.iter().map(|picture| pixels_from_rgb(picture)).collect();
            desk.changed(ClassChange::Frames { class: class.to_owned(), frames }).unwrap();
        }
    }
    let before = desk.learnt();
    assert_eq!((before.folds, before.near), (3, 24));
    desk.changed(ClassChange::Add { class: "empty".to_owned() }).unwrap();
    let task = TransferTask { c: 0.25, seed: 7, ..TransferTask::default() };
    let file = desk.saved(task.clone());

    let other = Desk::new();
    other.changed(ClassChange::Add { class: "goes".to_owned() }).unwrap();
    let own = other.opened("transfer-project.zip", file.clone()).unwrap();
    assert_eq!(sizes(&own), [("a/b", 12), ("a_b", 12), ("empty", 0)]);
    assert_eq!((own.task, own.left_out, own.thumbnails.len()), (Some(task), 0, 24));
    // A new recording is not one of the old ones, nor of another class.
    let frames = all.iter().take(2).map(|(picture, ..)| pixels_from_rgb(picture)).collect();
    let own = other.changed(ClassChange::Frames { class: "empty".to_owned(), frames }).unwrap();
    let (_, new) = sizes(&own)[2];
    assert_eq!(new, 2);
    other.changed(ClassChange::Drop { class: "empty".to_owned() }).unwrap();
    let after = other.learnt();
    assert_eq!((after.folds, after.near, after.accuracy), (before.folds, before.near, before.accuracy));

    // What cannot be opened changes nothing.
    let said = |bytes: Vec<u8>| other.opened("x.zip", bytes).unwrap_err().to_string();
    let rewritten = |about: &str| {
        let members = unzipped(&DataFile { name: "x.zip".to_owned(), bytes: file.clone() }).unwrap().unwrap();
        let mut zip = ZipWriter::default();
        for member in members {
            let is_about = member.name.ends_with(".json");
            zip.add(&member.name, if is_about { about.as_bytes() } else { &member.bytes }).unwrap();
        }
        zip.finish()
    };
    assert!(said(rewritten("{")).contains("x.zip is damaged"));
    assert!(said(rewritten("{\"version\":1,\"classes\":5}")).contains("x.zip is damaged"));
    assert!(said(rewritten("{\"version\":2}")).contains("version 2, and version 1"));
    let twice = "{\"version\":1,\"classes\":[{\"name\":\"a\",\"pictures\":[]},{\"name\":\"a\",\"pictures\":[]}]}";
    assert!(said(rewritten(twice)).contains("cannot both be called a"));
    assert!(!said(file[..file.len() / 2].to_vec()).is_empty());
    let mut spoilt = file;
    spoilt[100] ^= 1;
    assert!(!said(spoilt).is_empty());
    let own = other.changed(ClassChange::Tell).unwrap();
    assert_eq!(sizes(&own), [("a/b", 12), ("a_b", 12)]);
}

/// As `project.tm` of Teachable Machine: a manifest, and a zip with the samples of each class.
fn teachable(kind: &str, classes: &[(&str, &[Rgb])]) -> Vec<u8> {
    let mut project = ZipWriter::default();
    let manifest = format!("{{\"type\":\"{kind}\",\"version\":\"2.4.7\",\"appdata\":{{\"trainEpochs\":50}}}}");
    project.add("manifest.json", manifest.as_bytes()).unwrap();
    for (number, (class, pictures)) in classes.iter().enumerate().rev() {
        let mut samples = ZipWriter::default();
        for (at, picture) in pictures.iter().enumerate() {
            samples.add(&format!("{at}.png"), &png::encode(picture)).unwrap();
        }
        samples.add("samples.json", b"[]").unwrap();
        project.add(&format!("{class}-!-{number}.zip"), &samples.finish()).unwrap();
    }
    project.finish()
}

#[test]
fn projects_of_teachable_machine_are_opened() {
    let desk = Desk::new();
    let pictures: Vec<Rgb> = shapes(10).into_iter().map(|(picture, ..)| picture).collect();
    let file = teachable("image", &[("Class 2", &pictures[..6]), ("Class 1", &pictures[6..])]);
    let own = desk.opened("project.tm", file).unwrap();
    assert_eq!(sizes(&own), [("Class 2", 6), ("Class 1", 4)]);
    assert_eq!((own.left_out, own.task), (0, None));
    // Unpacked and packed again, with a folder around it, another name of the manifest, and classes as each one's own download has them.
    let mut again = ZipWriter::default();
    again.add("My project/project.json", b"{\"type\":\"image\",\"labels\":[\"Cup\",\"Pen\"]}").unwrap();
    for (class, pictures) in [("Cup-!-0", &pictures[..4]), ("Pen-samples", &pictures[4..])] {
        let mut samples = ZipWriter::default();
        for (at, picture) in pictures.iter().enumerate() {
            samples.add(&format!("{at}.png"), &png::encode(picture)).unwrap();
        }
        again.add(&format!("My project/{class}.zip"), &samples.finish()).unwrap();
    }
    let own = Desk::new().opened("again.zip", again.finish()).unwrap();
    assert_eq!((sizes(&own), own.left_out), (vec![("Cup", 4), ("Pen", 6)], 0));
    let audio = teachable("audio", &[("Clap", &pictures[..1])]);
    let said = desk.opened("project.tm", audio).unwrap_err().to_string();
    assert!(said.contains("of Teachable Machine for audio"), "{said}");
    assert_eq!(sizes(&desk.changed(ClassChange::Tell).unwrap()), [("Class 2", 6), ("Class 1", 4)]);
    // A manifest of something else is no project.
    let mut zip = ZipWriter::default();
    zip.add("manifest.json", b"{\"type\":\"image\"}").unwrap();
    for (at, picture) in pictures.iter().enumerate() {
        zip.add(&format!("folder {}/{at}.png", at % 2), &png::encode(picture)).unwrap();
    }
    let own = desk.opened("x.zip", zip.finish()).unwrap();
    assert_eq!(own.classes.len(), 4);
    let said = desk.asked(Transfer::Save(TransferForm::Onnx)).unwrap_err().to_string();
    assert!(said.contains("train first"));
}
