//! The Occlude experiment without a page: what must hold of its maps, where they are largest, and what is refused.

use crate::host::{TestHost, assert_facts, drawing, shipped};
use neocog::data::Rgb;
use neocog::lab::EvidenceSession;
use neocog::lab::{LabError, Perform, Weights, seen};
use neocog::protocol::{BackendChoice, BackendKind, EvidenceMap, Fit, Occlude, OccludeFact, Occluded, Occlusion};
use pollster::block_on;
use std::cell::RefCell;
use std::rc::Rc;

fn mapped(job: Occlusion, picture: &Rc<Rgb>, weights: &Rc<Weights>) -> EvidenceMap {
    let host = TestHost { gpu: TestHost::on_all().0.gpu, ..TestHost::with(picture, weights) };
    let Ok(Occluded::Mapped(map)) = host.answer(Occlude::Map(job)) else { panic!("no map") };
    *map
}

fn job() -> Occlusion {
    Occlusion { backend: BackendChoice::Cpu, ..Occlusion::default() }
}

fn grey(width: u32, height: u32) -> Rgb {
    Rgb::new(width, height, vec![128; (3 * width * height) as usize]).unwrap()
}

#[test]
fn what_must_hold_of_occlusion_holds_on_every_device() {
    let (host, devices) = TestHost::on_all();
    let Ok(Occluded::Checked(findings)) = host.answer(Occlude::Check(BackendChoice::Auto)) else { panic!("no facts") };
    assert_facts::<OccludeFact>(&findings, devices);
}

#[test]
fn a_map_is_largest_where_the_only_thing_is() {
    // A digit on an empty sheet; the network sees it in the middle, so it is moved there: 28 × 28 pixels are taken as they are.
    let weights = shipped("digits");
    let digit = Rc::new(seen(&drawing("digit_7"), weights.network(), Fit::Crop).unwrap());
    let found = mapped(Occlusion { grey: 0, stride: Some(1), ..job() }, &digit, &weights);
    assert_eq!((found.whole.label.as_str(), found.side), ("7", Occlusion::usual_side(28)));
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
    let found = mapped(job(), &Rc::new(Rgb::new(32, 32, pixels).unwrap()), &weights);
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
    let cpu = mapped(job(), &picture, &weights);
    assert_eq!(cpu.whole.label, "airplane");
    assert!(cpu.values.len() == cpu.xs.len() * cpu.ys.len() && cpu.place(0) == [0, 0]);
    assert_eq!(cpu.place(cpu.values.len() - 1), [32 - cpu.side; 2]);
    let all = Occlusion { side: Some(32), class: Some(8), ..job() };
    let covered = mapped(all.clone(), &picture, &weights);
    let plain = mapped(all, &Rc::new(grey(5, 7)), &weights);
    assert_eq!((covered.values.len(), covered.whole.label.as_str()), (1, "ship"));
    assert!((covered.whole.probability - covered.values[0] - plain.whole.probability).abs() <= 1e-6);
    if TestHost::on_all().1 == 2 {
        let gpu = mapped(Occlusion { backend: BackendChoice::Gpu, ..job() }, &picture, &weights);
        assert_eq!((gpu.backend.kind, cpu.backend.kind), (BackendKind::Gpu, BackendKind::Cpu));
        let apart = gpu.values.iter().zip(&cpu.values).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(apart < 1e-3, "{apart}");
    }
}

#[test]
fn what_makes_no_sense_is_refused_in_a_sentence() {
    let rows = [
        (Occlusion { side: Some(0), ..job() }, "choose 1 to 32"),
        (Occlusion { side: Some(33), ..job() }, "a square of 33 pixels"),
        (Occlusion { stride: Some(0), ..job() }, "never moves"),
        (Occlusion { class: Some(10), ..job() }, "there is no class 10"),
        (Occlusion { backend: BackendChoice::Gpu, ..job() }, "none is wanted"),
    ];
    TestHost::with(&drawing("ship"), &shipped("photos")).refuses(rows.map(|(job, part)| (Occlude::Map(job), part)));
}

#[test]
fn a_map_is_told_of_while_it_fills_and_can_be_stopped() {
    let host = TestHost::with(&drawing("ship"), &shipped("photos"));
    let (told, session) = (RefCell::new(Vec::new()), EvidenceSession::default());
    let tell = |news: EvidenceMap| told.borrow_mut().push(news.values.len());
    // The number of places that were done at each step until the job was cancelled, after so many.
    let steps_of = |pauses: u32| {
        host.pauses_left.set(Some(pauses));
        let ended = block_on(Occlude::Map(Occlusion::default()).perform(&session, &host, &tell));
        assert!(matches!(ended, Err(LabError::Cancelled)), "{ended:?}");
        host.heard.take().iter().map(|progress| progress.done).collect::<Vec<_>>()
    };
    assert_eq!(steps_of(6), [0, 0, 16, 32, 48, 64]);
    assert_eq!(told.borrow().first(), Some(&16));
    // What was compiled is there for the next one: it does not begin with compiling.
    assert_eq!(steps_of(2), [0, 16]);
}
