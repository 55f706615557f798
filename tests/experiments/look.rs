//! Look inside without a page: what must hold of its maps, where they are largest, and what is refused.

use crate::host::{TestHost, assert_facts, drawing, shipped};
use neocog::data::Rgb;
use neocog::lab::look::LookSession;
use neocog::lab::{LabError, Perform, Weights, seen};
use neocog::protocol::{
    BackendChoice, BackendKind, Evidence, EvidenceFact, EvidenceFound, EvidenceMethod, Finding, Fit, LookFact,
    LookInside, LookInsideAnswer, LookInsideNews,
};
use pollster::block_on;
use std::cell::RefCell;
use std::rc::Rc;

fn found(job: Evidence, picture: &Rc<Rgb>, weights: &Rc<Weights>) -> EvidenceFound {
    let host = TestHost { gpu: TestHost::on_all().0.gpu, ..TestHost::with(picture, weights) };
    match host.answer(LookInside::Evidence(job)) {
        Ok(LookInsideAnswer::Evidence(found)) => *found,
        other => panic!("no map: {other:?}"),
    }
}

fn job(method: EvidenceMethod) -> Evidence {
    Evidence { method, backend: BackendChoice::Cpu, ..Evidence::default() }
}

fn occlusion() -> Evidence {
    job(EvidenceMethod::Occlusion)
}

fn grey(width: u32, height: u32) -> Rgb {
    Rgb::new(width, height, vec![128; (3 * width * height) as usize]).unwrap()
}

fn finding(found: &EvidenceFound, fact: EvidenceFact) -> Finding<EvidenceFact> {
    let one = found.findings.iter().find(|finding| finding.fact == fact).unwrap().clone();
    println!("{one:?}");
    one
}

#[test]
fn what_must_hold_of_maps_holds_on_every_device() {
    let (host, devices) = TestHost::on_all();
    let found = host.answer(LookInside::Check(BackendChoice::Auto)).unwrap();
    let LookInsideAnswer::Checked(findings) = found else { panic!("no facts") };
    assert_facts::<LookFact>(&findings, devices);
}

#[test]
fn gradients_predict_changes_and_a_cam_adds_up_to_the_logit() {
    let (photos, digits) = (shipped("photos"), shipped("digits"));
    for (weights, picture) in [(&photos, drawing("ship")), (&digits, drawing("digit_7"))] {
        for method in [EvidenceMethod::Gradient, EvidenceMethod::InputGradient] {
            for against in [None, Some(1)] {
                let found = found(Evidence { against, ..job(method) }, &picture, weights);
                let [_, height, width] = weights.network().input;
                assert_eq!((found.map.values.len(), found.map.side, found.layer), (height * width, 1, None));
                let slope = found.findings.iter().find(|finding| finding.fact == EvidenceFact::Slope).unwrap();
                println!("{method:?} {against:?} {slope:?}");
                assert!(slope.holds(), "{slope:?}");
            }
        }
    }
    let picture = drawing("ship");
    let cam = found(job(EvidenceMethod::Cam), &picture, &photos);
    let sum = finding(&cam, EvidenceFact::CamSum);
    assert!(sum.holds(), "{sum:?}");
    // Where a mean and one linear layer follow, the three maps are one but for a factor.
    assert_eq!(cam.map.values.len(), 16);
    for method in [EvidenceMethod::GradCam, EvidenceMethod::HiresCam] {
        let other = found(job(method), &picture, &photos);
        assert_eq!(other.layer, cam.layer);
        let off = |(a, b): (&f32, &f32)| (a - 16.0 * b).abs();
        let apart = cam.map.values.iter().zip(&other.map.values).map(off).fold(0.0, f32::max);
        assert!(apart < 1e-4 * cam.map.largest(), "{apart}");
    }
}

