//! Autoencoders: one that learns in a session, is looked at, stopped, taken up and saved; a linear one beside principal components;
//! refusals, and the command.

use crate::host::TestHost;
use neocog::data::dataset::{Dataset, Examples, Part, Split};
use neocog::data::procedural::{Recipe, Set};
use neocog::lab::Perform;
use neocog::lab::device::Device;
use neocog::lab::represent::{AutoencoderFile, AutoencoderTrainer, RepresentSession};
use neocog::protocol::{
    AutoencoderProgress, AutoencoderTrain, BackendChoice, CodeBoard, CodeData, CodeNetwork, CodeRule, DecodeCodes,
    Represent, RepresentNews, Represented,
};
use pollster::block_on;
use std::cell::RefCell;
use std::process::Command;
use std::rc::Rc;

fn small() -> AutoencoderTrain {
    AutoencoderTrain { width: 32, layers: 1, steps: 90, backend: BackendChoice::Cpu, ..AutoencoderTrain::default() }
}

fn digits(count: u32) -> Rc<Dataset> {
    Rc::new(Set::find("digits").unwrap().draw(&Recipe { count, ..Recipe::default() }).unwrap())
}

#[test]
fn a_session_learns_is_looked_at_stopped_and_taken_up() {
    let host = TestHost::without_gpu();
    let (session, news) = (RepresentSession::default(), RefCell::new(Vec::<AutoencoderProgress>::new()));
    let hear = |heard: RepresentNews| match heard {
        RepresentNews::Autoencoder(heard) => news.borrow_mut().push(*heard),
        other => panic!("{other:?}"),
    };
    let run = |job: Represent| block_on(job.perform(&session, &host, &hear));
    let said = |job: Represent| run(job).unwrap_err().to_string();
    let decode = |codes: Vec<Vec<f32>>| Represent::Decode(DecodeCodes { codes });
    for job in [decode(vec![vec![0.0; 2]]), Represent::SaveAutoencoder] {
        assert!(said(job).contains("no autoencoder was trained here yet"));
    }
    assert!(said(Represent::Autoencoder(AutoencoderTrain { resume: true, ..small() })).contains("none can go on"));
    let Ok(Represented::Encoded(found)) = run(Represent::Autoencoder(small())) else { panic!("nothing was learnt") };
    let (board, examples) = (found.board.clone().unwrap(), found.examples.clone().unwrap());
    let errors: Vec<f64> = found.run.measured.iter().map(|(_, numbers)| numbers[0]).collect();
    println!("{errors:?}, components {:?}", found.components_error);
    // In so few steps it comes about as near as two principal components do.
    let components = found.components_error.unwrap();
    let (first, last) = (errors[0], *errors.last().unwrap());
    assert!(last < 0.86 * first && last < 1.02 * components, "{first} {last} {components}");
    assert_eq!((examples.shape, examples.classes.len(), board.step), ([1, 28, 28], 10, 90));
    assert_eq!((board.places.len(), board.codes.len()), (examples.labels.len(), CodeBoard::SHOWN));
    assert!(news.borrow().first().unwrap().examples.is_some());
    assert!(news.borrow().iter().skip(1).all(|news| news.examples.is_none()));

    // What the decoder makes of a code is what was shown of it.
    let Ok(Represented::Decoded(made)) = run(decode(board.codes.clone())) else { panic!("no pictures") };
    assert_eq!((made.step, made.pixels.len()), (90, board.again.len()));
    let off = made.pixels.iter().zip(board.again.iter()).map(|(a, b)| a.abs_diff(*b)).max();
    assert!(off <= Some(1), "{off:?}");
    assert_eq!(board.code_at(board.places[3]), board.codes[3]);
    assert!(said(decode(vec![vec![0.0; 3]])).contains("a code of 3 numbers"));
    assert!(said(decode(vec![vec![f32::NAN, 0.0]])).contains("numbers"));
    assert!(said(decode(vec![vec![0.0; 2]; 300])).contains("300 codes"));

    // Stopped in the middle and taken up, the run is the one that was not stopped.
    let stopped = TestHost::impatient(11);
    let half = Represent::Autoencoder(AutoencoderTrain { seed: 2, ..small() });
    assert!(block_on(half.perform(&session, &stopped, &hear)).is_err());
    let Ok(Represented::Encoded(whole)) = run(Represent::Autoencoder(AutoencoderTrain { seed: 2, ..small() })) else {
        panic!("nothing was learnt")
    };
    let Ok(Represented::Saved(file)) = run(Represent::SaveAutoencoder) else { panic!("no file") };
    let file = AutoencoderFile::parse(&file.name, file.bytes.into_vec()).unwrap();
    assert_eq!((file.step, file.card.shape.code, file.card.data.as_str()), (90, 2, "digits"));
    let more = AutoencoderTrain { seed: 2, steps: 120, resume: true, ..small() };
    let Ok(Represented::Encoded(on)) = run(Represent::Autoencoder(more.clone())) else { panic!("it did not go on") };
    assert_eq!(on.run.losses[..80], whole.run.losses[..80]);
    assert_eq!(on.run.step, 120);
    assert!(said(Represent::Autoencoder(AutoencoderTrain { code: 3, ..more.clone() })).contains("network"));
    assert!(said(Represent::Autoencoder(AutoencoderTrain { seed: 9, ..more })).contains("seed"));
}

