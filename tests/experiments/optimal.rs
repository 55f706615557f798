//! Pictures that a network would like best, inversions, caricatures, diverse pictures of a unit and walls of all.

use crate::host::{TestHost, drawing, shipped};
use neocog::data::{Rgb, png};
use neocog::lab::{Weights, activation, logits_of, predictions};
use neocog::protocol::{
    BackendChoice, Fit, LookInside, LookInsideAnswer, OptimalFound, OptimalGoal, OptimalPicture, PictureSpace, Pixels,
};
use pollster::block_on;
use std::rc::Rc;

fn found(job: OptimalPicture, picture: &Rc<Rgb>, weights: &Rc<Weights>) -> OptimalFound {
    let host = TestHost { gpu: TestHost::on_all().0.gpu, ..TestHost::with(picture, weights) };
    let job = OptimalPicture { network: weights.network().id.clone(), ..job };
    match host.answer(LookInside::Optimal(job)) {
        Ok(LookInsideAnswer::Optimal(found)) => *found,
        other => panic!("no pictures: {other:?}"),
    }
}

fn job(steps: u32) -> OptimalPicture {
    OptimalPicture { steps, backend: BackendChoice::Cpu, ..OptimalPicture::default() }
}

fn rgb_of(pixels: &Pixels) -> Rgb {
    let rgb = pixels.rgba.chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
    Rgb::new(pixels.width, pixels.height, rgb).unwrap()
}

/// Into the folder that `NEOCOG_SAVED` names, to be looked at.
fn saved(pixels: &Pixels, name: &str) {
    let Ok(folder) = std::env::var("NEOCOG_SAVED") else { return };
    std::fs::write(format!("{folder}/{name}.png"), png::encode(&rgb_of(pixels))).unwrap();
}

/// The array has the pictures, before they were rounded.
fn assert_array(found: &OptimalFound, pictures: &[Rgb]) {
    let file = found.npy.as_ref().unwrap();
    let (head, values) = file.split_at(128);
    let [width, height] = [pictures[0].width(), pictures[0].height()].map(|side| side as usize);
    let shape = format!("({}, 3, {height}, {width},)", pictures.len());
    assert!(String::from_utf8_lossy(head).contains(&shape), "{}", String::from_utf8_lossy(head));
    let values: Vec<f32> = values.chunks_exact(4).map(|four| f32::from_le_bytes(four.try_into().unwrap())).collect();
    let plane = width * height;
    for (picture, values) in pictures.iter().zip(values.chunks_exact(3 * plane)) {
        for (at, &byte) in picture.pixels().iter().enumerate() {
            let value = values[at % 3 * plane + at / 3].clamp(0.0, 1.0);
            assert!((value * 255.0 - f32::from(byte)).abs() <= 0.501, "{at}: {value} {byte}");
        }
    }
}

/// What is shown is a picture in 8 bits: it is classified anew, as any other.
#[test]
fn the_optimal_picture_of_a_class_is_classified_so() {
    let photos = shipped("photos");
    for space in PictureSpace::ALL {
        let units: Vec<u32> = vec![3, 4];
        let found = found(OptimalPicture { space, units: units.clone(), ..job(40) }, &drawing("ship"), &photos);
        println!("{space:?} {:?} {:?}", found.findings, found.pictures.iter().map(|p| p.value).collect::<Vec<_>>());
        assert_eq!(found.pictures.iter().map(|picture| picture.unit).collect::<Vec<_>>(), units);
        let pictures: Vec<Rgb> = found.pictures.iter().map(|picture| rgb_of(&picture.pixels)).collect();
        let logits = block_on(logits_of(&photos, &pictures)).unwrap();
        for ((picture, logits), unit) in found.pictures.iter().zip(&logits).zip(units) {
            let (top, _) = predictions(&photos, logits, 1).unwrap();
            println!("{space:?}: {unit} is told as {:?}, classified as {top:?}", picture.said);
            assert_eq!((top[0].index, picture.said.index), (unit, unit));
            assert!(top[0].probability > 0.9 && (top[0].probability - picture.said.probability).abs() < 1e-5);
        }
        assert_array(&found, &pictures);
        assert_eq!(found.findings.len(), usize::from(space != PictureSpace::Pixels));
        assert!(found.findings.iter().all(neocog::protocol::Finding::holds), "{:?}", found.findings);
    }
}

