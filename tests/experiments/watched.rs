//! Runs as the page drives them: watched in turns, looked at, kept, lost with their device and found again.

use crate::gpu::gpu;
use neocog::backend::AnyGpu;
use neocog::backend::gpu::Gpu;
use neocog::data::dataset::Dataset;
use neocog::data::procedural::{Recipe, Set};
use neocog::lab::device::Device;
use neocog::lab::train::{Saved, TrainingRun, Turned};
use neocog::lab::{LabError, NoMonitor};
use neocog::protocol::{
    Augment, BackendKind, BackendUsed, CurvePoint, Look, Looked, Optimiser, Part, Pixels, Rule, RunState, Setup,
    Trained, Why,
};
use pollster::block_on;
use std::rc::Rc;

const CNN: &str = "conv 6 5 stride 2\nbatchnorm\nrelu\nmaxpool 2\ndropout 0.1\nlinear classes";

fn draw(set: &str, count: u32) -> Dataset {
    Set::find(set).unwrap().draw(&Recipe { count, noise: 0.05, ..Recipe::default() }).unwrap()
}

fn setup(network: &str) -> Setup {
    Setup {
        network: network.to_owned(),
        optimiser: Optimiser { rule: Rule::Adam, rate: 0.01, ..Optimiser::default() },
        batch: 16,
        epochs: 2,
        augment: Augment { shift: 1, ..Augment::default() },
        ..Setup::default()
    }
}

fn backend(kind: BackendKind) -> BackendUsed {
    BackendUsed { kind, adapter: String::new(), why: Why::Chosen }
}

fn begun(setup: Setup, data: Dataset) -> TrainingRun {
    block_on(TrainingRun::new(setup, data, Device::Cpu, backend(BackendKind::Cpu))).unwrap()
}

/// Turns until this step, or the end.
fn drive(run: &mut TrainingRun, until: u32) -> Turned {
    let watch = NoMonitor::default();
    while run.trainer().step() < until && !run.is_finished() {
        match block_on(run.turn(until, &watch)).unwrap() {
            Turned::Well => {}
            stopped @ Turned::NotFinite { .. } => return stopped,
        }
    }
    Turned::Well
}

fn whole(mut run: TrainingRun) -> Trained {
    while !run.is_finished() {
        block_on(run.turn(u32::MAX, &NoMonitor::default())).unwrap();
    }
    run.report(RunState::Finished)
}

#[test]
fn every_step_has_its_point_and_reports_repeat_nothing() {
    let mut run = begun(setup(CNN), draw("digits", 600));
    drive(&mut run, 7);
    let first = run.report(RunState::Running);
    assert_eq!(first.curve.iter().map(|point| point.step).collect::<Vec<_>>(), (1..=7).collect::<Vec<_>>());
    let about = first.about.unwrap();
    assert_eq!((about.data.train, about.data.validation, about.data.test), (480, 60, 60));
    assert_eq!((about.layers, first.steps), (vec!["0".to_owned(), "1".to_owned(), "5".to_owned()], 60));
    drive(&mut run, 12);
    let second = run.report(RunState::Running);
    assert_eq!((second.curve.len(), second.curve[0].step, second.about), (5, 8, None));
    assert!(second.curve.iter().all(|point| point.loss > 0.0 && (0.0..=1.0).contains(&point.accuracy)));
    let rest = whole(run);
    assert_eq!(rest.curve.last().unwrap().step, 60);
    // Eight steps' worth of work to one measurement: each 10 steps, and at the end.
    assert_eq!(rest.validation.last().map(|m| (m.step, m.of)), Some((60, 60)));
}

#[test]
fn a_long_run_keeps_a_short_curve_interrupted_or_not() {
    let long = Setup { augment: Augment::default(), batch: 1, epochs: 5000, ..setup("linear classes") };
    let data = draw("xor", 10);
    let steps_of = |curve: &[CurvePoint]| curve.iter().map(|point| point.step).collect::<Vec<_>>();
    let mut run = begun(long.clone(), data.clone());
    let (mut told, mut measured) = (Vec::new(), Vec::new());
    for until in [10_000, 20_000, 40_000] {
        drive(&mut run, until);
        let news = run.report(RunState::Running);
        told.extend(steps_of(&news.curve));
        measured.extend(news.validation);
    }
    assert!(told.is_sorted_by(|one, next| one < next), "no step is told twice");
    let saved = block_on(run.save()).unwrap();
    let kept = steps_of(&saved.stored().curve);
    // All of the beginning, then every fourth one of 40,000.
    let expected: Vec<u32> = (1..=4096).chain((4100..=40_000).step_by(4)).collect();
    assert_eq!(kept, expected);
    assert!(kept.len() <= CurvePoint::MOST);
    let again = TrainingRun::from_saved(saved, long, data, Device::Cpu, backend(BackendKind::Cpu));
    let mut again = block_on(again).unwrap();
    assert_eq!(steps_of(&again.report(RunState::Paused).curve), expected);
    // Every 3 steps, until that is a thousandth of the way; then ever more rarely.
    assert!((3000..4500).contains(&measured.len()), "{} measurements", measured.len());
    assert!(measured.iter().zip(&measured[1..]).all(|(one, next)| one.step < next.step));
}

