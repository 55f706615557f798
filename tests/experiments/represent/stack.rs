//! Deep belief nets: a stack that learns in a session, pictures from its top, pre-training against random first weights, refusals.

use crate::host::TestHost;
use neocog::data::dataset::{Dataset, Examples, Split};
use neocog::lab::Perform;
use neocog::lab::represent::RepresentSession;
use neocog::protocol::{
    CodeData, Represent, RepresentNews, Represented, StackDream, StackTrain, StackTune, TunedStack,
};
use pollster::block_on;
use std::cell::RefCell;
use std::process::Command;
use std::rc::Rc;

fn setup() -> StackTrain {
    StackTrain { units: 64, steps: 400, ..StackTrain::default() }
}

/// The claim of 2006: with few labels and several layers of sigmoid units, who begins with the stack's weights is ahead.
#[test]
fn a_stack_learns_dreams_and_gives_a_head_start() {
    let host = TestHost::without_gpu();
    let (session, news) = (RepresentSession::default(), RefCell::new(Vec::<RepresentNews>::new()));
    let run = |job: Represent| block_on(job.perform(&session, &host, &|heard| news.borrow_mut().push(heard)));
    for job in [Represent::Dream(StackDream::default()), Represent::Tune(StackTune::default())] {
        assert!(run(job).unwrap_err().to_string().contains("no stack was made yet"));
    }
    let Ok(Represented::Stacked(found)) = run(Represent::Stack(setup())) else { panic!("no stack") };
    assert_eq!((found.step, found.of, found.layer, found.filters.len()), (1200, 1200, 2, 3));
    for layer in 0..3 {
        let of: Vec<f64> =
            found.points.iter().filter(|point| point.layer == layer).map(|point| point.reconstruction[1]).collect();
        let [first, last] = [of[0], of[of.len() - 1]];
        println!("layer {}: cross-entropy of a unit {first:.4} -> {last:.4}", layer + 1);
        // A layer may begin with a rise: its chain is not yet one of the data.
        assert!(last < 0.95 * first, "{of:?}");
    }
    let told: Vec<(u32, u32)> = news
        .borrow()
        .iter()
        .flat_map(|news| match news {
            RepresentNews::Stack(news) => news.points.clone(),
            other => panic!("{other:?}"),
        })
        .map(|point| (point.layer, point.step))
        .collect();
    assert!(told.len() > 3 && told.is_sorted_by(|a, b| a < b), "{told:?}");
    // The same setup is the same run.
    let Ok(Represented::Stacked(again)) = host.answer(Represent::Stack(setup())) else { panic!("no stack") };
    assert_eq!(again.points, found.points);

    let dream = |job: StackDream| match run(Represent::Dream(job)) {
        Ok(Represented::Dreamt(found)) => found,
        other => panic!("{other:?}"),
    };
    let dreams = dream(StackDream { sweeps: 100, ..StackDream::default() });
    assert_eq!((dreams.pictures.len(), dreams.pictures[0].len(), dreams.layers, dreams.sweeps), (12, 784, 3, 100));
    assert_eq!(dream(StackDream::default()).sweeps, 101);
    // As much of a picture is on as of drawn digits, and not the same in each.
    let ink = |picture: &[u8]| picture.iter().map(|pixel| f64::from(*pixel)).sum::<f64>() / (255.0 * 784.0);
    let inks: Vec<f64> = dreams.pictures.iter().map(|picture| ink(picture)).collect();
    println!("ink of twelve dreams {inks:.3?}");
    assert!(inks.iter().all(|ink| (0.02..0.5).contains(ink)));
    assert!(dreams.pictures[1..].iter().any(|picture| picture != &dreams.pictures[0]));

    news.borrow_mut().clear();
    let job = StackTune { labelled: 300, epochs: 6, ..StackTune::default() };
    let Ok(Represented::Tuned(tuned)) = run(Represent::Tune(job)) else { panic!("no classifiers") };
    let TunedStack { lanes, labelled, held_out, .. } = *tuned;
    assert_eq!(labelled, 300);
    for (stack, random) in lanes[0].right.iter().zip(&lanes[1].right) {
        let of = |found: &neocog::protocol::AccuracyShare| {
            format!("{:.3} ({:.3} to {:.3})", found.share(), found.low, found.high)
        };
        println!(
            "step {:4}: of {held_out} right {} pre-trained, {} from random weights",
            stack.0,
            of(&stack.1),
            of(&random.1)
        );
    }
    // The intervals are apart: no chance.
    let (stack, random) = (lanes[0].right.last().unwrap().1, lanes[1].right.last().unwrap().1);
    assert!(stack.low > random.high, "{stack:?} {random:?}");
    assert!(lanes[0].losses.last().unwrap().1 < lanes[1].losses.last().unwrap().1);
    assert!(news.borrow().iter().any(|news| matches!(news, RepresentNews::Tune(_))));
}

#[test]
fn what_no_stack_can_be_made_of_is_one_sentence() {
    let host = TestHost::without_gpu();
    let usual = StackTrain::default();
    host.refuses([
        (Represent::Stack(StackTrain { layers: 9, ..usual.clone() }), "9 layers"),
        (Represent::Stack(StackTrain { units: 100_000, ..usual.clone() }), "100000 units"),
        (Represent::Stack(StackTrain { rate: -1.0, ..usual.clone() }), "a rate of -1"),
        (Represent::Stack(StackTrain { data: CodeData::Own, ..usual.clone() }), "no examples were brought"),
    ]);
    let impatient = TestHost::impatient(3);
    assert!(impatient.answer(Represent::Stack(StackTrain { steps: 1_000_000, ..usual.clone() })).is_err());
    let classes = ["a", "b"].map(str::to_owned).to_vec();
    let split = Split { train: 0..6, validation: 6..6, test: 6..6 };
    let labels = vec![0, 1, 0, 1, 0, 1];
    let set = Dataset::new("mine", [1, 4, 4], classes, Examples::Bytes((0..96).collect()), labels, split).unwrap();
    let one = TestHost { examples: Some(Rc::new(set)), ..TestHost::without_gpu() };
    let session = RepresentSession::default();
    let run = |job: Represent| block_on(job.perform(&session, &one, &|_| {}));
    run(Represent::Stack(StackTrain { data: CodeData::Own, units: 4, layers: 2, steps: 5, ..usual })).unwrap();
    let said = |job: StackTune| run(Represent::Tune(job)).unwrap_err().to_string();
    assert!(said(StackTune { labelled: 20, ..StackTune::default() }).contains("has 6 for training"));
    assert!(said(StackTune { labelled: 1, ..StackTune::default() }).contains("1 labelled pictures"));
}

#[test]
fn the_command_prints_both_shares() {
    let run = |arguments: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_neocog")).args(["represent", "stack"]).args(arguments).output().unwrap()
    };
    let found =
        run(&["--layers", "2", "--units", "32", "--steps", "60", "--labelled", "100", "--epochs", "2", "--json"]);
    let text = String::from_utf8(found.stdout).unwrap();
    println!("{text}");
    let last: serde_json::Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    assert_eq!((last["reconstruction"].as_array().unwrap().len(), last["random"].as_array().unwrap().len()), (2, 3));
    assert!(text.contains("epoch    2: pre-trained"));
    let refused = run(&["--layers", "0"]);
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success() && said.contains("0 layers") && said.lines().count() == 1, "{said}");
}