#[test]
fn every_layer_with_places_can_be_looked_at() {
    let (weights, picture) = (shipped("digits"), drawing("digit_7"));
    let found = found(job(EvidenceMethod::HiresCam), &picture, &weights);
    assert_eq!(found.layer, found.layers.last().map(|layer| layer.path.clone()));
    let (host, session) = (TestHost::with(&picture, &weights), LookSession::default());
    for layer in &found.layers {
        let job = Evidence { layer: Some(layer.path.clone()), ..job(EvidenceMethod::GradCam) };
        let answer = block_on(LookInside::Evidence(job).perform(&session, &host, &|_| {})).unwrap();
        let LookInsideAnswer::Evidence(one) = answer else { panic!("no map") };
        let [_, height, width] = layer.shape;
        assert_eq!((one.map.values.len(), one.layer.as_ref()), (height * width, Some(&layer.path)));
        assert!(one.map.largest() > 0.0, "{}", layer.path);
    }
}

#[test]
fn a_map_is_largest_where_the_only_thing_is() {
    // A digit on an empty sheet; the network sees it in the middle, so it is moved there: 28 × 28 pixels are taken as they are.
    let weights = shipped("digits");
    let digit = Rc::new(seen(&drawing("digit_7"), weights.network(), Fit::Crop).unwrap());
    let found = found(Evidence { grey: 0, stride: Some(1), ..occlusion() }, &digit, &weights).map;
    assert_eq!((found.whole.label.as_str(), found.side), ("7", Evidence::usual_side(28)));
    assert_eq!(found.values.len(), 22 * 22);
    let strongest = found.strongest().unwrap();
    let [x, y] = found.place(strongest);
    let ink = |x: u32, y: u32| u32::from(digit.pixels()[((y * 28 + x) * 3) as usize]);
    let covered: u32 = (y..y + 7).flat_map(|y| (x..x + 7).map(move |x| ink(x, y))).sum();
    assert!(covered > 5 * 255, "the square at {x}, {y} covers {covered}");
    assert!(found.values[strongest] > 0.2, "{} of {}", found.values[strongest], found.whole.probability);
    // Black over black is no change.
    assert!(found.values[0].abs() < 1e-5, "{}", found.values[0]);
}

#[test]
fn a_thing_in_a_grey_picture_is_found() {
    // A ship in a corner of nothing: only squares over that corner change anything.
    let weights = shipped("photos");
    let ship = seen(&drawing("ship"), weights.network(), Fit::Crop).unwrap();
    let mut pixels = grey(32, 32).pixels().to_vec();
    for (x, y) in (0..16).flat_map(|y| (0..16).map(move |x| (x, y))) {
        let (from, to) = ((y * 2 * 32 + x * 2) * 3, ((y + 16) * 32 + x) * 3);
        pixels[to..to + 3].copy_from_slice(&ship.pixels()[from..from + 3]);
    }
    let found = found(occlusion(), &Rc::new(Rgb::new(32, 32, pixels).unwrap()), &weights).map;
    let is_over = |at: &usize| found.place(*at)[0] < 16 && found.place(*at)[1] + found.side > 16;
    let most = |is_there: &dyn Fn(&usize) -> bool| {
        (0..found.values.len()).filter(is_there).map(|at| found.values[at].abs()).fold(0.0, f32::max)
    };
    let (inside, elsewhere) = (most(&is_over), most(&|at| !is_over(at)));
    assert!(inside > 0.02 && elsewhere < 1e-5, "{inside} {elsewhere}");
}

#[test]
fn every_device_maps_the_same_and_a_square_over_everything_is_a_grey_picture() {
    let (weights, picture) = (shipped("photos"), drawing("airplane"));
    let cpu = found(occlusion(), &picture, &weights).map;
    assert_eq!(cpu.whole.label, "airplane");
    assert!(cpu.values.len() == cpu.xs.len() * cpu.ys.len() && cpu.place(0) == [0, 0]);
    assert_eq!(cpu.place(cpu.values.len() - 1), [32 - cpu.side; 2]);
    let all = Evidence { side: Some(32), class: Some(8), ..occlusion() };
    let covered = found(all.clone(), &picture, &weights).map;
    let plain = found(all, &Rc::new(grey(5, 7)), &weights).map;
    assert_eq!((covered.values.len(), covered.whole.label.as_str()), (1, "ship"));
    assert!((covered.whole.probability - covered.values[0] - plain.whole.probability).abs() <= 1e-6);
    if TestHost::on_all().1 == 2 {
        for method in EvidenceMethod::ALL {
            let of = |backend| found(Evidence { backend, ..job(method) }, &picture, &weights).map;
            let (gpu, cpu) = (of(BackendChoice::Gpu), of(BackendChoice::Cpu));
            assert_eq!((gpu.backend.kind, cpu.backend.kind), (BackendKind::Gpu, BackendKind::Cpu));
            let apart = gpu.values.iter().zip(&cpu.values).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(apart < 1e-3 * cpu.largest().max(1.0), "{method:?}: {apart} of {}", cpu.largest());
        }
    }
}