#[test]
fn a_run_that_was_kept_ends_as_if_it_had_not_stopped() {
    let data = draw("digits", 600);
    let ended = |run: TrainingRun| {
        let report = whole(run);
        (report.curve, report.validation)
    };
    let uninterrupted = ended(begun(setup(CNN), data.clone()));
    let mut first = begun(setup(CNN), data.clone());
    drive(&mut first, 23);
    let file = block_on(first.save()).unwrap().bytes().unwrap().to_vec();
    let saved = Rc::new(Saved::read("run", file).unwrap());
    assert_eq!((saved.stored().step, saved.stored().steps, saved.stored().curve.len()), (23, 60, 23));
    assert_eq!(saved.backend(), Some(BackendKind::Cpu));
    let again = TrainingRun::from_saved(saved, setup(CNN), data, Device::Cpu, backend(BackendKind::Cpu));
    assert_eq!(ended(block_on(again).unwrap()), uninterrupted);
}

#[test]
fn rates_may_change_and_networks_may_not() {
    let mut run = begun(setup(CNN), draw("digits", 300));
    drive(&mut run, 3);
    run.set_rate(0.002).unwrap();
    drive(&mut run, 5);
    let rates: Vec<f32> = run.report(RunState::Running).curve.iter().map(|point| point.rate).collect();
    assert_eq!(rates, [0.01, 0.01, 0.01, 0.002, 0.002]);
    run.adjust(Setup { epochs: 5, ..run.setup().clone() }).unwrap();
    let refused = run.adjust(setup("linear classes")).unwrap_err();
    assert!(matches!(&refused, LabError::RunDiffers { what } if what == "network"), "{refused}");
    assert!(run.set_rate(-1.0).is_err());
    assert_eq!(run.setup().epochs, 5);
}

#[test]
fn a_run_that_stops_being_numbers_freezes_and_names_the_layer() {
    // A batch norm would bring any weights back to size.
    let optimiser = Optimiser { rule: Rule::Sgd, rate: 0.01, ..Optimiser::default() };
    let plain = Setup { optimiser, ..setup("conv 6 5 stride 2\nrelu\nlinear classes") };
    let mut run = begun(plain, draw("digits", 300));
    drive(&mut run, 10);
    block_on(run.save()).unwrap();
    run.report(RunState::Running);
    run.set_rate(1e30).unwrap();
    let Turned::NotFinite { step, what } = drive(&mut run, 30) else { panic!("it went on") };
    assert!((11..=15).contains(&step), "{step}");
    // The weights are still numbers, some 1e29 large; what two layers of them make of a picture is not.
    println!("step {step}: {what}");
    assert_eq!(what, "2 (linear)");
    let lost = block_on(run.go_back()).unwrap();
    assert!(lost >= 1 && run.trainer().step() == 10, "{lost} lost, at {}", run.trainer().step());
    run.set_rate(0.01).unwrap();
    assert_eq!(drive(&mut run, 20), Turned::Well);
    assert!(run.report(RunState::Paused).curve.iter().all(|point| point.step > 10 && point.loss.is_finite()));
}

#[test]
fn a_lost_device_costs_the_steps_since_the_last_save() {
    let Some(gpu) = gpu() else { return };
    let data = draw("digits", 300);
    let on = |gpu: &Rc<Gpu>| Device::Gpu(gpu.clone());
    let mut calm = block_on(TrainingRun::new(setup(CNN), data.clone(), on(&gpu), backend(BackendKind::Gpu))).unwrap();
    drive(&mut calm, 24);
    let expected = calm.report(RunState::Paused).curve;

    let mut run = block_on(TrainingRun::new(setup(CNN), data, on(&gpu), backend(BackendKind::Gpu))).unwrap();
    drive(&mut run, 9);
    block_on(run.save()).unwrap();
    drive(&mut run, 14);
    run.report(RunState::Running);
    gpu.destroy();
    let error = block_on(run.turn(24, &NoMonitor::default())).unwrap_err();
    assert!(error.is_device_lost(), "{error}");
    let renewed = self::gpu().unwrap();
    let lost = block_on(run.recover(on(&renewed), backend(BackendKind::Gpu))).unwrap();
    assert_eq!(run.trainer().step(), 9);
    assert!((5..=15).contains(&lost), "{lost}");
    drive(&mut run, 24);
    let again = run.report(RunState::Paused).curve;
    assert_eq!(again, expected[9..], "the same losses once more");
}

