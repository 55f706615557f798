//! The Occlude experiment without a page: what must hold of its maps, where they are largest, and what is refused.

use crate::host::TestHost;
use neocog::data::{Rgb, gallery};
use neocog::lab::device::MaybeGpu;
use neocog::lab::occlude::OccludeSession;
use neocog::lab::{LabError, Perform, Shipped, Weights};
use neocog::protocol::{
    BackendChoice, BackendKind, Facts, Occlude, OccludeFact, Occluded, Occlusion, OcclusionMap, usual_side,
};
use pollster::block_on;
use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;

fn found_gpu() -> MaybeGpu {
    TestHost::on_all().0.gpu
}

fn shipped(id: &str) -> Rc<Weights> {
    let row = Shipped::find(id).unwrap();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("www/models").join(&row.report.file);
    Rc::new(Weights::of_shipped(&row, std::fs::read(file).unwrap()).unwrap())
}

/// The map, or the sentence of the refusal.
fn mapped_on(job: &Occlusion, picture: &Rgb, weights: &Rc<Weights>, gpu: MaybeGpu) -> Result<OcclusionMap, String> {
    let (pictures, weights) = (vec![Rc::new(picture.clone())], vec![weights.clone()]);
    let host = TestHost { pictures, weights, ..TestHost::on(gpu) };
    match block_on(Occlude::Map(job.clone()).perform(&OccludeSession::default(), &host, &|_| {})) {
        Ok(Occluded::Mapped(map)) => Ok(*map),
        Ok(other) => panic!("{other:?}"),
        Err(error) => Err(error.to_string()),
    }
}

fn mapped(job: &Occlusion, picture: &Rgb, weights: &Rc<Weights>) -> OcclusionMap {
    mapped_on(job, picture, weights, TestHost::without_gpu().gpu).unwrap()
}

/// Where covering costs the most: left and upper edge of the square, and the probability that is left.
fn most(map: &OcclusionMap) -> ([u32; 2], f32) {
    let (at, least) = map.probabilities.iter().enumerate().min_by(|a, b| a.1.total_cmp(b.1)).unwrap();
    ([map.xs[at % map.xs.len()], map.ys[at / map.xs.len()]], *least)
}

#[test]
fn what_must_hold_of_occlusion_holds_on_every_device() {
    let (host, devices) = TestHost::on_all();
    let session = OccludeSession::default();
    let check = Occlude::Check(BackendChoice::Auto).perform(&session, &host, &|_| {});
    let Occluded::Checked(findings) = block_on(check).unwrap() else { panic!("another answer") };
    assert_eq!(findings.len(), <OccludeFact as Facts>::ALL.len() * devices);
    for finding in findings {
        println!("{finding:?}");
        assert!(finding.holds(), "{finding:?}");
    }
}

#[test]
fn a_map_is_largest_where_the_only_thing_is() {
    // A digit on an empty sheet; the network sees it in the middle, so it is moved there: 28 × 28 pixels are taken as they are.
    let weights = shipped("digits");
    let digit = neocog::lab::seen(&gallery::draw("digit_7").unwrap(), weights.network(), Default::default()).unwrap();
    let job = Occlusion { network: "digits".into(), grey: 0, stride: Some(1), ..Occlusion::default() };
    let found = mapped(&job, &digit, &weights);
    assert_eq!((found.whole.label.as_str(), found.side), ("7", usual_side(28)));
    assert_eq!(found.probabilities.len(), 22 * 22);
    let ([x, y], least) = most(&found);
    let ink = |x: u32, y: u32| u32::from(digit.pixels()[((y * 28 + x) * 3) as usize]);
    let covered: u32 = (y..y + 7).flat_map(|y| (x..x + 7).map(move |x| ink(x, y))).sum();
    assert!(covered > 5 * 255, "the square at {x}, {y} covers {covered}");
    assert!(least < found.whole.probability - 0.2, "{least} of {}", found.whole.probability);
    // Black over black is no change.
    assert!((found.probabilities[0] - found.whole.probability).abs() < 1e-5, "{}", found.probabilities[0]);
}

