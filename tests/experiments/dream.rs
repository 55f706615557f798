//! Pictures in which a layer sees more and more, by octaves and tiles, and films that go into them.

use crate::host::{TestHost, drawing, shipped};
use image::AnimationDecoder;
use image::codecs::png::PngDecoder;
use neocog::data::{Rgb, decode, resize::resize};
use neocog::lab::device::Device;
use neocog::lab::look::{LookSession, dream_of};
use neocog::lab::{Monitor, NoMonitor, Weights};
use neocog::protocol::{
    BackendChoice, Dream, DreamFact, DreamFound, DreamRecord, Finding, LookInside, LookInsideAnswer,
};
use pollster::block_on;
use std::cell::RefCell;
use std::io::Cursor;
use std::rc::Rc;

fn job(steps: u32) -> Dream {
    Dream { steps, octaves: 2, tile: Some(32), side: Some(80), backend: BackendChoice::Cpu, ..Dream::default() }
}

fn host(weights: &Rc<Weights>) -> TestHost {
    TestHost { gpu: TestHost::on_all().0.gpu, ..TestHost::with(&drawing("castle"), weights) }
}

fn found(job: Dream, weights: &Rc<Weights>) -> DreamFound {
    let job = Dream { network: weights.network().id.clone(), ..job };
    match host(weights).answer(LookInside::Dream(job)) {
        Ok(LookInsideAnswer::Dream(found)) => *found,
        other => panic!("no dream: {other:?}"),
    }
}

/// Into the folder that `NEOCOG_SAVED` names, to be looked at.
fn saved(found: &DreamFound, name: &str) {
    let Ok(folder) = std::env::var("NEOCOG_SAVED") else { return };
    std::fs::write(format!("{folder}/dream-{name}.png"), found.png.as_deref().unwrap()).unwrap();
}

fn of_octave(records: &[DreamRecord], octave: u32) -> Vec<(u32, f32)> {
    let of = records.iter().filter(|record| record.octave == octave);
    of.map(|record| (record.step, record.value)).collect()
}

fn rgb_of(found: &DreamFound) -> Vec<u8> {
    found.picture.rgba.chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect()
}

#[test]
fn a_layer_sees_more_from_record_to_record_in_each_octave() {
    let photos = shipped("photos");
    for layer in [None, Some("0".to_owned())] {
        let made = found(Dream { layer, ..job(10) }, &photos);
        println!("{:?} {:?} {:?}", made.cost, made.records, made.findings);
        saved(&made, &made.cost.layer);
        let octaves: Vec<[u32; 3]> = made.cost.octaves.iter().map(|of| [of.width, of.height, of.tiles]).collect();
        let [first, last] = [octaves[0], octaves[1]];
        assert_eq!((last[0], (f64::from(last[0]) / 1.4).round() as u32), (80, first[0]));
        assert_eq!(first[2], first[0].div_ceil(32) * first[1].div_ceil(32));
        for octave in 0..2 {
            let records = of_octave(&made.records, octave);
            assert_eq!(records.iter().map(|(step, _)| *step).collect::<Vec<_>>(), [0, 5, 10]);
            assert!(records.windows(2).all(|pair| pair[1].1 > pair[0].1), "{records:?}");
            // What was found in a smaller octave is carried up.
            assert!(records[2].1 > 1.2 * records[0].1, "{records:?}");
        }
        assert!(made.findings.len() == 1 && made.findings.iter().all(Finding::holds), "{:?}", made.findings);
        // As many tiles as were said before, of the size that was chosen.
        assert_eq!((made.done, made.cost.tile), (made.cost.tiles, [32, 32]));
        assert_eq!(made.done, (first[2] + last[2]) * 11);
        let file = decode("dream.png", made.png.as_deref().unwrap()).unwrap();
        assert_eq!((file.pixels(), file.width(), file.height()), (rgb_of(&made).as_slice(), last[0], last[1]));
        // The array is the picture before it was rounded.
        let npy = made.npy.unwrap();
        let values: Vec<f32> = npy[npy.len() - 4 * file.pixels().len()..]
            .as_chunks::<4>()
            .0
            .iter()
            .map(|b| f32::from_le_bytes(*b))
            .collect();
        let plane = values.len() / 3;
        let apart = (0..values.len()).map(|at| {
            let byte = file.pixels()[at % plane * 3 + at / plane];
            (values[at] * 255.0 - f32::from(byte)).abs()
        });
        assert!(apart.fold(0.0, f32::max) < 0.51);
    }
}