#[test]
fn looks_tell_what_the_run_knows() {
    let watch = NoMonitor::default();
    let mut run = begun(setup(CNN), draw("digits", 600));
    drive(&mut run, 40);
    let try_look =
        |run: &mut TrainingRun, look: Look| block_on(run.look(look, &watch)).map_err(|error| error.to_string());
    let look = |run: &mut TrainingRun, look: Look| try_look(run, look).unwrap();
    let Looked::Confusion { counts, measured, mistakes, step, .. } =
        look(&mut run, Look::Confusion { part: Part::Test, mistakes: 5 })
    else {
        panic!()
    };
    let right: u32 = (0..10).map(|class| counts[class * 11]).sum();
    assert_eq!((counts.iter().sum::<u32>(), measured.of, step), (60, 60, 40));
    assert_eq!((60 - right, mistakes.len()), (measured.errors, measured.errors.min(5) as usize));
    assert!(mistakes.iter().all(|m| m.guess != m.truth && m.picture.rgba.len() == 28 * 28 * 4 && m.probability > 0.1));
    let Looked::Filters { pictures, layer, .. } = look(&mut run, Look::Filters) else { panic!() };
    assert_eq!((pictures.len(), pictures[0].width, layer.as_str()), (6, 5, "0.weight"));
    assert!(pictures.iter().any(|picture| picture.rgba.contains(&255)), "the largest weight has the full colour");
    let Looked::Histograms { layers, .. } = look(&mut run, Look::Histograms { bins: 20 }) else { panic!() };
    let names: Vec<&str> = layers.iter().map(|layer| layer.layer.as_str()).collect();
    assert_eq!(names, ["0.weight", "1.weight", "5.weight"]);
    assert_eq!(layers[0].weights.counts.iter().sum::<u32>(), 6 * 25);
    assert!(layers.iter().all(|layer| layer.gradients.norm > 0.0 && layer.gradients.norm < 100.0));
    let Looked::Examples { pictures, labels } = look(&mut run, Look::Examples { count: 4 }) else { panic!() };
    assert_eq!((pictures.len(), labels.len()), (4, 4));
    // A blank picture, and the picture of a mistake: probabilities of all classes either way.
    let blank = Pixels { width: 60, height: 60, rgba: vec![255; 60 * 60 * 4].into() };
    let Looked::Try { probabilities, seen, .. } = look(&mut run, Look::Try { pixels: blank }) else { panic!() };
    assert!((probabilities.iter().sum::<f32>() - 1.0).abs() < 1e-5 && (seen.width, seen.height) == (28, 28));
    assert!(try_look(&mut run, Look::Surface { side: 10 }).unwrap_err().contains("points of a plane"));
    // Nobody's looking changes the run.
    let mut unseen = begun(setup(CNN), draw("digits", 600));
    drive(&mut unseen, 45);
    drive(&mut run, 45);
    assert_eq!(run.report(RunState::Paused).curve, unseen.report(RunState::Paused).curve);
}

#[test]
fn a_plane_shows_every_unit_and_the_answer() {
    let mut run = begun(setup("linear 8\ntanh\nlinear 4\ntanh\nlinear classes"), draw("xor", 300));
    drive(&mut run, 20);
    let Looked::Surface { layers, points, .. } =
        block_on(run.look(Look::Surface { side: 11 }, &NoMonitor::default())).unwrap()
    else {
        panic!()
    };
    let sizes: Vec<(usize, usize)> = layers.iter().map(|layer| (layer.units.len(), layer.units[0].len())).collect();
    assert_eq!((sizes, points.len()), (vec![(8, 121), (4, 121), (2, 121)], 240));
    assert!(layers[0].units.iter().flatten().all(|value| value.abs() <= 1.0), "after the tanh");
    let output = &layers[2].units;
    assert!((0..121).all(|at| (output[0][at] + output[1][at] - 1.0).abs() < 1e-5));
}
