//! Fine-tuning: a network goes on learning, for classes of one's own.

use crate::command::Folder;
use crate::host::{TestHost, drawing, shipped};
use crate::shared::shared;
use crate::transfer::{asked, changed, drawn, neocog, sizes, write_classes};
use neocog::data::Rgb;
use neocog::data::files::dataset_from_paths;
use neocog::data::procedural::{Recipe, Set};
use neocog::lab::device::{Device, MaybeGpu};
use neocog::lab::transfer::{
    CurveTask, FineTuning, LabelledPictures, TransferBench, TransferSession, TuneLog, TuneRun, TuneStart, TuneSubject,
    TunedNetwork,
};
use neocog::lab::{LabError, NoMonitor, Perform, Weights};
use neocog::nn::checkpoint::Checkpoint;
use neocog::protocol::{
    Augment, BackendChoice, ClassChange, FineTune, Fit, Transfer, TransferNews, TransferTask, Transferred,
};
use pollster::block_on;
use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::time::Duration;

/// So many pictures of each of these drawn classes.
fn shapes(classes: &[&str], each: usize) -> LabelledPictures {
    let set = Set::find("shapes").unwrap().draw(&Recipe { count: 400, ..Recipe::default() }).unwrap();
    let mut pictures: Vec<(Rc<Rgb>, u32)> = Vec::new();
    for (label, class) in classes.iter().enumerate() {
        let is_its = |at: &usize| set.classes[set.labels[*at] as usize] == *class;
        let its = (0..set.len()).filter(is_its).take(each);
        pictures.extend(its.map(|at| (Rc::new(set.picture(at).unwrap()), label as u32)));
    }
    LabelledPictures::new(classes.iter().map(|&class| class.to_owned()).collect(), pictures).unwrap()
}

fn tuned(weights: &Rc<Weights>, subject: &LabelledPictures, settings: &FineTune) -> Result<TunedNetwork, LabError> {
    let start = TuneStart::of(weights, &subject.classes)?;
    let tuning = FineTuning { start: &start, settings, subject, fit: Fit::Crop, seed: 1 };
    let (gpu, log) = (MaybeGpu::none("none is wanted"), TuneLog::default());
    block_on(tuning.run(&Device::Cpu, &gpu, &NoMonitor::default(), &log, &mut |epoch| println!("{epoch:?}")))
}

fn bits(file: &Checkpoint, name: &str) -> Vec<u32> {
    let values: Vec<f32> = file.tensor(name).unwrap().flatten_all().unwrap().to_vec1().unwrap();
    values.into_iter().map(f32::to_bits).collect()
}

fn checkpoint(weights: &Weights) -> Checkpoint {
    Checkpoint::parse("x", crate::host::file_of(weights)).unwrap()
}

#[test]
fn what_is_frozen_stays_the_same_to_the_bit() {
    let (photos, subject) = (shipped("photos"), shapes(&["star", "ring"], 8));
    let start = TuneStart::of(&photos, &subject.classes).unwrap();
    assert_eq!(start.blocks(), 8);
    let augment = Augment { shift: 1, flip: true, elastic: 0.0 };
    let few = FineTune { epochs: 2, batch: 4, augment, ..FineTune::default() };
    for (blocks, frozen_statistics) in [(1, false), (3, false), (3, true), (0, true)] {
        let found = tuned(&photos, &subject, &FineTune { blocks, frozen_statistics, ..few.clone() }).unwrap();
        assert_eq!((found.pictures, found.weights.network().classes), ([12, 4], 2));
        let frozen = start.frozen(blocks, frozen_statistics).unwrap();
        let (before, after) = (checkpoint(&photos), checkpoint(&found.weights));
        let (mut same, mut changed) = (0, 0);
        for name in after.names().filter(|name| !name.starts_with("19.")) {
            let is_same = bits(&before, name) == bits(&after, name);
            assert!(is_same || !frozen.contains(&name.to_owned()), "{name} is frozen and has changed");
            if is_same { same += 1 } else { changed += 1 }
        }
        println!("{blocks} blocks learn: {same} tensors are the same, {changed} are not");
        assert_eq!((same, changed > 0), (frozen.len(), blocks != 1), "what is not frozen learns");
        // The file is of a network like any other.
        let read = Weights::from_bytes("tuned", crate::host::file_of(&found.weights)).unwrap();
        assert_eq!(read.network().names.as_ref().unwrap(), &subject.classes);
    }
}