/// Almost no change leaves the picture as it is: what is cut and put together, enlarged and added adds nothing.
#[test]
fn a_dream_that_changes_nothing_is_the_picture() {
    let (photos, castle) = (shipped("photos"), drawing("castle"));
    let made = found(Dream { rate: 1e-6, octaves: 3, side: Some(96), ..job(2) }, &photos);
    let plain = resize(&castle, made.picture.width, made.picture.height).unwrap();
    let most = rgb_of(&made).iter().zip(plain.pixels()).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
    assert!(most <= 1, "{most}");
    let kept = |found: &DreamFound| found.records.first().map(|record| record.value).unwrap();
    let grown = found(job(10), &photos);
    assert!(grown.picture != made.picture && kept(&made) > 0.0);
}

#[test]
fn one_channel_grows_alone_and_a_seed_gives_one_dream() {
    let photos = shipped("photos");
    let of = |channel: Option<u32>, seed: u32| {
        found(Dream { layer: Some("4".to_owned()), channel, seed, octaves: 1, ..job(6) }, &photos)
    };
    let (one, again, other) = (of(Some(3), 1), of(Some(3), 1), of(Some(3), 2));
    assert_eq!(one.picture, again.picture);
    assert_ne!(one.picture, other.picture);
    let all = of(None, 1);
    println!("channel 3: {:?}, all: {:?}", one.records, all.records);
    assert_ne!(one.picture, all.picture);
    assert!(one.records[2].value > 1.3 * one.records[0].value);
}

#[test]
fn a_gpu_dreams_what_the_cpu_dreams() {
    let (digits, devices) = (shipped("digits"), TestHost::on_all().1);
    if devices < 2 {
        return;
    }
    let on = |backend: BackendChoice| found(Dream { backend, ..job(2) }, &digits).records;
    for (cpu, gpu) in on(BackendChoice::Cpu).iter().zip(&on(BackendChoice::Gpu)) {
        println!("{cpu:?} {gpu:?}");
        assert!((cpu.value - gpu.value).abs() < 1e-2 * cpu.value, "{cpu:?} {gpu:?}");
    }
}

/// What is in the file is played by another decoder; its last frame goes over into its first as any other into the next.
#[test]
fn a_film_goes_into_the_picture_and_begins_anew_without_a_jump() {
    let photos = shipped("photos");
    let heard = RefCell::new(Vec::new());
    let host = host(&photos);
    let job = Dream { frames: 6, zoom: 1.08, network: "photos".to_owned(), ..job(4) };
    let told = |news| {
        if let neocog::protocol::LookInsideNews::Dream(found) = news {
            heard.borrow_mut().extend(found.frames);
        }
    };
    let kept = LookSession::default();
    let found = block_on(neocog::lab::Perform::perform(LookInside::Dream(job), &kept, &host, &told)).unwrap();
    let LookInsideAnswer::Dream(found) = found else { panic!("no film") };
    println!("{:?} after {:?}", found.findings, found.cost);
    saved(&found, "film");
    let decoder = PngDecoder::new(Cursor::new(found.png.as_deref().unwrap().to_vec())).unwrap();
    let played = decoder.apng().unwrap().into_frames().collect_frames().unwrap();
    assert_eq!((played.len(), found.frames.len(), found.done), (6, 6, found.cost.tiles));
    for (played, frame) in played.iter().zip(&found.frames) {
        assert_eq!(played.buffer().as_raw().as_slice(), frame.rgba.as_slice());
    }
    assert!(found.npy.is_none() && found.picture == found.frames[0]);
    let jumps = found.findings.iter().filter(|finding| finding.fact == DreamFact::Loops).count();
    assert!(jumps == 1 && found.findings.iter().all(Finding::holds), "{:?}", found.findings);
    assert!(heard.borrow().len() <= 6);
}