#[test]
fn channels_grow_strong_in_pictures_of_their_own() {
    let (digits, picture) = (shipped("digits"), drawing("digit_7"));
    let layer = found(OptimalPicture { goal: OptimalGoal::Caricature, ..job(1) }, &picture, &digits);
    let path = layer.layers[4].path.clone();
    let units = vec![1, 4, 6];
    let made = found(OptimalPicture { layer: Some(path.clone()), units: units.clone(), ..job(40) }, &picture, &digits);
    assert!(made.findings.iter().all(neocog::protocol::Finding::holds), "{:?}", made.findings);
    // Each picture starts as noise, whose value is that of the first step.
    let begun = found(OptimalPicture { layer: Some(path), units, rate: Some(1e-9), ..job(1) }, &picture, &digits);
    for (made, begun) in made.pictures.iter().zip(&begun.pictures) {
        println!("channel {}: {} from {}", made.unit, made.value, begun.value);
        assert!(made.value > begun.value + 0.05);
    }
}

#[test]
fn what_a_layer_keeps_of_a_picture_grows_less_with_depth() {
    let (photos, picture) = (shipped("photos"), drawing("ship"));
    let inversion = OptimalPicture { goal: OptimalGoal::Inversion, ..job(200) };
    let ladder = found(OptimalPicture { rungs: 5, ..inversion.clone() }, &picture, &photos);
    for one in &ladder.pictures {
        println!("{:?}: error {}, {:?} dB, {}", one.layer, -one.value, one.psnr, one.said.label);
        saved(&one.pixels, &format!("inversion-{}", one.layer.clone().unwrap_or_default()));
    }
    let (of, psnr): (Vec<_>, Vec<_>) =
        ladder.pictures.iter().map(|one| (one.layer.clone().unwrap(), one.psnr.unwrap())).unzip();
    let paths: Vec<_> = ladder.layers.iter().map(|layer| layer.path.clone()).collect();
    assert_eq!((of.len(), &of[0], of.last()), (5, &paths[0], paths.last()));
    assert!(psnr[0] >= 25.0 && psnr[0] > psnr[2] && psnr[2] > psnr[4], "{psnr:?}");
    assert_eq!((ladder.step, ladder.of), (1000, 1000));
    assert_array(&ladder, &ladder.pictures.iter().map(|one| rgb_of(&one.pixels)).collect::<Vec<_>>());
    // The same as of one layer alone.
    let last = found(inversion, &picture, &photos);
    assert_eq!((last.layer.as_ref(), last.pictures[0].psnr), (of.last(), Some(psnr[4])));
    assert_eq!(last.pictures[0].pixels, ladder.pictures[4].pixels);
}

#[test]
fn caricatures_grow() {
    let (photos, picture) = (shipped("photos"), drawing("ship"));
    let value = |steps: u32, rate: f64| {
        let goal = OptimalGoal::Caricature;
        let found = found(OptimalPicture { goal, rate: Some(rate), ..job(steps) }, &picture, &photos);
        saved(&found.pictures[0].pixels, "Caricature");
        found.pictures[0].value
    };
    let (before, after) = (value(1, 1e-9), value(20, 0.05));
    println!("{before} to {after}");
    assert!(after > 1.5 * before.max(0.0), "{before} {after}");
}

/// Of one channel, several pictures that are less alike than those from the same noise without diversity, and excite it still.
#[test]
fn pictures_of_one_channel_are_diverse() {
    let (photos, picture) = (shipped("photos"), drawing("ship"));
    for layer in [Some("4".to_owned()), None] {
        let of = |diversity: f64| {
            let job = OptimalPicture { units: vec![3; 4], layer: layer.clone(), diversity, ..job(48) };
            found(job, &picture, &photos)
        };
        let (plain, made) = (of(0.0), of(1.0));
        let alike = made.alike.unwrap();
        println!("{layer:?}: {alike:?}, {:?}", made.findings);
        for (at, found) in made.pictures.iter().enumerate() {
            saved(&found.pixels, &format!("diverse-{}-{at}", layer.is_some()));
            saved(&plain.pictures[at].pixels, &format!("plain-{}-{at}", layer.is_some()));
        }
        assert!(plain.alike.is_none() && alike.shown < alike.plain.unwrap());
        assert!(made.findings.len() == 3 && made.findings.iter().all(neocog::protocol::Finding::holds));
        // The share that is kept, from the pictures themselves.
        let mean = |found: &OptimalFound| found.pictures.iter().map(|picture| picture.value).sum::<f32>() / 4.0;
        assert!((alike.kept.unwrap() - mean(&made) / mean(&plain)).abs() < 1e-3);
        // What is said of them is what the pictures have: Gram matrices of the layer, summed here.
        let path = made.layer.clone();
        if let Some(path) = path {
            let again = |found: &OptimalFound| similarity(&photos, &path, found);
            println!("again {} and {}", again(&plain), again(&made));
            assert!((again(&made) - f64::from(alike.shown)).abs() < 0.05 && again(&made) < again(&plain));
        }
    }
}

