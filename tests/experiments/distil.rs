//! Distillation: what the paper derives, and what it finds, on what the program draws.

use crate::gpu::gpu;
use crate::host::{TestHost, assert_facts, shipped};
use neocog::data::dataset::{Dataset, Part};
use neocog::data::procedural::{Recipe, Set};
use neocog::graph::Host;
use neocog::lab::device::Device;
use neocog::lab::distil::{Answers, DistilSession, TransferSet, best};
use neocog::lab::train::Trainer;
use neocog::lab::{LabError, Perform};
use neocog::protocol::{
    BackendChoice, BackendKind, BiasPoint, DataChoice, Distil, DistilFact, DistilNews, DistilResult, DistilRun,
    Distilled, Mix, Optimiser, Setup, SteerDistil, Teacher,
};
use pollster::block_on;
use std::cell::RefCell;
use std::rc::Rc;

fn on(
    host: &TestHost,
    job: DistilRun,
    session: &DistilSession,
    tell: impl Fn(DistilNews),
) -> Result<DistilResult, Box<LabError>> {
    match block_on(Distil::Run(Box::new(job)).perform(session, host, &tell)).map_err(Box::new)? {
        Distilled::Ran(lesson) => Ok(*lesson),
        Distilled::Checked(_) | Distilled::Exported(_) => panic!("a run was asked for"),
    }
}

fn told(job: DistilRun, session: &DistilSession, tell: impl Fn(DistilNews)) -> Result<DistilResult, Box<LabError>> {
    on(&TestHost::without_gpu(), job, session, tell)
}

fn run(job: DistilRun) -> Result<DistilResult, Box<LabError>> {
    told(job, &DistilSession::default(), |_| {})
}

/// A lesson of a second.
fn small() -> DistilRun {
    DistilRun {
        data: DataChoice { count: 600, ..DataChoice::default() },
        teacher: Teacher::Trained {
            network: "init glorot\nflatten\nlinear 32\nrelu\nlinear classes".to_owned(),
            epochs: 4,
            shift: 0,
        },
        student: "init glorot\nflatten\nlinear 16\nrelu\nlinear classes".to_owned(),
        epochs: 6,
        examples: 100,
        backend: BackendChoice::Cpu,
        ..DistilRun::default()
    }
}

/// Errors at the end: teacher, student alone, student distilled.
fn errors(lesson: &DistilResult) -> [u32; 3] {
    lesson.news.pupils.each_ref().map(|pupil| pupil.measured.last().unwrap().errors)
}

#[test]
fn the_taught_student_errs_less_on_nine_of_ten_seeds() {
    let better = (1..=10).filter(|&seed| {
        let data = DataChoice { seed, ..DistilRun::default().data };
        let lesson = run(DistilRun { data, seed, backend: BackendChoice::Cpu, ..DistilRun::default() }).unwrap();
        let [teacher, plain, distilled] = errors(&lesson);
        println!("seed {seed}: teacher {teacher}, alone {plain}, distilled {distilled} of {}", lesson.news.tested);
        distilled < plain
    });
    let better = better.count();
    assert!(better >= 9, "on {better} of 10 seeds");
}

#[test]
fn the_papers_derivations_hold_on_every_device() {
    let (host, devices) = TestHost::on_all();
    let Ok(Distilled::Checked(found)) = host.answer(Distil::Check(BackendChoice::Auto)) else { panic!("no facts") };
    assert_facts::<DistilFact>(&found, devices);
    let bits = found.iter().find(|f| f.fact == DistilFact::WeightNothing && f.backend == BackendKind::Cpu).unwrap();
    assert_eq!(bits.measured, 0.0);
}

