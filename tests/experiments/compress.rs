//! Compress: networks in fewer bytes and operations, without a page.

use crate::command::Folder;
use crate::host::{TestHost, assert_facts, file_of, shipped};
use crate::shared::shared;
use neocog::data::dataset::Dataset;
use neocog::data::files::dataset_from_paths;
use neocog::data::procedural::{Recipe, Set};
use neocog::lab::compress::{CompressBench, CompressSession, CompressedFile, WeightMatrix, spatial_matrix};
use neocog::lab::device::Device;
use neocog::lab::train::{Trainer, evaluate};
use neocog::lab::{NoMonitor, Perform, Weights, exported};
use neocog::nn::checkpoint::Checkpoint;
use neocog::protocol::{
    ActivationRange, BackendChoice, ChannelScore, Compress, CompressCost, CompressMethod, CompressNews, CompressRow,
    CompressTask, Compressed, DataChoice, ExportForm, FactorWay, Finding, LayerShare, Optimiser, Setup,
};
use pollster::block_on;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::process::Command;
use std::rc::Rc;

fn digits(count: u32) -> Rc<Dataset> {
    Rc::new(Set::find("digits").unwrap().draw(&Recipe { count, ..Recipe::default() }).unwrap())
}

fn bench(weights: &Rc<Weights>, data: &Rc<Dataset>) -> CompressBench {
    CompressBench::new(weights, data.clone(), 200, &Device::Cpu).unwrap()
}

fn made(bench: &CompressBench, task: &CompressTask) -> CompressedFile {
    let made = block_on(bench.make(task, &NoMonitor::default())).unwrap();
    println!("{:?}", made.about.after);
    for finding in &made.about.findings {
        println!("{finding:?}");
    }
    assert!(!made.about.findings.is_empty() && made.about.findings.iter().all(Finding::holds));
    made
}

fn task(method: CompressMethod) -> CompressTask {
    CompressTask { method, ..CompressTask::default() }
}

/// What a file that was made says of the data, read as any file of weights is.
fn read_back(made: &CompressedFile) -> Weights {
    let weights = Weights::from_bytes("made.safetensors", made.bytes.clone()).unwrap();
    let row = &made.about.after;
    assert_eq!(neocog::models::summarise(weights.network()).unwrap().all.macs, row.macs);
    assert_eq!(made.bytes.len() as u64, row.bytes);
    weights
}

#[test]
fn low_rank_makes_two_layers_of_one() {
    let (weights, data) = (shipped("digits"), digits(1000));
    let bench = bench(&weights, &data);
    for way in FactorWay::ALL {
        let made = made(&bench, &CompressTask { way, ..task(CompressMethod::LowRank) });
        let [before, after] = [&made.about.before, &made.about.after];
        assert!(after.macs * 2 <= before.macs && after.macs * 10 > before.macs * 4, "{} {}", before.macs, after.macs);
        assert!(after.accuracy.share() > before.accuracy.share() - 0.1, "{way:?}");
        let network = read_back(&made).network().clone();
        let split = made.about.layers.len();
        let lines = |text: &str| text.lines().filter(|line| line.trim_start().starts_with("conv ")).count();
        let texts = [weights.network(), &network].map(|network| lines(network.spec().unwrap().text()));
        assert!(split > 0 && texts[1] >= texts[0] + split - 1, "{texts:?} {split}");
        assert!(made.about.layers.iter().any(|layer| layer.is_spatial) == (way != FactorWay::Channel), "{way:?}");
    }
}

#[test]
fn channels_are_really_gone_whatever_says_which() {
    let bench = CompressBench::new(&shipped("digits"), digits(1000), 200, &Device::Cpu).unwrap();
    for score in ChannelScore::ALL {
        let made = made(&bench, &CompressTask { score, ..task(CompressMethod::Channels) });
        let [before, after] = [&made.about.before, &made.about.after];
        assert!(after.macs * 2 <= before.macs && after.macs * 10 > before.macs * 4, "{} {}", before.macs, after.macs);
        assert!(after.params < before.params && after.bytes < before.bytes);
        let weights = read_back(&made);
        let text = weights.network().spec().unwrap().text().to_owned();
        assert!(!text.contains("conv 64 "), "{text}");
    }
    // Of residual blocks, whose channels are linked, likewise.
    let host = TestHost { weights: vec![shipped("photos")], ..TestHost::without_gpu() };
    let few = CompressTask { most: 16, ..task(CompressMethod::Channels) };
    let Compressed::Made(made) = host.answer(Compress::Make(few)).unwrap() else { panic!("none made") };
    assert!(made.after.macs * 2 <= made.before.macs && made.layers.iter().any(|layer| layer.kept < 0.9));
}

