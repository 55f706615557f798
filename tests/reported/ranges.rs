//! Numbers of another range than that of pixels are noticed, scaled and told.

use crate::made::{file, npy, turns, zip};
use crate::{read, read_reported, reported};
use neocog::data::Dataset;
use neocog::data::dataset::{Examples, ReaderNote};
use neocog::data::decode;
use neocog::lab::device::Device;
use neocog::lab::train::Trainer;
use neocog::lab::{Engine, NoMonitor, Weights};
use neocog::protocol::{Augment, BackendChoice, Classify, Fit, Setup};
use pollster::block_on;
use std::rc::Rc;

/// A network that learnt 0…16 names pictures of 0…255.
#[test]
fn digits_of_sixteen_greys_are_those_of_pictures() {
    let Some(set) = read_reported("range/digits16_u8.npz") else { return };
    let set = set.unwrap();
    assert_eq!(set.notes, [ReaderNote::Scaled { least: 0.0, greatest: 16.0 }]);
    let network = std::fs::read_to_string(reported("range/net8.txt").unwrap()).unwrap();
    let setup =
        Setup { network, epochs: 20, backend: BackendChoice::Cpu, augment: Augment::default(), ..Setup::default() };
    let bytes = block_on(async {
        let mut trainer = Trainer::new(setup, set, &Device::Cpu).await.unwrap();
        while trainer.step() < trainer.steps() {
            trainer.advance().unwrap();
        }
        trainer.kept(false).await.unwrap().bytes("run").unwrap()
    });
    let weights = Rc::new(Weights::from_bytes("run", bytes).unwrap());
    let mut engine = Engine::without_gpu("none is wanted");
    let job = Classify {
        picture: 1,
        network: weights.network().id.clone(),
        fit: Fit::Squash,
        backend: BackendChoice::Cpu,
        top: 1,
    };
    let (mut right, mut of) = (0, 0);
    for entry in std::fs::read_dir(reported("range/pics").unwrap()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let picture = decode(&name, &std::fs::read(&path).unwrap()).unwrap();
        let found = block_on(engine.classify(&weights, &picture, &job, &NoMonitor::default())).unwrap();
        of += 1;
        right += usize::from(name.starts_with(&found.top[0].label));
    }
    println!("{right} of {of} pictures");
    assert_eq!((right, of), (60, 60));
}

#[test]
fn pixels_of_one_bit_are_black_and_white() {
    let Some(set) = read_reported("range/binary_u8.npz") else { return };
    assert_eq!(set.unwrap().notes, [ReaderNote::Scaled { least: 0.0, greatest: 1.0 }]);
}

fn set_of(descr: &str, values: &[u8]) -> Dataset {
    let (x, y) = (npy(descr, &[4, 1, 2], values), npy("|u1", &[4], &turns(4, 2)));
    read(vec![file("set.npz", zip(&[("x.npy", &x), ("y.npy", &y)], true))]).unwrap()
}

#[test]
fn made_ranges_become_pixels() {
    let floats = |values: [f32; 8]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
    let halves = |values: [f32; 8]| {
        values.iter().flat_map(|&value| half::f16::from_f32(value).to_le_bytes()).collect::<Vec<u8>>()
    };
    let shorts = |values: [i16; 8]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
    type Row = (&'static str, Vec<u8>, [f64; 2], [u8; 8]);
    let rows: [Row; 10] = [
        ("<f4", floats([0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.0, 0.0]), [0.0, 1.0], [0, 51, 102, 153, 204, 255, 255, 0]),
        ("<f2", halves([0.0, 0.25, 0.5, 0.75, 1.0, 1.0, 0.0, 0.0]), [0.0, 1.0], [0, 64, 128, 191, 255, 255, 0, 0]),
        ("<f4", floats([-1.0, -0.6, -0.2, 0.2, 0.6, 1.0, 1.0, -1.0]), [-1.0, 1.0], [0, 51, 102, 153, 204, 255, 255, 0]),
        ("<f4", floats([-2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 3.0, -2.0]), [-2.0, 3.0], [0, 51, 102, 153, 204, 255, 255, 0]),
        ("|u1", vec![0, 3, 6, 9, 12, 15, 15, 0], [0.0, 15.0], [0, 51, 102, 153, 204, 255, 255, 0]),
        (
            "|i1",
            [-128, -77, -26, 25, 76, 127, 127, -128_i8].map(i8::cast_unsigned).to_vec(),
            [-128.0, 127.0],
            [0, 51, 102, 153, 204, 255, 255, 0],
        ),
        (
            "<u2",
            shorts([0, 13107, 26214, -26214, -13107, -1, -1, 0]),
            [0.0, 65535.0],
            [0, 51, 102, 153, 204, 255, 255, 0],
        ),
        ("<i2", shorts([0, 819, 1638, 2457, 3276, 4095, 4095, 0]), [0.0, 4095.0], [0, 51, 102, 153, 204, 255, 255, 0]),
        ("|u1", vec![0, 1, 1, 0, 1, 0, 0, 1], [0.0, 1.0], [0, 255, 255, 0, 255, 0, 0, 255]),
        ("|u1", vec![0, 100, 65, 0, 1, 0, 0, 1], [0.0, 255.0], [0, 100, 65, 0, 1, 0, 0, 1]),
    ];
    for (descr, values, [least, greatest], mut wanted) in rows {
        let set = set_of(descr, &values);
        let Examples::Bytes(bytes) = &set.examples else { panic!("files hold pixels") };
        // The set is mixed; the pixels are the same.
        let mut found = bytes.clone();
        found.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(found, wanted, "{descr} {least} {greatest}");
        let notes = if greatest == 255.0 { vec![] } else { vec![ReaderNote::Scaled { least, greatest }] };
        assert_eq!(set.notes, notes, "{descr}");
    }
}
