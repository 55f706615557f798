//! Brain: networks beside populations of neurons.

mod neocognitron;

use crate::host::{TestHost, assert_facts, drawing, shipped};
use neocog::data::files::npy_from;
use neocog::lab::{LabError, Perform};
use neocog::protocol::{
    AreaFile, BackendChoice, Brain, BrainAnswer, BrainFact, BrainNews, RowSource, StreamNews, StreamReport,
    StreamScaling, StreamSource, StreamTask,
};
use pollster::block_on;
use std::cell::RefCell;
use std::process::Command;

fn host() -> TestHost {
    TestHost { weights: vec![shipped("photos"), shipped("digits")], ..TestHost::without_gpu() }
}

fn task() -> StreamTask {
    StreamTask { each: 2, neurons: 12, resamples: 30, backend: BackendChoice::Cpu, ..StreamTask::default() }
}

fn streamed(task: StreamTask) -> StreamReport {
    match host().answer(Brain::Stream(Box::new(task))) {
        Ok(BrainAnswer::Streamed(found)) => *found,
        Ok(_) => panic!("another answer"),
        Err(error) => panic!("{error}"),
    }
}

fn file(name: &str, shape: &[usize], of: impl Fn(usize) -> f32) -> AreaFile {
    let values: Vec<f32> = (0..shape.iter().product()).map(of).collect();
    AreaFile { name: name.to_owned(), bytes: npy_from(&values, shape).into() }
}

fn noise(at: usize) -> f32 {
    ((at * 7919 + at * at * 31) % 1013) as f32 / 500.0
}

#[test]
fn facts_hold() {
    let Ok(BrainAnswer::Checked(found)) = TestHost::without_gpu().answer(Brain::Check(BackendChoice::Cpu)) else {
        panic!("no facts")
    };
    assert_facts::<BrainFact>(&found, 1);
}

#[test]
fn a_planted_layer_of_a_trained_network_is_best() {
    let layers = {
        let found = streamed(task());
        let named = found.rows.iter().filter(|row| row.source == RowSource::Network);
        named.map(|row| row.path.clone()).collect::<Vec<_>>()
    };
    for path in [&layers[1], &layers[layers.len() / 2], &layers[layers.len() - 3]] {
        let found = streamed(StreamTask { layer: Some(path.clone()), each: 4, neurons: 30, ..task() });
        let area = &found.areas[0];
        let (row, truth) = area.planted.unwrap();
        assert_eq!(found.rows[row as usize].path, *path);
        let ridge = |at: usize| area.scores[at].unwrap().ridge.unwrap().value;
        let is_trained = |at: &usize| found.rows[*at].source != RowSource::Untrained;
        let all: Vec<usize> = (0..found.rows.len()).filter(is_trained).collect();
        let best = *all.iter().max_by(|&&one, &&other| ridge(one).total_cmp(&ridge(other))).unwrap();
        let [value, low, high] = area.ceiling.unwrap();
        println!("{path}: best {} {:.3}; ceiling {value:.3} of {truth:.3}", found.rows[best].path, ridge(best));
        assert_eq!(best, row as usize, "{path}: {} is best", found.rows[best].path);
        assert!(low <= truth && truth <= high && ridge(best) < high, "{value} {low} {high} {truth}");
        assert!(area.scores[row as usize].unwrap().ridge.unwrap().p < 0.05);
    }
}

#[test]
fn rows_are_told_one_by_one_and_a_second_network_stands_beside() {
    let (host, kept, heard) = (host(), Default::default(), RefCell::new((0, 0)));
    let tell = |news: BrainNews| match news {
        BrainNews::Stream(StreamNews::Begun(report)) => {
            assert!(report.areas[0].scores.iter().all(Option::is_none));
            heard.borrow_mut().0 += 1;
        }
        BrainNews::Stream(StreamNews::Scored(..)) => heard.borrow_mut().1 += 1,
        other => panic!("{other:?}"),
    };
    let job = StreamTask { network: "photos".to_owned(), beside: "digits".to_owned(), ..task() };
    let Ok(BrainAnswer::Streamed(found)) = block_on(Brain::Stream(Box::new(job.clone())).perform(&kept, &host, &tell))
    else {
        panic!("no answer")
    };
    let count = found.rows.len();
    assert_eq!(*heard.borrow(), (1, count));
    for source in RowSource::ALL {
        assert!(found.rows.iter().any(|row| row.source == source), "{source:?}");
    }
    assert_eq!((found.between.len(), found.aligned.len()), (count * count, count * count));
    for at in 0..count {
        assert!((found.aligned[at * count + at] - 1.0).abs() < 1e-5, "{}", found.rows[at].path);
        assert_eq!(found.rows[at].dissimilarity.len(), 48 * 47 / 2);
    }
    // The same once more; what the network answers is known then.
    let Ok(BrainAnswer::Streamed(again)) = block_on(Brain::Stream(Box::new(job)).perform(&kept, &host, &|_| {})) else {
        panic!("no answer")
    };
    assert_eq!((again.areas, again.rows), (found.areas, found.rows));
    let dissimilarity = again.between[..0].to_vec();
    assert!(host.answer(Brain::Scale(StreamScaling { dissimilarity, are_squares: false })).is_err());
}