#[test]
fn what_was_lost_is_learnt_again_from_the_original() {
    let bench = bench(&shipped("digits"), &digits(2000));
    let few = CompressTask { budget: 0.3, ..task(CompressMethod::Channels) };
    let before = made(&bench, &few).about.after;
    let after = made(&bench, &CompressTask { epochs: 2, teacher: 0.5, ..few }).about.after;
    assert!(after.accuracy.right > before.accuracy.right + 10, "{before:?} {after:?}");
    assert_eq!(after.macs, before.macs);
}

#[test]
fn the_nearest_matrix_of_a_rank_loses_what_its_singular_values_say() {
    let values: Vec<f32> = (0..6 * 4 * 3 * 2).map(|at| ((at * at) as f32 * 0.37).sin()).collect();
    let spatial = spatial_matrix(&[6, 4, 3, 2], &values).unwrap();
    assert_eq!((spatial.rows, spatial.columns), (12, 12));
    let plain = WeightMatrix { rows: 18, columns: 8, values };
    for matrix in [spatial, plain.transposed(), plain] {
        let (svd, whole) = (matrix.svd().unwrap(), matrix.square());
        assert!((svd.lost(0) - whole).abs() < 1e-9 * whole);
        for rank in 0..=svd.singular.len() {
            let found = matrix.factors(&svd, rank).distance(&matrix);
            assert!((found - svd.lost(rank)).abs() <= 1e-6 * whole, "{rank}: {found} {}", svd.lost(rank));
        }
    }
}

#[test]
fn the_first_singular_values_of_a_large_matrix_are_found_at_random() {
    // Of a rank of 12 and some noise.
    let (rows, columns) = (90, 140);
    let part = |of: usize, at: usize| ((of * 37 + at * at * 11 + at * of) as f32 * 0.7).sin();
    let value = |row: usize, column: usize| -> f32 {
        (0..12).map(|of| part(of, row) * part(of + 50, column) / (1 + of * of) as f32).sum::<f32>()
            + 1e-3 * part(99 + row, column)
    };
    let values = (0..rows * columns).map(|at| value(at / columns, at % columns)).collect();
    let matrix = WeightMatrix { rows, columns, values };
    for matrix in [matrix.transposed(), matrix] {
        let (whole, found) = (matrix.svd().unwrap(), matrix.truncated_svd(16, 1).unwrap());
        assert_eq!(found.singular.len(), 16);
        for (one, other) in whole.singular.iter().zip(&found.singular).take(12) {
            assert!((one - other).abs() < 1e-4 * whole.singular[0], "{one} {other}");
        }
        for rank in [0, 5, 12] {
            let (off, square) = (matrix.factors(&found, rank).distance(&matrix), matrix.square());
            assert!((off - found.lost(rank)).abs() < 1e-4 * square, "{rank}: {off} {}", found.lost(rank));
            assert!((found.lost(rank) - whole.lost(rank)).abs() < 1e-4 * square);
        }
    }
}

#[test]
fn integers_shared_values_and_zeros_are_read_back() {
    let (weights, data) = (shipped("digits"), digits(1000));
    let bench = bench(&weights, &data);
    let before = block_on(bench.before(&NoMonitor::default())).unwrap();
    let made = [
        task(CompressMethod::Int8),
        task(CompressMethod::Int4),
        task(CompressMethod::Prune),
        task(CompressMethod::Share),
    ]
    .map(|task| made(&bench, &task));
    for made in &made {
        let row = &made.about.after;
        assert!(row.accuracy.share() > before.accuracy.share() - 0.03, "{row:?}");
        assert_eq!(row.macs, before.macs);
        let said = evaluate("made", made.bytes.clone(), Dataset::clone(&data), neocog::data::dataset::Part::Test);
        let said = said.unwrap().unwrap();
        println!("{said:?}");
        read_back(made);
    }
    let bytes = made.each_ref().map(|made| made.about.after.bytes);
    assert!(bytes[0] < before.bytes * 55 / 100 && bytes[1] < before.bytes * 30 / 100, "{bytes:?}");
    // Half of the weights at 5 bits each, of 16 each.
    assert!(bytes[2] < before.bytes * 60 / 100 && bytes[3] < before.bytes * 25 / 100, "{bytes:?}");
    let kept = &made[2].about.layers;
    let zeros: f64 = kept.iter().map(|layer| 1.0 - layer.kept).sum::<f64>() / kept.len() as f64;
    assert!(zeros > 0.2 && made[2].about.after.params < before.params * 52 / 100, "{zeros}");
}

