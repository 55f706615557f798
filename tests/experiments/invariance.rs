//! What layers keep of a transformed picture and how well they tell classes apart, without a page.

use crate::host::{TestHost, drawing, shipped};
use neocog::data::Rgb;
use neocog::data::procedural::{Recipe, Set};
use neocog::lab::look::LookSession;
use neocog::lab::{LabError, Perform, activation, seen};
use neocog::models::spec::preset::Preset;
use neocog::protocol::{
    BackendChoice, DataChoice, Finding, Fit, Invariance, InvarianceFact, InvarianceFound, LayerCurves, LookInside,
    LookInsideAnswer, LookInsideNews, Transformation,
};
use pollster::block_on;
use std::cell::RefCell;
use std::rc::Rc;

fn job(transformation: Transformation) -> Invariance {
    Invariance { transformation, pictures: Some(40), backend: BackendChoice::Cpu, ..Invariance::default() }
}

fn found(host: &TestHost, job: Invariance) -> InvarianceFound {
    match host.answer(LookInside::Invariance(job)).unwrap() {
        LookInsideAnswer::Invariance(found) => *found,
        other => panic!("no curves: {other:?}"),
    }
}

fn holds(found: &InvarianceFound, facts: &[InvarianceFact]) {
    for finding in &found.findings {
        println!("{finding:?}");
    }
    let all: Vec<InvarianceFact> = found.findings.iter().map(|finding| finding.fact).collect();
    assert_eq!(all, facts);
    assert!(found.findings.iter().all(Finding::holds));
}

fn print(found: &InvarianceFound) {
    for layer in &found.layers {
        let mean = |curve: &[f32]| LayerCurves::mean(curve, found.untouched as usize).unwrap();
        let LayerCurves { path, shape, cosine, correlation, pooled, distance, told, within, .. } = layer;
        let all = [cosine, correlation, pooled, distance, told].map(|curve| format!("{:.3}", mean(curve)));
        println!("{path} {shape:?} {} told {:.3} within {within:.3}", all.join(" "), told[found.untouched as usize]);
    }
    for one in &found.strip {
        println!("{:.3} {} {:.3} {:.3}", one.value, one.top.label, one.top.probability, one.kept);
    }
    println!("{:.0} ms", found.elapsed_ms);
}

const ALL: [InvarianceFact; 3] = [InvarianceFact::Untouched, InvarianceFact::Alone, InvarianceFact::Strides];

fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let sum = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
    sum(a, b) / (sum(a, a) * sum(b, b)).sqrt()
}

#[test]
fn invariance_of_every_transformation_is_told_from_the_pixels_to_the_logits() {
    let photos = shipped("photos");
    let host = TestHost::with(&drawing("ship"), &photos);
    for transformation in Transformation::ALL {
        let one = found(&host, job(transformation));
        println!("{transformation:?}");
        print(&one);
        holds(&one, &ALL);
        let untouched = one.untouched as usize;
        assert_eq!((one.layers.len(), one.strip.len()), (7, 9));
        assert_eq!(one.strip[untouched].value, transformation.untouched());
        assert!(one.strip.is_sorted_by(|a, b| a.value < b.value));
        assert_eq!([&one.layers[0].shape, &one.layers[6].shape], [&vec![3, 32, 32], &vec![10]]);
        assert_eq!((one.known, one.tested, one.classes, one.set.as_str()), (20, [20, 20], 10, "shapes"));
        for layer in &one.layers {
            for curve in [&layer.cosine, &layer.correlation, &layer.pooled, &layer.distance] {
                assert!((curve[untouched] - 1.0).abs() < 1e-5, "{} {curve:?}", layer.path);
                assert!(curve.iter().all(|value| *value <= 1.0 + 1e-5), "{} {curve:?}", layer.path);
            }
            assert!(layer.cosine.iter().chain(&layer.pooled).all(|value| *value >= -1.0 - 1e-5));
            assert!(layer.told.iter().all(|share| (0.0..=1.0).contains(share)));
        }
    }
}