#[test]
fn a_network_of_the_table_takes_other_classes_too() {
    let network = neocog::models::Network::find("cifar_resnet20").or_else(|| neocog::models::Network::find("resnet20"));
    let network = network.unwrap_or_else(|| neocog::models::Network::find("squeezenet1_1").unwrap());
    let weights = Rc::new(Weights::initial(network, 3).unwrap());
    let subject = shapes(&["star", "ring", "heart"], 4);
    let settings = FineTune { epochs: 1, batch: 3, blocks: 1, ..FineTune::default() };
    let found = tuned(&weights, &subject, &settings).unwrap();
    let read = Weights::from_bytes("tuned.safetensors", crate::host::file_of(&found.weights)).unwrap();
    assert_eq!(read.network().classes, 3);
    assert_eq!(read.network().names.as_ref().unwrap(), &subject.classes);
}

#[test]
fn fine_tuning_learns_and_keeps_the_best_epoch() {
    let (things, subject) = (shipped("things"), shapes(&["triangle", "star", "ring"], 24));
    let asked = shapes(&["triangle", "star", "ring"], 40);
    let rest: Vec<_> = asked.pictures.iter().zip(&asked.labels).collect();
    let known: Vec<u64> = subject.pictures.iter().map(|known| known.digest.content).collect();
    let rest = rest.into_iter().filter(|(known_picture, _)| !known.contains(&known_picture.digest.content));
    let rest = rest.map(|(known, &label)| (known.picture.clone(), label)).collect();
    let asked = LabelledPictures::new(subject.classes.clone(), rest).unwrap();
    let (task, settings) = (TransferTask::default(), FineTune { epochs: 8, ..FineTune::default() });
    let mut bench = block_on(TransferBench::on(&things, &Device::Cpu)).unwrap();
    let compared = CurveTask { task: &task, tune: Some(&settings), scratch: true };
    let (gpu, log) = (MaybeGpu::none("none is wanted"), TuneLog::default());
    let of = TuneSubject { weights: &things, compared, learnt: &subject, asked: Some(&asked), sizes: &[usize::MAX] };
    let found = block_on(bench.compared(of, &asked, &gpu, &NoMonitor::default(), &log, &mut |_| {}));
    let (rows, tuned) = found.unwrap();
    let (row, tuned) = (rows[0].clone(), tuned.unwrap());
    println!("{row:?}");
    let best = tuned.epochs.iter().min_by(|a, b| a.validation_loss.total_cmp(&b.validation_loss)).unwrap();
    assert_eq!(tuned.best, best.epoch);
    let (of_tuned, of_scratch) = (row.tuned.unwrap().share(), row.scratch.unwrap().share());
    assert!(of_tuned > 0.6 && of_tuned > of_scratch, "{of_tuned}, from scratch {of_scratch}");
}

/// A run that is stopped at each of several places, and goes on from its file, comes to the same bits as one that is not stopped.
#[test]
fn a_run_that_was_stopped_goes_on_as_if_it_had_not_been() {
    let (photos, subject) = (shipped("photos"), shapes(&["star", "ring"], 9));
    let start = TuneStart::of(&photos, &subject.classes).unwrap();
    let augment = Augment { shift: 1, flip: true, elastic: 0.0 };
    let settings = FineTune { epochs: 3, batch: 4, blocks: 3, augment, ..FineTune::default() };
    let tuning = FineTuning { start: &start, settings: &settings, subject: &subject, fit: Fit::Crop, seed: 1 };
    let task = TransferTask { tune: settings.clone(), ..TransferTask::default() };
    let compared = CurveTask { task: &task, tune: Some(&settings), scratch: false };
    let of = TuneSubject { weights: &photos, compared, learnt: &subject, asked: None, sizes: &[] };
    let file: RefCell<Option<Vec<u8>>> = RefCell::default();
    let keep = |bytes: Vec<u8>| -> Pin<Box<dyn Future<Output = Result<(), LabError>>>> {
        file.replace(Some(bytes));
        Box::pin(async { Ok(()) })
    };
    let read = || file.borrow().clone().map(|bytes| TuneRun::parse("the run", bytes).unwrap());
    let run = |watch: &TestHost, kept: Option<TuneRun>| {
        let log = TuneLog::new(of, kept, &keep)?;
        block_on(tuning.run(&Device::Cpu, &MaybeGpu::none("none is wanted"), watch, &log, &mut |_| {}))
    };
    let whole = run(&TestHost::without_gpu(), None).unwrap();
    assert_eq!(whole.epochs.len(), 3);
    let mut stops = Vec::new();
    file.replace(None);
    let found = loop {
        // Within an epoch, and between a step and a measurement.
        match run(&TestHost { tick_millis: Some(100.0), ..TestHost::impatient(3) }, read()) {
            Err(LabError::Cancelled) => stops.push(file.borrow().as_ref().unwrap().len()),
            found => break found.unwrap(),
        }
        assert!(stops.len() < 20);
    };
    println!("stopped {} times", stops.len());
    assert!(stops.len() > 2 && found.epochs == whole.epochs && found.best == whole.best);
    let [one, other] = [&whole, &found].map(|tuned| checkpoint(&tuned.weights));
    assert!(one.names().all(|name| bits(&one, name) == bits(&other, name)));

    // It is known for what it is, and by what it is about.
    let fewer = shapes(&["star", "ring"], 8);
    let other = TuneSubject { learnt: &fewer, ..of };
    let said = TuneLog::new(other, read(), &keep).err().unwrap().to_string();
    assert!(said.contains("another network, with other pictures"), "{said}");
    let said = TuneRun::parse("photos.safetensors", crate::host::file_of(&photos)).err().unwrap().to_string();
    assert!(said.contains("no run of fine-tuning"), "{said}");
}