/// Of the pictures as they are shown.
fn similarity(weights: &Rc<Weights>, path: &str, found: &OptimalFound) -> f64 {
    let grams: Vec<Vec<f64>> = found
        .pictures
        .iter()
        .map(|picture| {
            let seen = rgb_of(&picture.pixels);
            let read = activation(weights, &seen, Fit::Squash, path).unwrap();
            let [channels, places] = [read.shape[1], read.shape[2..].iter().product::<usize>()];
            let row = |channel: usize| &read.values[channel * places..][..places];
            let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
            (0..channels * channels).map(|at| dot(row(at / channels), row(at % channels))).collect()
        })
        .collect();
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let cosine = |a: usize, b: usize| {
        let (a, b) = (&grams[a], &grams[b]);
        dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
    };
    let pairs: Vec<f64> =
        (0..grams.len()).flat_map(|a| (0..a).map(move |b| (a, b))).map(|(a, b)| cosine(a, b)).collect();
    pairs.iter().sum::<f64>() / pairs.len() as f64
}

/// A tile for each channel, the same as its picture alone would be; all classes where no layer is named.
#[test]
fn a_wall_has_all_channels_of_a_layer() {
    let (digits, picture) = (shipped("digits"), drawing("digit_7"));
    let of = |layer: Option<&str>, goal: OptimalGoal, units: Vec<u32>| {
        let layer = layer.map(str::to_owned);
        found(OptimalPicture { goal, layer, units, ..job(8) }, &picture, &digits)
    };
    let made = of(Some("0"), OptimalGoal::Wall, Vec::new());
    let wall = made.wall.unwrap();
    assert!(made.pictures.is_empty() && wall.values.len() == 16 && made.step == 8);
    let alone = of(Some("0"), OptimalGoal::Units, (0..16).collect());
    for (at, picture) in alone.pictures.iter().enumerate() {
        assert!((picture.value - wall.values[at]).abs() < 1e-4 * picture.value.abs().max(1.0), "{at}");
    }
    let file = neocog::data::decode("wall.png", made.sheet.as_deref().unwrap()).unwrap();
    assert_eq!((file.width(), file.height()), (wall.pixels.width, wall.pixels.height));
    let classes = of(None, OptimalGoal::Wall, Vec::new());
    assert_eq!((classes.wall.unwrap().values.len(), classes.of), (10, 8));
    // More channels than one program takes.
    let layers = digits.network().layered(1).unwrap().wiring();
    let many = layers.iter().find(|node| node.shape.len() == 4 && node.shape[1] > 16).unwrap();
    let wide = of(Some(&many.path), OptimalGoal::Wall, Vec::new());
    let count = wide.wall.unwrap().values.len();
    assert_eq!((count, wide.step), (many.shape[1], count.div_ceil(16) as u32 * 8));
}

#[test]
fn what_cannot_be_searched_for_is_refused_by_one_sentence() {
    let digits = shipped("digits");
    let host = TestHost::with(&drawing("digit_7"), &digits);
    let plain = || OptimalPicture { network: "digits".to_owned(), ..job(4) };
    let wrong = [
        (OptimalPicture { units: vec![10], ..plain() }, "there is no class 10"),
        (OptimalPicture { units: vec![], ..plain() }, "0 pictures cannot be searched for at once; choose 1 to 16"),
        (OptimalPicture { diversity: -1.0, ..plain() }, "diversity cannot count -1 times the unit's answer"),
        (OptimalPicture { diversity: 1.0, units: vec![1, 2], ..plain() }, "several pictures of one unit"),
        (OptimalPicture { steps: 0, ..plain() }, "0 steps cannot be taken"),
        (OptimalPicture { rate: Some(-1.0), ..plain() }, "a rate of -1 goes nowhere"),
        (OptimalPicture { jitter: Some(28), ..plain() }, "a shift by 28 pixels leaves nothing of a picture of 28 × 28"),
        (OptimalPicture { layer: Some("nowhere".to_owned()), ..plain() }, "has no layer nowhere"),
        (
            OptimalPicture { layer: Some("0".to_owned()), units: vec![99], ..plain() },
            "0 has 16 channels, so there is no channel 99",
        ),
    ];
    host.refuses(wrong.map(|(job, why)| (LookInside::Optimal(job), why)));
}