/// What it takes is known before, and in seconds once a tile was timed; it is asked while nothing else is.
#[test]
fn what_a_dream_takes_is_said_before() {
    let photos = shipped("photos");
    let (host, kept) = (host(&photos), LookSession::default());
    let ask = |job: LookInside| match block_on(neocog::lab::Perform::perform(job, &kept, &host, &|_| {})).unwrap() {
        LookInsideAnswer::DreamCost(cost) => (*cost, 0),
        LookInsideAnswer::Dream(found) => (found.cost, found.done),
        other => panic!("{other:?}"),
    };
    let job = Dream { network: "photos".to_owned(), ..job(2) };
    let (before, _) = ask(LookInside::DreamCost(job.clone()));
    let (during, done) = ask(LookInside::Dream(job.clone()));
    let (after, _) = ask(LookInside::DreamCost(job.clone()));
    assert!(before.millis_per_tile.is_none() && before.flops_per_tile > 1_000_000);
    assert!(after.millis_per_tile.is_some_and(|millis| millis > 0.0));
    assert_eq!((after.tiles, during.tiles, done), (before.tiles, before.tiles, before.tiles));
    // Four tiles of half the side hold as much.
    let (small, _) = ask(LookInside::DreamCost(Dream { tile: Some(16), ..job }));
    let ratio = before.flops_per_tile as f64 / small.flops_per_tile as f64;
    assert!((3.5..4.5).contains(&ratio) && small.millis_per_tile.is_none(), "{ratio}");
}

#[test]
fn what_cannot_be_dreamt_is_refused_by_one_sentence() {
    let digits = shipped("digits");
    let dot = Rc::new(Rgb::new(1, 1, vec![7; 3]).unwrap());
    let strip = Rc::new(Rgb::new(600, 20, vec![7; 36_000]).unwrap());
    let black = Rc::new(Rgb::new(64, 64, vec![0; 3 * 64 * 64]).unwrap());
    let pictures = vec![drawing("castle"), dot, strip, black];
    let host = TestHost { pictures, ..TestHost::with(&drawing("castle"), &digits) };
    let plain = || Dream { network: "digits".to_owned(), ..job(1) };
    let last = digits.network().layered(1).unwrap().wiring().pop().unwrap().path;
    let wrong = [
        (Dream { picture: 1, ..plain() }, "the picture has 1 × 1 pixels; both sides need 16 or more"),
        (Dream { octaves: 0, ..plain() }, "0 octaves cannot be gone through; choose 1 to 10"),
        (Dream { ratio: 1.0, ..plain() }, "an octave cannot be 1 times the one before"),
        (Dream { steps: 0, ..plain() }, "0 steps cannot be taken"),
        (Dream { rate: -1.0, ..plain() }, "a step cannot change a pixel by -1 levels"),
        (Dream { frames: 1000, ..plain() }, "1000 frames cannot be made"),
        (Dream { frames: 200, side: Some(2000), ..plain() }, "200 frames of 2000 × "),
        (Dream { zoom: 0.5, frames: 2, ..plain() }, "a zoom of 0.5 is not between 1 and 2"),
        (Dream { side: Some(9000), ..plain() }, "a side of 9000 pixels is not between 16 and 4096"),
        (Dream { tile: Some(2), ..plain() }, "a tile of 2 pixels is not between 8 and 1024"),
        (Dream { octaves: 9, ..plain() }, "the smallest of 9 octaves is 5 × "),
        (Dream { picture: 2, side: None, tile: Some(200), ..plain() }, "a side of 8430 pixels is not between"),
        (Dream { layer: Some("nowhere".to_owned()), ..plain() }, "has no layer nowhere"),
        (Dream { layer: Some("0".to_owned()), channel: Some(99), ..plain() }, "so there is no channel 99"),
        (Dream { layer: Some(last), tile: Some(64), ..plain() }, "cannot read a tile of 64 × 64 pixels up to"),
    ];
    host.refuses(wrong.map(|(job, why)| (LookInside::Dream(job.clone()), why)));
}

/// A photograph of two megapixels takes the memory of one tile.
#[test]
#[ignore = "a minute: two megapixels"]
fn a_photograph_of_two_megapixels_fits() {
    let (photos, castle) = (shipped("photos"), drawing("castle"));
    let large = resize(&castle, 1632, 1224).unwrap();
    let watch = NoMonitor::default();
    let job = Dream { side: Some(1632), steps: 4, ..Dream::default() };
    let found = block_on(dream_of(&job, &large, &photos, &Device::Cpu, &watch, &|_| {})).unwrap();
    let seconds = watch.now_millis() / 1e3;
    println!("{:?} in {seconds:.1} s, {:?}", found.cost, found.findings);
    saved(&found, "large");
    assert!(found.picture.width == 1632 && found.findings.iter().all(Finding::holds));
}