/// The page is closed in the middle of a comparison; the next visit has its classes again, and goes on.
#[test]
fn a_comparison_that_was_stopped_goes_on_at_the_next_visit() {
    let host = TestHost::with(&drawing("ship"), &shipped("photos"));
    let task = || {
        let tune = FineTune { epochs: 2, blocks: 2, ..FineTune::default() };
        TransferTask { backend: BackendChoice::Cpu, tune, ..TransferTask::default() }
    };
    let compared = |kept: &TransferSession, job: Transfer, tell: &dyn Fn(TransferNews)| -> Result<_, LabError> {
        match block_on(job.perform(kept, &host, tell))? {
            Transferred::Compared(curve) => Ok((curve.rows, curve.epochs)),
            other => panic!("nothing was compared: {other:?}"),
        }
    };
    let visit = TransferSession::default();
    assert!(changed(&host, &visit, ClassChange::Stopped).unwrap().classes.is_empty(), "nothing was stopped yet");
    changed(&host, &visit, drawn(&["star", "ring"], 8)).unwrap();
    let whole = compared(&visit, Transfer::Compare(task()), &|_| {}).unwrap();
    assert_eq!(whole.0.len(), 3);
    let stop = |news| {
        if matches!(news, TransferNews::Learnt(_)) {
            host.pauses_left.set(Some(0));
        }
    };
    assert!(matches!(compared(&visit, Transfer::Compare(task()), &stop), Err(LabError::Cancelled)));
    host.pauses_left.set(None);

    let next = TransferSession::default();
    let own = changed(&host, &next, ClassChange::Stopped).unwrap();
    assert_eq!((sizes(&own), &own.task), (vec![("star", 8), ("ring", 8)], &Some(task())));
    let other = TransferTask { seed: 2, ..task() };
    let said = asked(&host, &next, Transfer::GoOn(other)).unwrap_err().to_string();
    assert!(said.contains("other settings"), "{said}");
    let heard = RefCell::new(Vec::new());
    let found = compared(&next, Transfer::GoOn(task()), &|news| heard.borrow_mut().push(news)).unwrap();
    assert_eq!(found, whole);
    assert!(matches!(heard.borrow()[0], TransferNews::Learnt(_)), "the first row is told, and not learnt again");

    // What has come to its end does not go on.
    let last = TransferSession::default();
    assert!(changed(&host, &last, ClassChange::Stopped).unwrap().classes.is_empty());
    let said = asked(&host, &next, Transfer::GoOn(task())).unwrap_err().to_string();
    assert!(said.contains("no run"), "{said}");
}