#[test]
fn a_lesson_is_told_and_the_same_again() {
    let heard = RefCell::new(Vec::new());
    let first = told(small(), &DistilSession::default(), |news| heard.borrow_mut().push(news)).unwrap();
    let heard = heard.into_inner();
    assert!(heard.len() >= 2 && heard.iter().any(|news| !news.asked.is_empty()));
    assert!(heard.windows(2).all(|pair| pair[0].step <= pair[1].step));
    let second = run(small()).unwrap();
    assert_eq!((&first.news.pupils, &first.corrected), (&second.news.pupils, &second.corrected));
    assert_eq!(first.news.asked, second.news.asked);
    let [teacher, plain, distilled] = &first.news.pupils;
    assert_eq!(plain.measured[0], distilled.measured[0], "the same first weights");
    assert_eq!((teacher.measured[0].at, plain.measured.last().unwrap().at), (0.0, 1.0));
    assert_eq!(first.corrected[0].errors, distilled.measured.last().unwrap().errors);
    assert!(first.news.asked.iter().all(|asked| asked.logits.len() == 3 && asked.pixels.is_some()));

    // With no weight, the two students are one.
    let alone = run(DistilRun { mix: Mix { weight: 0.0, ..Mix::default() }, ..small() }).unwrap();
    assert_eq!(alone.news.pupils[1].measured, alone.news.pupils[2].measured);
    assert!(alone.news.asked.iter().all(|asked| asked.logits[1] == asked.logits[2]));

    // Steered to nothing after the teacher has learnt, too.
    let session = DistilSession::default();
    let steered = told(small(), &session, |news| {
        if news.is_teacher_done && !news.asked.is_empty() {
            session.controls.set(SteerDistil::Mix(Mix { weight: 0.0, ..Mix::default() }));
        }
    });
    let steered = steered.unwrap();
    assert_eq!(steered.news.pupils[1].measured, steered.news.pupils[2].measured);
}

#[test]
fn a_class_left_out_is_learnt_and_its_bias_put_right() {
    let data = digits(600);
    let transfer = TransferSet::of(&data, Some(100), Some(3)).unwrap();
    let train = transfer.data.split.range(Part::Train);
    assert_eq!(train.len(), 100);
    assert!(transfer.data.labels[train].iter().all(|&label| label != 3));
    assert_eq!(transfer.data.class_counts(Part::Test), data.class_counts(Part::Test));

    let lesson = run(DistilRun { omit: Some(3), backend: BackendChoice::Cpu, ..DistilRun::default() }).unwrap();
    let (plain, distilled) = (lesson.news.pupils[1].measured.last().unwrap(), &lesson.corrected[0]);
    assert_eq!(plain.of_class, lesson.news.tested_of_class, "who has not met a 3 knows none");
    assert!(distilled.of_class < plain.of_class, "{distilled:?}");
    let corrected = best(&lesson.corrected).unwrap();
    assert!(corrected.errors < distilled.errors && corrected.of_class < distilled.of_class, "{corrected:?}");
}

fn digits(count: u32) -> Dataset {
    Set::find("digits").unwrap().draw(&Recipe { count, ..Recipe::default() }).unwrap()
}

/// The network for digits comes with the page and learnt from handwriting; the set is one that a person brought.
#[test]
fn a_shipped_network_teaches_a_set_that_was_brought() {
    let mine = Dataset { name: "mine".to_owned(), ..Dataset::clone(&digits(3000)) };
    let job = DistilRun {
        data: DataChoice { set: "mine".to_owned(), ..small().data },
        teacher: Teacher::Loaded { network: "digits".to_owned() },
        epochs: 40,
        ..small()
    };
    let (examples, weights) = (Some(Rc::new(mine)), vec![shipped("digits")]);
    let host = TestHost { examples, weights, ..TestHost::without_gpu() };
    let lesson = on(&host, job, &DistilSession::default(), |_| {}).unwrap();
    let [teacher, plain, distilled] = errors(&lesson);
    println!("teacher {teacher}, alone {plain}, distilled {distilled} of {}", lesson.news.tested);
    // It knows drawn digits too, and what it knows of them is worth more than a hundred labels.
    assert!(teacher < distilled && distilled < plain, "{teacher} {distilled} {plain}");
}