/// All ten classes of `photos`, and what a network that never saw the search says of the pictures.
#[test]
#[ignore = "a minute: measures what docs/measured.md says"]
fn every_class_of_photos_has_an_optimal_picture() {
    let (photos, things) = (shipped("photos"), shipped("things"));
    for space in PictureSpace::ALL {
        let steps = if space == PictureSpace::Phases { 240 } else { 160 };
        let found = found(OptimalPicture { space, units: (0..10).collect(), ..job(steps) }, &drawing("ship"), &photos);
        let pictures: Vec<Rgb> = found.pictures.iter().map(|picture| rgb_of(&picture.pixels)).collect();
        let others = block_on(logits_of(&things, &pictures)).unwrap();
        // The classes of CIFAR-10 are the first ten of the hundred and ten.
        let best = |logits: &Vec<f32>| (0..10).max_by(|&a, &b| logits[a].total_cmp(&logits[b])).unwrap();
        let agreed = others.iter().map(best).enumerate().filter(|(unit, best)| unit == best).count();
        let least = found.pictures.iter().map(|picture| picture.said.probability).fold(1.0, f32::min);
        println!("{space:?}: the least sure of ten is {:.2} %; another network names {agreed} of 10", 100.0 * least);
        assert!(least >= 0.99, "{space:?}");
        assert!(agreed > 1 || space != PictureSpace::Frequencies);
        for picture in &found.pictures {
            saved(&picture.pixels, &format!("{space:?}-{}", picture.unit));
        }
    }
}

/// Twenty of ImageNet's thousand classes, and what another network of the same classes says of the pictures.
#[test]
#[ignore = "minutes: measures what docs/measured.md says, with SqueezeNet 1.1 and MobileNet v1"]
fn twenty_classes_of_imagenet_have_optimal_pictures() {
    let read = |file: &str, name: &str| {
        let path = crate::shared::shared(&format!("data/models/{file}"))?;
        Some(Rc::new(Weights::from_bytes(name, std::fs::read(path).unwrap()).unwrap()))
    };
    let (Some(squeezenet), Some(other)) = (
        read("squeezenet1_1.safetensors", "squeezenet1_1"),
        read("mobilenet_v1_075-f16.safetensors", "mobilenet_v1_075"),
    ) else {
        return;
    };
    // Every fiftieth: nobody chose those that turn out well.
    let classes: Vec<u32> = (0..20).map(|at| 50 * at).collect();
    let (mut agreed, mut among_five, mut least) = (0, 0, 1.0_f32);
    for units in classes.chunks(4) {
        let found = found(OptimalPicture { units: units.to_vec(), ..job(160) }, &drawing("ship"), &squeezenet);
        let pictures: Vec<Rgb> = found.pictures.iter().map(|picture| rgb_of(&picture.pixels)).collect();
        let others = block_on(logits_of(&other, &pictures)).unwrap();
        for ((picture, logits), &unit) in found.pictures.iter().zip(&others).zip(units) {
            let (top, _) = predictions(&other, logits, 5).unwrap();
            println!("{} {:.2} %; the other network: {top:.2?}", picture.said.label, 100.0 * picture.said.probability);
            assert_eq!(picture.said.index, unit);
            least = least.min(picture.said.probability);
            agreed += usize::from(top[0].index == unit);
            among_five += usize::from(top.iter().any(|one| one.index == unit));
            saved(&picture.pixels, &format!("imagenet-{unit}"));
        }
    }
    println!(
        "the least sure of twenty is {:.2} %; another network names {agreed}, {among_five} among five",
        100.0 * least
    );
    assert!(least >= 0.99);
    // By chance one in a thousand is named, and one in two hundred among five.
    assert!(agreed > 1);
}