#[test]
fn activations_are_rounded_too_and_biases_make_up_for_weights() {
    let bench = bench(&shipped("digits"), &digits(1000));
    let four = task(CompressMethod::Int4);
    let made_of = |activations, is_corrected, method| {
        made(&bench, &CompressTask { activations, is_corrected, ..task(method) }).about.after
    };
    let floats = made(&bench, &four).about.after;
    for activations in [ActivationRange::Extent, ActivationRange::Percentile, ActivationRange::Error] {
        let eight = made_of(activations, false, CompressMethod::Int8);
        assert!(eight.is_rounded && eight.accuracy.share() > floats.accuracy.share() - 0.05, "{eight:?}");
    }
    let corrected = made_of(ActivationRange::Float, true, CompressMethod::Int4);
    assert!(corrected.is_corrected && corrected.accuracy.right + 6 >= floats.accuracy.right, "{corrected:?}");
    // Of 4 bits something is lost, or nothing was rounded.
    let rough = made_of(ActivationRange::Extent, false, CompressMethod::Int4);
    println!("{} {} {}", floats.accuracy.share(), corrected.accuracy.share(), rough.accuracy.share());
    assert_ne!(rough.accuracy.right, floats.accuracy.right);
}

#[test]
fn what_was_pruned_stays_zero_while_the_rest_learns() {
    let (weights, data) = (shipped("digits"), digits(2000));
    let bench = bench(&weights, &data);
    let pruned = CompressTask { budget: 0.15, ..task(CompressMethod::Prune) };
    let before = made(&bench, &pruned).about.after;
    let after = made(&bench, &CompressTask { epochs: 2, ..pruned }).about.after;
    assert!(after.accuracy.right > before.accuracy.right + 10, "{before:?} {after:?}");
    assert!(after.params <= before.params, "{} {}", after.params, before.params);
}

/// The same network out of an ONNX file, which has a graph and no text.
fn brought(id: &str) -> Rc<Weights> {
    let weights = shipped(id);
    let bytes = exported(ExportForm::Onnx, weights.network(), Some(&weights)).unwrap();
    let brought = Weights::from_bytes(&format!("{id}.onnx"), bytes).unwrap();
    assert!(brought.network().spec().is_none());
    Rc::new(brought)
}

/// Which numbers of a network's layers are zero, by the tensors' names.
fn zeros_of(weights: &Weights) -> BTreeMap<String, Vec<bool>> {
    let file = Checkpoint::parse("made", file_of(weights)).unwrap();
    let layers = file.iter().filter(|(_, _, shape)| [2, 4].contains(&shape.len()));
    let of = |name: &str| {
        let values: Vec<f32> = file.tensor(name).unwrap().flatten_all().unwrap().to_vec1().unwrap();
        (name.to_owned(), values.into_iter().map(|value| value == 0.0).collect())
    };
    layers.map(|(name, ..)| of(name)).collect()
}

#[test]
fn a_network_without_a_text_learns_afterwards_too() {
    let (weights, data) = (brought("digits"), digits(2000));
    let bench = bench(&weights, &data);
    for (method, teacher) in [(CompressMethod::Prune, 0.0), (CompressMethod::LowRank, 0.5)] {
        let only = CompressTask { budget: 0.15, teacher, ..task(method) };
        let [before, after] = [0, 2].map(|epochs| made(&bench, &CompressTask { epochs, ..only.clone() }));
        let [one, other] = [&before, &after].map(|made| &made.about.after);
        assert!(other.accuracy.right > one.accuracy.right + 10, "{method:?} {one:?} {other:?}");
        let [zeros, still] = [&before, &after].map(|made| zeros_of(&read_back(made)));
        assert!(still.keys().eq(zeros.keys()));
        let both = zeros.values().flatten().zip(still.values().flatten());
        assert!(
            method != CompressMethod::Prune || both.clone().all(|(was, is)| *is || !was),
            "what was pruned stays so"
        );
        assert!(method != CompressMethod::Prune || both.filter(|(was, _)| **was).count() > 1000);
    }
}