/// The command is ended while it runs; with `--resume` it writes the same bytes as one that was left alone.
#[test]
fn the_command_goes_on_after_an_interrupt() {
    let folder = Folder(std::env::temp_dir().join(format!("neocog-resume-{}", std::process::id())));
    let pictures = folder.0.join("pictures");
    write_classes(&pictures, 5);
    let weights = Path::new(env!("CARGO_MANIFEST_DIR")).join("www/models/photos.safetensors");
    let [whole, own] = ["whole", "own"].map(|name| folder.0.join(format!("{name}.safetensors")));
    let run = own.with_added_extension("run");
    let arguments = |out: &Path| -> Vec<String> {
        let paths = [&pictures, &weights, out].map(|path| path.display().to_string());
        let [pictures, weights, out] = paths;
        let usual =
            ["--classifier", "fine-tune", "--blocks", "2", "--batch", "4", "--epochs", "10", "--patience", "99"];
        let mut all = vec![pictures, "--features".to_owned(), weights, "--out".to_owned(), out];
        all.extend(usual.map(str::to_owned));
        all
    };
    let with = |out: &Path, more: &[&str]| {
        let arguments = arguments(out);
        neocog(&arguments.iter().map(String::as_str).chain(more.iter().copied()).collect::<Vec<_>>())
    };
    let (done, said) = with(&own, &["--resume"]);
    assert!(!done && said.contains("no run can go on") && said.lines().count() == 1, "{said}");
    assert!(with(&whole, &[]).0);
    let mut child = Command::new(env!("CARGO_BIN_EXE_neocog"));
    let mut child = child.arg("transfer").args(arguments(&own)).stdout(Stdio::null()).spawn().unwrap();
    while !run.exists() {
        assert!(child.try_wait().unwrap().is_none(), "it ended before it kept anything");
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!own.exists());
    let (done, said) = with(&own, &["--resume", "--seed", "2"]);
    assert!(!done && said.contains("other settings"), "{said}");
    let (done, said) = with(&own, &["--resume"]);
    assert!(done && !run.exists(), "{said}");
    assert_eq!(std::fs::read(&own).unwrap(), std::fs::read(&whole).unwrap());
}

#[test]
fn what_cannot_be_tuned_is_refused_with_its_figures() {
    let (photos, subject) = (shipped("photos"), shapes(&["star", "ring"], 4));
    let usual = FineTune::default();
    for (settings, part) in [
        (FineTune { blocks: 9, ..usual.clone() }, "has 8 blocks, of which 9 cannot learn"),
        (FineTune { rate: 0.0, ..usual.clone() }, "rate of 0"),
        (FineTune { rate: f64::NAN, ..usual.clone() }, "rate of NaN"),
        (FineTune { lower: -1.0, ..usual.clone() }, "factor of -1"),
        (FineTune { epochs: 0, ..usual.clone() }, "0 epochs"),
        (FineTune { batch: 1, ..usual.clone() }, "batch of 1"),
        (FineTune { patience: 0, ..usual.clone() }, "patience of 0"),
    ] {
        let said = tuned(&photos, &subject, &settings).err().unwrap().to_string();
        assert!(said.contains(part), "{said}");
    }
    let few = shapes(&["star", "ring"], 1);
    assert!(tuned(&photos, &few, &usual).err().unwrap().to_string().contains("has 1 pictures"));
}

/// The line of docs/experiments.md: `photos` on Fashion-MNIST, 100 pictures a class, beside the same network from scratch.
#[test]
#[ignore = "minutes"]
fn fine_tuned_photographs_beat_scratch_on_clothes() {
    let Some(folder) = shared("data/fashion-mnist") else { return };
    let files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    let files: Vec<PathBuf> = files.into_iter().filter(|file| file.to_string_lossy().contains("ubyte")).collect();
    let data = dataset_from_paths(&files, None).unwrap();
    let take = |range: std::ops::Range<usize>, each: usize| {
        let mut counts = vec![0; data.classes.len()];
        let mut pictures = Vec::new();
        for at in range {
            let label = data.labels[at];
            counts[label as usize] += 1;
            if counts[label as usize] <= each {
                pictures.push((Rc::new(data.picture(at).unwrap()), label));
            }
        }
        LabelledPictures::new(data.classes.clone(), pictures).unwrap()
    };
    let (learnt, asked) = (take(data.split.train.clone(), 100), take(data.split.test.clone(), 100));
    let photos = shipped("photos");
    let (task, settings) = (TransferTask::default(), FineTune::default());
    let mut bench = block_on(TransferBench::on(&photos, &Device::Cpu)).unwrap();
    let compared = CurveTask { task: &task, tune: Some(&settings), scratch: true };
    let (gpu, log) = (MaybeGpu::none("none is wanted"), TuneLog::default());
    let of = TuneSubject { weights: &photos, compared, learnt: &learnt, asked: Some(&asked), sizes: &[usize::MAX] };
    let found = block_on(bench.compared(of, &asked, &gpu, &NoMonitor::default(), &log, &mut |_| {}));
    let row = found.unwrap().0.remove(0);
    println!("{row:?}");
    assert!(row.tuned.unwrap().share() > row.scratch.unwrap().share());
}