/// Each figure again, by other means: pictures one at a time through `activation`, sums in double precision, means picture by picture.
#[test]
fn invariance_figures_are_those_of_plain_sums() {
    let photos = shipped("photos");
    let picture = drawing("ship");
    let host = TestHost::with(&picture, &photos);
    let last = photos.network().layered(1).unwrap().wiring().last().unwrap().path.clone();
    let layers = vec![last, "0".to_owned()];
    let one = found(&host, Invariance { layers, values: 3, ..job(Transformation::Light) });
    // In the order of the network, whatever order they were named in.
    assert_eq!(one.layers[0].path, "0");
    let set = Set::find("shapes").unwrap().draw(&Recipe { count: 40, ..Recipe::default() }).unwrap();
    let light = |picture: &Rgb, by: f64| {
        let bytes = picture.pixels().iter().map(|&byte| (f64::from(byte) * by).round().min(255.0) as u8).collect();
        Rgb::new(picture.width(), picture.height(), bytes).unwrap()
    };
    let read = |picture: &Rgb| seen(picture, photos.network(), Fit::Crop).unwrap();
    for layer in &one.layers {
        let response = |picture: &Rgb| activation(&photos, picture, Fit::Crop, &layer.path).unwrap().values;
        let whole = response(&read(&picture));
        for (at, by) in [0.25, 1.0, 4.0].into_iter().enumerate() {
            let other = response(&light(&read(&picture), by));
            assert!((cosine(&whole, &other) - f64::from(layer.cosine[at])).abs() < 1e-5, "{}", layer.path);
        }
        // The first two of each class are known and tested in turns: 0..10, 20..30 make means, the others are tested.
        let known: Vec<usize> = (0..10).chain(20..30).collect();
        let mut means = vec![vec![0.0_f64; whole.len()]; 10];
        for &at in &known {
            let values = response(&set.picture(at).unwrap());
            means[set.labels[at] as usize].iter_mut().zip(values).for_each(|(mean, v)| *mean += f64::from(v) / 2.0);
        }
        for (value, by) in [0.25, 1.0, 4.0].into_iter().enumerate() {
            let mut right = 0;
            for at in (10..20).chain(30..40) {
                let values = response(&light(&set.picture(at).unwrap(), by));
                let away = |mean: &Vec<f64>| -> f64 {
                    mean.iter().zip(&values).map(|(mean, value)| (mean - f64::from(*value)).powi(2)).sum()
                };
                let nearest = (0..10).min_by(|a, b| away(&means[*a]).total_cmp(&away(&means[*b]))).unwrap();
                right += u32::from(nearest == set.labels[at] as usize);
            }
            assert!((layer.told[value] - right as f32 / 20.0).abs() < 1e-6, "{} {by}", layer.path);
        }
    }
    let csv = String::from_utf8(one.csv.unwrap().to_vec()).unwrap();
    assert_eq!(csv.lines().count(), 1 + 2 * 3);
    let row: Vec<&str> = csv.lines().nth(1).unwrap().split(',').collect();
    assert_eq!((row.len(), row[1], row[2]), (8, "0", "0.25"));
    assert_eq!(row[3].parse::<f32>().unwrap(), one.layers[0].cosine[0]);
}

/// What the talk says of recognition: from the pixels to the logits a trained network's response changes less under what does not matter,
/// and classes come apart.
#[test]
fn invariance_and_discrimination_rise_with_depth() {
    let digits = shipped("digits");
    let host = TestHost::with(&drawing("digit_7"), &digits);
    let one = found(&host, Invariance { pictures: Some(200), range: Some(4.0), ..job(Transformation::Shift) });
    print(&one);
    let (first, last) = (&one.layers[0], one.layers.last().unwrap());
    let untouched = one.untouched as usize;
    let mean = |curve: &[f32]| LayerCurves::mean(curve, untouched).unwrap();
    assert!(mean(&last.cosine) > mean(&first.cosine) + 0.2);
    assert!(last.told[untouched] > 0.9 && mean(&last.told) > mean(&first.told) + 0.2);
    assert!(last.within < 0.5 * first.within, "{} {}", last.within, first.within);
}

/// The pictures of the tray, each varied at random: of a shift the pixels know nothing, and the last layers still tell them apart.
#[test]
fn invariance_tells_the_pictures_of_the_tray_apart() {
    let photos = shipped("photos");
    let names = ["ship", "apple", "castle", "sunflower", "rocket", "umbrella"];
    let pictures = names.map(|name| seen(&drawing(name), photos.network(), Fit::Crop).map(Rc::new).unwrap());
    let host = TestHost { pictures: pictures.to_vec(), ..TestHost::with(&pictures[0], &photos) };
    let tray: Vec<u32> = (0..names.len() as u32).collect();
    let one = found(&host, Invariance { tray, pictures: Some(96), ..job(Transformation::Shift) });
    print(&one);
    holds(&one, &ALL);
    assert_eq!((one.set.as_str(), one.classes, one.known, one.tested), ("tray", 6, 48, [48, 48]));
    let untouched = one.untouched as usize;
    let chance = 1.0 / names.len() as f32;
    for layer in &one.layers {
        assert!(layer.told[untouched] > 2.0 * chance, "{} {:?}", layer.path, layer.told);
    }
    let data = Some(DataChoice { set: "tray".to_owned(), ..DataChoice::default() });
    let alone =
        |tray: Vec<u32>| LookInside::Invariance(Invariance { tray, data: data.clone(), ..job(Transformation::Shift) });
    host.refuses([(alone(vec![0]), "the tray holds 1 pictures"), (alone(vec![]), "the tray holds 0 pictures")]);
}

