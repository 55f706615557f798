//! The regions of networks of pictures over a plane through three of them.

use crate::host::{TestHost, assert_facts, drawing, shipped};
use crate::shared::shared;
use neocog::lab::{Perform, Weights, network_from_preset};
use neocog::protocol::{BackendChoice, Depth, Depths, PictureSlice, RegionNews, SliceFact, SliceMap};
use pollster::block_on;
use std::cell::RefCell;
use std::rc::Rc;

fn host(weights: Rc<Weights>, pictures: [&str; 3]) -> TestHost {
    TestHost { pictures: pictures.map(drawing).to_vec(), weights: vec![weights], ..TestHost::without_gpu() }
}

fn job(regions: u32) -> PictureSlice {
    PictureSlice { pictures: vec![0, 1, 2], regions, backend: BackendChoice::Cpu, ..PictureSlice::default() }
}

fn map(answer: Depths) -> SliceMap {
    let Depths::Slice(map) = answer else { panic!("no slice") };
    *map
}

fn area(corners: &[[f32; 2]]) -> f64 {
    let next = corners.iter().cycle().skip(1);
    let twice = |(a, b): (&[f32; 2], &[f32; 2])| f64::from(a[0]) * f64::from(b[1]) - f64::from(b[0]) * f64::from(a[1]);
    corners.iter().zip(next).map(twice).sum::<f64>() / 2.0
}

#[test]
fn a_shipped_network_is_cut_around_a_boundary_of_its_classes() {
    let host = host(shipped("photos"), ["ship", "bus", "sunflower"]);
    let news = RefCell::new(Vec::new());
    let told = |update: RegionNews| {
        let RegionNews::Slice(map) = update else { panic!("no slice") };
        news.borrow_mut().push(*map);
    };
    let answer = block_on(Depth::Slice(job(100)).perform(&(), &host, &told)).unwrap();
    let found = map(answer);
    assert_facts::<SliceFact>(&found.checks, 1);
    println!("{} regions in {:.1} s, window {:?}", found.count, found.elapsed_ms / 1e3, found.window);
    assert!((40..=400).contains(&found.count), "{}", found.count);
    assert_eq!(found.count as usize, found.regions.len());
    assert!((found.covered - 1.0).abs() < 1e-9, "{}", found.covered);
    // Two classes meet in the window, and their parts cover it.
    let mut classes: Vec<u32> = found.parts.iter().map(|part| part.class).collect();
    classes.sort_unstable();
    classes.dedup();
    assert!(classes.len() > 1, "{classes:?}");
    let covered: f64 = found.parts.iter().map(|part| area(&part.corners)).sum();
    assert!((covered - 4.0).abs() < 1e-3, "{covered}");
    // What was told on the way, and what came last, is all.
    let news = news.into_inner();
    assert!(news[0].regions.is_empty() && news[0].way.is_empty() && !news[0].squares.is_empty());
    assert!(found.squares.len() == 400 && found.way.len() == 61);
    let told: usize = news.iter().map(|map| map.regions.len()).sum();
    assert!(told <= found.regions.len(), "{told}");
    // The way goes from what the first picture is taken for to what the second is.
    assert_ne!(found.way[0].0, found.way[60].0);
    assert!(found.way[0].2 == 0 && found.way[1..].iter().all(|(_, _, switched)| *switched > 0));
    // The same once more; another middle has other regions.
    let again = map(host.answer(Depth::Slice(job(100))).unwrap());
    assert_eq!((again.regions == found.regions, again.window), (true, found.window));
    let middle = Some([0.5, 0.25]);
    let other = map(host.answer(Depth::Slice(PictureSlice { middle, ..job(40) })).unwrap());
    assert!((other.window[0] + other.window[2] - 1.0).abs() < 1e-9 && other.regions != found.regions);
    assert!(other.checks.iter().all(|check| check.holds()), "{:?}", other.checks);
}

#[test]
fn networks_with_pools_are_cut_too() {
    let digits = host(shipped("digits"), ["digit_2", "digit_5", "digit_7"]);
    let found = map(digits.answer(Depth::Slice(job(60))).unwrap());
    assert!(found.checks.iter().all(|check| check.holds()), "{:?}", found.checks);
    let preset = Rc::new(Weights::initial(network_from_preset("vgg_small").unwrap(), 3).unwrap());
    let found = map(host(preset, ["ship", "bus", "sunflower"]).answer(Depth::Slice(job(60))).unwrap());
    assert!(found.count > 10 && found.checks.iter().all(|check| check.holds()), "{:?}", found.checks);
}

#[test]
fn bad_questions_get_one_sentence() {
    let photos = host(shipped("photos"), ["ship", "bus", "sunflower"]);
    let with = |pictures: &[u32]| PictureSlice { pictures: pictures.to_vec(), ..job(100) };
    photos.refuses([
        (Depth::Slice(with(&[0, 1])), "a plane goes through three pictures; 2 were given"),
        (Depth::Slice(with(&[0, 0, 1])), "the first and the second picture are the same to this network"),
        (Depth::Slice(with(&[0, 1, 1])), "on the line through the first two"),
        (Depth::Slice(job(5)), "5 regions are not looked at; choose 20 to 10000"),
        (Depth::Slice(PictureSlice { middle: Some([9.0, 0.0]), ..job(100) }), "a part around 9 is not looked at"),
    ]);
    let smooth = Rc::new(Weights::initial(network_from_preset("zipcode1989").unwrap(), 1).unwrap());
    let said = "tanh at 1 is not piecewise linear; choose a network of rectifiers";
    host(smooth, ["ship", "bus", "sunflower"]).refuses([(Depth::Slice(job(100)), said)]);
}

#[test]
fn a_residual_network_of_others_is_cut_in_seconds() {
    let Some(file) = shared("data/models/cifar10_resnet20.safetensors") else { return };
    let weights = Rc::new(Weights::from_bytes("resnet20.safetensors", std::fs::read(file).unwrap()).unwrap());
    let found = map(host(weights, ["ship", "bus", "sunflower"]).answer(Depth::Slice(job(400))).unwrap());
    println!("{} regions of ResNet-20 in {:.1} s, window {:?}", found.count, found.elapsed_ms / 1e3, found.window);
    assert_facts::<SliceFact>(&found.checks, 1);
    assert!(found.count > 100, "{}", found.count);
}