#[test]
fn weights_stay_within_their_norm() {
    let optimiser = Optimiser { rate: 0.05, max_norm: 0.7, ..Optimiser::default() };
    let setup = Setup { network: "linear 16\nrelu\nlinear classes".to_owned(), optimiser, ..Setup::default() };
    let devices = gpu().map(|gpu| Device::Gpu(gpu)).into_iter().chain([Device::Cpu]);
    for device in devices {
        let mut trainer = block_on(Trainer::new(setup.clone(), digits(200), &device)).unwrap();
        for _ in 0..5 {
            trainer.advance().unwrap();
        }
        assert!(block_on(trainer.point()).unwrap().unwrap().loss.is_finite());
        let bytes = block_on(trainer.kept(false)).unwrap().bytes("run").unwrap();
        let file = neocog::nn::checkpoint::Checkpoint::parse("run", bytes).unwrap();
        let mut longest = 0.0_f32;
        for name in ["0.weight", "2.weight"] {
            for row in file.tensor(name).unwrap().to_vec2::<f32>().unwrap() {
                longest = longest.max(row.iter().map(|w| w * w).sum::<f32>().sqrt());
            }
        }
        assert!(longest <= 0.7 * 1.0001 && longest > 0.69, "{longest}");
    }
}

#[test]
fn what_cannot_be_taught_is_a_sentence() {
    let refused = |job: DistilRun| run(job).map(|_| ()).unwrap_err().to_string();
    let huge = DistilRun { student: "linear 1000000\nlinear 1000000\nlinear classes".to_owned(), ..small() };
    assert!(refused(huge).contains("more than the limit of 64"));
    assert!(refused(DistilRun { student: "wobble 3".to_owned(), ..small() }).contains("line 1"));
    assert!(refused(DistilRun { omit: Some(11), ..small() }).contains("no class 11"));
    assert!(refused(DistilRun { mix: Mix { temperature: 0.0, weight: 0.5 }, ..small() }).contains("temperature of 0"));
    assert!(refused(DistilRun { mix: Mix { temperature: 2.0, weight: 1.5 }, ..small() }).contains("weight of 1.5"));
    let nobody = Teacher::Loaded { network: "none".to_owned() };
    assert!(refused(DistilRun { teacher: nobody, ..small() }).contains("no weights for none"));
    assert!(refused(DistilRun { examples: 10, ..small() }).contains("batch of 50 of 10"));
    let data = digits(100);
    let soft = Host::zeros((3, 10), candle_core::DType::F32, &candle_core::Device::Cpu).unwrap();
    let setup = Setup { network: "linear classes".to_owned(), ..Setup::default() };
    let other = block_on(Trainer::student(setup, data, &soft, Mix::default(), &Device::Cpu)).map(|_| ()).unwrap_err();
    assert!(other.to_string().contains("[3, 10]"), "{other}");
}

#[test]
fn a_bias_gives_a_class_what_was_taken_from_it() {
    // Beyond 1 the first is right, beyond 1.75 the third is wrong; the second is always wrong.
    let logits = vec![1.0, 0.0, 0.0, 1.0, 0.25, -1.5];
    let answers = Answers::new(logits, &[1, 0, 0], 2);
    assert_eq!(answers.at(1, 0.0), BiasPoint { bias: 0.0, errors: 2, of_class: 1 });
    let curve = answers.curve(1, 2.0, 4);
    assert_eq!(curve.iter().map(|point| point.errors).collect::<Vec<_>>(), [2, 2, 2, 1, 2]);
    assert_eq!(best(&curve), Some(BiasPoint { bias: 1.5, errors: 1, of_class: 0 }));
    assert_eq!((answers.count(0), answers.count(1)), (2, 1));
}