#[test]
fn a_network_learns_again_what_it_said_itself_where_no_data_has_its_classes() {
    let (weights, watch) = (brought("photos"), NoMonitor::default());
    let data = Rc::new(Set::find("shapes").unwrap().draw(&Recipe { count: 300, ..Recipe::default() }).unwrap());
    let bench = block_on(CompressBench::agreeing(&weights, data, 60, &Device::Cpu, &watch)).unwrap();
    let only = CompressTask { budget: 0.4, teacher: 0.9, rate: 1e-3, ..task(CompressMethod::Channels) };
    let [before, after] = [0, 4].map(|epochs| made(&bench, &CompressTask { epochs, ..only.clone() }).about.after);
    assert!(after.accuracy.right > before.accuracy.right, "{before:?} {after:?}");
    assert_eq!((before.macs, before.params), (after.macs, after.params));
}

#[test]
fn weights_go_in_rounds() {
    let bench = bench(&shipped("digits"), &digits(2000));
    let once = CompressTask { budget: 0.05, epochs: 3, ..task(CompressMethod::Prune) };
    let [first, last] = [made(&bench, &once), made(&bench, &CompressTask { rounds: 3, ..once })];
    let (one, three) = (first.about.after, last.about.after);
    println!("{one:?}\n{three:?}");
    assert_eq!((one.rounds, three.rounds, three.epochs), (1, 3, 3));
    // As few weights are left, and others.
    assert!(three.params.abs_diff(one.params) * 100 < one.params && three.accuracy.share() > 0.7, "{three:?}");
    assert_ne!(first.bytes, last.bytes);
}