#[test]
fn a_linear_autoencoder_finds_the_principal_components() {
    let data = digits(1500);
    let setup = AutoencoderTrain { steps: 2500, ..AutoencoderTrain::default().with_network(CodeNetwork::Linear) };
    let mut trainer = block_on(AutoencoderTrainer::start(&setup, &data, &Device::Cpu)).unwrap();
    while trainer.step() < setup.steps {
        block_on(trainer.learn()).unwrap();
    }
    let angle = block_on(trainer.angle()).unwrap().unwrap();
    let errors = block_on(trainer.errors(Part::Test)).unwrap();
    println!("{angle:.3}° to the components, {errors:?}");
    assert!(angle < 1.0, "{angle}");
    assert!((errors.autoencoder / errors.components - 1.0).abs() < 0.01);
}

#[test]
fn every_kind_learns_on_every_kind_of_picture() {
    let colour = Rc::new(Set::find("shapes").unwrap().draw(&Recipe { count: 60, ..Recipe::default() }).unwrap());
    let grey = digits(60);
    let all = CodeRule::ALL.map(|rule| (CodeNetwork::Dense, rule));
    let more = [CodeRule::Plain, CodeRule::Denoising, CodeRule::Sparse, CodeRule::Variational];
    let kinds = all.into_iter().chain(more.map(|rule| (CodeNetwork::Convolutional, rule)));
    for (network, rule) in kinds.chain([(CodeNetwork::Linear, CodeRule::Plain)]) {
        for (data, code) in [(&grey, 2), (&colour, 5)] {
            let usual = AutoencoderTrain::default().with_network(network).with_rule(rule);
            let setup = AutoencoderTrain { code, width: 32, steps: 40, batch: 16, ..usual };
            let mut trainer = block_on(AutoencoderTrainer::start(&setup, data, &Device::Cpu)).unwrap();
            while trainer.step() < setup.steps {
                block_on(trainer.learn()).unwrap();
            }
            let losses = block_on(trainer.losses()).unwrap();
            let mean = |some: &[(u32, Vec<f32>)]| some.iter().map(|(_, numbers)| numbers[0]).sum::<f32>() / 8.0;
            let (first, last) = (mean(&losses[..8]), mean(&losses[32..]));
            println!("{network:?} {rule:?} {}: {first:.4} → {last:.4}, {:?}", data.name, losses.last().unwrap().1);
            assert!(last < first, "{network:?} {rule:?}");
            let has_penalty = matches!(rule, CodeRule::Sparse | CodeRule::Contractive | CodeRule::Variational);
            assert_eq!(losses.last().unwrap().1[2] > 0.0, has_penalty);
        }
    }
}

#[test]
fn what_cannot_be_learnt_is_refused_by_its_figures() {
    let host = TestHost::without_gpu();
    let job = |setup: AutoencoderTrain| Represent::Autoencoder(setup);
    let own = |set: Dataset| TestHost { examples: Some(Rc::new(set)), ..TestHost::without_gpu() };
    host.refuses([
        (job(AutoencoderTrain { data: CodeData::Own, ..small() }), "no examples were brought"),
        (job(AutoencoderTrain { code: 100, ..small() }), "a code of 100 numbers"),
        (job(AutoencoderTrain { steps: 0, ..small() }), "0 steps"),
        (job(AutoencoderTrain { rate: 0.0, ..small() }), "a learning rate of 0"),
    ]);
    let points = Set::find("spirals").unwrap().draw(&Recipe::default()).unwrap();
    own(points).refuses([(job(AutoencoderTrain { data: CodeData::Own, ..small() }), "points and no pictures")]);
    let pictures = |side: usize, train: usize| {
        let count = train + 2;
        let examples = Examples::Bytes((0..side * side * count).map(|at| (at * 37 % 251) as u8).collect());
        let labels = (0..count as u32).map(|at| at % 2).collect();
        let split = Split { train: 0..train, validation: train..count, test: count..count };
        Dataset::new("mine", [1, side, side], vec!["a".to_owned(), "b".to_owned()], examples, labels, split).unwrap()
    };
    own(pictures(3, 4)).refuses([(job(AutoencoderTrain { data: CodeData::Own, code: 9, ..small() }), "3 × 3")]);
    // Four pictures are a batch of four.
    let few = own(pictures(6, 4));
    let Ok(Represented::Encoded(found)) =
        few.answer(job(AutoencoderTrain { data: CodeData::Own, steps: 5, ..small() }))
    else {
        panic!("nothing was learnt")
    };
    assert_eq!((found.run.step, found.examples.unwrap().labels.len()), (5, 2));
}

#[test]
fn the_command_prints_both_errors() {
    let run = |arguments: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_neocog")).args(["represent", "autoencoder"]).args(arguments).output().unwrap()
    };
    let folder = std::env::temp_dir().join(format!("neocog-autoencoder-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let out = folder.join("digits.safetensors");
    let found = run(&["--width", "64", "--steps", "300", "--json", "--out", out.to_str().unwrap()]);
    let text = String::from_utf8(found.stdout).unwrap();
    println!("{text}{}", String::from_utf8_lossy(&found.stderr));
    let last: serde_json::Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    let [autoencoder, components] = ["autoencoder", "principal_components"].map(|key| last[key].as_f64().unwrap());
    assert!(autoencoder < 1.1 * components && components < 0.06);
    let file = AutoencoderFile::parse("digits", std::fs::read(&out).unwrap()).unwrap();
    assert_eq!(file.step, 300);
    std::fs::remove_dir_all(&folder).unwrap();
    let refused = run(&["--network", "linear", "--rule", "sparse"]);
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success() && said.contains("plainly") && said.lines().count() == 1, "{said}");
}