#[test]
fn recordings_are_read_in_each_form() {
    // In rows below each other, as a third axis, and as a matrix.
    let cube = file("V4.npy", &[48, 6, 2], noise);
    let table: String = (0..2)
        .flat_map(|repeat| (0..48).map(move |picture| (repeat, picture)))
        .map(|(repeat, picture)| {
            let row = (0..6).map(|neuron| f64::from(noise((picture * 6 + neuron) * 2 + repeat)).to_string());
            row.collect::<Vec<_>>().join(",") + "\n"
        })
        .collect();
    let table = AreaFile { name: "V4 again.csv".to_owned(), bytes: table.into_bytes().into() };
    let matrix = file("RDM.npy", &[48, 48], |at| ((at / 48).abs_diff(at % 48)) as f32);
    let found = streamed(StreamTask { areas: vec![cube, table, matrix], ..task() });
    let names: Vec<(&str, u32, u32)> =
        found.areas.iter().map(|area| (area.name.as_str(), area.neurons, area.repeats)).collect();
    assert_eq!(names, [("V4", 6, 2), ("V4 again", 6, 2), ("RDM", 0, 1)]);
    assert_eq!(found.areas[0].scores, found.areas[1].scores);
    assert!(found.areas[0].matrix_ceiling.is_some() && found.areas[2].matrix_ceiling.is_none());
    assert!(found.areas[2].scores.iter().all(|score| score.unwrap().ridge.is_none()));
}

#[test]
fn bad_questions_get_one_sentence() {
    let of = |job: StreamTask| Brain::Stream(Box::new(StreamTask { each: 1, ..job }));
    let area = |area: AreaFile| of(StreamTask { areas: vec![area], ..task() });
    let host = TestHost { pictures: vec![drawing("bus")], ..host() };
    host.refuses([
        (Brain::Stream(Box::new(StreamTask { each: 0, ..task() })), "0 pictures of each thing are not shown here"),
        (of(StreamTask { folds: 20, ..task() }), "24 pictures are too few for 20 folds; show at least 40"),
        (of(StreamTask { layer: Some("nowhere".to_owned()), ..task() }), "there is no layer nowhere to plant in"),
        (of(StreamTask { noise: f64::NAN, ..task() }), "noise of NaN is not possible"),
        (of(StreamTask { pictures: StreamSource::Own, ..task() }), "no examples were brought"),
        (of(StreamTask { pictures: StreamSource::Tray, tray: vec![0], ..task() }), "1 pictures are too few"),
        (area(file("a.npy", &[20, 3], noise)), "a.npy has responses to 20 pictures, and 24 are shown"),
        (area(file("a.npy", &[20, 20], |at| ((at / 20).abs_diff(at % 20)) as f32)), "a matrix of 20 pictures"),
        (
            area(file("a.npy", &[24, 3], |at| if at == 4 { f32::NAN } else { noise(at) })),
            "number 5 of a.npy is not finite",
        ),
        (
            area(file("a.npy", &[24, 3], |at| if at % 3 == 1 { 0.5 } else { noise(at) })),
            "neuron 2 of a.npy never changes",
        ),
        (area(file("a.npy", &[24], noise)), "a.npy has the shape [24]"),
        (area(AreaFile { name: "a.csv".to_owned(), bytes: b"1,2\n3,x\n".to_vec().into() }), "numbers in line 2"),
    ]);
}

#[test]
fn it_can_be_stopped() {
    let host = TestHost { weights: vec![shipped("photos")], ..TestHost::impatient(5) };
    let stopped = host.answer(Brain::Stream(Box::new(task())));
    assert!(matches!(stopped, Err(LabError::Cancelled)));
}

#[test]
fn the_command_prints_the_table() {
    let run = |arguments: &[&str]| {
        let weights = concat!(env!("CARGO_MANIFEST_DIR"), "/www/models/photos.safetensors");
        let given = ["--each", "2", "--resamples", "30", "--neurons", "12"];
        let done = Command::new(env!("CARGO_BIN_EXE_neocog"))
            .args(["brain", arguments[0], weights])
            .args(given)
            .args(&arguments[1..])
            .output()
            .unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap()
    };
    let predicted = run(&["predict"]);
    assert!(predicted.contains("noise ceiling") && predicted.contains("Gabor energy"), "{predicted}");
    let alike = run(&["rdm", "--compare", "tau-a", "--distance", "euclidean"]);
    assert!(alike.contains("CKA") && alike.contains("(untrained)"), "{alike}");
    let found: StreamReport = serde_json::from_str(&run(&["predict", "--json"])).unwrap();
    assert_eq!((found.pictures.len(), found.areas.len()), (48, 1));
}