#[test]
fn what_makes_no_sense_is_refused_in_a_sentence() {
    let layer = |path: &str| Some(path.to_owned());
    let rows = [
        (Evidence { side: Some(0), ..occlusion() }, "choose 1 to 32"),
        (Evidence { side: Some(33), ..occlusion() }, "a square of 33 pixels"),
        (Evidence { stride: Some(0), ..occlusion() }, "never moves"),
        (Evidence { class: Some(10), ..occlusion() }, "there is no class 10"),
        (Evidence { against: Some(10), ..occlusion() }, "there is no class 10"),
        (Evidence { class: Some(8), against: Some(8), ..occlusion() }, "against itself"),
        (Evidence { backend: BackendChoice::Gpu, ..occlusion() }, "none is wanted"),
        (Evidence { layer: layer("attic"), ..job(EvidenceMethod::GradCam) }, "has no layer attic"),
    ];
    let photos = TestHost::with(&drawing("ship"), &shipped("photos"));
    photos.refuses(rows.map(|(job, part)| (LookInside::Evidence(job), part)));
    let last = found(job(EvidenceMethod::GradCam), &drawing("ship"), &shipped("photos"));
    let before = last.layers[last.layers.len() - 3].path.clone();
    let rows = [(Evidence { layer: Some(before), ..job(EvidenceMethod::Cam) }, "comes more than a mean")];
    photos.refuses(rows.map(|(job, part)| (LookInside::Evidence(job), part)));
    // Its last layer is flattened.
    let digits = TestHost::with(&drawing("digit_7"), &shipped("digits"));
    digits.refuses([(LookInside::Evidence(job(EvidenceMethod::Cam)), "comes more than a mean")]);
    let logits = shipped("digits").network().layered(1).unwrap().wiring().last().unwrap().path.clone();
    let rows = [(Evidence { layer: Some(logits), ..job(EvidenceMethod::GradCam) }, "has no places to map")];
    digits.refuses(rows.map(|(job, part)| (LookInside::Evidence(job), part)));
    // One pixel is a picture like any other.
    let pixel = found(job(EvidenceMethod::GradCam), &Rc::new(grey(1, 1)), &shipped("photos"));
    assert!(pixel.map.values.iter().all(|value| value.is_finite()));
}

#[test]
fn a_map_is_told_of_while_it_fills_and_can_be_stopped() {
    let host = TestHost::with(&drawing("ship"), &shipped("photos"));
    let (told, session) = (RefCell::new(Vec::new()), LookSession::default());
    let tell = |news| {
        if let LookInsideNews::Evidence(map) = news {
            told.borrow_mut().push(map.values.len());
        }
    };
    // The number of places that were done at each step until the job was cancelled, after so many.
    let steps_of = |pauses: u32| {
        host.pauses_left.set(Some(pauses));
        let ended = block_on(LookInside::Evidence(occlusion()).perform(&session, &host, &tell));
        assert!(matches!(ended, Err(LabError::Cancelled)), "{ended:?}");
        host.heard.take().iter().map(|progress| progress.done).collect::<Vec<_>>()
    };
    assert_eq!(steps_of(6), [0, 0, 16, 32, 48, 64]);
    assert_eq!(told.borrow().first(), Some(&16));
    // What was compiled is there for the next one: it does not begin with compiling.
    assert_eq!(steps_of(2), [0, 16]);
}