#[test]
fn a_thing_in_a_grey_picture_is_found() {
    // A ship in a corner of nothing: only squares over that corner change anything.
    let weights = shipped("photos");
    let ship = neocog::lab::seen(&gallery::draw("ship").unwrap(), weights.network(), Default::default()).unwrap();
    let mut pixels = vec![128; 3 * 32 * 32];
    for y in 0..16 {
        for x in 0..16 {
            let from = ((y * 2 * 32 + x * 2) * 3) as usize;
            let to = (((y + 16) * 32 + x) * 3) as usize;
            pixels[to..to + 3].copy_from_slice(&ship.pixels()[from..from + 3]);
        }
    }
    let picture = Rgb::new(32, 32, pixels).unwrap();
    let found = mapped(&Occlusion::default(), &picture, &weights);
    let change = |at: usize| (found.probabilities[at] - found.whole.probability).abs();
    let columns = found.xs.len();
    let is_over = |at: usize| found.xs[at % columns] < 16 && found.ys[at / columns] + found.side > 16;
    let largest = (0..found.probabilities.len()).max_by(|&a, &b| change(a).total_cmp(&change(b))).unwrap();
    assert!(is_over(largest) && change(largest) > 0.02, "{largest}: {}", change(largest));
    let elsewhere = (0..found.probabilities.len()).filter(|&at| !is_over(at)).map(change).fold(0.0, f32::max);
    assert!(elsewhere < 1e-5, "{elsewhere}");
}

#[test]
fn every_device_maps_the_same_and_a_square_over_everything_is_a_grey_picture() {
    let (weights, picture) = (shipped("photos"), gallery::draw("airplane").unwrap());
    let start = std::time::Instant::now();
    let cpu = mapped(&Occlusion::default(), &picture, &weights);
    let ([x, y], least) = most(&cpu);
    let (whole, millis) = (&cpu.whole, start.elapsed().as_millis());
    println!(
        "{} {:.3} -> {least:.3} at {x}, {y}; {} places, {millis} ms",
        whole.label,
        whole.probability,
        cpu.probabilities.len()
    );
    assert_eq!(whole.label, "airplane");
    assert!(cpu.probabilities.len() == cpu.xs.len() * cpu.ys.len() && [cpu.xs[0], cpu.ys[0]] == [0, 0]);
    assert_eq!([cpu.xs.last(), cpu.ys.last()], [Some(&(32 - cpu.side)); 2]);
    let all = Occlusion { side: Some(32), class: Some(8), ..Occlusion::default() };
    let covered = mapped(&all, &picture, &weights);
    let grey = mapped(&all, &Rgb::new(5, 7, vec![128; 105]).unwrap(), &weights);
    assert_eq!((covered.probabilities.len(), covered.whole.label.as_str()), (1, "ship"));
    assert!((covered.probabilities[0] - grey.whole.probability).abs() <= 1e-6);
    let job = Occlusion { backend: BackendChoice::Gpu, ..Occlusion::default() };
    if let Ok(gpu) = mapped_on(&job, &picture, &weights, found_gpu()) {
        assert_eq!((gpu.backend.kind, cpu.backend.kind), (BackendKind::Gpu, BackendKind::Cpu));
        let apart = gpu.probabilities.iter().zip(&cpu.probabilities).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(apart < 1e-3, "{apart}");
    }
}

#[test]
fn what_makes_no_sense_is_refused_in_a_sentence() {
    let (weights, picture) = (shipped("photos"), gallery::draw("ship").unwrap());
    let job = Occlusion::default;
    for (job, part) in [
        (Occlusion { side: Some(0), ..job() }, "choose 1 to 32"),
        (Occlusion { side: Some(33), ..job() }, "a square of 33 pixels"),
        (Occlusion { stride: Some(0), ..job() }, "never moves"),
        (Occlusion { class: Some(10), ..job() }, "there is no class 10"),
        (Occlusion { backend: BackendChoice::Gpu, ..job() }, "none is wanted"),
    ] {
        let said = mapped_on(&job, &picture, &weights, TestHost::without_gpu().gpu).unwrap_err();
        assert!(said.contains(part), "{said}");
    }
}

#[test]
fn a_map_is_told_of_while_it_fills_and_can_be_stopped() {
    let (pictures, weights) = (vec![Rc::new(gallery::draw("ship").unwrap())], vec![shipped("photos")]);
    let host = TestHost { pictures, weights, ..TestHost::impatient(6) };
    let (told, session) = (RefCell::new(Vec::new()), OccludeSession::default());
    let tell = |news: OcclusionMap| told.borrow_mut().push(news.probabilities.len());
    let map = || block_on(Occlude::Map(Occlusion::default()).perform(&session, &host, &tell));
    let heard = || host.heard.take().iter().map(|progress| progress.done).collect::<Vec<_>>();
    let ended = map();
    assert!(matches!(ended, Err(LabError::Cancelled)), "{ended:?}");
    assert_eq!(heard(), [0, 0, 16, 32, 48, 64]);
    assert_eq!(told.borrow().first(), Some(&16));
    // What was compiled is there for the next one: it does not begin with compiling.
    host.pauses_left.set(Some(2));
    assert!(map().is_err());
    assert_eq!(heard(), [0, 16]);
}