#[test]
fn invariance_of_networks_of_old_that_have_learnt_nothing() {
    let host = TestHost::with(&drawing("digit_7"), &shipped("photos"));
    for (id, input) in Invariance::UNTRAINED {
        assert_eq!(Preset::find(id).unwrap().data, input);
        let one = found(&host, Invariance { untrained: Some(id.to_owned()), ..job(Transformation::Shift) });
        println!("{id}");
        print(&one);
        holds(&one, &ALL);
        assert_eq!((one.set.as_str(), one.layers[0].shape.as_slice()), ("digits", input.as_slice()));
    }
    let job = Invariance { untrained: Some("attic".to_owned()), ..job(Transformation::Shift) };
    host.refuses([(LookInside::Invariance(job), "attic")]);
}

#[test]
fn invariance_is_told_of_while_it_runs_and_can_be_stopped() {
    let photos = shipped("photos");
    let host = TestHost { tick_millis: Some(200.0), ..TestHost::with(&drawing("ship"), &photos) };
    let (told, session) = (RefCell::new(Vec::new()), LookSession::default());
    let tell = |news| {
        if let LookInsideNews::Invariance(found) = news {
            told.borrow_mut().push(found.tested[0]);
        }
    };
    host.pauses_left.set(Some(9));
    let perform = || block_on(LookInside::Invariance(job(Transformation::Shift)).perform(&session, &host, &tell));
    let ended = perform();
    assert!(matches!(ended, Err(LabError::Cancelled)), "{ended:?}");
    host.pauses_left.set(None);
    told.take();
    perform().unwrap();
    let told = told.take();
    println!("{told:?}");
    assert!(told.len() > 3 && told[0] == 0 && told.is_sorted());
}

#[test]
fn invariance_refuses_in_a_sentence() {
    let photos = shipped("photos");
    let host = TestHost::with(&drawing("ship"), &photos);
    let plain = job(Transformation::Shift);
    let data = |set: &str| Some(DataChoice { set: set.to_owned(), ..DataChoice::default() });
    let many = (0..13).map(|at: u32| at.to_string()).collect();
    let rows = [
        (
            Invariance { range: Some(0.0), ..plain.clone() },
            "a range of 0 cannot be gone through: choose more than 0 and at most 32",
        ),
        (Invariance { range: Some(33.0), ..plain.clone() }, "a range of 33 cannot be gone through"),
        (Invariance { range: Some(f64::NAN), ..plain.clone() }, "a range of NaN cannot be gone through"),
        (Invariance { range: Some(1.0), ..job(Transformation::Scale) }, "choose more than 1 and at most 16"),
        (Invariance { layers: vec!["attic".to_owned()], ..plain.clone() }, "has no layer attic"),
        (Invariance { layers: many, ..plain.clone() }, "13 layers are too many to compare at once; choose at most 12"),
        (Invariance { values: 1, ..plain.clone() }, "1 values cannot be compared; choose 3 to 33"),
        (Invariance { pictures: Some(5), ..plain.clone() }, "5 pictures of shapes tell no classes apart"),
        (Invariance { pictures: Some(3), ..plain.clone() }, "3 pictures cannot be told apart; choose 4 to 20000"),
        (Invariance { data: data("spirals"), ..plain.clone() }, "has points and no pictures"),
        (Invariance { data: data("attic"), ..plain.clone() }, "attic"),
    ];
    host.refuses(rows.map(|(job, part)| (LookInside::Invariance(job), part)));
    let dot = Rc::new(Rgb::new(1, 1, vec![9, 8, 7]).unwrap());
    let host = TestHost::with(&dot, &photos);
    host.refuses([(LookInside::Invariance(plain), "the network reads one colour alone of this picture")]);
}