#[test]
fn a_survey_and_sensitivity_tell_of_each_network() {
    let weights = shipped("digits");
    let host = TestHost { weights: vec![weights], ..TestHost::without_gpu() };
    let task = CompressTask {
        network: "digits".to_owned(),
        most: 60,
        data: DataChoice { count: 1000, ..CompressTask::default().data },
        ..CompressTask::default()
    };
    let heard = RefCell::new(Vec::new());
    let hear = |news| heard.borrow_mut().push(news);
    let kept = CompressSession::default();
    let ask = |job: Compress| block_on(job.perform(&kept, &host, &hear)).unwrap();
    let Compressed::Surveyed(survey) = ask(Compress::Survey(task.clone())) else { panic!("no survey") };
    assert_eq!((survey.on.set.as_str(), survey.on.is_agreement), ("digits", false));
    let rows: Vec<CompressRow> = heard
        .borrow()
        .iter()
        .filter_map(|news| match news {
            CompressNews::Row(row) => Some(row.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(rows, survey.rows);
    assert!(rows.len() > 8 && rows[0].method.is_none() && rows[1..].iter().all(|row| row.bytes < rows[0].bytes));
    assert!(survey.layers.len() == 6 && survey.layers.iter().all(|of| of.spectrum[0] == 1.0 && of.full > 9));
    let Compressed::Sensed(curves) = ask(Compress::Sense(CompressTask { method: CompressMethod::Prune, ..task }))
    else {
        panic!("no sensitivity")
    };
    assert!(curves.len() == 6 && curves.iter().all(|curve| curve.points.len() == 5));

    // A network whose classes no set has is held against its own answers.
    let host = TestHost { weights: vec![shipped("photos")], ..TestHost::without_gpu() };
    let few = CompressTask { most: 16, method: CompressMethod::Int8, ..CompressTask::default() };
    let Compressed::Made(made) = host.answer(Compress::Make(few)).unwrap() else { panic!("none made") };
    assert!(made.on.is_agreement && made.before.accuracy.share() == 1.0 && made.after.accuracy.share() > 0.8);
}

#[test]
fn half_of_a_layers_weights_follow_from_the_others() {
    let data = digits(2000);
    let setup = Setup {
        network: "flatten\nlinear 40\nrelu\nlinear classes\n".to_owned(),
        optimiser: Optimiser { rate: 1e-3, ..Optimiser::default() },
        epochs: 6,
        ..Setup::default()
    };
    let mut trainer = block_on(Trainer::new(setup, data.clone(), &Device::Cpu)).unwrap();
    while trainer.step() < trainer.steps() {
        trainer.advance().unwrap();
    }
    let file = block_on(trainer.kept(false)).unwrap().bytes("mlp").unwrap();
    let weights = Rc::new(Weights::from_bytes("mlp.safetensors", file).unwrap());
    let bench = bench(&weights, &data);
    let half = task(CompressMethod::Predict);
    let guessed = made(&bench, &half);
    let learnt = made(&bench, &CompressTask { epochs: 3, ..half.clone() });
    let [before, after] = [&learnt.about.before, &learnt.about.after];
    println!("{before:?}\n{:?}\n{after:?}", guessed.about.after);
    assert_eq!(after.params, before.params - 40 * 392);
    // What is predicted is not in the file.
    assert!(after.bytes + 4 * 40 * 392 < before.bytes + 1000, "{} {}", before.bytes, after.bytes);
    assert!(after.accuracy.right >= guessed.about.after.accuracy.right);
    assert!(after.accuracy.share() > before.accuracy.share() - 0.03, "{before:?} {after:?}");
    read_back(&learnt);
}

#[test]
fn a_goal_is_allocated_to_the_layers() {
    let bench = CompressBench::new(&shipped("digits"), digits(1000), 60, &Device::Cpu).unwrap();
    let watch = NoMonitor::default();
    let costs = [
        (CompressMethod::Prune, CompressCost::Bytes, 0.7),
        (CompressMethod::Channels, CompressCost::Operations, 0.6),
        (CompressMethod::Int4, CompressCost::Bytes, 0.4),
    ];
    for (method, cost, goal) in costs {
        let task = CompressTask { goal, cost, ..task(method) };
        let found = block_on(bench.allocate(&task, &watch, &|_| {})).unwrap();
        println!("{found:?}");
        assert!(found.left <= goal && found.layers.iter().any(|layer| layer.share < 1.0));
        let CompressedFile { about, .. } = made(&bench, &CompressTask { layers: found.layers, ..task });
        assert!(about.after.is_by_layer && about.before.accuracy.share() - about.after.accuracy.share() < 0.15);
        let left = match cost {
            CompressCost::Bytes => about.after.bytes as f64 / about.before.bytes as f64,
            _ => about.after.macs as f64 / about.before.macs as f64,
        };
        // What layers save alone does not quite add up.
        assert!((left - found.left).abs() < 0.15, "{method:?} {left} {}", found.left);
    }
}

#[test]
fn networks_of_the_table_lose_channels_and_ranks_too() {
    let load = |name: &str| {
        let bytes = std::fs::read(shared(&format!("data/models/{name}.safetensors"))?).unwrap();
        Some(Rc::new(Weights::from_bytes(&format!("{name}.safetensors"), bytes).unwrap()))
    };
    let (Some(squeezenet), Some(resnet)) = (load("squeezenet1_1"), load("cifar10_resnet20")) else { return };
    let tried = [
        (&squeezenet, CompressMethod::Channels, ChannelScore::Magnitude),
        (&squeezenet, CompressMethod::LowRank, ChannelScore::Magnitude),
        (&resnet, CompressMethod::Channels, ChannelScore::BatchNorm),
        (&resnet, CompressMethod::Channels, ChannelScore::Taylor),
    ];
    let data = Rc::new(Set::find("shapes").unwrap().draw(&Recipe { count: 400, ..Recipe::default() }).unwrap());
    for (weights, method, score) in tried {
        let watch = NoMonitor::default();
        let bench = block_on(CompressBench::agreeing(weights, data.clone(), 16, &Device::Cpu, &watch)).unwrap();
        let made = made(&bench, &CompressTask { budget: 0.7, score, ..task(method) });
        let [before, after] = [&made.about.before, &made.about.after];
        assert!(10 * after.macs <= 7 * before.macs && after.params < before.params && after.bytes < before.bytes);
        let read = read_back(&made);
        assert_eq!(read.network().classes, weights.network().classes);
        // Nothing that lies in the file names a network of the table any more.
        assert!(read.fits().is_empty() && made.about.text.is_none());
    }
}

#[test]
fn facts_hold_whatever_the_network() {
    let (host, devices) = TestHost::on_all();
    let Compressed::Checked(found) = host.answer(Compress::Check(BackendChoice::Auto)).unwrap() else {
        panic!("nothing was checked")
    };
    assert_facts(&found, devices);
}

#[test]
fn what_cannot_be_compressed_is_refused_with_its_figures() {
    let host = TestHost { weights: vec![shipped("photos")], ..TestHost::without_gpu() };
    let with = |change: fn(&mut CompressTask)| {
        let mut task = CompressTask { most: 16, ..CompressTask::default() };
        change(&mut task);
        Compress::Make(task)
    };
    host.refuses([
        (with(|task| task.budget = 0.0), "a budget of 0"),
        (with(|task| task.budget = f64::NAN), "a budget of NaN"),
        (with(|task| task.budget = 0.01), "at the lowest rank"),
        (with(|task| task.bits = 9), "9 bits"),
        (with(|task| task.epochs = 500), "500 epochs"),
        (
            with(|task| (task.method, task.rounds, task.epochs) = (CompressMethod::Prune, 5, 2)),
            "5 rounds of pruning in 2 epochs",
        ),
        (with(|task| task.layers = vec![LayerShare { name: "0".to_owned(), share: 0.0 }]), "a share of 0 of layer 0"),
        (with(|task| task.layers = vec![LayerShare { name: "99".to_owned(), share: 0.5 }]), "has no layer 99"),
        (with(|task| task.method = CompressMethod::Predict), "reads a map of 4"),
        (with(|task| task.teacher = 2.0), "answers weigh 2"),
        (with(|task| task.rate = 0.0), "a learning rate of 0"),
        (with(|task| task.data.set = "nothing".to_owned()), "nothing"),
        (with(|task| task.data.set = "shapes".to_owned()), "none of them"),
        (with(|task| task.data.set = "digits".to_owned()), "channels"),
        (Compress::Save, "no network was made"),
    ]);
}

#[test]
fn the_command_prints_the_table_and_writes_the_network() {
    let folder = Folder(std::env::temp_dir().join(format!("neocog-compress-{}", std::process::id())));
    std::fs::create_dir_all(&folder.0).unwrap();
    let out = folder.0.join("small.safetensors").display().to_string();
    let run = |arguments: &[&str]| {
        let done = Command::new(env!("CARGO_BIN_EXE_neocog")).args(arguments).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (done.status.success(), text(done.stdout), text(done.stderr))
    };
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/www/models/digits.safetensors");
    let usual = ["compress", file, "--data", "digits", "--most", "50", "--method"];
    let (is_good, said, error) = run(&[&usual[..], &["share", "--budget", "0.4", "--out", &out]].concat());
    assert!(is_good && said.contains("pruned to 0.4, 5 bits") && said.contains("as it was"), "{said}{error}");
    let (is_good, said, error) = run(&["evaluate", &out, "--data", "digits"]);
    assert!(is_good && said.contains("accuracy 9"), "{said}{error}");
    let (is_good, _, error) = run(&[&usual[..], &["prune", "--budget", "2"]].concat());
    assert!(!is_good && error.contains("a budget of 2"), "{error}");
}

#[test]
fn the_shipped_networks_lose_less_than_a_point_to_eight_bits() {
    let Some(folder) = shared("data/cifar10/test_batch.bin.gz") else { return };
    let data = Rc::new(dataset_from_paths(&[folder], None).unwrap());
    let bench = CompressBench::new(&shipped("photos"), data, 500, &Device::Cpu).unwrap();
    let made = made(&bench, &task(CompressMethod::Int8));
    let [before, after] = [&made.about.before, &made.about.after].map(|row| row.accuracy.share());
    assert!(after > before - 0.01, "{before} {after}");
}

#[test]
fn a_network_of_fully_connected_layers_is_twelve_times_smaller() {
    let (Some(images), Some(labels)) =
        (shared("data/mnist/t10k-images-idx3-ubyte.gz"), shared("data/mnist/t10k-labels-idx1-ubyte.gz"))
    else {
        return;
    };
    let data = Rc::new(dataset_from_paths(&[images, labels], None).unwrap());
    let preset = neocog::models::spec::preset::Preset::find("mlp").unwrap();
    let setup = Setup {
        network: preset.text,
        optimiser: Optimiser { rate: 1e-3, ..Optimiser::default() },
        batch: 64,
        epochs: 5,
        ..Setup::default()
    };
    let mut trainer = block_on(Trainer::new(setup, data.clone(), &Device::Cpu)).unwrap();
    while trainer.step() < trainer.steps() {
        trainer.advance().unwrap();
    }
    let file = block_on(trainer.kept(false)).unwrap().bytes("mlp").unwrap();
    let weights = Rc::new(Weights::from_bytes("mlp.safetensors", file).unwrap());
    let bench = CompressBench::new(&weights, data, 0, &Device::Cpu).unwrap();
    let made = made(&bench, &CompressTask { budget: 0.1, epochs: 4, ..task(CompressMethod::Share) });
    let [before, after] = [&made.about.before, &made.about.after];
    assert!(after.bytes * 12 <= before.bytes, "{} {}", before.bytes, after.bytes);
    assert!(after.accuracy.share() >= before.accuracy.share() - 0.003, "{before:?} {after:?}");
}
